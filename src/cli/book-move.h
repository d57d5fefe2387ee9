/* SPDX-License-Identifier: GPL-2.0-or-later */
/* book-move.h - huddle book join, huddle book split: a card in another entry of the address book */
#pragma once

#include "cli.h"

/* who: the name of a card, or its digits in JSON. Both complain. */
/* entry: what FindContacts takes; NULL: the entry that the card was kept apart from. */
Exit book_join(Cli *cli, const char *who, const char *entry);
Exit book_split(Cli *cli, const char *who);
