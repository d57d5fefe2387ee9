/* SPDX-License-Identifier: GPL-2.0-or-later */
/* people.h - what pages show alike: rows that name a person, with text of strangers, and phrases */
#pragma once

#include <adwaita.h>

/* Appends a row with the name (as it came, "" becomes a placeholder), a line below it (translated
 * text of ours, or made by stranger_text) and a picture of the first letters. Borrowed. */
AdwActionRow *people_add(GtkListBox *box, const char *name, const char *line);
/* The avatar of such a row, borrowed. */
AdwAvatar *people_avatar(AdwActionRow *row);
void people_clear(GtkListBox *box);

/* Shows a phrase of Exchange1, its words above its digits. */
void people_show_phrase(GtkLabel *label, const char *phrase);
