/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limits.h - how often one account may join
 *
 * A token bucket for each: full with an hour's number, refilled evenly over an hour. Buckets lie in
 * a table of fixed size under a secret hash. Two that fall into one place share it, which limits
 * them sooner, never later; memory does not grow with what strangers send. Counts are of this node
 * and end with it, so that no join writes a row for them. What must hold for the whole cloud is in
 * allowance.h.
 */
#pragma once

#include "src/base/util.h"

typedef struct Limits Limits;

int limits_new(Limits **ret);
Limits *limits_free(Limits *l);
DEFINE_CLEANUP(Limits *, limits_free);

/* Takes one from the bucket of this account. false: it is empty. per_hour 0: no limit. */
bool limits_take(Limits *l, int64_t account, uint32_t per_hour, uint64_t now_ms);

/* Takes one from a bucket that is full at that time; in the past: it is full. per_hour is not 0. */
bool limit_take(uint64_t *full_ms, uint32_t per_hour, uint64_t now_ms);
