/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * allowance.h - how often one address or handle may ask the cloud for an account or a code
 *
 * Buckets as in limits.h, but rows of the store: they hold for all nodes together, and after a
 * restart. A row names one of some thousand places under a keyed hash, so it tells no address or
 * handle, and there are never more rows than places. A full bucket has none: the sweep forgets it.
 * The key is that of tickets; where an operator replaces it, all buckets are full.
 */
#pragma once

#include "call.h"

typedef enum AllowanceKind {
        ALLOWANCE_REGISTRATIONS,
        ALLOWANCE_CODES,
        ALLOWANCE_CODES_FROM,
        ALLOWANCE_GUESTS,
        ALLOWANCE_GUESTS_OF_ALL,
} AllowanceKind;

/* Takes one from the bucket of this name. Status OK, BUSY (it is empty), or negative errno.
 * per_hour 0: no limit. */
int allowance_take(Call *c, AllowanceKind kind, const void *name, size_t len, uint32_t per_hour);
