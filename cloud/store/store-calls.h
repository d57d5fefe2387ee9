/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-calls.h - store_X(s, …) calls operation X of the store s. Included by store.h. */
#pragma once

#include "store.h"

static inline int store_begin(Store *s)
{
        return s->ops->begin(s);
}
static inline int store_commit(Store *s)
{
        return s->ops->commit(s);
}
static inline void store_rollback(Store *s)
{
        s->ops->rollback(s);
}
static inline int store_mark(Store *s)
{
        return s->ops->mark(s);
}
static inline int store_unmark(Store *s)
{
        return s->ops->unmark(s);
}
static inline int store_undo(Store *s)
{
        return s->ops->undo(s);
}
static inline int store_probe(Store *s)
{
        return s->ops->probe(s);
}
static inline uint64_t store_steps(Store *s)
{
        return s->ops->steps(s);
}
static inline void store_on_change(Store *s, ChangeFunc func, void *userdata)
{
        s->ops->on_change(s, func, userdata);
}
static inline int store_spent(Store *s, const Id *id)
{
        return s->ops->spent(s, id);
}
static inline int store_account_add(Store *s, AccountRow *a)
{
        return s->ops->account_add(s, a);
}
static inline int store_account_by_id(Store *s, int64_t id, AccountRow *ret)
{
        return s->ops->account_by_id(s, id, ret);
}
static inline void store_expect_account(Store *s, int64_t id)
{
        s->ops->expect_account(s, id);
}
static inline int store_account_by_key(Store *s, const Bytes32 *key, AccountRow *ret)
{
        return s->ops->account_by_key(s, key, ret);
}
static inline int store_account_by_handle(Store *s, const char *handle, AccountRow *ret)
{
        return s->ops->account_by_handle(s, handle, ret);
}
static inline int store_account_confirm(Store *s, int64_t id)
{
        return s->ops->account_confirm(s, id);
}
static inline int store_account_keep(Store *s, int64_t id, uint64_t until_ms)
{
        return s->ops->account_keep(s, id, until_ms);
}
static inline int store_account_revoke(Store *s, int64_t id)
{
        return s->ops->account_revoke(s, id);
}
static inline int store_account_delete(Store *s, int64_t id)
{
        return s->ops->account_delete(s, id);
}
static inline int store_code_put(Store *s, int64_t account, const Bytes32 *code_hash,
                                 uint64_t now_ms, uint64_t expires_ms)
{
        return s->ops->code_put(s, account, code_hash, now_ms, expires_ms);
}
static inline int store_code_try(Store *s, int64_t account, const Bytes32 *code_hash,
                                 uint64_t now_ms)
{
        return s->ops->code_try(s, account, code_hash, now_ms);
}
static inline int store_profile_put(Store *s, int64_t account, uint64_t revision,
                                    const uint8_t *bytes, size_t len)
{
        return s->ops->profile_put(s, account, revision, bytes, len);
}
static inline int store_profile_get(Store *s, int64_t account, uint64_t *ret_revision,
                                    uint8_t **ret, size_t *ret_len)
{
        return s->ops->profile_get(s, account, ret_revision, ret, ret_len);
}
static inline int store_group_add(Store *s, GroupRow *g)
{
        return s->ops->group_add(s, g);
}
static inline int store_group_get(Store *s, int64_t id, GroupRow *ret)
{
        return s->ops->group_get(s, id, ret);
}
static inline int store_group_update(Store *s, const GroupRow *g)
{
        return s->ops->group_update(s, g);
}
static inline int store_group_delete(Store *s, int64_t id)
{
        return s->ops->group_delete(s, id);
}
static inline int store_groups_due(Store *s, uint64_t now_ms, RowFunc func, void *userdata)
{
        return s->ops->groups_due(s, now_ms, func, userdata);
}
static inline int store_groups_looking(Store *s, uint64_t now_ms, RowFunc func, void *userdata)
{
        return s->ops->groups_looking(s, now_ms, func, userdata);
}
static inline int store_groups_cap(Store *s, uint64_t deadline_ms, uint64_t expires_ms,
                                   size_t limit, bool *ret_more)
{
        return s->ops->groups_cap(s, deadline_ms, expires_ms, limit, ret_more);
}
static inline int store_group_put_off(Store *s, int64_t id, uint64_t until_ms)
{
        return s->ops->group_put_off(s, id, until_ms);
}
static inline int store_group_absorb(Store *s, int64_t into, int64_t from)
{
        return s->ops->group_absorb(s, into, from);
}
static inline int store_count_routes(Store *s, size_t n, uint32_t limit, uint32_t *ret)
{
        return s->ops->count_routes(s, n, limit, ret);
}
static inline int store_route_taken(Store *s, const char *route)
{
        return s->ops->route_taken(s, route);
}
static inline int store_admission_put(Store *s, int64_t group, int64_t other, bool yes)
{
        return s->ops->admission_put(s, group, other, yes);
}
static inline int store_admission_get(Store *s, int64_t group, int64_t other, bool *ret_yes)
{
        return s->ops->admission_get(s, group, other, ret_yes);
}
static inline int store_tie_add(Store *s, int64_t a, int64_t b)
{
        return s->ops->tie_add(s, a, b);
}
static inline int store_ties_walk(Store *s, int64_t member, RowFunc func, void *userdata)
{
        return s->ops->ties_walk(s, member, func, userdata);
}
static inline int store_next_deadline(Store *s, uint64_t *ret_ms)
{
        return s->ops->next_deadline(s, ret_ms);
}
static inline int store_member_add(Store *s, MemberRow *m)
{
        return s->ops->member_add(s, m);
}
static inline int store_member_get(Store *s, const Id *member_id, MemberRow *ret)
{
        return s->ops->member_get(s, member_id, ret);
}
static inline int store_member_by_row(Store *s, int64_t id, MemberRow *ret)
{
        return s->ops->member_by_row(s, id, ret);
}
static inline int store_member_by_screen(Store *s, const Token *screen, MemberRow *ret)
{
        return s->ops->member_by_screen(s, screen, ret);
}
static inline int store_member_update(Store *s, const MemberRow *m)
{
        return s->ops->member_update(s, m);
}
static inline int store_member_remove(Store *s, int64_t id)
{
        return s->ops->member_remove(s, id);
}
static inline int store_members_of_group(Store *s, int64_t group, MemberFunc func, void *userdata)
{
        return s->ops->members_of_group(s, group, func, userdata);
}
static inline int store_members_left(Store *s, int64_t group, MemberFunc func, void *userdata)
{
        return s->ops->members_left(s, group, func, userdata);
}
static inline int store_members_of_account(Store *s, int64_t account, MemberFunc func,
                                           void *userdata)
{
        return s->ops->members_of_account(s, account, func, userdata);
}
static inline int store_count_gathering(Store *s, int64_t account, uint32_t *ret)
{
        return s->ops->count_gathering(s, account, ret);
}
static inline int store_fix_set(Store *s, int64_t member, const Fix *fix)
{
        return s->ops->fix_set(s, member, fix);
}
static inline int store_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n)
{
        return s->ops->heard_set(s, member, heard, n);
}
static inline int store_heard_get(Store *s, int64_t member, SightingFunc func, void *userdata)
{
        return s->ops->heard_get(s, member, func, userdata);
}
static inline int store_members_by_token(Store *s, const Token *t, MemberFunc func, void *userdata)
{
        return s->ops->members_by_token(s, t, func, userdata);
}
static inline int store_members_hearing(Store *s, const Token *t, size_t limit, MemberFunc func,
                                        void *userdata)
{
        return s->ops->members_hearing(s, t, limit, func, userdata);
}
static inline int store_member_has_radio(Store *s, const MemberRow *m)
{
        return s->ops->member_has_radio(s, m);
}
static inline int store_mutual_walk(Store *s, const MemberRow *m, TokenFunc func, void *userdata)
{
        return s->ops->mutual_walk(s, m, func, userdata);
}
static inline int store_near_keep(Store *s, int64_t group, int64_t after, int64_t *ret)
{
        return s->ops->near_keep(s, group, after, ret);
}
static inline int store_near_walk(Store *s, int64_t member, MemberFunc func, void *userdata)
{
        return s->ops->near_walk(s, member, func, userdata);
}
static inline int store_evidence_drop(Store *s, int64_t group, uint64_t keep_until_ms, size_t limit)
{
        return s->ops->evidence_drop(s, group, keep_until_ms, limit);
}
static inline int store_past_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n)
{
        return s->ops->past_heard_set(s, member, heard, n);
}
static inline int store_past_missed(Store *s, const MemberRow *m)
{
        return s->ops->past_missed(s, m);
}
static inline int store_past_missed_walk(Store *s, const MemberRow *m, MemberFunc func,
                                         void *userdata)
{
        return s->ops->past_missed_walk(s, m, func, userdata);
}
static inline int store_evidence_left(Store *s, int64_t *ret)
{
        return s->ops->evidence_left(s, ret);
}
static inline int store_plan_put(Store *s, int64_t group, const uint8_t *bytes, size_t len)
{
        return s->ops->plan_put(s, group, bytes, len);
}
static inline int store_plan_get(Store *s, int64_t group, uint8_t **ret, size_t *ret_len)
{
        return s->ops->plan_get(s, group, ret, ret_len);
}
static inline int store_plan_drop(Store *s, int64_t group)
{
        return s->ops->plan_drop(s, group);
}
static inline int store_members_near(Store *s, const char *route, const int32_t box[4],
                                     size_t limit, MemberFunc func, void *userdata)
{
        return s->ops->members_near(s, route, box, limit, func, userdata);
}
static inline int store_members_vague(Store *s, const char *route, const int32_t box[4],
                                      size_t limit, MemberFunc func, void *userdata)
{
        return s->ops->members_vague(s, route, box, limit, func, userdata);
}
static inline int store_members_recent(Store *s, const char *route, size_t limit, MemberFunc func,
                                       void *userdata)
{
        return s->ops->members_recent(s, route, limit, func, userdata);
}
static inline int store_piece_put(Store *s, int64_t member, const PieceRow *p)
{
        return s->ops->piece_put(s, member, p);
}
static inline int store_pieces_complete(Store *s, int64_t member, Bytes32 ret_hash[2])
{
        return s->ops->pieces_complete(s, member, ret_hash);
}
static inline int store_pieces_walk(Store *s, int64_t group, int64_t without, uint64_t cursor,
                                    uint64_t *ret_cursor, PieceFunc func, void *userdata)
{
        return s->ops->pieces_walk(s, group, without, cursor, ret_cursor, func, userdata);
}
static inline int store_pieces_drop(Store *s, int64_t member)
{
        return s->ops->pieces_drop(s, member);
}
static inline int store_opening_put(Store *s, int64_t member, const MemberOpening *o,
                                    uint32_t order)
{
        return s->ops->opening_put(s, member, o, order);
}
static inline int store_opening_get(Store *s, int64_t member, MemberOpening *ret)
{
        return s->ops->opening_get(s, member, ret);
}
static inline int store_openings_walk(Store *s, int64_t group, uint32_t after, OpeningFunc func,
                                      void *userdata)
{
        return s->ops->openings_walk(s, group, after, func, userdata);
}
static inline int store_roster_put(Store *s, int64_t group, const Roster *r)
{
        return s->ops->roster_put(s, group, r);
}
static inline int store_roster_get(Store *s, int64_t group, Roster **ret)
{
        return s->ops->roster_get(s, group, ret);
}
static inline int store_message_add(Store *s, int64_t group, MessageRow *m, bool room)
{
        return s->ops->message_add(s, group, m, room);
}
static inline int store_messages_walk(Store *s, int64_t group, const Id *to, int64_t after,
                                      size_t limit, MessageFunc func, void *userdata)
{
        return s->ops->messages_walk(s, group, to, after, limit, func, userdata);
}
static inline int store_span_to_all(Store *s, int64_t group, uint32_t *ret)
{
        return s->ops->span_to_all(s, group, ret);
}
static inline int store_record_add(Store *s, const RecordRow *r)
{
        return s->ops->record_add(s, r);
}
static inline int store_record_of_group(Store *s, int64_t group, RecordRow *ret)
{
        return s->ops->record_of_group(s, group, ret);
}
static inline int store_record_by_number(Store *s, const char *number, RecordRow *ret)
{
        return s->ops->record_by_number(s, number, ret);
}
static inline int store_escrow_add(Store *s, const EscrowRow *e)
{
        return s->ops->escrow_add(s, e);
}
static inline int store_escrow_find(Store *s, const char *number, const Bytes32 *token_hash,
                                    EscrowRow *ret)
{
        return s->ops->escrow_find(s, number, token_hash, ret);
}
static inline int store_escrow_count_others(Store *s, const EscrowRow *e, uint32_t *ret)
{
        return s->ops->escrow_count_others(s, e, ret);
}
static inline int store_escrow_any(Store *s, const char *number)
{
        return s->ops->escrow_any(s, number);
}
static inline int store_escrow_revoke_more(Store *s)
{
        return s->ops->escrow_revoke_more(s);
}
static inline int store_escrow_revoke(Store *s, const char *number, const Bytes32 *token_hash)
{
        return s->ops->escrow_revoke(s, number, token_hash);
}
static inline int store_fetch_add(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len,
                                  uint64_t now_ms)
{
        return s->ops->fetch_add(s, of, reader, len, now_ms);
}
static inline int store_fetch_find(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len)
{
        return s->ops->fetch_find(s, of, reader, len);
}
static inline int store_fetches_walk(Store *s, const EscrowRow *of, TimeFunc func, void *userdata)
{
        return s->ops->fetches_walk(s, of, func, userdata);
}
static inline int store_tries_get(Store *s, const char *what, TriesRow *ret)
{
        return s->ops->tries_get(s, what, ret);
}
static inline int store_tries_put(Store *s, const char *what, const TriesRow *t)
{
        return s->ops->tries_put(s, what, t);
}
static inline int store_card_keys_walk(Store *s, int64_t group, int64_t after, size_t limit,
                                       MessageFunc func, void *userdata)
{
        return s->ops->card_keys_walk(s, group, after, limit, func, userdata);
}
static inline int store_card_key_given(Store *s, int64_t group, const Id *from)
{
        return s->ops->card_key_given(s, group, from);
}
static inline int store_count_messages(Store *s, int64_t group, const Id *from, uint32_t limit,
                                       uint32_t *ret, uint32_t *ret_to_all)
{
        return s->ops->count_messages(s, group, from, limit, ret, ret_to_all);
}
static inline int store_account_leaving(Store *s, int64_t *ret)
{
        return s->ops->account_leaving(s, ret);
}
static inline int store_account_left(Store *s, int64_t id)
{
        return s->ops->account_left(s, id);
}
static inline int store_account_use(Store *s, int64_t account, uint32_t limit,
                                    uint32_t *ret_members, uint64_t *ret_bytes)
{
        return s->ops->account_use(s, account, limit, ret_members, ret_bytes);
}
static inline int store_expire(Store *s, uint64_t now_ms, size_t limit, bool *ret_more)
{
        return s->ops->expire(s, now_ms, limit, ret_more);
}
static inline int store_count(Store *s, StoreCounts *ret)
{
        return s->ops->count(s, ret);
}

static inline Store *store_free(Store *s)
{
        return s ? s->ops->free(s) : NULL;
}
DEFINE_CLEANUP(Store *, store_free);

/* path ":memory:" for tests and replay. */
int store_sqlite_open(Store **ret, const char *path);
/* For counting alone: nothing is written, not even the schema. */
int store_sqlite_open_reading(Store **ret, const char *path);
/* For copying rows: groups are not read into memory, and batches cannot be begun. */
int store_sqlite_open_rows(Store **ret, const char *path);
/* Of a store's file, also while it is served from: a new one. -EEXIST: it is there. */
int store_sqlite_copy(const char *from, const char *to);
/* Reads all of a file. -EBADMSG: damaged, or not a store; -EPROTONOSUPPORT: of a later version. */
int store_sqlite_verify(const char *path);

/* Waits for PostgreSQL for some seconds; makes the schema where there is none. conninfo: libpq's
 * connection string. -EPROTONOSUPPORT: of a later version. */
int store_postgres_open(Store **ret, const char *conninfo);
/* For counting alone. */
int store_postgres_open_counting(Store **ret, const char *conninfo);
/* 0, or -EINVAL and the reason why this is no connection string for us. */
int store_postgres_check(const char *conninfo, char *ret_reason, size_t n);
/* Others have saved this generation (pg-news.h), and memory is of an earlier one. */
bool store_postgres_is_behind(Store *s, uint64_t generation);
/* Milliseconds since 1970 as the server has them. */
int store_postgres_time(Store *s, uint64_t *ret_ms);
