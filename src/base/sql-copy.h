/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sql-copy.h - a copy of a SQLite file that others may write to, and whether a file is whole */
#pragma once

#include <stddef.h>

/* The state between two transactions of `from`, as a new file `to`, mode 0600, on the disk when it
 * returns. The file from is only read. -EEXIST: `to` is there. Where it fails nothing is left. */
int sql_copy(const char *from, const char *to);

/* Reads all of a file that nobody writes to, and whether it has these tables. -EBADMSG: it is
 * damaged, or another's; -EPROTONOSUPPORT: of a version later than that, or of none. */
int sql_verify(const char *path, const char *const *tables, size_t n_tables, int version);
