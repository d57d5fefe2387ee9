/* SPDX-License-Identifier: GPL-2.0-or-later */
/* charset.h - guess the character set of a text that names none */
#pragma once

#include <stddef.h>

/* A name that card.h knows; NULL: no guess. Static. */
const char *charset_guess(const char *bytes, size_t len);
