/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-record.c - what record passwords are made of, and what was fetched with one */
#include "store-private.h"

#include <string.h>

/* ---- secrets ---- */

int daemon_store_secret_put(DaemonStore *s, const RecordSecret *secret)
{
        return query_run(s->sql,
                         "INSERT INTO secret VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                         " ON CONFLICT (number) DO UPDATE SET group_key = ?4, deposits = ?7"
                         " WHERE group_key <> ?4",
                         "iibbbtii", (int64_t)secret->number, (int64_t)secret->uid,
                         secret->member.b, sizeof secret->member, secret->group_key.b,
                         sizeof secret->group_key, secret->transcript.b, sizeof secret->transcript,
                         secret->record_number, (int64_t)secret->deposits,
                         (int64_t)secret->erase_s);
}

#define SECRET_SELECT                                                                              \
        "SELECT number, uid, member, group_key, transcript, record_number, deposits, erase_s "     \
        "FROM secret"

static int record_read_secret(const Query *q, RecordSecret *ret)
{
        _cleanup_(record_secret_done) RecordSecret secret = {
                .number = (uint64_t)query_int(q, 0),
                .uid = (uint32_t)query_int(q, 1),
                .deposits = query_int(q, 6),
                .erase_s = (uint64_t)query_int(q, 7),
        };
        int r = query_blob(q, 2, secret.member.b, sizeof secret.member);

        if (r == 0)
                r = query_blob(q, 3, secret.group_key.b, sizeof secret.group_key);
        if (r == 0)
                r = query_blob(q, 4, secret.transcript.b, sizeof secret.transcript);
        if (r < 0)
                return r;
        query_text(q, 5, secret.record_number, sizeof secret.record_number);
        *ret = secret;
        return 0;
}

int daemon_store_secret_get(DaemonStore *s, uint64_t number, RecordSecret *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, SECRET_SELECT " WHERE number = ?", "i", (int64_t)number);

        return r == 0 ? record_read_secret(&q, ret) : r;
}

int daemon_store_secrets_walk(DaemonStore *s,
                              int (*func)(void *userdata, const RecordSecret *secret),
                              void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, s->sql, SECRET_SELECT " WHERE deposits", "");

        while (r == 0 && (r = query_step(&q)) > 0) {
                _cleanup_(record_secret_done) RecordSecret secret = {};

                r = record_read_secret(&q, &secret);
                if (r == 0)
                        r = func(userdata, &secret);
        }
        return r;
}

int daemon_store_secret_deposited(DaemonStore *s, uint64_t number, uint64_t erase_s)
{
        return query_run(s->sql, "UPDATE secret SET deposits = 0, erase_s = ? WHERE number = ?",
                         "ii", (int64_t)erase_s, (int64_t)number);
}

/* The log of the database held them too. */
static int record_erase(DaemonStore *s, const char *sql, int64_t value)
{
        int r = query_run(s->sql, sql, "i", value);

        if (r < 0 || sql_changes(s->sql) == 0)
                return r;
        return sql_exec(s->sql, "PRAGMA wal_checkpoint(TRUNCATE)");
}

int daemon_store_secret_erase(DaemonStore *s, uint64_t number)
{
        return record_erase(s, "DELETE FROM secret WHERE number = ?", (int64_t)number);
}

int daemon_store_secrets_expire(DaemonStore *s, uint64_t now_s)
{
        return record_erase(s, "DELETE FROM secret WHERE erase_s <= ?", (int64_t)now_s);
}

/* ---- what was fetched ---- */

static int record_find_exchange(DaemonStore *s, const ExchangeSummary *e, uint64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql,
                            "SELECT number FROM exchange WHERE uid = ? AND record_number = ?"
                            " AND finished_s IS NOT NULL",
                            "it", (int64_t)e->uid, e->record_number);

        if (r == 0)
                *ret = (uint64_t)query_int(&q, 0);
        return r;
}

static int record_add_exchange(DaemonStore *s, ExchangeSummary *e)
{
        int r = daemon_store_exchange_number(s, &e->number);

        if (r == 0)
                r = query_run(
                        s->sql,
                        "INSERT INTO exchange (number, uid, finished_s, members, cards, level,"
                        " record_number) VALUES (?, ?, ?, ?, 0, ?, ?)",
                        "iiiitt", (int64_t)e->number, (int64_t)e->uid, (int64_t)e->finished_s,
                        (int64_t)e->members, e->level, e->record_number);
        return r;
}

static int record_count_cards(DaemonStore *s, ExchangeSummary *e)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, s->sql,
                "UPDATE exchange SET cards = (SELECT count(*) FROM card WHERE number = ?1)"
                " WHERE number = ?1 RETURNING cards",
                "i", (int64_t)e->number);

        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        e->cards = (uint32_t)query_int(&q, 0);
        r = query_row(&q); /* the update is done only when the statement has run to its end */
        return MIN(r, 0);
}

static int store_fetched(DaemonStore *s, ExchangeSummary *e, const FetchedCard *cards, size_t n,
                         HistoryChange *ret)
{
        int r = record_find_exchange(s, e, &e->number);

        *ret = r == 0 ? HISTORY_CHANGED : HISTORY_ADDED;
        if (r == DAEMON_STORE_E_NOT_FOUND)
                r = record_add_exchange(s, e);
        for (size_t i = 0; r == 0 && i < n; i++) {
                r = daemon_store_card_put(s, e->number, &cards[i].member, cards[i].vcard);
                if (r == 0 && cards[i].guest)
                        r = daemon_store_guest_put(s, e->number, &cards[i].member);
        }
        return r == 0 ? record_count_cards(s, e) : r;
}

int daemon_store_fetched(DaemonStore *s, ExchangeSummary *e, const FetchedCard *cards, size_t n)
{
        HistoryChange change;
        int r = daemon_store_begin(s);

        if (r < 0)
                return r;
        r = daemon_store_end(s, store_fetched(s, e, cards, n, &change));
        if (r == 0)
                store_tell_history(s, e->uid, e->number, change);
        return r;
}
