/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migrate.h - a store from its file to PostgreSQL, or back */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Copies all rows, and the numbers that have been given, from one to the other: one transaction on
 * each side, so the target has all or stays empty. file: the path of the store's file; conninfo:
 * libpq's connection string; up: from the file to PostgreSQL. Both are brought to the present
 * version first, and the source stays as it is otherwise. The file is locked against writers;
 * the holder of the state directory keeps others from serving from it. *ret_rows: how many rows.
 *
 * 0; -EEXIST: the target is not empty; -EBUSY: a node, or a command, is connected to PostgreSQL, or
 * works on the file; -EPROTONOSUPPORT: one of them is of a later version; or another negative
 * errno.
 */
int store_migrate(const char *file, const char *conninfo, bool up, uint64_t *ret_rows);
