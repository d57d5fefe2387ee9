/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-private.h - inside the terminal's store: statements; only this room includes it */
#pragma once

#include "store.h"
#include "src/base/sql.h"

struct DaemonStore {
        Sql *sql;
        HistoryFunc history_changed; /* or NULL */
        void *userdata;
};

extern const SqlSchema daemon_store_schema;

void store_tell_history(DaemonStore *s, uint32_t uid, uint64_t number, HistoryChange change);
int store_checkpoint(DaemonStore *s);
/* Deletes every row about it. */
int store_forget_exchange(DaemonStore *s, uint64_t number);
/* *ret: the exchange is in the history. */
int store_in_history(DaemonStore *s, uint64_t number, bool *ret);

_Static_assert((int)DAEMON_STORE_E_NOT_FOUND == (int)SQL_E_NO_ROW,
               "what query_row finds is handed on");
