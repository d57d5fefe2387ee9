/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outbox.h - signs messages to other members and posts them in order, up to 64 of a kind at a
 * time
 *
 * Posting again after a restart is harmless where the bodies are the same again (groupkey.h
 * makes them so).
 */
#pragma once

#include "src/protocol/groupkey.h"
#include "daemon/cloud-link/cloud-client.h"

typedef struct Outbox Outbox;

/* A batch has been answered; what the cloud refuses stands there already, or never will. The outbox
 * may be freed from within. */
typedef void (*OutboxFunc)(void *userdata);

/* Borrows everything, all of which outlives it. */
int outbox_new(Outbox **ret, CloudClient *cloud, const MemberKeys *own, const Bytes32 *transcript,
               OutboxFunc func, void *userdata);
Outbox *outbox_free(Outbox *o);
DEFINE_CLEANUP(Outbox *, outbox_free);

/* to NULL: to all. */
int outbox_put(Outbox *o, const Id *to, PbMessageKind kind, unsigned run, const uint8_t *body,
               size_t len, const uint8_t *key_id);
/* The group key for one member of a party. run: which key it is here. */
int outbox_group_key(Outbox *o, const MemberOpening *to, const Key *group_key, unsigned run);
/* Our own key of part 1 (name) or 2 (card), for whoever has the group key. */
int outbox_card_key(Outbox *o, unsigned part, const Key *group_key, unsigned run);
bool outbox_empty(const Outbox *o); /* nothing waits for an answer */
