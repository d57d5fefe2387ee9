/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-share.c - the profiles of a user */
#include "store-private.h"

#include <string.h>

int daemon_store_share_put(DaemonStore *s, uint32_t uid, const char *name, const char *fields)
{
        sqlite3_stmt *q;
        int r;

        if (fields)
                r = sql_query(s->db, &q, "INSERT OR REPLACE INTO share VALUES (?, ?, ?)", "itt",
                              (int64_t)uid, name, fields);
        else
                r = sql_query(s->db, &q, "DELETE FROM share WHERE uid = ? AND name = ?", "it",
                              (int64_t)uid, name);
        return r < 0 ? r : sql_run(q);
}

int daemon_store_share_get(DaemonStore *s, uint32_t uid, const char *name, char **ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(s->db, &q, "SELECT fields FROM share WHERE uid = ? AND name = ?", "it",
                          (int64_t)uid, name);

        if (r == 0)
                r = sql_row(q);
        if (r != 0)
                return r;
        *ret = strdup((const char *)sqlite3_column_text(q, 0));
        return *ret ? 0 : -ENOMEM;
}

int daemon_store_share_walk(DaemonStore *s, uint32_t uid,
                            int (*func)(void *userdata, const char *name, const char *fields),
                            void *userdata)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(
                s->db, &q,
                "SELECT name, fields FROM share WHERE uid = ? AND name <> '' ORDER BY name", "i",
                (int64_t)uid);

        while (r == 0 && (r = sql_row(q)) == 0)
                r = func(userdata, (const char *)sqlite3_column_text(q, 0),
                         (const char *)sqlite3_column_text(q, 1));
        return r == DAEMON_STORE_E_NOT_FOUND ? 0 : r;
}
