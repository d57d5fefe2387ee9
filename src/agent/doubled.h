/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doubled.h - a value that a card has twice, in two notations or under two types, is one value */
#pragma once

#include "lines.h"

/* A card as card_write wrote it, with each number, address, link and handle once: where it first
 * stands, international if one of its notations is, with all its types. *ret is new. -errno,
 * LINES_E_NO_CARD. */
int doubled_join(char **ret, const char *text);
