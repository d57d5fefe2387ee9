/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-sqlite.h - inside the SQLite store: the parts that make up its table of operations
 *
 * Only store-sqlite*.c include this. store-sqlite.c stands above the parts; below them is
 * src/base/sql.h. Among the parts calls go one way: evidence and accounts -> groups -> deposits,
 * records.
 */
#pragma once

#include "store.h"
#include "src/base/sql.h"

typedef struct SqliteStore {
        Store store;
        Sql *sql;
        char *path;
        bool alone; /* opened without room for the memory that processes share */
} SqliteStore;

static inline Sql *sqlite_of(Store *s)
{
        return ((SqliteStore *)s)->sql;
}

_Static_assert((int)STORE_E_NOT_FOUND == (int)SQL_E_NO_ROW &&
                       (int)STORE_E_EXISTS == (int)SQL_E_EXISTS,
               "outcomes of queries are handed on");

/* Numbers in the text of a query. */
#define SQL_GATHERING "1"
#define SQL_VAGUE_M "300"
#define SQL_STRIP_E7 "100000"
#define SQL_CARD_KEY "3"
#define SQL_EXPIRED "4"
#define SQL_GUEST "1"
#define SQL_WELCOME "2"
#define SQL_REFUSED "3"
#define SQL_GUEST_MS "3600000"
enum { STRIP_E7 = 100000 }; /* height of a strip in which members are looked for by place */
_Static_assert(STRIP_E7 == 100000 && GROUP_GATHERING == 1 && STORE_VAGUE_M == 300 &&
                       STORE_CARD_KEY == 3 && GROUP_EXPIRED == 4 && MARK_GUEST == 1 &&
                       MARK_WELCOME == 2 && MARK_REFUSED == 3 && GUEST_MS == 3600000,
               "the numbers above, which files on disk have too");

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
int sqlite_account_use(Store *s, int64_t account, uint32_t limit, uint32_t *ret_members,
                       uint64_t *ret_bytes);
int sqlite_accounts_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

int sqlite_group_add(Store *s, GroupRow *g);
int sqlite_group_get(Store *s, int64_t id, GroupRow *ret);
int sqlite_group_update(Store *s, const GroupRow *g);
int sqlite_group_delete(Store *s, int64_t id);
int sqlite_groups_due(Store *s, uint64_t now_ms, RowFunc func, void *userdata);
int sqlite_groups_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);
int sqlite_groups_looking(Store *s, uint64_t now_ms, RowFunc func, void *userdata);
int sqlite_groups_cap(Store *s, uint64_t deadline_ms, uint64_t expires_ms, size_t limit,
                      bool *ret_more);
int sqlite_group_put_off(Store *s, int64_t id, uint64_t until_ms);
int sqlite_group_absorb(Store *s, int64_t into, int64_t from);
int sqlite_count_routes(Store *s, size_t n, uint32_t limit, uint32_t *ret);
int sqlite_route_taken(Store *s, const char *route);
int sqlite_admission_put(Store *s, int64_t group, int64_t other, bool yes);
int sqlite_admission_get(Store *s, int64_t group, int64_t other, bool *ret_yes);
int sqlite_tie_add(Store *s, int64_t a, int64_t b);
int sqlite_ties_walk(Store *s, int64_t member, RowFunc func, void *userdata);
int sqlite_next_deadline(Store *s, uint64_t *ret_ms);
int sqlite_member_add(Store *s, MemberRow *m);
int sqlite_member_get(Store *s, const Id *member_id, MemberRow *ret);
int sqlite_member_by_row(Store *s, int64_t id, MemberRow *ret);
int sqlite_member_by_screen(Store *s, const Token *screen, MemberRow *ret);
int sqlite_member_update(Store *s, const MemberRow *m);
int sqlite_member_remove(Store *s, int64_t id);
int sqlite_members_of_group(Store *s, int64_t group, MemberFunc func, void *userdata);
int sqlite_members_left(Store *s, int64_t group, MemberFunc func, void *userdata);
int sqlite_members_of_account(Store *s, int64_t account, MemberFunc func, void *userdata);
int sqlite_count_gathering(Store *s, int64_t account, uint32_t *ret);

int sqlite_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n);
int sqlite_heard_get(Store *s, int64_t member, SightingFunc func, void *userdata);
int sqlite_members_by_token(Store *s, const Token *t, MemberFunc func, void *userdata);
int sqlite_members_hearing(Store *s, const Token *t, size_t limit, MemberFunc func, void *userdata);
int sqlite_member_has_radio(Store *s, const MemberRow *m);
int sqlite_mutual_walk(Store *s, const MemberRow *m, TokenFunc func, void *userdata);
int sqlite_near_keep(Store *s, int64_t group, int64_t after, int64_t *ret);
int sqlite_near_walk(Store *s, int64_t member, MemberFunc func, void *userdata);
int sqlite_fix_set(Store *s, int64_t member, const Fix *fix);
int sqlite_evidence_drop(Store *s, int64_t group, uint64_t keep_until_ms, size_t limit);
int sqlite_past_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n);
int sqlite_past_missed(Store *s, const MemberRow *m);
int sqlite_past_missed_walk(Store *s, const MemberRow *m, MemberFunc func, void *userdata);
int sqlite_evidence_left(Store *s, int64_t *ret);
int sqlite_plan_put(Store *s, int64_t group, const uint8_t *bytes, size_t len);
int sqlite_plan_get(Store *s, int64_t group, uint8_t **ret, size_t *ret_len);
int sqlite_plan_drop(Store *s, int64_t group);
int sqlite_members_near(Store *s, const char *route, const int32_t box[4], size_t limit,
                        MemberFunc func, void *userdata);
int sqlite_members_vague(Store *s, const char *route, const int32_t box[4], size_t limit,
                         MemberFunc func, void *userdata);
int sqlite_members_recent(Store *s, const char *route, size_t limit, MemberFunc func,
                          void *userdata);

int sqlite_piece_put(Store *s, int64_t member, const PieceRow *p);
int sqlite_pieces_complete(Store *s, int64_t member, Bytes32 ret_hash[2]);
int sqlite_pieces_walk(Store *s, int64_t group, int64_t without, uint64_t cursor,
                       uint64_t *ret_cursor, PieceFunc func, void *userdata);
int sqlite_pieces_drop(Store *s, int64_t member);
int sqlite_opening_put(Store *s, int64_t member, const MemberOpening *o, uint32_t order);
int sqlite_opening_get(Store *s, int64_t member, MemberOpening *ret);
int sqlite_openings_walk(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata);
int sqlite_roster_put(Store *s, int64_t group, const Roster *r);
int sqlite_roster_get(Store *s, int64_t group, Roster **ret);
int sqlite_message_add(Store *s, int64_t group, MessageRow *m, bool room);
int sqlite_messages_walk(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                         MessageFunc func, void *userdata);
int sqlite_span_to_all(Store *s, int64_t group, uint32_t *ret);
int sqlite_card_keys_walk(Store *s, int64_t group, int64_t after, size_t limit, MessageFunc func,
                          void *userdata);
int sqlite_card_key_given(Store *s, int64_t group, const Id *from);
int sqlite_count_messages(Store *s, int64_t group, const Id *from, uint32_t limit, uint32_t *ret,
                          uint32_t *ret_to_all);

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
int sqlite_past_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

/* Columns of a member in the order that sqlite_member_read expects; the table must be named m. */
#define MEMBER_COLUMNS                                                                             \
        "m.id, m.grp, m.account, m.member_id, m.commitment, m.route, m.latitude, m.longitude, "    \
        "m.accuracy, "                                                                             \
        "m.token, m.press_ms, m.arrival_ms, m.revision, m.evidence_sequence, m.ready, m.gone, "    \
        "m.relayed, "                                                                              \
        "m.acknowledged, m.opening_order, m.words, m.mark"
int sqlite_member_read(const Query *q, MemberRow *ret);
/* Calls func for each member of a query over MEMBER_COLUMNS, once where several rows of one follow
 * each other. */
int sqlite_members_walk(Query *q, MemberFunc func, void *userdata);
/* The same for a search among strangers: a member whose row is damaged is passed over. */
int sqlite_members_search(Query *q, MemberFunc func, void *userdata);
