/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-account.c - the clouds, accounts and own cards of users */
#include "store-private.h"

#include <string.h>

/* ---- clouds ---- */

int daemon_store_user_cloud_put(DaemonStore *s, uint32_t uid, const char *url)
{
        return query_run(s->sql, "INSERT OR IGNORE INTO user_cloud (uid, url) VALUES (?, ?)", "it",
                         (int64_t)uid, url);
}

int daemon_store_user_cloud_move(DaemonStore *s, uint32_t uid, const char *url, const char *address)
{
        return query_run(s->sql, "UPDATE user_cloud SET address = ? WHERE uid = ? AND url = ?",
                         "tit", address, (int64_t)uid, url);
}

/* Its pin goes, too: the user may meet the cloud anew. */
int daemon_store_user_cloud_delete(DaemonStore *s, uint32_t uid, const char *url)
{
        int r = query_run(s->sql, "DELETE FROM user_cloud WHERE uid = ? AND url = ?", "it",
                          (int64_t)uid, url);

        if (r == 0)
                r = query_run(s->sql, "DELETE FROM cloud WHERE url = ? || ' ' || ?", "it",
                              (int64_t)uid, url);
        if (r == 0)
                r = query_run(s->sql, "DELETE FROM user_default WHERE uid = ? AND cloud = ?", "it",
                              (int64_t)uid, url);
        return r;
}

int daemon_store_user_cloud_walk(DaemonStore *s,
                                 int (*func)(void *userdata, uint32_t uid, const char *url,
                                             const char *address),
                                 void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, s->sql,
                            "SELECT uid, url, CASE address WHEN '' THEN url ELSE address END"
                            " FROM user_cloud ORDER BY number",
                            "");

        while (r == 0 && (r = query_step(&q)) > 0)
                r = func(userdata, (uint32_t)query_int(&q, 0), query_borrow_text(&q, 1),
                         query_borrow_text(&q, 2));
        return r;
}

int daemon_store_default_put(DaemonStore *s, uint32_t uid, const char *cloud)
{
        return query_run(s->sql, "INSERT OR REPLACE INTO user_default VALUES (?, ?)", "it",
                         (int64_t)uid, cloud);
}

int daemon_store_default_get(DaemonStore *s, uint32_t uid, char ret[static CLOUD_URL_SIZE])
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql, "SELECT cloud FROM user_default WHERE uid = ?", "i",
                            (int64_t)uid);

        *ret = '\0';
        if (r == 0)
                query_text(&q, 0, ret, CLOUD_URL_SIZE);
        return r == DAEMON_STORE_E_NOT_FOUND ? 0 : r;
}

/* ---- own cards ---- */

void own_card_done(OwnCard *c)
{
        c->vcard = secret_free(c->vcard);
}

int daemon_store_own_card_put(DaemonStore *s, uint32_t uid, const char *vcard)
{
        return query_run(s->sql,
                         "INSERT INTO own_card VALUES (?, 1, ?) ON CONFLICT (uid) DO UPDATE"
                         " SET revision = revision + 1, vcard = excluded.vcard",
                         "it", (int64_t)uid, vcard);
}

int daemon_store_own_card_get(DaemonStore *s, uint32_t uid, OwnCard *ret)
{
        _cleanup_query_ Query q = {0};
        char *vcard;
        int r = query_first(&q, s->sql, "SELECT revision, vcard FROM own_card WHERE uid = ?", "i",
                            (int64_t)uid);

        if (r == 0)
                r = query_copy_text(&q, 1, &vcard);
        if (r == 0)
                *ret = (OwnCard){.vcard = vcard, .revision = (uint64_t)query_int(&q, 0)};
        return r;
}

int daemon_store_own_card_touch(DaemonStore *s, uint32_t uid)
{
        return query_run(s->sql, "UPDATE own_card SET revision = revision + 1 WHERE uid = ?", "i",
                         (int64_t)uid);
}

/* The log of the database held what was deleted, too. */
static int store_truncate_log(DaemonStore *s)
{
        return sql_exec(s->sql, "PRAGMA wal_checkpoint(TRUNCATE)");
}

int daemon_store_user_erase(DaemonStore *s, uint32_t uid)
{
        static const char without_account[] =
                "DELETE FROM own_card WHERE uid = ?1"
                " AND NOT EXISTS (SELECT 1 FROM account WHERE uid = ?1)";
        int r = query_run(s->sql, without_account, "i", (int64_t)uid);

        if (r == 0)
                r = query_run(s->sql,
                              "DELETE FROM share WHERE uid = ?1"
                              " AND NOT EXISTS (SELECT 1 FROM account WHERE uid = ?1)",
                              "i", (int64_t)uid);
        if (r == 0)
                r = query_run(s->sql,
                              "DELETE FROM preference WHERE uid = ?1"
                              " AND NOT EXISTS (SELECT 1 FROM account WHERE uid = ?1)",
                              "i", (int64_t)uid);
        if (r == 0)
                r = query_run(s->sql,
                              "DELETE FROM veto WHERE uid = ?1"
                              " AND NOT EXISTS (SELECT 1 FROM account WHERE uid = ?1)",
                              "i", (int64_t)uid);
        return r < 0 ? r : store_truncate_log(s);
}

/* ---- accounts ---- */

void account_record_done(AccountRecord *a)
{
        sodium_memzero(a, sizeof *a);
}

int daemon_store_account_put(DaemonStore *s, const AccountRecord *a)
{
        return query_run(s->sql, "INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                         "itbbbtii", (int64_t)a->uid, a->cloud, a->key.public_key.b,
                         sizeof a->key.public_key.b, a->key.private_key, sizeof a->key.private_key,
                         a->profile_key.b, sizeof a->profile_key.b, a->handle,
                         (int64_t)a->confirmed, (int64_t)a->card_uploaded);
}

static int store_read_account(const Query *q, AccountRecord *ret)
{
        int r = query_blob(q, 0, ret->key.public_key.b, sizeof ret->key.public_key.b);

        if (r == 0)
                r = query_blob(q, 1, ret->key.private_key, sizeof ret->key.private_key);
        if (r == 0)
                r = query_blob(q, 2, ret->profile_key.b, sizeof ret->profile_key.b);
        if (r < 0)
                return r;
        query_text(q, 3, ret->handle, sizeof ret->handle);
        ret->confirmed = query_int(q, 4);
        ret->card_uploaded = (uint64_t)query_int(q, 5);
        query_text(q, 6, ret->cloud, sizeof ret->cloud);
        return 0;
}

int daemon_store_account_get(DaemonStore *s, uint32_t uid, const char *cloud, AccountRecord *ret)
{
        _cleanup_(account_record_done) AccountRecord a = {.uid = uid};
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s->sql,
                            "SELECT public_key, private_key, profile_key, handle, confirmed,"
                            " card_uploaded, cloud FROM account WHERE uid = ? AND cloud = ?",
                            "it", (int64_t)uid, cloud);

        if (r == 0)
                r = store_read_account(&q, &a);
        if (r == 0)
                *ret = a;
        return r;
}

int daemon_store_account_delete(DaemonStore *s, uint32_t uid, const char *cloud)
{
        int r = query_run(s->sql, "DELETE FROM account WHERE uid = ? AND cloud = ?", "it",
                          (int64_t)uid, cloud);

        if (r == 0)
                r = query_run(s->sql,
                              "DELETE FROM secret WHERE uid = ? AND coalesce((SELECT cloud"
                              " FROM exchange_cloud WHERE number = secret.number), '') = ?",
                              "it", (int64_t)uid, cloud);
        return r < 0 ? r : store_truncate_log(s);
}

int daemon_store_account_walk(DaemonStore *s,
                              int (*func)(void *userdata, uint32_t uid, const char *cloud),
                              void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, s->sql, "SELECT uid, cloud FROM account ORDER BY uid, cloud", "");

        while (r == 0 && (r = query_step(&q)) > 0)
                r = func(userdata, (uint32_t)query_int(&q, 0), query_borrow_text(&q, 1));
        return r;
}
