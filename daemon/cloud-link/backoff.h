/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backoff.h - how long a request that has failed waits for its next try */
#pragma once

#include "src/base/util.h"

/* Doubles from 250 ms on, with jitter between a half and the whole. A cloud that is away for
 * seconds must not cost people much longer than that: for about a minute it is 2 s at most, then
 * 15 s. failures: in a row, before this one. */
uint64_t backoff_ms(unsigned failures);
