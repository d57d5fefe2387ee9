/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-share.c - the profiles and preferences of a user */
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

int daemon_store_preferences_put(DaemonStore *s, uint32_t uid, unsigned off)
{
        return query_run(s->sql, "INSERT OR REPLACE INTO preference VALUES (?, ?)", "ii",
                         (int64_t)uid, (int64_t)off);
}

int daemon_store_preferences_get(DaemonStore *s, uint32_t uid, unsigned *ret_off)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "SELECT off FROM preference WHERE uid = ?", "i",
                            (int64_t)uid);

        *ret_off = r == 0 ? (unsigned)query_int(&q, 0) : 0;
        return MIN(r, 0);
}

int daemon_store_veto_put(DaemonStore *s, uint32_t uid, int seconds)
{
        if (seconds < 0)
                return query_run(s->sql, "DELETE FROM veto WHERE uid = ?", "i", (int64_t)uid);
        return query_run(s->sql, "INSERT OR REPLACE INTO veto VALUES (?, ?)", "ii", (int64_t)uid,
                         (int64_t)seconds);
}

int daemon_store_veto_get(DaemonStore *s, uint32_t uid, int *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "SELECT seconds FROM veto WHERE uid = ?", "i",
                            (int64_t)uid);

        *ret = r == 0 ? (int)query_int(&q, 0) : -1;
        return MIN(r, 0);
}
