/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paths.h - the user's directories (XDG Base Directory Specification) */
#pragma once

#include "src/base/util.h"

/* A path below one of the base directories ("XDG_DATA_HOME"), or below its default (".local/share")
 * in the home directory. New; NULL: no home, or out of memory. */
char *xdg_path(const char *variable, const char *fallback, const char *below);
/* Expands "~/…"; copies any other path. New, or NULL. */
char *home_path(const char *path);
/* Makes a folder and its missing parents, readable by the user alone. */
int make_folder(const char *path);
