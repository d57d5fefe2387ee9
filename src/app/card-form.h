/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card-form.h - the fields of a card as rows to type in
 *
 * A list of rows for the fields that people know; everything else of the card stays as it is. Of
 * telephone numbers and e-mail addresses there is always one empty row more.
 */
#pragma once

#include "src/card/card-edit.h"

#include <adwaita.h>

#define CARD_TYPE_FORM (card_form_get_type())
G_DECLARE_FINAL_TYPE(CardForm, card_form, CARD, FORM, AdwBin)

/* Shows a card; borrowed, copied into the rows. NULL: no card yet. Signal "changed": somebody typed
 * or chose something. */
void card_form_show(CardForm *form, const Card *c);
/* Writes the rows into the card that was shown (or a new one, where *c is NULL). Outcomes as of
 * card_edit; *ret_field is then the title of the row that is not accepted, borrowed. */
int card_form_write(CardForm *form, Card **c, const char **ret_field);
gboolean card_form_has_name(CardForm *form);
void card_form_focus(CardForm *form);
