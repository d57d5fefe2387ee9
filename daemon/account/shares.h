/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shares.h - which fields of the own card an exchange gives away: a user's profiles, one of them
 * chosen
 *
 * The profiles "all", "private" and "work" always exist. A user may change them and define others.
 * Until a user chooses, "all" is chosen.
 */
#pragma once

#include "daemon/base/outcome.h"
#include "daemon/store/store.h"
#include "src/card/card.h"

enum { SHARES_MAX = 32, SHARE_NAME_MAX = 32, SHARE_FIELDS_MAX = 1024 };

/* The name of the chosen profile; new, owned by the caller. */
int shares_chosen(DaemonStore *s, uint32_t uid, char **ret);
/* The fields of a profile (NULL: of the chosen one), as card_share takes them; new.
 * OUTCOME_NOT_FOUND */
int shares_fields(DaemonStore *s, uint32_t uid, const char *name, char **ret);
/* What share selects of the card: a profile, or fields (NULL: the chosen profile); new. A word that
 * names no profile must at least be a field of the card, so that a typing error shares neither too
 * much nor nothing. OUTCOME_INVALID_ARGUMENT */
int shares_find(DaemonStore *s, uint32_t uid, const Card *card, const char *share, char **ret);
/* OUTCOME_NOT_FOUND: there is no such profile. */
int shares_choose(DaemonStore *s, uint32_t uid, const char *name);
/* fields "": removes the profile; one that always exists gets its first fields again.
 * OUTCOME_INVALID_ARGUMENT; OUTCOME_LIMIT; OUTCOME_WRONG_STATE: the chosen profile cannot be
 * removed, because its user would then share more without having said so. */
int shares_define(DaemonStore *s, uint32_t uid, const char *name, const char *fields);
int shares_walk(DaemonStore *s, uint32_t uid,
                int (*func)(void *userdata, const char *name, const char *fields), void *userdata);
