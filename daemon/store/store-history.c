/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-history.c - exchanges that brought cards: walking over them, deleting them, telling of
 * changes */
#include "store-private.h"

void daemon_store_watch_history(DaemonStore *s, HistoryFunc func, void *userdata)
{
        s->history_changed = func;
        s->userdata = userdata;
}

void store_tell_history(DaemonStore *s, uint32_t uid, uint64_t number, HistoryChange change)
{
        if (s->history_changed)
                s->history_changed(s->userdata, uid, number, change);
}

int store_in_history(DaemonStore *s, uint64_t number, bool *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql,
                            "SELECT 1 FROM exchange WHERE number = ? AND finished_s IS NOT NULL",
                            "i", (int64_t)number);

        *ret = r == 0;
        return r < 0 ? r : 0;
}

int daemon_store_history_page(DaemonStore *s, uint32_t uid, uint64_t before, uint32_t max,
                              int (*func)(void *userdata, const ExchangeSummary *e), void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, s->sql,
                            "SELECT number, uid, finished_s, members, cards, level, record_number, "
                            "place, phrase FROM exchange WHERE uid = ? AND finished_s IS NOT NULL"
                            " AND number < ? ORDER BY number DESC LIMIT ?",
                            "iii", (int64_t)uid,
                            before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before,
                            (int64_t)max);

        while (r == 0 && (r = query_step(&q)) > 0) {
                ExchangeSummary e = {
                        .number = (uint64_t)query_int(&q, 0),
                        .uid = (uint32_t)query_int(&q, 1),
                        .finished_s = (uint64_t)query_int(&q, 2),
                        .members = (uint32_t)query_int(&q, 3),
                        .cards = (uint32_t)query_int(&q, 4),
                };

                query_text(&q, 5, e.level, sizeof e.level);
                query_text(&q, 6, e.record_number, sizeof e.record_number);
                query_text(&q, 7, e.place, sizeof e.place);
                query_text(&q, 8, e.phrase, sizeof e.phrase);
                r = func(userdata, &e);
        }
        return r;
}

int daemon_store_history(DaemonStore *s, uint32_t uid,
                         int (*func)(void *userdata, const ExchangeSummary *e), void *userdata)
{
        return daemon_store_history_page(s, uid, 0, HISTORY_MAX, func, userdata);
}

static int store_owns(DaemonStore *s, uint32_t uid, uint64_t number)
{
        _cleanup_query_ Query q = {0};

        return query_first(&q, s->sql,
                           "SELECT 1 FROM exchange WHERE number = ? AND uid = ?"
                           " AND finished_s IS NOT NULL",
                           "ii", (int64_t)number, (int64_t)uid);
}

int daemon_store_history_delete(DaemonStore *s, uint32_t uid, uint64_t number)
{
        int r = number > INT64_MAX ? (int)DAEMON_STORE_E_NOT_FOUND : store_owns(s, uid, number);

        if (r == 0)
                r = daemon_store_begin(s);
        if (r != 0)
                return r;
        r = daemon_store_end(s, store_forget_exchange(s, number));
        if (r == 0)
                store_tell_history(s, uid, number, HISTORY_DELETED);
        return r < 0 ? r : store_checkpoint(s);
}
