/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-words.h - what became of a card in the address books, and how an exchange was, in words */
#pragma once

#include <glib.h>

/* A dictionary of ListCards of org.huddle.Agent1 as a line; names of strangers in it are safe to
 * show. New, translated. */
char *card_words_line(GVariant *card);

/* A dictionary of History of org.huddle.Manager1: title ("4 cards") and line ("today, 14:05 ·
 * proven"). New, translated. */
void card_words_past(GVariant *exchange, GDateTime *now, char **ret_title, char **ret_line);

/* How many of the cards of an exchange were taken out again, at least one. New, translated. */
char *card_words_undone(guint cards, guint undone);
