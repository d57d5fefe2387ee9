/* SPDX-License-Identifier: GPL-2.0-or-later */
/* errors.h - every D-Bus error in words, with the exit code that belongs to it */
#pragma once

#include "cli.h"

/* Exit code of a D-Bus error name. */
Exit error_exit(const char *name);

/* Complains about what a call came back with, in our own words and, where it tells more, the
 * daemon's. */
Exit complain_error(const Cli *cli, const char *name, const char *detail);
