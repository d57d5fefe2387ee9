/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shares.h - which fields of the own card are given away: profiles of a user, one of them chosen
 *
 * There are "all", "private" and "work"; users may define others and change these. A user who
 * has not chosen shares all.
 */
#pragma once

#include "daemon/outcome.h"
#include "daemon/store/store.h"

enum { SHARES_MAX = 32, SHARE_NAME_MAX = 32, SHARE_FIELDS_MAX = 1024 };

/* The name of the chosen one. New, owned by the caller. */
int shares_chosen(DaemonStore *s, uint32_t uid, char **ret);
/* The fields of a profile (NULL: of the chosen one), as card_share takes them; new.
 * OUTCOME_NOT_FOUND */
int shares_fields(DaemonStore *s, uint32_t uid, const char *name, char **ret);
/* OUTCOME_NOT_FOUND: there is no such profile. */
int shares_choose(DaemonStore *s, uint32_t uid, const char *name);
/* fields "": takes it back; of one that is always there, what was changed of it.
 * OUTCOME_INVALID_ARGUMENT; OUTCOME_LIMIT; OUTCOME_WRONG_STATE: the chosen one would be gone, and
 * its user share more without saying so. */
int shares_define(DaemonStore *s, uint32_t uid, const char *name, const char *fields);
int shares_walk(DaemonStore *s, uint32_t uid,
                int (*func)(void *userdata, const char *name, const char *fields), void *userdata);
