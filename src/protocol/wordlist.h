/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wordlist.h - the table behind words_get, words_find and words_complete (code.h); nobody else
 * reads it */
#pragma once

#include "code.h"

extern const char words[WORDS_COUNT][WORDS_LENGTH_MAX + 1];
