/* SPDX-License-Identifier: GPL-2.0-or-later */
/* presses.h - what the moment of a press says: people of one meeting press within seconds of its
 * first */
#pragma once

#include "src/base/util.h"

/* Log odds that a press belongs to a meeting whose first press was after_ms earlier, against a
 * press at a random moment. */
double press_follows(uint64_t after_ms);
/* The same of one that lingers, the least of all: so a moment that cannot be true counts. */
double press_strays(void);
