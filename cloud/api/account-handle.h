/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-handle.h - the name of an account: a phone number, an e-mail address or a nickname */
#pragma once

#include "src/base/util.h"

enum { HANDLE_SIZE = 129 };

enum { _HANDLE_E_SUCCESS, HANDLE_E_UNUSABLE };

/* The form in which two handles are the same handle: NFKC, case folded (Unicode), no space around
 * it. UNUSABLE: not UTF-8, empty, too long, or with control characters in it. */
int handle_normalise(char ret[static HANDLE_SIZE], const char *text);
