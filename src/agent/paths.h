/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paths.h - where things of the user are (XDG Base Directory Specification) */
#pragma once

#include "src/base/util.h"

/* A path below one of the base directories ("XDG_DATA_HOME"), or below its default (".local/share")
 * in the home directory. New; NULL: no home, or out of memory. */
char *xdg_path(const char *variable, const char *fallback, const char *below);
/* "~/…" in full; anything else as it is. New, or NULL. */
char *home_path(const char *path);
/* With all above it, for the user alone where they are missing. */
int make_folder(const char *path);
