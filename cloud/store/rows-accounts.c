/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rows-accounts.c - accounts, confirmation codes, profiles */
#include "rows.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
        LEFT_ROWS = 256,                      /* of each kind in one step */
        HANDLE_COLUMN = 128 + 1 + 2 * 32 + 1, /* a handle, a line and a key */
};

/* A handle is that of one confirmed account. Until then the column has a line more, the key, so
 * that many may wait with one handle; and so has that of guests, who have none. */
int rows_account_read(const Found *q, AccountRow *ret)
{
        AccountRow a = {
                .id = found_int(q, 0),
                .confirmed = found_int(q, 3) != 0,
                .consent_version = (uint32_t)found_int(q, 4),
                .created_ms = (uint64_t)found_int(q, 5),
                .epoch = (uint64_t)found_int(q, 6),
                .guest_until_ms = (uint64_t)found_int(q, 7),
        };
        int r = found_blob(q, 1, a.key.b, sizeof a.key.b);

        if (r < 0)
                return r;
        found_text(q, 2, a.handle, sizeof a.handle);
        a.handle[strcspn(a.handle, "\n")] = '\0';
        *ret = a;
        return 0;
}

static void account_write_handle(const AccountRow *a, char ret[static HANDLE_COLUMN])
{
        char key[2 * sizeof a->key.b + 1];
        bool waits = !a->confirmed || a->guest_until_ms > 0;

        (void)sodium_bin2hex(key, sizeof key, a->key.b, sizeof a->key.b);
        (void)snprintf(ret, HANDLE_COLUMN, "%s%s%s", a->handle, waits ? "\n" : "",
                       waits ? key : "");
}

int rows_account_add(Store *s, AccountRow *a)
{
        _cleanup_found_ Found q = {0};
        char handle[HANDLE_COLUMN];
        int r;

        account_write_handle(a, handle);
        r = db_first(&q, db_of(s),
                     "INSERT INTO account (key, handle, confirmed, consent_version, created_ms,"
                     " epoch, guest_until_ms) VALUES (?, ?, ?, ?, ?, 0, ?)"
                     " ON CONFLICT DO NOTHING RETURNING id",
                     "btiiii", a->key.b, sizeof a->key.b, handle, (int64_t)a->confirmed,
                     (int64_t)a->consent_version, (int64_t)a->created_ms,
                     (int64_t)a->guest_until_ms);
        if (r == 0)
                a->id = found_int(&q, 0);
        return r == DB_E_NO_ROW ? STORE_E_EXISTS : r;
}

int rows_account_by_id(Store *s, int64_t id, AccountRow *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?", "i",
                         id);

        return r == 0 ? rows_account_read(&q, ret) : r;
}

int rows_account_by_key(Store *s, const Bytes32 *key, AccountRow *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), "SELECT " ACCOUNT_COLUMNS " FROM account WHERE key = ?", "b",
                         key->b, sizeof key->b);

        return r == 0 ? rows_account_read(&q, ret) : r;
}

int rows_account_by_handle(Store *s, const char *handle, AccountRow *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), "SELECT " ACCOUNT_COLUMNS " FROM account WHERE handle = ?",
                         "t", handle);

        return r == 0 ? rows_account_read(&q, ret) : r;
}

int rows_account_confirm(Store *s, int64_t id)
{
        AccountRow a;
        int64_t n = 0;
        int r = rows_account_by_id(s, id, &a);

        if (r == 0)
                r = db_change(
                        db_of(s), &n,
                        "UPDATE account SET confirmed = 1, handle = ?1 WHERE id = ?2 AND NOT"
                        " EXISTS (SELECT 1 FROM account o WHERE o.handle = ?1 AND o.id <> ?2)",
                        "ti", a.handle, id);
        if (r == 0 && n == 0)
                return STORE_E_EXISTS;
        return r != 0 ? r : db_run(db_of(s), "DELETE FROM code WHERE account = ?", "i", id);
}

int rows_account_keep(Store *s, int64_t id, uint64_t until_ms)
{
        return db_run(db_of(s),
                      "UPDATE account SET guest_until_ms = ?1"
                      " WHERE id = ?2 AND guest_until_ms > 0 AND guest_until_ms < ?1",
                      "ii", (int64_t)until_ms, id);
}

int rows_account_idle(Store *s, int64_t id, uint64_t until_ms)
{
        return db_run(db_of(s),
                      "UPDATE account SET guest_until_ms = ?1"
                      " WHERE id = ?2 AND guest_until_ms > ?1",
                      "ii", (int64_t)until_ms, id);
}

int rows_account_revoke(Store *s, int64_t id)
{
        int64_t n = 0;
        int r = db_change(db_of(s), &n, "UPDATE account SET epoch = epoch + 1 WHERE id = ?", "i",
                          id);

        return r == 0 && n == 0 ? STORE_E_NOT_FOUND : r;
}

int rows_account_delete(Store *s, int64_t id)
{
        int64_t n = 0;
        int r = db_run(db_of(s), "DELETE FROM code WHERE account = ?", "i", id);

        if (r == 0)
                r = db_run(db_of(s), "DELETE FROM profile WHERE account = ?", "i", id);
        if (r == 0)
                r = db_run(db_of(s),
                           "INSERT INTO leaving (account) SELECT id FROM account WHERE id = ?", "i",
                           id);
        if (r == 0)
                r = db_run(db_of(s),
                           "INSERT INTO spent (id, expires_ms) SELECT substr(key, 1, 16), ?1"
                           " FROM account WHERE id = ?2 ON CONFLICT DO NOTHING",
                           "ii", INT64_MAX, id);
        if (r == 0)
                r = db_change(db_of(s), &n, "DELETE FROM account WHERE id = ?", "i", id);
        return r == 0 && n == 0 ? STORE_E_NOT_FOUND : r;
}

int rows_code_put(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms,
                  uint64_t expires_ms)
{
        int64_t n = 0;
        int r = db_run(db_of(s), "DELETE FROM code WHERE account = ? AND expires_ms <= ?", "ii",
                       account, (int64_t)now_ms);

        if (r == 0)
                r = db_change(db_of(s), &n,
                              "INSERT INTO code (account, hash, expires_ms, tries)"
                              " VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
                              "ibi", account, code_hash->b, sizeof code_hash->b,
                              (int64_t)expires_ms);
        return r == 0 && n == 0 ? STORE_E_EXISTS : r;
}

int rows_code_try(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms)
{
        _cleanup_found_ Found q = {0};
        Bytes32 stored;
        int64_t n = 0;
        int r;

        r = db_change(db_of(s), &n,
                      "UPDATE code SET tries = tries + 1 WHERE account = ? AND expires_ms > ? AND "
                      "tries < ?",
                      "iii", account, (int64_t)now_ms, (int64_t)CODE_TRIES);
        if (r != 0)
                return r;
        if (n == 0)
                return STORE_E_NOT_FOUND;
        r = db_first(&q, db_of(s), "SELECT hash FROM code WHERE account = ?", "i", account);
        if (r != 0)
                return must(r);
        r = found_blob(&q, 0, stored.b, sizeof stored.b);
        if (r < 0)
                return r;
        return bytes32_equal(&stored, code_hash) ? 0 : STORE_E_NOT_FOUND;
}

int rows_profile_put(Store *s, int64_t account, uint64_t revision, const uint8_t *bytes, size_t len)
{
        /* if the upsert changes nothing, the stored profile is newer, or has other bytes of this
         * revision */
        int64_t n = 0;
        int r = db_change(
                db_of(s), &n,
                "INSERT INTO profile (account, revision, bytes) VALUES (?1, ?2, ?3)"
                " ON CONFLICT (account) DO UPDATE SET revision = ?2, bytes = ?3 WHERE"
                " profile.revision < ?2 OR (profile.revision = ?2 AND profile.bytes = ?3)",
                "iib", account, (int64_t)revision, bytes, len);

        return r == 0 && n == 0 ? STORE_E_EXISTS : r;
}

int rows_profile_get(Store *s, int64_t account, uint64_t *ret_revision, uint8_t **ret,
                     size_t *ret_len)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), "SELECT revision, bytes FROM profile WHERE account = ?", "i",
                         account);

        if (r == 0)
                r = found_copy_blob(&q, 1, ret, ret_len);
        if (r == 0)
                *ret_revision = (uint64_t)found_int(&q, 0);
        return r;
}

int rows_account_leaving(Store *s, int64_t *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), "SELECT account FROM leaving LIMIT 1", "");

        if (r == 0)
                *ret = found_int(&q, 0);
        return r;
}

static int account_forget_tries(Store *s, int64_t id, bool *more)
{
        int64_t n = 0;
        int r = db_change(db_of(s), &n,
                          "DELETE FROM tries WHERE what IN (SELECT what FROM tries"
                          " WHERE what >= 'account ' || ?1 AND what < 'account ' || ?1 || '!'"
                          " LIMIT ?2)",
                          "ii", id, (int64_t)LEFT_ROWS);

        *more |= n >= LEFT_ROWS;
        return r;
}

static int account_list_fetches(Store *s, int64_t id, int64_t ret[static LEFT_ROWS], size_t *ret_n)
{
        _cleanup_found_ Found q = {0};
        int r = db_ask(&q, db_of(s), "SELECT id FROM \"fetch\" WHERE reader = ? LIMIT ?", "bi", &id,
                       sizeof id, (int64_t)LEFT_ROWS);

        *ret_n = 0;
        while (r == 0 && (r = found_step(&q)) > 0) {
                ret[(*ret_n)++] = found_int(&q, 0);
                r = 0;
        }
        return r;
}

static int account_forget_fetches(Store *s, int64_t id, bool *more)
{
        int64_t fetches[LEFT_ROWS];
        Bytes32 nobody;
        size_t n;
        int r = account_list_fetches(s, id, fetches, &n);

        for (size_t i = 0; r == 0 && i < n; i++) {
                randombytes_buf(nobody.b, sizeof nobody.b);
                r = db_run(db_of(s), "UPDATE \"fetch\" SET reader = ? WHERE id = ?", "bi", nobody.b,
                           sizeof nobody.b, fetches[i]);
        }
        *more |= n == LEFT_ROWS;
        return r;
}

/* Members that have left a closed group stay on its roster, but belong to no account. Members still
 * see that and when the record was fetched, but not by which account. */
int rows_account_left(Store *s, int64_t id)
{
        bool more = false;
        int r = set_account_forget(s, id, LEFT_ROWS, &more);

        if (r == 0)
                r = account_forget_tries(s, id, &more);
        if (r == 0)
                r = account_forget_fetches(s, id, &more);
        if (r < 0 || more)
                return r < 0 ? r : 1;
        return db_run(db_of(s), "DELETE FROM leaving WHERE account = ?", "i", id);
}

int rows_accounts_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        uint64_t oldest = rows_before(now_ms, UNCONFIRMED_MS);
        int r = rows_run_some(s,
                              "DELETE FROM code WHERE account IN"
                              " (SELECT account FROM code WHERE expires_ms <= ? LIMIT ?)",
                              now_ms, limit, more);

        if (r == 0)
                r = rows_run_some(
                        s,
                        "DELETE FROM code WHERE account IN (SELECT id FROM account"
                        " WHERE confirmed = 0 AND created_ms < ? ORDER BY created_ms LIMIT ?)",
                        oldest, limit, more);
        if (r == 0)
                r = rows_run_some(
                        s,
                        "DELETE FROM account WHERE id IN (SELECT id FROM account"
                        " WHERE confirmed = 0 AND created_ms < ? ORDER BY created_ms LIMIT ?)",
                        oldest, limit, more);
        if (r == 0)
                r = rows_run_some(s,
                                  "DELETE FROM account WHERE id IN (SELECT id FROM account"
                                  " WHERE guest_until_ms > 0 AND guest_until_ms <= ?"
                                  " ORDER BY guest_until_ms LIMIT ?)",
                                  now_ms, limit, more);
        return r;
}
