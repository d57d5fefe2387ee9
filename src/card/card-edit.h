/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-edit.h - changes single values of a card, as a form on a screen does */
#pragma once

#include "card.h"

typedef enum CardUse { CARD_USE_OTHER, CARD_USE_HOME, CARD_USE_WORK } CardUse;

/* What the n-th value (from 0) of a property is for, by its TYPE. */
CardUse card_use(const Card *c, const char *property, size_t n);

/* Replaces the n-th value of a property, and adds one where it has n values. text is as people
 * write it, and as card_value gives it: without escapes, parts separated by semicolons; an empty
 * text removes the value. Everything else about the value (TYPE=cell, its group, its label) stays,
 * and so does its place in the card. -EINVAL, CARD_E_NO_NAME: as card_set. */
int card_edit(Card *c, const char *property, size_t n, CardUse use, const char *text);
