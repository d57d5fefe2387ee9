/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rows.h - what is not in the working set: accounts, deposits, records, plans, rosters, spent ids
 *
 * The same for all engines, in the SQL of db.h. An engine has the tables, and takes STORE_ROWS_OPS
 * and STORE_SET_OPS into its table of operations. Among the parts calls go one way: groups ->
 * deposits, records.
 */
#pragma once

#include "db.h"
#include "working-set.h"

static inline Db *db_of(Store *s)
{
        return ((SetStore *)s)->db;
}

/* 0 where the clock has not come so far. */
static inline uint64_t rows_before(uint64_t now_ms, uint64_t ms)
{
        return now_ms - MIN(now_ms, ms);
}

_Static_assert((int)STORE_E_NOT_FOUND == (int)DB_E_NO_ROW, "outcomes of questions are handed on");

/* A statement that removes or changes up to a number of rows (its last ?): where it has done that
 * many, *more is set. */
int rows_run_some(Store *s, const char *sql, uint64_t at_ms, size_t limit, bool *more);
/* store_expire, all of it */
int rows_expire(Store *s, uint64_t now_ms, size_t limit, bool *ret_more);

/* ---- the operations, see store.h ---- */
#define ACCOUNT_COLUMNS                                                                            \
        "id, key, handle, confirmed, consent_version, created_ms, epoch, guest_until_ms"
int rows_account_read(const Found *q, AccountRow *ret); /* of these columns */
int rows_account_add(Store *s, AccountRow *a);
int rows_account_by_id(Store *s, int64_t id, AccountRow *ret);
int rows_account_by_key(Store *s, const Bytes32 *key, AccountRow *ret);
int rows_account_by_handle(Store *s, const char *handle, AccountRow *ret);
int rows_account_confirm(Store *s, int64_t id);
int rows_account_keep(Store *s, int64_t id, uint64_t until_ms);
int rows_account_revoke(Store *s, int64_t id);
int rows_account_delete(Store *s, int64_t id);
int rows_code_put(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms,
                  uint64_t expires_ms);
int rows_code_try(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms);
int rows_profile_put(Store *s, int64_t account, uint64_t revision, const uint8_t *bytes,
                     size_t len);
int rows_profile_get(Store *s, int64_t account, uint64_t *ret_revision, uint8_t **ret,
                     size_t *ret_len);
int rows_account_leaving(Store *s, int64_t *ret);
int rows_account_left(Store *s, int64_t id);
int rows_accounts_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

int rows_plan_put(Store *s, int64_t group, const uint8_t *bytes, size_t len);
int rows_plan_get(Store *s, int64_t group, uint8_t **ret, size_t *ret_len);
int rows_plan_drop(Store *s, int64_t group);
int rows_roster_put(Store *s, int64_t group, const Roster *r);
int rows_roster_get(Store *s, int64_t group, Roster **ret);
int rows_spent(Store *s, const Id *id);
int rows_spend(Store *s, const Id *id, uint64_t until_ms);
int rows_spent_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

int rows_piece_put(Store *s, int64_t member, const PieceRow *p);
int rows_pieces_complete(Store *s, int64_t member, Bytes32 ret_hash[2]);
int rows_pieces_walk(Store *s, int64_t group, int64_t without, uint64_t cursor,
                     uint64_t *ret_cursor, PieceFunc func, void *userdata);
int rows_pieces_drop(Store *s, int64_t member);

int rows_record_add(Store *s, const RecordRow *r);
int rows_record_of_group(Store *s, int64_t group, RecordRow *ret);
int rows_record_by_number(Store *s, const char *number, RecordRow *ret);
int rows_record_leave_group(Store *s, int64_t group);
int rows_escrow_add(Store *s, const EscrowRow *e);
int rows_escrow_find(Store *s, const char *number, const Bytes32 *token_hash, EscrowRow *ret);
int rows_escrow_count_others(Store *s, const EscrowRow *e, uint32_t *ret);
int rows_escrow_any(Store *s, const char *number);
int rows_escrow_revoke_more(Store *s);
int rows_escrow_revoke(Store *s, const char *number, const Bytes32 *token_hash);
int rows_fetch_add(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len,
                   uint64_t now_ms);
int rows_fetch_find(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len);
int rows_fetches_walk(Store *s, const EscrowRow *of, TimeFunc func, void *userdata);
int rows_tries_get(Store *s, const char *what, TriesRow *ret);
int rows_tries_put(Store *s, const char *what, const TriesRow *t);
int rows_records_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

/* ---- what the working set needs, see SetEngine ---- */
int rows_account_idle(Store *s, int64_t id, uint64_t until_ms);
int rows_pieces_forget(Store *s, int64_t member);
int rows_group_gone(Store *s, int64_t group);
int rows_member_going(Store *s, int64_t member, size_t *left);
int rows_group_going(Store *s, int64_t group, size_t *left);
int rows_next_deadline(Store *s, uint64_t *ret_ms);

/* ---- of a table of operations ---- */

/* clang-format off */
#define STORE_ROWS_OPS \
        .account_add = rows_account_add, \
        .account_by_key = rows_account_by_key, \
        .account_by_handle = rows_account_by_handle, \
        .account_confirm = rows_account_confirm, .account_keep = rows_account_keep, \
        .account_revoke = rows_account_revoke, \
        .code_put = rows_code_put, .code_try = rows_code_try, \
        .profile_put = rows_profile_put, .profile_get = rows_profile_get, \
        .plan_put = rows_plan_put, .plan_get = rows_plan_get, .plan_drop = rows_plan_drop, \
        .piece_put = rows_piece_put, .pieces_complete = rows_pieces_complete, \
        .pieces_walk = rows_pieces_walk, .pieces_drop = rows_pieces_drop, \
        .roster_put = rows_roster_put, .roster_get = rows_roster_get, \
        .record_add = rows_record_add, .record_of_group = rows_record_of_group, \
        .record_by_number = rows_record_by_number, .escrow_add = rows_escrow_add, \
        .escrow_find = rows_escrow_find, .escrow_count_others = rows_escrow_count_others, \
        .escrow_any = rows_escrow_any, .escrow_revoke = rows_escrow_revoke, \
        .escrow_revoke_more = rows_escrow_revoke_more, .fetch_add = rows_fetch_add, \
        .fetch_find = rows_fetch_find, .fetches_walk = rows_fetches_walk, \
        .tries_get = rows_tries_get, .tries_put = rows_tries_put, \
        .account_left = rows_account_left, \
        .expire = rows_expire
#define STORE_SET_OPS \
        .on_change = set_on_change, \
        .group_add = set_group_add, .group_get = set_group_get, \
        .group_update = set_group_update, .group_delete = set_group_delete, \
        .groups_due = set_groups_due, .groups_looking = set_groups_looking, \
        .groups_cap = set_groups_cap, .group_put_off = set_group_put_off, \
        .group_absorb = set_group_absorb, .count_routes = set_count_routes, \
        .route_taken = set_route_taken, .admission_put = set_admission_put, \
        .admission_get = set_admission_get, .tie_add = set_tie_add, \
        .ties_walk = set_ties_walk, .next_deadline = set_next_deadline, \
        .member_add = set_member_add, .member_get = set_member_get, \
        .member_by_row = set_member_by_row, .member_by_screen = set_member_by_screen, \
        .member_update = set_member_update, .member_remove = set_member_remove, \
        .members_of_group = set_members_of_group, .members_left = set_members_left, \
        .members_of_account = set_members_of_account, \
        .count_gathering = set_count_gathering, .heard_set = set_heard_set, \
        .heard_get = set_heard_get, .members_by_token = set_members_by_token, \
        .members_hearing = set_members_hearing, .member_has_radio = set_member_has_radio, \
        .mutual_walk = set_mutual_walk, .near_keep = set_near_keep, \
        .near_walk = set_near_walk, .fix_set = set_fix_set, \
        .evidence_drop = set_evidence_drop, .past_heard_set = set_past_heard_set, \
        .past_missed = set_past_missed, .past_missed_walk = set_past_missed_walk, \
        .evidence_left = set_evidence_left, .members_near = set_members_near, \
        .members_vague = set_members_vague, .members_recent = set_members_recent, \
        .opening_put = set_opening_put, .opening_get = set_opening_get, \
        .openings_walk = set_openings_walk, .message_add = set_message_add, \
        .messages_walk = set_messages_walk, .span_to_all = set_span_to_all, \
        .card_keys_walk = set_card_keys_walk, .card_key_given = set_card_key_given, \
        .count_messages = set_count_messages, .account_use = set_account_use
#define ROWS_ENGINE \
        .member_gone = rows_pieces_forget, .group_gone = rows_group_gone, \
        .member_going = rows_member_going, .group_going = rows_group_going, \
        .account_idle = rows_account_idle
/* clang-format on */
