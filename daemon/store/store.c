/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store-private.h"

#include <assert.h>
#include <string.h>

int daemon_store_open(DaemonStore **ret, const char *path)
{
        _cleanup_(daemon_store_freep) DaemonStore *s = calloc(1, sizeof *s);
        int r = s ? sql_open(&s->sql, path, SQL_ALONE, &daemon_store_schema) : -ENOMEM;

        if (r == 0)
                *ret = TAKE_PTR(s);
        return r;
}

DaemonStore *daemon_store_free(DaemonStore *s)
{
        if (s)
                (void)sql_close(s->sql);
        free(s);
        return NULL;
}

int daemon_store_cloud_put(DaemonStore *s, const char *url, const CloudPinRecord *record)
{
        const CloudPin *p = &record->pin;

        return query_run(s->sql,
                         "INSERT OR REPLACE INTO cloud (url, box_key, sign_key, since_ms,"
                         " before_box, before, before_until_ms, configured)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                         "tbbibbit", url, p->identity.box_key.b, sizeof p->identity.box_key.b,
                         p->identity.sign_key.b, sizeof p->identity.sign_key.b,
                         (int64_t)p->since_ms, p->before.box_key.b, sizeof p->before.box_key.b,
                         p->before.sign_key.b, sizeof p->before.sign_key.b,
                         (int64_t)p->before_until_ms, record->configured);
}

int daemon_store_cloud_get(DaemonStore *s, const char *url, CloudPinRecord *ret)
{
        _cleanup_query_ Query q = {0};
        CloudPinRecord record = {0};
        CloudPin *p = &record.pin;
        int r = query_first(&q, s->sql,
                            "SELECT box_key, sign_key, since_ms, before, before_until_ms,"
                            " configured, before_box FROM cloud WHERE url = ?",
                            "t", url);

        if (r == 0)
                r = query_blob(&q, 0, p->identity.box_key.b, sizeof p->identity.box_key.b);
        if (r == 0)
                r = query_blob(&q, 1, p->identity.sign_key.b, sizeof p->identity.sign_key.b);
        if (r == 0)
                r = query_blob(&q, 3, p->before.sign_key.b, sizeof p->before.sign_key.b);
        if (r == 0)
                r = query_blob(&q, 6, p->before.box_key.b, sizeof p->before.box_key.b);
        if (r != 0)
                return r;
        p->since_ms = (uint64_t)query_int(&q, 2);
        p->before_until_ms = (uint64_t)query_int(&q, 4);
        query_text(&q, 5, record.configured, sizeof record.configured);
        *ret = record;
        return 0;
}

int daemon_store_address_put(DaemonStore *s, const char *url, const char *address)
{
        int r = query_run(s->sql, "INSERT OR REPLACE INTO address (url, address) VALUES (?, ?)",
                          "tt", url, address);

        if (r == 0)
                r = query_run(s->sql,
                              "DELETE FROM address WHERE number NOT IN"
                              " (SELECT number FROM address ORDER BY number DESC LIMIT ?)",
                              "i", (int64_t)ADDRESSES_MAX);
        return r;
}

int daemon_store_address_get(DaemonStore *s, const char *url, char ret[static ADDRESS_SIZE])
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "SELECT address FROM address WHERE url = ?", "t", url);

        if (r == 0)
                query_text(&q, 0, ret, ADDRESS_SIZE);
        return r;
}

int daemon_store_exchange_number(DaemonStore *s, uint64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "UPDATE counter SET last = last + 1 RETURNING last", "");
        uint64_t number;

        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        number = (uint64_t)query_int(&q, 0);
        r = query_row(&q); /* the update is committed only when the statement has run to its end */
        if (r < 0)
                return r;
        *ret = number;
        return 0;
}

int daemon_store_exchange_cloud_put(DaemonStore *s, uint64_t number, const char *cloud)
{
        return query_run(s->sql, "INSERT OR REPLACE INTO exchange_cloud VALUES (?, ?)", "it",
                         (int64_t)number, cloud);
}

int daemon_store_exchange_cloud_get(DaemonStore *s, uint64_t number,
                                    char ret[static CLOUD_URL_SIZE])
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "SELECT cloud FROM exchange_cloud WHERE number = ?", "i",
                            (int64_t)number);

        *ret = '\0';
        if (r == 0)
                query_text(&q, 0, ret, CLOUD_URL_SIZE);
        return r == DAEMON_STORE_E_NOT_FOUND ? 0 : r;
}

int daemon_store_exchange_save(DaemonStore *s, uint64_t number, uint32_t uid,
                               const uint8_t *snapshot, size_t len)
{
        return query_run(s->sql,
                         "INSERT INTO exchange (number, uid, snapshot) VALUES (?, ?, ?)"
                         " ON CONFLICT (number) DO UPDATE SET snapshot = excluded.snapshot",
                         "iib", (int64_t)number, (int64_t)uid, snapshot, len);
}

int daemon_store_exchange_load(DaemonStore *s, uint64_t number, uint32_t *ret_uid, uint8_t **ret,
                               size_t *ret_len)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, s->sql,
                "SELECT uid, snapshot FROM exchange WHERE number = ? AND snapshot IS NOT NULL", "i",
                (int64_t)number);

        if (r == 0)
                r = query_copy_blob(&q, 1, ret, ret_len);
        if (r == 0)
                *ret_uid = (uint32_t)query_int(&q, 0);
        return r;
}

int daemon_store_exchange_walk_unfinished(
        DaemonStore *s, int (*func)(void *userdata, uint64_t number, uint32_t uid), void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, s->sql,
                "SELECT number, uid FROM exchange WHERE snapshot IS NOT NULL ORDER BY number", "");

        while (r == 0 && (r = query_step(&q)) > 0)
                r = func(userdata, (uint64_t)query_int(&q, 0), (uint32_t)query_int(&q, 1));
        return r;
}

static int store_put_summary(DaemonStore *s, const ExchangeSummary *e)
{
        return query_run(
                s->sql,
                "UPDATE exchange SET finished_s = coalesce(finished_s, ?), members = ?, cards = ?,"
                " level = ?, record_number = ?, place = ?, phrase = ? WHERE number = ?",
                "iiitttti", (int64_t)e->finished_s, (int64_t)e->members, (int64_t)e->cards,
                e->level, e->record_number, e->place, e->phrase, (int64_t)e->number);
}

int daemon_store_exchange_deliver(DaemonStore *s, const ExchangeSummary *e)
{
        bool known = false;
        int r = store_in_history(s, e->number, &known);

        if (r == 0)
                r = store_put_summary(s, e);
        if (r == 0)
                store_tell_history(s, e->uid, e->number, known ? HISTORY_CHANGED : HISTORY_ADDED);
        return r;
}

/* The log held a copy of what was deleted. */
int store_checkpoint(DaemonStore *s)
{
        return sql_exec(s->sql, "PRAGMA wal_checkpoint(TRUNCATE)");
}

static int store_forget(DaemonStore *s, uint64_t number, const char *sql)
{
        return query_run(s->sql, sql, "i", (int64_t)number);
}

int store_forget_exchange(DaemonStore *s, uint64_t number)
{
        int r = store_forget(s, number, "DELETE FROM card WHERE number = ?");

        if (r == 0)
                r = store_forget(s, number, "DELETE FROM secret WHERE number = ?");
        if (r == 0)
                r = store_forget(s, number, "DELETE FROM guest WHERE number = ?");
        if (r == 0)
                r = store_forget(s, number, "DELETE FROM exchange_cloud WHERE number = ?");
        return r < 0 ? r : store_forget(s, number, "DELETE FROM exchange WHERE number = ?");
}

static int store_end_exchange(DaemonStore *s, uint64_t number, const ExchangeSummary *summary)
{
        int r;

        assert(!summary || summary->number == number);
        if (summary) {
                r = store_put_summary(s, summary);
                return r < 0 ? r
                             : store_forget(s, number,
                                            "UPDATE exchange SET snapshot = NULL WHERE number = ?");
        }
        return store_forget_exchange(s, number);
}

int daemon_store_begin(DaemonStore *s)
{
        return sql_begin(s->sql);
}

int daemon_store_end(DaemonStore *s, int r)
{
        return sql_end(s->sql, r);
}

int daemon_store_exchange_finish(DaemonStore *s, uint64_t number, const ExchangeSummary *summary)
{
        bool known = false;
        int r = store_in_history(s, number, &known);

        if (r == 0)
                r = daemon_store_begin(s);
        if (r < 0)
                return r;
        r = daemon_store_end(s, store_end_exchange(s, number, summary));
        if (r == 0 && summary)
                store_tell_history(s, summary->uid, number,
                                   known ? HISTORY_CHANGED : HISTORY_ADDED);
        return r < 0 ? r : store_checkpoint(s);
}

int daemon_store_card_put(DaemonStore *s, uint64_t number, const Id *member, const char *vcard)
{
        return query_run(s->sql, "INSERT OR IGNORE INTO card VALUES (?, ?, ?)", "ibt",
                         (int64_t)number, member->b, sizeof member->b, vcard);
}

int daemon_store_guest_put(DaemonStore *s, uint64_t number, const Id *member)
{
        return query_run(s->sql, "INSERT OR IGNORE INTO guest (number, member) VALUES (?, ?)", "ib",
                         (int64_t)number, member->b, sizeof member->b);
}

int daemon_store_is_guest(DaemonStore *s, uint64_t number, const Id *member)
{
        _cleanup_query_ Query q = {0};

        return query_first(&q, s->sql, "SELECT 1 FROM guest WHERE number = ? AND member = ?", "ib",
                           (int64_t)number, member->b, sizeof member->b);
}

int daemon_store_count_guests(DaemonStore *s, uint64_t number, uint32_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "SELECT count(*) FROM guest WHERE number = ?", "i",
                            (int64_t)number);

        if (r == 0)
                *ret = (uint32_t)query_int(&q, 0);
        return must(r);
}

int daemon_store_card_walk(DaemonStore *s, uint64_t number,
                           int (*func)(void *userdata, const Id *member, const char *vcard),
                           void *userdata)
{
        _cleanup_query_ Query q = {0};
        Id member;
        int r = query_begin(&q, s->sql,
                            "SELECT member, vcard FROM card WHERE number = ? ORDER BY member", "i",
                            (int64_t)number);

        while (r == 0 && (r = query_step(&q)) > 0) {
                r = query_blob(&q, 0, member.b, sizeof member.b);
                if (r == 0)
                        r = func(userdata, &member, query_borrow_text(&q, 1));
        }
        return r;
}
