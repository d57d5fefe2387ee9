/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outbox.h - signs messages to other members and posts them in order, those of one step together,
 * up to 64 per request
 *
 * Posting the same body again after a restart is harmless (groupkey.h derives its nonces).
 */
#pragma once

#include "src/protocol/groupkey.h"
#include "daemon/cloud-link/cloud-client.h"

typedef struct Outbox Outbox;

/* The cloud has answered a batch. We do not retry refused messages: they are there already, or
 * never will be. May free the outbox. */
typedef void (*OutboxFunc)(void *userdata);

/* Borrows all arguments for its lifetime. */
int outbox_new(Outbox **ret, Clock *clock, CloudClient *cloud, const MemberKeys *own,
               const Bytes32 *transcript, OutboxFunc func, void *userdata);
Outbox *outbox_free(Outbox *o);
DEFINE_CLEANUP(Outbox *, outbox_free);

/* to NULL: to all. */
int outbox_put(Outbox *o, const Id *to, PbMessageKind kind, unsigned run, const uint8_t *body,
               size_t len, const uint8_t *key_id);
/* Sends the group key to one member of a party. run: the number of this key. */
int outbox_group_key(Outbox *o, const MemberOpening *to, const Key *group_key, unsigned run);
/* Sends our key of part 1 (name) or 2 (card), wrapped under the group key, to all. */
int outbox_card_key(Outbox *o, unsigned part, const Key *group_key, unsigned run);
/* We leave, because our phrase is another than somebody's. */
int outbox_dispute(Outbox *o);
bool outbox_empty(const Outbox *o); /* no message is unanswered */
