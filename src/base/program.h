/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program.h - finds a program of ours that is not for people */
#pragma once

#include "util.h"

#include <limits.h>

/* A program or folder in the folder of the running program; name may have slashes. False: there is
 * none, and ret is garbage. */
bool program_beside(char ret[static PATH_MAX], const char *name);

/* In a build tree it lies beside the running program; installed, it is in libexecdir. */
void program_find(char ret[static PATH_MAX], const char *name, const char *libexecdir);
