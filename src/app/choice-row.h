/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choice-row.h - a row of which one of several values is chosen
 *
 * Emits "chosen" with the value when the user has chosen another than the one that was shown.
 */
#pragma once

#include <adwaita.h>

#define CHOICE_TYPE_ROW (choice_row_get_type())
G_DECLARE_DERIVABLE_TYPE(ChoiceRow, choice_row, CHOICE, ROW, AdwComboRow)

struct _ChoiceRowClass {
        AdwComboRowClass parent;
};

/* Offers these values by these names, NULL-terminated both, and shows the one that is selected. The
 * list stays as it is, and stays open, where it offers the same as before. */
void choice_row_show(ChoiceRow *row, const char *const *values, const char *const *names,
                     const char *selected);
