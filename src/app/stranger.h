/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stranger.h - text that another person or program wrote, made safe for one line of a screen */
#pragma once

#include <glib.h>

enum { STRANGER_TEXT_MAX = 256 }; /* bytes; a label cuts it further, to its width */

/* The text as a line of its own direction: what moves other text, controls or is not UTF-8 becomes
 * U+FFFD, and the whole is isolated (U+2068 … U+2069, Unicode TR 9), so that it cannot turn around
 * what stands beside it. New. NULL and "" give "". Never use it as markup. */
char *stranger_text(const char *text);
