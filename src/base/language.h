/* SPDX-License-Identifier: GPL-2.0-or-later */
/* language.h - what people read, in their language: the gettext domain "huddle".
 * Errors and keys on D-Bus, logs, --json and what scripts read stay English. */
#pragma once

#include <libintl.h>

/* The text in the user's language; it is in the catalogue of src/po. */
#define _(text) gettext(text)
/* Puts a text into the catalogue. _() translates it where it is used; what huddled says is
 * translated where it is shown. */
#define N_(text) text

/* Takes the language of the environment for the categories of a locale: LC_ALL for a program on a
 * terminal, LC_MESSAGES for one that has none. All texts are UTF-8. localedir has the installed
 * catalogues; those of a build tree lie beside the running program. */
void language_set(int category, const char *localedir);
