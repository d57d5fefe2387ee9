/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-sqlite.h - inside the SQLite store: the parts that make up its table of operations
 *
 * Only store-sqlite*.c include this. store-sqlite.c stands above the parts; below them are the
 * working set, which has groups and members, and src/base/sql.h. Among the parts calls go one way:
 * set -> groups -> deposits, records.
 */
#pragma once

#include "working-set.h"
#include "src/base/sql.h"

typedef struct SqliteStore {
        SetStore base; /* the set is NULL where the file is only looked at */
        Sql *sql;
        char *path;
        bool alone; /* opened without room for the memory that processes share */
        /* What the set was read from: of the file, and of its groups; -1: it has to be read. */
        int64_t data_version, generation;
} SqliteStore;

static inline Sql *sqlite_of(Store *s)
{
        return ((SqliteStore *)s)->sql;
}

_Static_assert((int)STORE_E_NOT_FOUND == (int)SQL_E_NO_ROW &&
                       (int)STORE_E_EXISTS == (int)SQL_E_EXISTS,
               "outcomes of queries are handed on");

/* Numbers in the text of a query, which files on disk have too. */
#define SQL_GATHERING "1"
#define SQL_VAGUE_M "300"
#define SQL_STRIP_E7 "100000"
#define SQL_CARD_KEY "3"
#define SQL_GUEST "1"
#define SQL_REFUSED "3"
#define SQL_GUEST_MS "3600000"
_Static_assert(GROUP_GATHERING == 1, "the number above");

/* A statement that removes or changes up to a number of rows (its last ?): where it has done that
 * many, *more is set. */
int sqlite_run_some(Store *s, const char *sql, uint64_t at_ms, size_t limit, bool *more);

/* ---- the operations, see store.h ---- */
int sqlite_account_add(Store *s, AccountRow *a);
int sqlite_account_by_id(Store *s, int64_t id, AccountRow *ret);
int sqlite_account_by_key(Store *s, const Bytes32 *key, AccountRow *ret);
int sqlite_account_by_handle(Store *s, const char *handle, AccountRow *ret);
int sqlite_account_confirm(Store *s, int64_t id);
int sqlite_account_keep(Store *s, int64_t id, uint64_t until_ms);
int sqlite_account_revoke(Store *s, int64_t id);
int sqlite_account_delete(Store *s, int64_t id);
int sqlite_code_put(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms,
                    uint64_t expires_ms);
int sqlite_code_try(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms);
int sqlite_profile_put(Store *s, int64_t account, uint64_t revision, const uint8_t *bytes,
                       size_t len);
int sqlite_profile_get(Store *s, int64_t account, uint64_t *ret_revision, uint8_t **ret,
                       size_t *ret_len);
int sqlite_account_leaving(Store *s, int64_t *ret);
int sqlite_account_left(Store *s, int64_t id);
int sqlite_accounts_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

int sqlite_plan_put(Store *s, int64_t group, const uint8_t *bytes, size_t len);
int sqlite_plan_get(Store *s, int64_t group, uint8_t **ret, size_t *ret_len);
int sqlite_plan_drop(Store *s, int64_t group);
int sqlite_roster_put(Store *s, int64_t group, const Roster *r);
int sqlite_roster_get(Store *s, int64_t group, Roster **ret);
int sqlite_spent(Store *s, const Id *id);
int sqlite_spend(Store *s, const Id *id, uint64_t until_ms);
int sqlite_spent_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

int sqlite_piece_put(Store *s, int64_t member, const PieceRow *p);
int sqlite_pieces_complete(Store *s, int64_t member, Bytes32 ret_hash[2]);
int sqlite_pieces_walk(Store *s, int64_t group, int64_t without, uint64_t cursor,
                       uint64_t *ret_cursor, PieceFunc func, void *userdata);
int sqlite_pieces_drop(Store *s, int64_t member);

int sqlite_record_add(Store *s, const RecordRow *r);
int sqlite_record_of_group(Store *s, int64_t group, RecordRow *ret);
int sqlite_record_by_number(Store *s, const char *number, RecordRow *ret);
int sqlite_record_leave_group(Store *s, int64_t group);
int sqlite_escrow_add(Store *s, const EscrowRow *e);
int sqlite_escrow_find(Store *s, const char *number, const Bytes32 *token_hash, EscrowRow *ret);
int sqlite_escrow_count_others(Store *s, const EscrowRow *e, uint32_t *ret);
int sqlite_escrow_any(Store *s, const char *number);
int sqlite_escrow_revoke_more(Store *s);
int sqlite_escrow_revoke(Store *s, const char *number, const Bytes32 *token_hash);
int sqlite_fetch_add(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len,
                     uint64_t now_ms);
int sqlite_fetch_find(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len);
int sqlite_fetches_walk(Store *s, const EscrowRow *of, TimeFunc func, void *userdata);
int sqlite_tries_get(Store *s, const char *what, TriesRow *ret);
int sqlite_tries_put(Store *s, const char *what, const TriesRow *t);
int sqlite_records_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

/* ---- what the working set needs, see SetEngine ---- */
extern const SetEngine sqlite_set_engine;
int sqlite_account_idle(Store *s, int64_t id, uint64_t until_ms);
int sqlite_pieces_forget(Store *s, int64_t member);
int sqlite_group_gone(Store *s, int64_t group);
int sqlite_member_going(Store *s, int64_t member, size_t *left);
int sqlite_group_going(Store *s, int64_t group, size_t *left);
int sqlite_next_deadline(Store *s, uint64_t *ret_ms);
