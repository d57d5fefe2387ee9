/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undone.h - which cards huddle-agent has taken out of the address books again */
#pragma once

#include "cli.h"

/* What the agent has done with each card, as ListCards says. An empty list where no agent runs:
 * none is started, and nothing is complained about. New. */
json_t *undone_ask(const Cli *cli);

/* Counts the cards of an exchange, and those of them that are out of every book. name: only cards
 * of that name; NULL: all. */
void undone_count(const json_t *cards, const char *path, const char *name, unsigned *ret_all,
                  unsigned *ret_undone);
