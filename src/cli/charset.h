/* SPDX-License-Identifier: GPL-2.0-or-later */
/* charset.h - which character set a text is probably in, where it does not say so */
#pragma once

#include <stddef.h>

/* A name that card.h knows; NULL where nothing can be said. Static. */
const char *charset_guess(const char *bytes, size_t len);
