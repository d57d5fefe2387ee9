/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * others.h - groups that gather with our code but are not heard nearby, and what the user says
 * about them
 *
 * Only a party has others. Each group has a word on its screens (nearby.h). When people of both
 * groups have told each other their words, each side admits the other and the cloud makes them one
 * group. A word that is not unique among the groups, ours included, cannot be admitted: an attacker
 * can choose its own.
 *
 * A member that is alone is also told whether a group with its code has closed without it, and
 * whether somebody nearby has pressed another code.
 */
#pragma once

#include "daemon/cloud-link/cloud-client.h"
#include "exchange.h"

enum { OTHERS_MAX = 8 };

typedef struct Others Others;

int others_new(Others **ret, Clock *clock, CloudClient *cloud, const Id *member);
Others *others_free(Others *o); /* a pending answer gets EXCHANGE_R_WRONG_STATE */
DEFINE_CLEANUP(Others *, others_free);

/* What the cloud says while the group gathers; w has passed wire.c. */
void others_take(Others *o, const PbWatched *w);
/* The cloud says that we are alone: why, as far as is known. */
ExchangeError others_alone(Others *o, const PbWatched *w);
ExchangeElsewhere others_elsewhere(const Others *o);
/* The group has closed: there are none, and a pending answer ends as with others_free. */
void others_end(Others *o);

size_t others_list(const Others *o, const ExchangeOther **ret);
const char *others_own_word(const Others *o); /* "" without others */
/* As exchange_admit. */
void others_admit(Others *o, const char *word, bool yes, ExchangeDone done, void *userdata);
