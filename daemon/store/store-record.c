/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-record.c - what record passwords are made of, and what was fetched with one */
#include "store-private.h"

#include <string.h>

/* ---- secrets ---- */

int daemon_store_secret_put(DaemonStore *s, const RecordSecret *secret)
{
        sqlite3_stmt *q;
        int r = sql_query(s->db, &q,
                          "INSERT INTO secret VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                          " ON CONFLICT (number) DO UPDATE SET group_key = ?4, deposits = ?7"
                          " WHERE group_key <> ?4",
                          "iibbbtii", (int64_t)secret->number, (int64_t)secret->uid,
                          secret->member.b, sizeof secret->member, secret->group_key.b,
                          sizeof secret->group_key, secret->transcript.b, sizeof secret->transcript,
                          secret->record_number, (int64_t)secret->deposits,
                          (int64_t)secret->erase_s);

        return r < 0 ? r : sql_run(q);
}

#define SECRET_SELECT                                                                              \
        "SELECT number, uid, member, group_key, transcript, record_number, deposits, erase_s "     \
        "FROM secret"

static int read_secret(sqlite3_stmt *q, RecordSecret *ret)
{
        _cleanup_(record_secret_done) RecordSecret secret = {
                .number = (uint64_t)sqlite3_column_int64(q, 0),
                .uid = (uint32_t)sqlite3_column_int64(q, 1),
                .deposits = sqlite3_column_int(q, 6),
                .erase_s = (uint64_t)sqlite3_column_int64(q, 7),
        };
        int r = daemon_store_bytes(q, 2, secret.member.b, sizeof secret.member);

        if (r == 0)
                r = daemon_store_bytes(q, 3, secret.group_key.b, sizeof secret.group_key);
        if (r == 0)
                r = daemon_store_bytes(q, 4, secret.transcript.b, sizeof secret.transcript);
        if (r < 0)
                return r;
        daemon_store_text(q, 5, secret.record_number, sizeof secret.record_number);
        *ret = secret;
        return 0;
}

int daemon_store_secret_get(DaemonStore *s, uint64_t number, RecordSecret *ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(s->db, &q, SECRET_SELECT " WHERE number = ?", "i", (int64_t)number);

        if (r == 0)
                r = sql_row(q);
        return r == 0 ? read_secret(q, ret) : r;
}

int daemon_store_secrets_walk(DaemonStore *s,
                              int (*func)(void *userdata, const RecordSecret *secret),
                              void *userdata)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(s->db, &q, SECRET_SELECT " WHERE deposits", "");

        while (r == 0 && (r = sql_row(q)) == 0) {
                _cleanup_(record_secret_done) RecordSecret secret = {};

                r = read_secret(q, &secret);
                if (r == 0)
                        r = func(userdata, &secret);
        }
        return r == DAEMON_STORE_E_NOT_FOUND ? 0 : r;
}

int daemon_store_secret_deposited(DaemonStore *s, uint64_t number, uint64_t erase_s)
{
        sqlite3_stmt *q;
        int r = sql_query(s->db, &q, "UPDATE secret SET deposits = 0, erase_s = ? WHERE number = ?",
                          "ii", (int64_t)erase_s, (int64_t)number);

        return r < 0 ? r : sql_run(q);
}

/* The log of the database held them too. */
static int erase(DaemonStore *s, const char *sql, int64_t value)
{
        sqlite3_stmt *q;
        int r = sql_query(s->db, &q, sql, "i", value);

        if (r == 0)
                r = sql_run(q);
        if (r < 0 || sqlite3_changes(s->db) == 0)
                return r;
        return sql_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

int daemon_store_secret_erase(DaemonStore *s, uint64_t number)
{
        return erase(s, "DELETE FROM secret WHERE number = ?", (int64_t)number);
}

int daemon_store_secrets_expire(DaemonStore *s, uint64_t now_s)
{
        return erase(s, "DELETE FROM secret WHERE erase_s <= ?", (int64_t)now_s);
}

/* ---- what was fetched ---- */

static int find_exchange(DaemonStore *s, const ExchangeSummary *e, uint64_t *ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(s->db, &q,
                          "SELECT number FROM exchange WHERE uid = ? AND record_number = ?"
                          " AND finished_s IS NOT NULL",
                          "it", (int64_t)e->uid, e->record_number);

        if (r == 0)
                r = sql_row(q);
        if (r == 0)
                *ret = (uint64_t)sqlite3_column_int64(q, 0);
        return r;
}

static int add_exchange(DaemonStore *s, ExchangeSummary *e)
{
        sqlite3_stmt *q;
        int r = daemon_store_exchange_number(s, &e->number);

        if (r == 0)
                r = sql_query(
                        s->db, &q,
                        "INSERT INTO exchange (number, uid, finished_s, members, cards, level,"
                        " record_number) VALUES (?, ?, ?, ?, 0, ?, ?)",
                        "iiiitt", (int64_t)e->number, (int64_t)e->uid, (int64_t)e->finished_s,
                        (int64_t)e->members, e->level, e->record_number);
        return r < 0 ? r : sql_run(q);
}

static int count_cards(DaemonStore *s, ExchangeSummary *e)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(
                s->db, &q,
                "UPDATE exchange SET cards = (SELECT count(*) FROM card WHERE number = ?1)"
                " WHERE number = ?1 RETURNING cards",
                "i", (int64_t)e->number);

        if (r == 0)
                r = sql_row(q);
        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        e->cards = (uint32_t)sqlite3_column_int64(q, 0);
        r = sql_row(q); /* the update is done only when the statement has run to its end */
        return MIN(r, 0);
}

static int store_fetched(DaemonStore *s, ExchangeSummary *e, const FetchedCard *cards, size_t n)
{
        int r = find_exchange(s, e, &e->number);

        if (r == DAEMON_STORE_E_NOT_FOUND)
                r = add_exchange(s, e);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = daemon_store_card_put(s, e->number, &cards[i].member, cards[i].vcard);
        return r == 0 ? count_cards(s, e) : r;
}

int daemon_store_fetched(DaemonStore *s, ExchangeSummary *e, const FetchedCard *cards, size_t n)
{
        int r = sql_exec(s->db, "BEGIN IMMEDIATE");

        if (r < 0)
                return r;
        r = store_fetched(s, e, cards, n);
        if (r == 0)
                r = sql_exec(s->db, "COMMIT");
        if (r < 0)
                (void)sql_exec(s->db, "ROLLBACK"); /* the error before it is the one to tell */
        return r;
}
