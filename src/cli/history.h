/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history.h - finds a past exchange by its number in huddle history */
#pragma once

#include "cli.h"

/* The path of the number-th exchange; number NULL: the newest. Free it. Complains. */
Exit history_find(Cli *cli, const char *number, char **ret_path);
/* How many cards of others the exchange should have beside these: somebody gave none, or the cloud
 * left some out. */
Exit history_count_missing(Cli *cli, const char *path, size_t cards, unsigned *ret);
