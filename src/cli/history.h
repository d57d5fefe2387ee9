/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history.h - exchanges of the past, by their number in huddle history */
#pragma once

#include "cli.h"

/* The path of the number-th exchange, of the newest where number is NULL; free it. Complains. */
Exit history_find(Cli *cli, const char *number, char **ret_path);
