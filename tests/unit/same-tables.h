/* SPDX-License-Identifier: GPL-2.0-or-later */
/* same-tables.h - the two ways to the tables of a file lead to the same */
#pragma once

#include "src/base/sql.h"

/* Fails where a new file has other tables, indexes or rows than one that has come through all
 * steps. */
void expect_same_tables(const SqlSchema *schema);
