/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call.h - one request on its way through the cloud, and what handlers need of the Api
 *
 * Included by the files that hold handlers (accounts.c, gathering.c, deposits.c, lists.c,
 * records.c, record-fetch.c, watchers.c) and by those below them; nobody else.
 */
#pragma once

#include "src/protocol/envelope.h"
#include "src/protocol/wire.h"
#include "api.h"
#include "sessions.h"

typedef struct Call Call;

/* A handler answers with a Status (without a body), or with CALL_TAKEN when it has answered itself
 * (call_answer) or keeps the call waiting, or with negative errno: the store failed, and with it
 * the batch. */
enum { CALL_TAKEN = 1000 };
typedef int (*CallHandler)(Call *c);

typedef struct Calls {
        Call *first, *last;
} Calls;

enum { WATCH_BUCKETS = 1 << 14 };

struct Api {
        ApiContext context;
        Store *store;
        Sessions *sessions;
        Metrics metrics;
        bool batch_open, batch_failed;
        Calls answered; /* of the batch: wait for its commit */
        size_t n_asked; /* in the batch */
        size_t n_last;  /* answered by the last batch */
        Timer *batch_timer;
        Timer *deadline_timer;
        uint64_t deadline_ms; /* clock_now at which it fires */
        Call **waiting;       /* WATCH_BUCKETS lists, by group */
        Calls due;            /* waiting calls whose group changed in this batch */
};

struct Call {
        Api *api;
        ApiReply func;
        void *userdata;
        Session session;
        uint8_t nonce[ENVELOPE_NONCE];
        Id id;
        WireRequest *request; /* NULL once the call waits */
        AccountRow account;   /* id 0: none is needed for this request */
        uint64_t now_ms;      /* wall clock */
        ApiWay way;
        uint8_t *sealed; /* the answer */
        size_t n_sealed;
        char code[8]; /* confirmation code to be sent after the commit */
        Call *next;   /* in one of the Calls */

        /* a waiting Watch */
        uint64_t seen_revision, next_message;
        uint32_t next_opening;
        Id member_id;
        int64_t group, member;
        Timer *timer;
        Call **link_waiting, *next_waiting; /* link: what points at this call */
        bool time_up;                       /* answer it even without news */
};

void calls_append(Calls *list, Call *c);
Call *calls_take(Calls *list);

/* Seals the answer, which waits in the call for the commit; with body NULL only the status. Fills
 * in id, status and time. 0 or negative errno. */
int call_answer(Call *c, PbStatus status, WireResponse *body);

/* The member of this call's account. Status OK, NO_MEMBER, or negative errno. */
int call_member(Call *c, ProtobufCBinaryData member_id, MemberRow *ret);
/* The same, and its group. */
int call_group(Call *c, ProtobufCBinaryData member_id, MemberRow *ret_member, GroupRow *ret_group);

/* Opens the batch if none is open; api_fail undoes it, and what is in it is answered
 * "unavailable". */
void api_begin(Api *a);
void api_fail(Api *a, int error);

/* ---- handlers ---- */
int handle_describe(Call *c);
int handle_open_session(Call *c);
int handle_register(Call *c);
int handle_confirm(Call *c);
int handle_unregister(Call *c);
int handle_put_profile(Call *c);
int handle_get_profile(Call *c);
int handle_join(Call *c);
int handle_amend(Call *c);
int handle_ready(Call *c);
int handle_close(Call *c);
int handle_leave(Call *c);
int handle_upload(Call *c);
int handle_opening(Call *c);
int handle_post(Call *c);
int handle_acknowledge(Call *c);
int handle_watch(Call *c);
int handle_get_list(Call *c);
int handle_get_record(Call *c);
int handle_put_record(Call *c);
int handle_revoke_record(Call *c);
int handle_fetch_record(Call *c);
