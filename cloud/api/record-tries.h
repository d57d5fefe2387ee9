/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record-tries.h - how often a record's password may be guessed
 *
 * We count wrong tries three times: for a reader with one number, whether the record exists or not,
 * so that a lock tells nothing; for a reader with all numbers, so that a reader cannot try number
 * after number; and for a number with all readers. This last limit is wide: everybody on the roster
 * knows the number, even without the words, and one of them must not lock the others out. The same
 * wrong token again does not count: it is a repetition on a bad line.
 */
#pragma once

#include "call.h"

enum {
        RECORD_TRIES_RECENT = 5,  /* of one reader with one number, in RECORD_TRIES_MS */
        RECORD_TRIES_TOTAL = 20,  /* likewise, ever */
        RECORD_TRIES_READER = 20, /* of one account, with any number, in RECORD_TRIES_MS */
        /* likewise; all without an account are one reader */
        RECORD_TRIES_NOBODY = 200,
        RECORD_TRIES_NUMBER = 1000, /* of all readers with one number: then it is locked for good */
        RECORD_TRIES_MS = 15 * 60 * 1000,
};

/* Status OK; RECORD_LOCKED: too many with this number; BUSY: too many by this reader. */
int record_tries_left(Call *c, const char *number);
/* Counts one more wrong token. 0 or negative errno. */
int record_tries_count(Call *c, const char *number, const uint8_t token[static 32]);
int record_locked(Call *c, const char *number, bool *ret); /* for everybody */
