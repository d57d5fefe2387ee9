/* SPDX-License-Identifier: GPL-2.0-or-later */
/* around.h - clouds that announce themselves on the local network, told apart by their words */
#pragma once

#include "cli.h"

/* huddle cloud find. Complains. */
Exit around_list(Cli *cli);
/* huddle cloud add WORDS, in one argument or several. Complains. */
Exit around_add(Cli *cli, int n, char **words);
/* Before a press that names no cloud: where the user has none, or only one of another evening that
 * does not answer, looks around and asks. Without a terminal it says what to type. Complains. */
Exit around_offer(Cli *cli);
