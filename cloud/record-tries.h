/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record-tries.h - how often a record's password may be guessed
 *
 * Wrong tries are counted for the number, whether there is such a record or not, so that a lock tells
 * nothing; and for the account that makes them, so that nobody tries one number after another. The same
 * wrong token again is a repetition on a bad line and does not count.
 */
#pragma once

#include "call.h"

enum {
        RECORD_TRIES_RECENT = 5,   /* with one number, in RECORD_TRIES_MS */
        RECORD_TRIES_TOTAL = 20,   /* with one number: then it is locked for good */
        RECORD_TRIES_READER = 20,  /* of one account, with any number, in RECORD_TRIES_MS */
        RECORD_TRIES_NOBODY = 200, /* of all without an account together, likewise */
        RECORD_TRIES_MS = 15 * 60 * 1000,
};

/* Status OK; RECORD_LOCKED: too many with this number; BUSY: too many of whoever calls. */
int record_tries_left(Call *c, const char *number);
/* Counts one more wrong token. 0 or negative errno. */
int record_tries_count(Call *c, const char *number, const uint8_t token[static 32]);
int record_locked(Call *c, const char *number, bool *ret);
