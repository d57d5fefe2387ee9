/* SPDX-License-Identifier: GPL-2.0-or-later */
/* call.h - one request on its way through the cloud, from its envelope to its sealed answer */
#pragma once

#include "src/protocol/envelope.h"
#include "src/protocol/wire.h"
#include "node.h"
#include "ticket.h"
#include "transport.h"

typedef struct Call Call;

struct Call {
        Node *node;
        ApiReply func;
        void *userdata;
        Session session;
        uint8_t nonce[ENVELOPE_NONCE];
        Id id;
        WireRequest *request; /* NULL once the call waits */
        Ticket ticket;
        int ticket_result;  /* of ticket_open */
        AccountRow account; /* id 0: none is needed for this request */
        uint64_t now_ms;    /* node_time */
        uint64_t begun_ms;  /* clock_now */
        bool waited;        /* for news */
        uint64_t wall_ms;   /* clock_wall */
        ApiWay way;
        ApiOrigin origin;
        uint8_t *sealed; /* the answer; NULL: none yet */
        size_t n_sealed;
        PbStatus status;  /* of the answer */
        AuditEvent event; /* to be counted when the call has been answered */
        char code[8];     /* confirmation code to be sent after the commit; empty: none */
        Call *next;       /* in one of the Calls */
};

/* Its account is a guest's. */
static inline bool call_is_guest(const Call *c)
{
        return c->account.guest_until_ms > 0;
}

/* Wipes the session. NULL is fine. */
Call *call_free(Call *c);
DEFINE_CLEANUP(Call *, call_free);

/* A queue. */
typedef struct Calls {
        Call *first, *last;
} Calls;

void calls_append(Calls *list, Call *c);
Call *calls_take(Calls *list); /* NULL: empty */

/* Seals the answer, which waits in the call for the commit; with body NULL only the status. Fills
 * in id, status and time, and replaces an earlier answer. 0 or negative errno. */
int call_answer(Call *c, PbStatus status, WireResponse *body);

/* The member of this call's account. Status OK, NO_MEMBER, or negative errno. */
int call_member(Call *c, ProtobufCBinaryData member_id, MemberRow *ret);
/* The same, and its group. */
int call_group(Call *c, ProtobufCBinaryData member_id, MemberRow *ret_member, GroupRow *ret_group);
