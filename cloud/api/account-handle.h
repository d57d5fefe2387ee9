/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-handle.h - the name of an account: a phone number, an e-mail address or a nickname */
#pragma once

#include "src/base/util.h"

enum { HANDLE_SIZE = 129 };

enum { _HANDLE_E_SUCCESS, HANDLE_E_UNUSABLE };

/* Two handles are the same if their normal forms are: NFKC, case folded (Unicode), without spaces
 * at the ends. UNUSABLE: not UTF-8, empty, too long, or with control characters. */
int handle_normalise(char ret[static HANDLE_SIZE], const char *text);
