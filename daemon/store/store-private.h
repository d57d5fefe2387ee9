/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-private.h - inside the terminal's store: statements; only store*.c include this */
#pragma once

#include "store.h"
#include "src/base/sql.h"

struct DaemonStore {
        Sql *sql;
};

_Static_assert((int)DAEMON_STORE_E_NOT_FOUND == (int)SQL_E_NO_ROW,
               "what query_row finds is handed on");
