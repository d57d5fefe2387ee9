/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-sqlite-accounts.c - accounts, confirmation codes, profiles */
#include "store-sqlite.h"

#include <string.h>

enum { LEFT_ROWS = 256 }; /* of each kind in one step */

#define ACCOUNT_COLUMNS                                                                            \
        "id, key, handle, confirmed, consent_version, created_ms, epoch, guest_until_ms"

/* A handle is that of one confirmed account. Until then the column has a line more, the key, so
 * that many may wait with one handle; and so has that of guests, who have none. */
static int account_read(const Query *q, AccountRow *ret)
{
        AccountRow a = {
                .id = query_int(q, 0),
                .confirmed = query_int(q, 3) != 0,
                .consent_version = (uint32_t)query_int(q, 4),
                .created_ms = (uint64_t)query_int(q, 5),
                .epoch = (uint64_t)query_int(q, 6),
                .guest_until_ms = (uint64_t)query_int(q, 7),
        };
        int r = query_blob(q, 1, a.key.b, sizeof a.key.b);

        if (r < 0)
                return r;
        query_text(q, 2, a.handle, sizeof a.handle);
        a.handle[strcspn(a.handle, "\n")] = '\0';
        *ret = a;
        return 0;
}

int sqlite_account_add(Store *s, AccountRow *a)
{
        int r = query_insert(
                sqlite_of(s),
                "INSERT INTO account (key, handle, confirmed, consent_version, created_ms,"
                " guest_until_ms) VALUES (?1, iif(?3 AND ?6 = 0, ?2, ?2 || char(10) || hex(?1)),"
                " ?3, ?4, ?5, ?6)",
                "btiiii", a->key.b, sizeof a->key.b, a->handle, (int64_t)a->confirmed,
                (int64_t)a->consent_version, (int64_t)a->created_ms, (int64_t)a->guest_until_ms);

        if (r == 0)
                a->id = sql_last_row(sqlite_of(s));
        return r;
}

int sqlite_account_by_id(Store *s, int64_t id, AccountRow *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?", "i", id);

        return r == 0 ? account_read(&q, ret) : r;
}

int sqlite_account_by_key(Store *s, const Bytes32 *key, AccountRow *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT " ACCOUNT_COLUMNS " FROM account WHERE key = ?", "b", key->b,
                            sizeof key->b);

        return r == 0 ? account_read(&q, ret) : r;
}

int sqlite_account_by_handle(Store *s, const char *handle, AccountRow *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT " ACCOUNT_COLUMNS " FROM account WHERE handle = ?", "t",
                            handle);

        return r == 0 ? account_read(&q, ret) : r;
}

int sqlite_account_confirm(Store *s, int64_t id)
{
        int r = query_insert(
                sqlite_of(s),
                "UPDATE account SET confirmed = 1, handle = iif(instr(handle, char(10)),"
                " substr(handle, 1, instr(handle, char(10)) - 1), handle)"
                " WHERE id = ?",
                "i", id);

        if (r == 0 && sql_changes(sqlite_of(s)) == 0)
                return STORE_E_NOT_FOUND;
        return r != 0 ? r : query_run(sqlite_of(s), "DELETE FROM code WHERE account = ?", "i", id);
}

int sqlite_account_keep(Store *s, int64_t id, uint64_t until_ms)
{
        return query_run(sqlite_of(s),
                         "UPDATE account SET guest_until_ms = max(guest_until_ms, ?)"
                         " WHERE id = ? AND guest_until_ms > 0",
                         "ii", (int64_t)until_ms, id);
}

int sqlite_account_idle(Store *s, int64_t id, uint64_t until_ms)
{
        return query_run(sqlite_of(s),
                         "UPDATE account SET guest_until_ms = min(guest_until_ms, ?)"
                         " WHERE id = ? AND guest_until_ms > 0",
                         "ii", (int64_t)until_ms, id);
}

int sqlite_account_revoke(Store *s, int64_t id)
{
        int r = query_run(sqlite_of(s), "UPDATE account SET epoch = epoch + 1 WHERE id = ?", "i",
                          id);

        return r == 0 && sql_changes(sqlite_of(s)) == 0 ? STORE_E_NOT_FOUND : r;
}

int sqlite_account_delete(Store *s, int64_t id)
{
        int r = query_run(sqlite_of(s), "DELETE FROM code WHERE account = ?", "i", id);

        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM profile WHERE account = ?", "i", id);
        if (r == 0)
                r = query_run(sqlite_of(s),
                              "INSERT INTO leaving (account) SELECT id FROM account WHERE id = ?",
                              "i", id);
        if (r == 0)
                r = query_run(sqlite_of(s),
                              "INSERT OR IGNORE INTO spent (id, expires_ms)"
                              " SELECT substr(key, 1, 16), ? FROM account WHERE id = ?",
                              "ii", INT64_MAX, id);
        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM account WHERE id = ?", "i", id);
        return r == 0 && sql_changes(sqlite_of(s)) == 0 ? STORE_E_NOT_FOUND : r;
}

int sqlite_code_put(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms,
                    uint64_t expires_ms)
{
        int r = query_run(sqlite_of(s), "DELETE FROM code WHERE account = ? AND expires_ms <= ?",
                          "ii", account, (int64_t)now_ms);

        if (r != 0)
                return r;
        return query_insert(
                sqlite_of(s),
                "INSERT INTO code (account, hash, expires_ms, tries) VALUES (?, ?, ?, 0)", "ibi",
                account, code_hash->b, sizeof code_hash->b, (int64_t)expires_ms);
}

int sqlite_code_try(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms)
{
        _cleanup_query_ Query q = {0};
        Bytes32 stored;
        int r;

        r = query_run(sqlite_of(s),
                      "UPDATE code SET tries = tries + 1 WHERE account = ? AND expires_ms > ? AND "
                      "tries < ?",
                      "iii", account, (int64_t)now_ms, (int64_t)CODE_TRIES);
        if (r != 0)
                return r;
        if (sql_changes(sqlite_of(s)) == 0)
                return STORE_E_NOT_FOUND;
        r = query_first(&q, sqlite_of(s), "SELECT hash FROM code WHERE account = ?", "i", account);
        if (r != 0)
                return must(r);
        r = query_blob(&q, 0, stored.b, sizeof stored.b);
        if (r < 0)
                return r;
        return bytes32_equal(&stored, code_hash) ? 0 : STORE_E_NOT_FOUND;
}

int sqlite_profile_put(Store *s, int64_t account, uint64_t revision, const uint8_t *bytes,
                       size_t len)
{
        /* if the upsert changes nothing, the stored profile is newer, or has other bytes of this
         * revision */
        int r = query_run(sqlite_of(s),
                          "INSERT INTO profile (account, revision, bytes) VALUES (?1, ?2, ?3)"
                          " ON CONFLICT (account) DO UPDATE SET revision = ?2, bytes = ?3"
                          " WHERE revision < ?2 OR (revision = ?2 AND bytes = ?3)",
                          "iib", account, (int64_t)revision, bytes, len);

        return r == 0 && sql_changes(sqlite_of(s)) == 0 ? STORE_E_EXISTS : r;
}

int sqlite_profile_get(Store *s, int64_t account, uint64_t *ret_revision, uint8_t **ret,
                       size_t *ret_len)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT revision, bytes FROM profile WHERE account = ?", "i", account);

        if (r == 0)
                r = query_copy_blob(&q, 1, ret, ret_len);
        if (r == 0)
                *ret_revision = (uint64_t)query_int(&q, 0);
        return r;
}

int sqlite_account_leaving(Store *s, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), "SELECT account FROM leaving LIMIT 1", "");

        if (r == 0)
                *ret = query_int(&q, 0);
        return r;
}

/* Members that have left a closed group stay on its roster, but belong to no account. Members still
 * see that and when the record was fetched, but not by which account. */
int sqlite_account_left(Store *s, int64_t id)
{
        static const char *const steps[] = {
                "DELETE FROM tries WHERE what IN (SELECT what FROM tries"
                " WHERE what >= 'account ' || ?1 AND what < 'account ' || ?1 || '!' LIMIT ?3)",
                "UPDATE fetch SET reader = randomblob(32) WHERE id IN"
                " (SELECT id FROM fetch WHERE reader = ?2 LIMIT ?3)",
        };
        bool more = false;
        int r = set_account_forget(s, id, LEFT_ROWS, &more);

        for (size_t i = 0; r == 0 && i < ARRAY_LEN(steps); i++) {
                r = query_run(sqlite_of(s), steps[i], "ibi", id, &id, sizeof id,
                              (int64_t)LEFT_ROWS);
                more |= r == 0 && sql_changes(sqlite_of(s)) >= LEFT_ROWS;
        }
        if (r < 0 || more)
                return r < 0 ? r : 1;
        return query_run(sqlite_of(s), "DELETE FROM leaving WHERE account = ?", "i", id);
}

int sqlite_accounts_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        uint64_t oldest = now_ms - MIN(now_ms, (uint64_t)UNCONFIRMED_MS);
        int r = sqlite_run_some(s,
                                "DELETE FROM code WHERE account IN"
                                " (SELECT account FROM code WHERE expires_ms <= ? LIMIT ?)",
                                now_ms, limit, more);

        if (r == 0)
                r = sqlite_run_some(
                        s,
                        "DELETE FROM code WHERE account IN (SELECT id FROM account"
                        " WHERE confirmed = 0 AND created_ms < ? ORDER BY created_ms LIMIT ?)",
                        oldest, limit, more);
        if (r == 0)
                r = sqlite_run_some(
                        s,
                        "DELETE FROM account WHERE id IN (SELECT id FROM account"
                        " WHERE confirmed = 0 AND created_ms < ? ORDER BY created_ms LIMIT ?)",
                        oldest, limit, more);
        if (r == 0)
                r = sqlite_run_some(s,
                                    "DELETE FROM account WHERE id IN (SELECT id FROM account"
                                    " WHERE guest_until_ms > 0 AND guest_until_ms <= ?"
                                    " ORDER BY guest_until_ms LIMIT ?)",
                                    now_ms, limit, more);
        return r;
}
