/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vector-play.h - the steps of an exchange: each a request and its response, an item of a list */
#pragma once

#include "src/protocol/account-key.h"
#include "src/protocol/envelope.h"
#include "src/protocol/serial.h"
#include "cloud/api/ticket.h"
#include "vector-group.h"

typedef struct Terminal {
        AccountKey account;
        Session session;
        uint8_t ticket[TICKET_SIZE];
        Serial serial;
} Terminal;

typedef struct Play {
        Bytes32 box_public;
        Key box_private;
        Bytes32 sign_public;
        uint8_t sign_private[64];
        Key ticket_key;
        Terminal terminals[GROUP_MEMBERS];
        Group group;
        uint64_t n_messages; /* that every terminal has seen */
        uint64_t now;        /* of the cloud, ms since 1970 */
} Play;

enum { PLAY_MESSAGES = GROUP_MEMBERS + 1 }; /* at most, in one request or answer */

/* who: the terminal, by its number. */
void play_register(Play *p, size_t who); /* describe, register */
void play_open_session(Play *p, size_t who);
void play_join(Play *p, size_t who);
void play_upload(Play *p, size_t who, unsigned part); /* part counts from 0 here */
void play_close(Play *p, size_t who);
void play_watch_gathering(Play *p, size_t who);
void play_watch_close(Play *p, size_t who);
void play_open(Play *p, size_t who);
void play_watch_openings(Play *p, size_t who);
void play_post(Play *p, size_t who, const char *what, const GroupMessage *const *m, size_t n);
void play_watch_messages(Play *p, size_t who, const char *what, const GroupMessage *const *m,
                         size_t n, uint64_t cursor, uint64_t next_cursor);
void play_get_list(Play *p, size_t who);
void play_acknowledge(Play *p, size_t who);
