/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fixture.h - a cloud in this process on a stepped clock, and terminals that speak to it in sealed
 * requests */
#pragma once

#include "cloud/api/api.h"
#include "src/protocol/account-key.h"
#include "src/protocol/cardseal.h"
#include "src/protocol/envelope.h"
#include "src/protocol/groupkey.h"
#include "src/protocol/contact-list.h"
#include "src/protocol/wire.h"
#include "tests/sim/step-clock.h"

#include "tests/unit/test.h"

#define OK PB_STATUS_OK

enum { WALL_START_MS = 1700000000 };

struct Terminal;
struct Server;

typedef struct Cloud {
        CloudSettings settings;
        CloudKeys keys;
        Clock *clock;
        Store *store;
        Api *api;
        bool verifies;
        uint64_t wall_ms;                     /* that it starts with; 0: as its clock has it */
        char sent_handle[129], sent_code[16]; /* by the last confirmation */
        unsigned n_sent;
        /* Where the cloud is another process: how to ask it. Only keys.identity and clock are set
         * then. */
        WireResponse *(*call)(struct Terminal *t, WireRequest *request);
        struct Server *server;
} Cloud;

/* Takes the store; NULL: a new one in memory. */
void cloud_begin(Cloud *c, Store *store);
void cloud_end(Cloud *c);
/* As after a kill: a new Api over the same store; what waited is gone. */
void cloud_restart(Cloud *c);

/* An answer that may still be on its way. */
typedef struct Answer {
        bool done;
        WireResponse *response; /* NULL where none could be made */
        uint8_t nonce[ENVELOPE_NONCE];
        const Session *session;
} Answer;

void answer_done(Answer *a);
/* 0 or the outcome of the envelope or the message. */
int answer_open(Answer *a, const uint8_t *sealed, size_t len);

typedef struct Terminal {
        Cloud *cloud;
        ApiWay way; /* of its requests */
        ApiOrigin origin;
        Session session;
        AccountKey account;
        uint8_t ticket[128];
        size_t n_ticket;
        MemberKeys keys;
        Token token;
        uint8_t parts[2][1200];
        Bytes32 hashes[2];
        uint64_t press_ms; /* clock_now */
} Terminal;

void terminal_begin(Terminal *t, Cloud *c); /* draws everything */
void terminal_press(Terminal *t);           /* new member keys, token and parts */

/* Fills in id and ticket; *ret is owned by the caller. */
void terminal_seal(Terminal *t, WireRequest *request, Answer *answer, uint8_t **ret,
                   size_t *ret_len);
/* Sends; the answer may wait until the cloud flushes or longer. Returns as
 * api_handle. */
int terminal_send(Terminal *t, WireRequest *request, Answer *answer);
/* Sends and waits for the answer, which must come at once; owned by the caller. */
WireResponse *terminal_call(Terminal *t, WireRequest *request);
/* The status of the answer alone. */
int terminal_ask(Terminal *t, WireRequest *request);

/* Repeats while the cloud says "unavailable". */
int terminal_insist(Terminal *t, WireRequest *request);

/* Each as one request; returns the status. */
int terminal_register(Terminal *t, const char *handle);
int terminal_register_guest(Terminal *t);
int terminal_open_session(Terminal *t);
/* Fills in m and its serial, which stay the caller's. */
typedef struct JoinRequest {
        WireRequest request;
        PbJoin join;
        Serial serial;
        WireSerial wire;
        Bytes32 commitment;
} JoinRequest;
void terminal_join_request(Terminal *t, JoinRequest *ret, const char *route);
int terminal_join(Terminal *t, const char *route, PbJoinVerdict *ret);
int terminal_upload(Terminal *t, unsigned part);
int terminal_open(Terminal *t);
/* ready, close, leave, acknowledge, unregister, describe */
int terminal_simple(Terminal *t, unsigned body);
int terminal_post(Terminal *t, unsigned kind, const Id *to, const uint8_t *key_id, uint8_t filling);
/* Answered at once, and repeated while the cloud says "unavailable"; owned by the caller. */
WireResponse *terminal_watch(Terminal *t, uint64_t seen, uint64_t next_message,
                             uint32_t next_opening);
/* The whole list: counts pieces and bytes, checks the head; the roster as the terminal got it. */
int terminal_list(Terminal *t, uint32_t max_bytes, size_t *ret_pieces, size_t *ret_bytes);

/* Registered, with a session, and a press begun. */
void terminal_ready_made(Terminal *t, Cloud *c, const char *handle);
