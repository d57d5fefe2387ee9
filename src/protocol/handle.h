/* SPDX-License-Identifier: GPL-2.0-or-later */
/* handle.h - the name of an account: a phone number, an e-mail address or a nickname */
#pragma once

#include "src/base/util.h"

enum { HANDLE_SIZE = 129 };

enum { _HANDLE_E_SUCCESS, HANDLE_E_UNUSABLE };

/* What a person typed, as it is kept and shown: without spaces at the ends, and a phone number as
 * its digits, with a "+" before the code of a country ("+49 (0)151 1234-567" is "+491511234567";
 * "00" is "+"). UNUSABLE: not UTF-8, too long, with characters that no line has, or blank, which
 * is without any letter or digit that can be seen. */
int handle_tidy(char ret[static HANDLE_SIZE], const char *text);

/* Two handles are the same if their normal forms are: tidy, NFKC, case folded (Unicode). */
int handle_normalise(char ret[static HANDLE_SIZE], const char *text);
