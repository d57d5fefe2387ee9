/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limits.h - how often one account, address or handle may ask for something
 *
 * A token bucket for each: full with an hour's number, refilled evenly over an hour. Buckets lie in
 * a table of fixed size under a secret hash. Two that fall into one place share it, which limits
 * them sooner, never later; memory does not grow with what strangers send. Counts are of this node
 * and end with it.
 */
#pragma once

#include "src/base/util.h"

typedef struct Limits Limits;

typedef enum LimitKind {
        LIMIT_JOINS,
        LIMIT_REGISTRATIONS,
        LIMIT_CODES,
        LIMIT_CODES_FROM,
        LIMIT_GUESTS,
        LIMIT_GUESTS_OF_ALL,
} LimitKind;

int limits_new(Limits **ret);
Limits *limits_free(Limits *l);
DEFINE_CLEANUP(Limits *, limits_free);

/* Takes one from the bucket of this key. false: it is empty. per_hour 0: no limit. */
bool limits_take(Limits *l, LimitKind kind, const void *key, size_t len, uint32_t per_hour,
                 uint64_t now_ms);
