/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terms.h - the keys of D-Bus properties as words for people */
#pragma once

/* The word for a state, a level and the like, in the user's language; in English it is the key. A
 * key that is not known is made harmless and shown as it is. */
const char *term(const char *key);
