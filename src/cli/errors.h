/* SPDX-License-Identifier: GPL-2.0-or-later */
/* errors.h - D-Bus errors as messages and exit codes */
#pragma once

#include "cli.h"

/* Exit code of a D-Bus error name. */
Exit error_exit(const char *name);

/* Complains about a D-Bus error in our words, plus the daemon's where they add something. */
Exit complain_error(const Cli *cli, const char *name, const char *detail);
