/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outbox.h - signs messages to other members and posts them in order, up to 64 of a kind at a time
 *
 * Posting again after a restart is harmless where the bodies are the same again (groupkey.h makes them so).
 */
#pragma once

#include "../src/groupkey.h"
#include "cloud-client.h"

typedef struct Outbox Outbox;

/* A batch of this kind has been answered; response as in cloud-client.h. The outbox may be freed from
 * within. */
typedef void (*OutboxFunc)(void *userdata, Huddle__V1__MessageKind kind, CloudResult result,
                           const WireResponse *response);

/* Borrows everything, all of which outlives it. */
int outbox_new(Outbox **ret, CloudClient *cloud, const MemberKeys *own, const Bytes32 *transcript,
               OutboxFunc func, void *userdata);
Outbox *outbox_free(Outbox *o);
DEFINE_CLEANUP(Outbox *, outbox_free);

/* The group key for one member. */
int outbox_group_key(Outbox *o, const MemberOpening *to, const Key *group_key);
/* Our own key of part 1 (name) or 2 (card), for whoever has the group key. */
int outbox_card_key(Outbox *o, unsigned part, const Key *group_key);
void outbox_drop(Outbox *o, Huddle__V1__MessageKind kind); /* those not yet on their way */
bool outbox_empty(const Outbox *o);                        /* nothing waits for an answer */
