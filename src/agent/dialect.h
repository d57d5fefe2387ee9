/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dialect.h - gives the lines of a card the names that the program of an address book knows */
#pragma once

#include "src/card/card-dialect.h"

/* text: a card as card_write wrote it. *ret is new. LINES_E_NO_CARD, -errno. */
int dialect_write(char **ret, const char *text, CardDialect dialect);
