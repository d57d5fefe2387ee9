/* SPDX-License-Identifier: GPL-2.0-or-later */
/* screen.h - what the terminal is: its size, and whether it is one to draw on */
#pragma once

#include <stdbool.h>

/* The size of the terminal on standard output. False: it is unknown, and said to be 80 columns and
 * 24 lines. */
bool screen_measure(unsigned *ret_columns, unsigned *ret_lines);

/* Whether output on the terminal is better plain lines: it cannot move the cursor (TERM is dumb or
 * missing), HUDDLE_PLAIN is set, or a screen reader is in use. */
bool screen_is_plain(void);
