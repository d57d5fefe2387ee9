/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ungroup.h - takes the labels off a card's note and categories */
#pragma once

/* A label belongs to a line, but of a note and of categories each element may be another
 * exchange's. *ret is the card without groups of these lists, and without labels of nothing. New.
 * LINES_E_NO_CARD, -ENOMEM. */
int ungroup_lists(char **ret, const char *text);
