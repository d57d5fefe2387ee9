/* SPDX-License-Identifier: GPL-2.0-or-later */
/* letters.h - text in the letters that the character set of the locale has
 *
 * All text of this program is UTF-8. Where the locale has another character set, such as LC_ALL=C,
 * a letter that is missing there is transliterated as the C library does it ("Åsa" is "Asa"), or
 * written as \u738b, so that nothing is left out. */
#pragma once

/* The text, still UTF-8, with such letters only: as wide as it will be on the screen. As long valid
 * as shown(). In a UTF-8 locale it is the argument. */
const char *letters(const char *text);

/* Everything that is written to stdout and stderr from now on has the character set of the locale.
 * Call it before anything is written. Negative errno. */
int letters_install(void);
