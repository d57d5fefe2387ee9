/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * working-set.h - groups and what belongs to them, in memory: what the store knows of them is found
 * here, and what a batch changes is written to the file in one go
 *
 * A row is a block of bytes that is never changed, only exchanged for another, and a node for each
 * index that it is in (set-keys.c). So what a batch has exchanged is
 * what undoes it. A row that is removed stays until the batch ends, for walks over it.
 *
 * A set belongs to an engine, which keeps the file: it loads all rows, saves changes (before its
 * own commit), and keeps what is not here: card pieces, rosters, plans, records, accounts, spent
 * ids.
 *
 * The parts have the operations of store.h: set-groups.c, set-members.c, set-evidence.c,
 * set-place.c, set-past.c, set-messages.c.
 */
#pragma once

#include "index.h"
#include "store.h"
#include "src/base/array.h"

typedef enum SetTable { /* in the order in which they are saved */
                        SET_GROUPS,
                        SET_MEMBERS,
                        SET_HEARD,
                        SET_NEAR,
                        SET_OPENINGS,
                        SET_MESSAGES,
                        SET_ADMISSIONS,
                        SET_TIES,
                        SET_EVIDENCE_LEFT,
                        SET_PAST,
                        SET_TABLES,
} SetTable;

/* ---- what rows hold ---- */

/* SET_GROUPS: GroupRow. */

typedef struct SetMember {
        MemberRow row;
        bool gathering;    /* its evidence has not been dropped */
        Token screen;      /* what its screen shows, of one that welcomes guests */
        uint32_t parts[2]; /* bytes of each part that it has begun to deposit */
} SetMember;

typedef struct SetHeard {
        int64_t member;
        size_t n;
        Sighting list[SERIAL_HEARD_MAX]; /* a row has only the first n */
} SetHeard;

typedef struct SetNear {
        int64_t member;
        size_t n;
        int64_t list[SERIAL_HEARD_MAX]; /* members, by id; a row has only the first n */
} SetNear;

static inline size_t set_heard_size(size_t n)
{
        return offsetof(SetHeard, list) + n * sizeof(Sighting);
}
static inline size_t set_near_size(size_t n)
{
        return offsetof(SetNear, list) + n * sizeof(int64_t);
}

typedef struct SetOpening {
        int64_t member;
        MemberOpening row;
} SetOpening;

typedef struct SetMessage {
        int64_t group;
        MessageRow row;
} SetMessage;

typedef struct SetPair { /* SET_ADMISSIONS (yes: let it in), SET_TIES; SET_EVIDENCE_LEFT has a */
        int64_t a, b;
        bool yes;
} SetPair;

typedef struct SetPast { /* of a member whose group has just closed */
        int64_t member;
        uint64_t until_ms;
        Token token;
} SetPast;

/* ---- rows ---- */

typedef struct SetRow {
        SetTable table;
        bool live;    /* in the set */
        bool stored;  /* in the file, as of the last batch */
        bool listed;  /* among the changes of this batch */
        bool damaged; /* could not be read: only numbers are right */
        uint32_t size;
        uint32_t n_nodes;
        void *data;
        IndexNode nodes[];
} SetRow;

typedef struct SetIds { /* the last that were given */
        int64_t group, member, message;
} SetIds;

typedef ARRAY(SetRow *) SetRows;

typedef struct WorkingSet WorkingSet;

/* What the engine does for a set. 0 or negative errno. */
typedef struct SetEngine {
        /* Calls working_set_load for each row, and sets working_set_ids. */
        int (*load)(Store *s);
        /* Writes the rows that are live, deletes those that are not; and the ids. */
        int (*save)(Store *s, const SetRows *changed, const SetIds *ids);
        /* The id of a member that goes is spent until then. */
        int (*spend)(Store *s, const Id *id, uint64_t until_ms);
        /* Forgets the pieces of a member; what a group had: its plan, its roster, its record. */
        int (*member_gone)(Store *s, int64_t member);
        int (*group_gone)(Store *s, int64_t group);
        /* The same in steps, over *left rows at most, which is counted down. */
        int (*member_going)(Store *s, int64_t member, size_t *left);
        int (*group_going)(Store *s, int64_t group, size_t *left);
        /* A guest's account without a member goes then, if not before. */
        int (*account_idle)(Store *s, int64_t account, uint64_t until_ms);
        /* as next_deadline, of what the engine keeps */
        int (*next_deadline)(Store *s, uint64_t *ret_ms);
        /* Gives back a slice of the room that is not used. *more: call again. NULL: the engine does
         * that by itself. */
        int (*shrink)(Store *s, bool *more);
} SetEngine;

/* A store with a working set starts with this. */
typedef struct SetStore {
        Store store;
        WorkingSet *set;
        struct Db *db;      /* for what is not in the set (rows.h) */
        ChangeFunc changed; /* NULL: nobody wants to know */
        void *changed_userdata;
} SetStore;

static inline WorkingSet *set_of(Store *s)
{
        return ((SetStore *)s)->set;
}

/* ---- for the engine ---- */

int working_set_new(WorkingSet **ret, const SetEngine *engine);
WorkingSet *working_set_free(WorkingSet *w);
/* Empties the set and has the engine load it. -EBADMSG: two rows have a key that can be one's. */
int working_set_reload(Store *s);
/* Takes data of that size (malloc, or NULL), also on failure. 0 or -ENOMEM. */
int working_set_load(WorkingSet *w, SetTable table, void *data, size_t size, bool damaged);
SetIds *working_set_ids(WorkingSet *w);
uint64_t working_set_steps(const WorkingSet *w);

/* Saves what has changed since the last batch. false in *ret_changed: nothing. */
int working_set_save(Store *s, bool *ret_changed);
/* After the engine's own commit, or rollback. */
void working_set_kept(WorkingSet *w);
void working_set_undo(WorkingSet *w);
/* A part of a batch. */
void working_set_mark(WorkingSet *w);
void working_set_undo_to_mark(WorkingSet *w);

/* Between batches, what another process has saved: first all that it has touched goes, then what is
 * left of it comes. Their key: the first numbers of the row, of messages the group and the id. Take
 * takes data as working_set_load does. 0 or -ENOMEM: reload then. */
void working_set_drop(WorkingSet *w, SetTable table, int64_t a, int64_t b);
int working_set_take(WorkingSet *w, SetTable table, void *data, size_t size);
/* The group of a member that is in the set; 0: it is not. */
int64_t working_set_group_of(WorkingSet *w, int64_t member);
/* Tells the listener of store_on_change. */
void working_set_tell(Store *s, int64_t group, int64_t member);
void set_on_change(Store *s, ChangeFunc func, void *userdata);

/* Rows of the set, for operators. */
void working_set_count(const WorkingSet *w, StoreCounts *ret);

/* ---- for the parts ---- */

typedef enum SetIndex {
        BY_GROUP_ID,       /* id */
        BY_DEADLINE,       /* ms, id; none where 0 */
        BY_LOOK,           /* ms, id; none where 0 */
        BY_EXPIRY,         /* ms, id */
        BY_GROUP_ROUTE,    /* digits, route, id; gathering */
        BY_MEMBER_ROW,     /* id */
        BY_MEMBER_ID,      /* member id in two */
        BY_GROUP,          /* group, id */
        BY_GROUP_LEFT,     /* group, id; those that left */
        BY_GROUP_OPENED,   /* group, order, id; those that opened */
        BY_ACCOUNT,        /* account, id */
        BY_ACCOUNT_NOW,    /* account, id; gathering, as all that follow of members */
        BY_TOKEN,          /* token, id; gathering */
        BY_SCREEN,         /* token of its screen, id; gathering, welcomes guests */
        BY_PLACE,          /* route, strip and longitude (or SET_NOWHERE), id or ~id; gathering */
        BY_VAGUE_PLACE,    /* the same, of those whose fix is vague */
        BY_ROUTE,          /* route, ~id: newest first; gathering */
        BY_HEARD_MEMBER,   /* member */
        BY_HEARD_TOKEN,    /* token, member, number */
        BY_NEAR,           /* member */
        BY_OPENING,        /* member */
        BY_TO_ALL,         /* group, id; no card keys */
        BY_TO,             /* group, receiver in two, id; no card keys */
        BY_CARD_KEY,       /* group, id; card keys to all */
        BY_FROM,           /* group, sender in two, id */
        BY_FROM_TO_ALL,    /* the same, of those to all */
        BY_SAID,           /* group, hash of sender, receiver, kind and run, id */
        BY_ADMISSION,      /* a, b */
        BY_ADMISSION_BACK, /* b, a */
        BY_TIE,            /* a, b */
        BY_TIE_BACK,       /* b, a */
        BY_EVIDENCE_LEFT,  /* a */
        BY_PAST,           /* member */
        BY_PAST_TOKEN,     /* token, member */
        BY_PAST_END,       /* ms, member */
        SET_INDEXES,
} SetIndex;

#define SET_NOWHERE UINT64_MAX

/* What a row is in: its i-th node, where it belongs (false: nowhere), how many it has. Rows have
 * one node for each index of their table that they can be in, but those of SET_HEARD one for each
 * token. */
SetIndex set_index(const SetRow *row, size_t i);
bool set_node_place(const SetRow *row, size_t i, IndexKey *ret);
SetIndex set_first_index(SetTable table);
uint32_t set_n_nodes(SetTable table, const void *data);

static inline IndexKey set_key(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
        return (IndexKey){{a, b, c, d}};
}

/* The next row of an index at or after *at of which the first `same` numbers are those of *at;
 * NULL: none. Moves *at behind it. The set may change between calls. */
SetRow *set_next(WorkingSet *w, SetIndex index, IndexKey *at, size_t same);
/* The row with exactly this key, NULL: none. */
SetRow *set_find(WorkingSet *w, SetIndex index, IndexKey key);
/* The first of an index; NULL: it is empty. */
SetRow *set_first(WorkingSet *w, SetIndex index);
/* The second numbers of the first and the last row of which the first number is this; false: there
 * is none. */
bool set_ends(WorkingSet *w, SetIndex index, uint64_t of, uint64_t *ret_first, uint64_t *ret_last);
size_t set_count(const WorkingSet *w, SetIndex index);
/* How many there are of which the first `same` numbers are the key's, up to limit; and calls func
 * (NULL: none), which may not change the set, for each. */
uint32_t set_count_same(WorkingSet *w, SetIndex index, IndexKey key, size_t same, uint32_t limit,
                        void (*func)(const SetRow *row, void *userdata), void *userdata);

/* These copy the data. 0 or -ENOMEM, with the set as it was. */
int set_add(WorkingSet *w, SetTable table, const void *data, size_t size);
int set_change(WorkingSet *w, SetRow *row, const void *data, size_t size);
int set_remove(WorkingSet *w, SetRow *row);
/* Removes all that set_next finds, and counts down *left, which may be NULL. */
int set_remove_all(WorkingSet *w, SetIndex index, IndexKey at, size_t same, size_t *left);

uint64_t set_route(const char *route);
void set_halves(const Id *id, uint64_t ret[2]);
uint64_t set_token(const Token *t);
uint64_t set_place(int64_t strip, int32_t longitude_e7);
uint64_t set_said(const MessageRow *m);
const SetEngine *set_engine(const WorkingSet *w);
enum { STRIP_E7 = 100000 }; /* height of a strip in which members are looked for by place */

/* The groups and members themselves, between the parts. NULL: none. */
SetRow *set_group(WorkingSet *w, int64_t id);
SetRow *set_member(WorkingSet *w, int64_t id);
/* The member that owns a token: the first gathering one that has it. */
SetRow *set_owner(WorkingSet *w, const Token *t);
/* What a member heard; NULL: nothing. And whether it heard this. */
const SetHeard *set_heard_by(WorkingSet *w, int64_t member);
bool set_heard_this(WorkingSet *w, int64_t member, const Token *t);
/* Its token is a past one until then. */
int set_past_put(WorkingSet *w, const MemberRow *m, uint64_t until_ms);
static inline const SetMember *set_member_of(const SetRow *row)
{
        return row->data;
}
/* Finds out what its screen shows. */
void set_member_screen(SetMember *m);
/* Changes one that is there. */
int set_put_member(WorkingSet *w, SetRow *row, const SetMember *m);
/* A part of that size has begun; 0: it is gone. One that is no member is passed over. */
int set_member_part(Store *s, int64_t member, uint32_t part, uint32_t total);
/* Its members belong to no account, at most limit of them. *ret_more: call again. */
int set_account_forget(Store *s, int64_t account, size_t limit, bool *ret_more);
/* A member with this mark came to a group (1), or left it (-1). */
int set_group_count_mark(WorkingSet *w, int64_t group, GuestMark mark, int change);
/* Deletes what has expired over at most limit rows. Returns how many groups. */
int set_groups_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);
int set_past_expire(Store *s, uint64_t now_ms, size_t limit, bool *more);

/* ---- the operations, see store.h ---- */
int set_group_add(Store *s, GroupRow *g);
int set_group_get(Store *s, int64_t id, GroupRow *ret);
int set_group_update(Store *s, const GroupRow *g);
int set_group_delete(Store *s, int64_t id);
int set_groups_due(Store *s, uint64_t now_ms, RowFunc func, void *userdata);
int set_groups_looking(Store *s, uint64_t now_ms, RowFunc func, void *userdata);
int set_groups_cap(Store *s, uint64_t deadline_ms, uint64_t expires_ms, size_t limit,
                   bool *ret_more);
int set_group_put_off(Store *s, int64_t id, uint64_t until_ms);
int set_group_absorb(Store *s, int64_t into, int64_t from);
int set_count_routes(Store *s, size_t n, uint32_t limit, uint32_t *ret);
int set_route_taken(Store *s, const char *route);
int set_next_deadline(Store *s, uint64_t *ret_ms);

int set_admission_put(Store *s, int64_t group, int64_t other, bool yes);
int set_admission_get(Store *s, int64_t group, int64_t other, bool *ret_yes);
/* A member came to this group, or left it: what was said of it and by it lapses. */
int set_admissions_lapse(WorkingSet *w, int64_t group);
int set_tie_add(Store *s, int64_t a, int64_t b);
int set_ties_walk(Store *s, int64_t member, RowFunc func, void *userdata);
int set_member_add(Store *s, MemberRow *m);
int set_member_get(Store *s, const Id *member_id, MemberRow *ret);
int set_member_by_row(Store *s, int64_t id, MemberRow *ret);
int set_member_by_screen(Store *s, const Token *screen, MemberRow *ret);
int set_member_update(Store *s, const MemberRow *m);
int set_member_remove(Store *s, int64_t id);
int set_members_of_group(Store *s, int64_t group, MemberFunc func, void *userdata);
int set_members_left(Store *s, int64_t group, MemberFunc func, void *userdata);
int set_members_of_account(Store *s, int64_t account, MemberFunc func, void *userdata);
int set_count_gathering(Store *s, int64_t account, uint32_t *ret);
int set_account_use(Store *s, int64_t account, uint32_t limit, uint32_t *ret_members,
                    uint64_t *ret_bytes);

int set_fix_set(Store *s, int64_t member, const Fix *fix);
int set_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n);
int set_heard_get(Store *s, int64_t member, SightingFunc func, void *userdata);
int set_members_by_token(Store *s, const Token *t, MemberFunc func, void *userdata);
int set_members_hearing(Store *s, const Token *t, size_t limit, MemberFunc func, void *userdata);
int set_member_has_radio(Store *s, const MemberRow *m);
int set_mutual_walk(Store *s, const MemberRow *m, TokenFunc func, void *userdata);
int set_near_keep(Store *s, int64_t group, int64_t after, int64_t *ret);
int set_near_walk(Store *s, int64_t member, MemberFunc func, void *userdata);
int set_evidence_drop(Store *s, int64_t group, uint64_t keep_until_ms, size_t limit);
int set_past_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n);
int set_past_missed(Store *s, const MemberRow *m);
int set_past_missed_walk(Store *s, const MemberRow *m, MemberFunc func, void *userdata);
int set_evidence_left(Store *s, int64_t *ret);
int set_members_near(Store *s, const char *route, const int32_t box[4], size_t limit,
                     MemberFunc func, void *userdata);
int set_members_vague(Store *s, const char *route, const int32_t box[4], size_t limit,
                      MemberFunc func, void *userdata);
int set_members_recent(Store *s, const char *route, size_t limit, MemberFunc func, void *userdata);

int set_opening_put(Store *s, int64_t member, const MemberOpening *o, uint32_t order);
int set_opening_get(Store *s, int64_t member, MemberOpening *ret);
int set_openings_walk(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata);
int set_message_add(Store *s, int64_t group, MessageRow *m, bool room);
int set_messages_walk(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                      MessageFunc func, void *userdata);
int set_span_to_all(Store *s, int64_t group, uint32_t *ret);
int set_card_keys_walk(Store *s, int64_t group, int64_t after, size_t limit, MessageFunc func,
                       void *userdata);
int set_card_key_given(Store *s, int64_t group, const Id *from);
int set_count_messages(Store *s, int64_t group, const Id *from, uint32_t limit, uint32_t *ret,
                       uint32_t *ret_to_all);
