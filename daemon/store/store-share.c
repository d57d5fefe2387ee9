/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-share.c - the profiles of a user */
#include "store-private.h"

#include <string.h>

int daemon_store_share_put(DaemonStore *s, uint32_t uid, const char *name, const char *fields)
{
        int r;

        if (fields)
                r = query_run(s->sql, "INSERT OR REPLACE INTO share VALUES (?, ?, ?)", "itt",
                              (int64_t)uid, name, fields);
        else
                r = query_run(s->sql, "DELETE FROM share WHERE uid = ? AND name = ?", "it",
                              (int64_t)uid, name);
        return r;
}

int daemon_store_share_get(DaemonStore *s, uint32_t uid, const char *name, char **ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "SELECT fields FROM share WHERE uid = ? AND name = ?", "it",
                            (int64_t)uid, name);

        if (r != 0)
                return r;
        *ret = strdup(query_borrow_text(&q, 0));
        return *ret ? 0 : -ENOMEM;
}

int daemon_store_share_walk(DaemonStore *s, uint32_t uid,
                            int (*func)(void *userdata, const char *name, const char *fields),
                            void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, s->sql,
                "SELECT name, fields FROM share WHERE uid = ? AND name <> '' ORDER BY name", "i",
                (int64_t)uid);

        while (r == 0 && (r = query_step(&q)) > 0)
                r = func(userdata, query_borrow_text(&q, 0), query_borrow_text(&q, 1));
        return r;
}
