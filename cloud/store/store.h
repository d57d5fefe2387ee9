/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store.h - what the cloud remembers, behind one table of operations
 *
 * Implementations: store-sqlite.c, store-postgres.c; in tests one that fails at the n-th call.
 * Every call happens inside a batch (begin … commit): the loop opens a batch with the first
 * request, answers nobody before the batch is committed, and so many requests share one sync (group
 * commit). A failing commit undoes the whole batch; its requests are answered "unavailable".
 *
 * Times are milliseconds since 1970 by the cloud's clock. Ids of rows grow and are never reused.
 * Errors: negative errno for a store that fails; STORE_E_… for outcomes.
 */
#pragma once

#include "src/protocol/guests.h"
#include "src/protocol/record.h"
#include "src/protocol/serial.h"

enum {
        _STORE_E_SUCCESS,
        STORE_E_NOT_FOUND,
        STORE_E_EXISTS, /* a unique value is taken */
        STORE_E_FULL,   /* the sender has as many as it may */
};

enum {
        CODE_TRIES = 5, /* per confirmation code */
        /* after this an account that was never confirmed goes */
        UNCONFIRMED_MS = 24 * 60 * 60 * 1000,
        GUEST_MS = 60 * 60 * 1000,      /* after this a guest's account without a group goes */
        STORE_CARD_KEY = 3,             /* kind of the messages that have a walk of their own */
        SPENT_MS = 48 * 60 * 60 * 1000, /* longer than any ticket is valid */
        STORE_PIECE_OFFSET_MAX = (1 << 19) - 1, /* bound of PieceRow.offset */
};

typedef enum GroupPhase { /* numbers as Phase in huddle.proto */
                          GROUP_GATHERING = 1,
                          GROUP_OPENING = 2,
                          GROUP_EXCHANGING = 3,
                          GROUP_EXPIRED = 4,
                          GROUP_ALONE = 5,
} GroupPhase;

enum { STORE_VAGUE_M = 300 }; /* a fix less accurate than this is looked for in a wide box */

typedef struct AccountRow {
        int64_t id;
        Bytes32 key;
        char handle[129];
        bool confirmed;
        uint32_t consent_version;
        uint64_t created_ms;
        uint64_t
                epoch; /* grows when its sessions are ended; tickets of another epoch are refused */
        /* a guest's: it has no handle, and is deleted then; 0: not a guest's */
        uint64_t guest_until_ms;
} AccountRow;

/* Of two groups that become one the smaller counts. */
typedef enum GroupPassed {
        PASSED_NOT,
        PASSED_UNHEARD, /* nobody of the other hears it */
        PASSED_HEARD,   /* one of each hears the other, but came too late */
} GroupPassed;

typedef struct GroupRow {
        int64_t id;
        char route[ROUTE_SIZE];
        GroupPhase phase;
        uint64_t opened_ms;       /* press of the opening serial */
        uint64_t deadline_ms;     /* end of the present phase; 0 = none */
        uint64_t expires_ms;      /* everything of the group is deleted then */
        uint64_t revision;        /* grows with every change that all its watchers may see */
        uint64_t closed_revision; /* the revision that brought the roster; 0 = not closed */
        Id opener;
        uint32_t n_members;            /* on the roster, once there is one */
        uint32_t n_guests, n_refusing; /* of them, by their marks. The store counts these */
        uint32_t n_opened;             /* openings posted */
        bool party;                    /* the code of one of its members has no words */
        uint64_t window_end_ms;        /* of a group that is closing, else 0 */
        GroupPassed passed;            /* another group with its code has closed without it */
        uint64_t look_ms;              /* when it next looks for others with its code; 0 = never */
        uint64_t others;               /* digest of those it has found; 0 = none */
        uint32_t n_final;              /* openings that count, from GROUP_EXCHANGING on */
} GroupRow;

/* A gathering group is closing when its window is over and it waits for somebody, or its people
 * have said that all are there: at its deadline at the latest, and sooner where nobody is waited
 * for. Its window is what it was. */
static inline uint64_t group_window_ms(const GroupRow *g)
{
        uint64_t end_ms = g->window_end_ms > 0 ? g->window_end_ms : g->deadline_ms;

        return end_ms - MIN(end_ms, g->opened_ms);
}

typedef struct MemberRow {
        int64_t id; /* order of arrival */
        int64_t group;
        int64_t account;
        Id member_id;
        Bytes32 commitment;
        char route[ROUTE_SIZE];
        Fix fix;
        Token token;
        uint64_t press_ms; /* receive time minus age of the press */
        uint64_t arrival_ms;
        uint64_t revision; /* grows with every change that only this member's watcher may see */
        uint32_t evidence_sequence;
        bool ready, left, relayed, acknowledged;
        bool words;             /* its code has secret words */
        GuestMark mark;         /* what it must open with; GUEST as its account says */
        uint32_t opening_order; /* 1, 2, … in the order openings came; 0 = not opened */
} MemberRow;

typedef struct MessageRow {
        int64_t id; /* order of posting; the cursor of a watcher */
        Id from;
        bool to_all;
        Id to;
        uint32_t kind, run;
        uint8_t body[512];
        size_t body_len;
        uint8_t signature[64];
        uint8_t key_id[8];
        bool has_key_id;
} MessageRow;

typedef struct PieceRow {
        Id member_id;
        uint32_t part; /* 1 or 2 */
        uint32_t offset;
        uint32_t total;
        const uint8_t *bytes; /* borrowed, valid during the callback */
        size_t len;
} PieceRow;

/* How long we remember that a record existed: a reader with the right password learns that it has
 * gone. */
#define RECORD_MEMORY_MS (UINT64_C(30) * 24 * 60 * 60 * 1000)

typedef struct RecordRow {
        char number[RECORD_NUMBER_SIZE];
        int64_t group; /* 0: deleted, and with it half, escrow and fetches */
        char half[RECORD_HALF_SIZE];
        uint64_t expires_ms; /* escrows are deleted then */
} RecordRow;

/* What a member has deposited for a token. All rows of one token have the same escrow, or are
 * revoked. */
typedef struct EscrowRow {
        char number[RECORD_NUMBER_SIZE];
        int64_t member;
        Bytes32 token_hash;
        uint64_t expires_ms;
        bool revoked;
        bool stands; /* with its escrow: it has not been revoked, and has not expired */
        uint8_t escrow[RECORD_ESCROW_SIZE];
} EscrowRow;

/* Wrong tries with one number, or of one account. Of an allowance (cloud/api) forget_ms alone is
 * used. */
typedef struct TriesRow {
        uint64_t since_ms; /* the first of the recent ones */
        uint32_t recent, total;
        uint8_t last[16]; /* tells the last wrong token from others */
        uint64_t forget_ms;
} TriesRow;

typedef struct StoreCounts { /* rows, for operators */
        uint64_t accounts, confirmed, groups, gathering, members, messages, pieces, records;
        uint64_t bytes, free_bytes; /* of the file, and unused in it */
} StoreCounts;

typedef struct Store Store;

/* Called for each row; a non-zero answer ends the walk and is returned by it. Rows are borrowed. A
 * callback may call the store, but not change the rows being walked. */
typedef int (*AccountFunc)(const AccountRow *a, void *userdata);
typedef int (*MemberFunc)(const MemberRow *m, void *userdata);
typedef int (*SightingFunc)(const Sighting *s, void *userdata);
typedef int (*TokenFunc)(const Token *t, void *userdata);
typedef int (*MessageFunc)(const MessageRow *m, void *userdata);
typedef int (*OpeningFunc)(const MemberOpening *o, uint32_t order, void *userdata);
typedef int (*PieceFunc)(const PieceRow *p, void *userdata);
typedef int (*TimeFunc)(uint64_t at_ms, void *userdata);
typedef int (*RowFunc)(int64_t id, void *userdata);
/* Another process has changed a group, or for one member of it; group 0: any may have changed. */
typedef void (*ChangeFunc)(int64_t group, int64_t member, void *userdata);

typedef struct StoreOps {
        Store *(*free)(Store *s);
        int (*begin)(Store *s);
        int (*commit)(Store *s); /* on failure everything since begin is undone */
        void (*rollback)(Store *s);
        /* A part of the batch that can fail alone: mark, then unmark keeps it, undo takes it back.
         * Not nested. Where one of these fails, so has the batch. */
        int (*mark)(Store *s);
        int (*unmark)(Store *s);
        int (*undo)(Store *s);
        /* Outside a batch: writes something, to see whether there is room. Where there is not
         * (-ENOSPC), reading alone can be served. */
        int (*probe)(Store *s);
        /* Work done since opening, in steps of the store's own; bounds of work are told in them. */
        uint64_t (*steps)(Store *s);
        /* func is called within begin, of what others have changed since the last batch. It does
         * not call the store. */
        void (*on_change)(Store *s, ChangeFunc func, void *userdata);

        /* Spent ids, so that a replayed request does not bring them back: of members removed or
         * expired, until SPENT_MS after they joined; of deleted accounts (the first 16 bytes of the
         * key) for ever. 0: spent; NOT_FOUND: not. */
        int (*spent)(Store *s, const Id *id);

        /* accounts */
        int (*account_add)(Store *s, AccountRow *a); /* sets a->id; STORE_E_EXISTS: key or handle */
        int (*account_by_id)(Store *s, int64_t id, AccountRow *ret);
        /* Before a batch, which is going to ask for it by its id. A hint. */
        void (*expect_account)(Store *s, int64_t id);
        int (*account_by_key)(Store *s, const Bytes32 *key, AccountRow *ret);
        int (*account_by_handle)(Store *s, const char *handle, AccountRow *ret); /* confirmed */
        /* STORE_E_EXISTS: another with this handle was first */
        int (*account_confirm)(Store *s, int64_t id);
        /* A guest's account stays until then, or longer. When the last of its members is deleted it
         * stays for GUEST_MS after that one's arrival. */
        int (*account_keep)(Store *s, int64_t id, uint64_t until_ms);
        /* Ends its sessions: the next epoch. NOT_FOUND: no such account. */
        int (*account_revoke)(Store *s, int64_t id);
        /* its profile and code; leave its groups first */
        int (*account_delete)(Store *s, int64_t id); /* what it still has: account_leaving */
        /* STORE_E_EXISTS: one that has not expired stands, and stays. */
        int (*code_put)(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms,
                        uint64_t expires_ms);
        /* 0: that is the code. NOT_FOUND: it is another, none stands, or CODE_TRIES were made;
         * counts tries. */
        int (*code_try)(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms);
        /* STORE_E_EXISTS: a newer revision, or other bytes of this one, is stored. */
        int (*profile_put)(Store *s, int64_t account, uint64_t revision, const uint8_t *bytes,
                           size_t len);
        /* *ret is owned by the caller (free). */
        int (*profile_get)(Store *s, int64_t account, uint64_t *ret_revision, uint8_t **ret,
                           size_t *ret_len);

        /* groups and members */
        int (*group_add)(Store *s, GroupRow *g); /* sets g->id */
        int (*group_get)(Store *s, int64_t id, GroupRow *ret);
        int (*group_update)(Store *s, const GroupRow *g);
        int (*group_delete)(Store *s, int64_t id); /* and all that belongs to it */
        /* Their ids, of those as well whose rows are damaged: deadline reached */
        int (*groups_due)(Store *s, uint64_t now_ms, RowFunc func, void *userdata);
        /* Groups with a look_ms that has come. */
        int (*groups_looking)(Store *s, uint64_t now_ms, RowFunc func, void *userdata);
        /* Brings later deadlines, and later expiries of groups, forward to these; some limit rows.
         * *ret_more: call again. */
        int (*groups_cap)(Store *s, uint64_t deadline_ms, uint64_t expires_ms, size_t limit,
                          bool *ret_more);
        /* What is due of a group before that time is due at that time. */
        int (*group_put_off)(Store *s, int64_t id, uint64_t until_ms);
        /* Moves all members of a group into another, and deletes it. */
        int (*group_absorb)(Store *s, int64_t into, int64_t from);
        /* Gathering groups with a route of n digits, counted up to limit. */
        int (*count_routes)(Store *s, size_t n, uint32_t limit, uint32_t *ret);
        /* 0: a gathering group has this route; NOT_FOUND: none. */
        int (*route_taken)(Store *s, const char *route);
        /* What the people of a group said of another: let it in, or do not ask again. It lapses
         * when a member comes to either group or leaves it. */
        int (*admission_put)(Store *s, int64_t group, int64_t other, bool yes);
        /* NOT_FOUND: they said nothing. */
        int (*admission_get)(Store *s, int64_t group, int64_t other, bool *ret_yes);
        /* Two members of groups that have let each other in. */
        int (*tie_add)(Store *s, int64_t a, int64_t b);
        /* Both ways: the members tied to this one. */
        int (*ties_walk)(Store *s, int64_t member, RowFunc func, void *userdata);
        /* earliest deadline, look or expiry; NOT_FOUND: none */
        int (*next_deadline)(Store *s, uint64_t *ret_ms);
        /* sets m->id; STORE_E_EXISTS: member_id */
        int (*member_add)(Store *s, MemberRow *m);
        int (*member_get)(Store *s, const Id *member_id, MemberRow *ret);
        int (*member_by_row)(Store *s, int64_t id, MemberRow *ret);
        /* The gathering member that welcomes guests and whose screen shows this. */
        int (*member_by_screen)(Store *s, const Token *screen, MemberRow *ret);
        int (*member_update)(Store *s, const MemberRow *m); /* may change its group */
        int (*member_remove)(Store *s, int64_t id);         /* and what it deposited */
        /* by id */
        int (*members_of_group)(Store *s, int64_t group, MemberFunc func, void *userdata);
        /* only those that have left, by id */
        int (*members_left)(Store *s, int64_t group, MemberFunc func, void *userdata);
        int (*members_of_account)(Store *s, int64_t account, MemberFunc func, void *userdata);
        int (*count_gathering)(Store *s, int64_t account,
                               uint32_t *ret); /* its members in gathering groups */

        /* evidence (what a member heard), for the matcher */
        /* a known one */
        int (*fix_set)(Store *s, int64_t member, const Fix *fix);
        int (*heard_set)(Store *s, int64_t member, const Sighting *heard, size_t n); /* replaces */
        int (*heard_get)(Store *s, int64_t member, SightingFunc func, void *userdata);
        /* The gathering member with this token; of several the first, the others have copied it. */
        int (*members_by_token)(Store *s, const Token *t, MemberFunc func, void *userdata);
        /* Gathering members that heard this token, at most limit. */
        int (*members_hearing)(Store *s, const Token *t, size_t limit, MemberFunc func,
                               void *userdata);
        /* 0: it heard, or was heard by, another gathering member of its route. NOT_FOUND: not. */
        int (*member_has_radio)(Store *s, const MemberRow *m);
        /* tokens of members that m heard and that heard m */
        int (*mutual_walk)(Store *s, const MemberRow *m, TokenFunc func, void *userdata);
        /* Keeps what the first member of the group after this row (0: the first) had heard, and was
         * heard by. *ret: its row; NOT_FOUND: there is none. */
        int (*near_keep)(Store *s, int64_t group, int64_t after, int64_t *ret);
        /* the members kept as near to this one */
        int (*near_walk)(Store *s, int64_t member, MemberFunc func, void *userdata);
        /* Forgets fixes, tokens and sightings of members of a group that gathers no more, and takes
         * them from the gathering ones, at most limit. Their tokens are kept as past ones until
         * keep_until_ms (0: not), which expire ends. 1: some are left, for evidence_left; 0: none
         * are. */
        int (*evidence_drop)(Store *s, int64_t group, uint64_t keep_until_ms, size_t limit);
        /* A group of which evidence is left; NOT_FOUND: none. */
        int (*evidence_left)(Store *s, int64_t *ret);
        /* Replaces what a member with a past token hears. NOT_FOUND: it has none. */
        int (*past_heard_set)(Store *s, int64_t member, const Sighting *heard, size_t n);
        /* A gathering member misses one with a past token if both hear each other, have the same
         * route, and its account has no member in the other's group. 0: this one misses one;
         * NOT_FOUND: none. */
        int (*past_missed)(Store *s, const MemberRow *m);
        /* The gathering members that miss this one, which has a past token. */
        int (*past_missed_walk)(Store *s, const MemberRow *m, MemberFunc func, void *userdata);
        /* What a group is to become, while it is being closed: bytes of the matcher. get: *ret is
         * owned by the caller. */
        int (*plan_put)(Store *s, int64_t group, const uint8_t *bytes, size_t len);
        int (*plan_get)(Store *s, int64_t group, uint8_t **ret, size_t *ret_len);
        int (*plan_drop)(Store *s, int64_t group);

        /* Members of gathering groups on a route, at most limit: with a fix in the given box
         * (degrees * 10^7; up to 1.1 km farther north or south), or (box NULL) without any fix. Of
         * a box higher than 70 km, only among the newest 1024 of the route; */
        int (*members_near)(Store *s, const char *route, const int32_t box[4], size_t limit,
                            MemberFunc func, void *userdata);
        /* with a fix in the box that is no better than STORE_VAGUE_M; */
        int (*members_vague)(Store *s, const char *route, const int32_t box[4], size_t limit,
                             MemberFunc func, void *userdata);
        /* anywhere, newest first. */
        int (*members_recent)(Store *s, const char *route, size_t limit, MemberFunc func,
                              void *userdata);

        /* what members deposit */
        int (*piece_put)(Store *s, int64_t member,
                         const PieceRow *p); /* NOT_FOUND: a piece before it is missing */
        /* 0: both parts are whole, and their hashes as in card_part_hash; NOT_FOUND else */
        int (*pieces_complete)(Store *s, int64_t member, Bytes32 ret_hash[2]);
        /* Pieces of the members of a group, except one and those that left, in the order (member
         * row, part, offset), after cursor (0 first). When func returns 0 the piece counts as seen,
         * and *ret_cursor moves on. */
        int (*pieces_walk)(Store *s, int64_t group, int64_t without, uint64_t cursor,
                           uint64_t *ret_cursor, PieceFunc func, void *userdata);
        int (*pieces_drop)(Store *s, int64_t member);
        /* Sets the member's opening_order as well. STORE_E_EXISTS: another opening stands. */
        int (*opening_put)(Store *s, int64_t member, const MemberOpening *o, uint32_t order);
        int (*opening_get)(Store *s, int64_t member, MemberOpening *ret);
        /* Openings with an order greater than after, in order. */
        int (*openings_walk)(Store *s, int64_t group, uint32_t after, OpeningFunc func,
                             void *userdata);
        int (*roster_put)(Store *s, int64_t group,
                          /* STORE_E_EXISTS: record number is taken, or still remembered */
                          const Roster *r);
        int (*roster_get)(Store *s, int64_t group,
                          Roster **ret); /* number, bytes and signature, no members */
        /* Sets m->id where it was new; the same again changes nothing and leaves m->id 0.
         * STORE_E_EXISTS: same from, to, kind and run, other content. STORE_E_FULL: it is new and
         * there is no room. */
        int (*message_add)(Store *s, int64_t group, MessageRow *m, bool room);
        /* To this member or to all, but for card keys; to NULL: only those to all. */
        int (*messages_walk)(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                             MessageFunc func, void *userdata);
        /* a number that grows with each message to all; 0: none */
        int (*span_to_all)(Store *s, int64_t group, uint32_t *ret);
        /* The card keys that members gave to all. */
        int (*card_keys_walk)(Store *s, int64_t group, int64_t after, size_t limit,
                              MessageFunc func, void *userdata);
        /* 0: this member has given its own; NOT_FOUND. */
        int (*card_key_given)(Store *s, int64_t group, const Id *from);
        /* Of one member, at most limit: all its messages, and those of them to all. */
        int (*count_messages)(Store *s, int64_t group, const Id *from, uint32_t limit,
                              uint32_t *ret, uint32_t *ret_to_all);

        /* records of closed groups */
        int (*record_add)(Store *s, const RecordRow *r);
        int (*record_of_group)(Store *s, int64_t group, RecordRow *ret);
        int (*record_by_number)(Store *s, const char *number, RecordRow *ret);
        /* STORE_E_EXISTS: this member has one for this token */
        int (*escrow_add)(Store *s, const EscrowRow *e);
        /* Any of this token: NOT_FOUND where nobody has deposited one. */
        int (*escrow_find)(Store *s, const char *number, const Bytes32 *token_hash, EscrowRow *ret);
        /* of its member, for other tokens */
        int (*escrow_count_others)(Store *s, const EscrowRow *e, uint32_t *ret);
        int (*escrow_any)(Store *s, const char *number); /* 0: an escrow stands; NOT_FOUND: none */
        /* Revokes for good the escrows of this token, of all tokens of its depositors, and so
         * on. */
        int (*escrow_revoke)(Store *s, const char *number, const Bytes32 *token_hash);
        /* What was too much for one request. 1: there may be more, 0: there is not. */
        int (*escrow_revoke_more)(Store *s);
        /* Fetches are of one number and token. A reader with an account is named by the bytes of
         * its row number, which account_delete looks for. STORE_E_EXISTS: is counted already. */
        int (*fetch_add)(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len,
                         uint64_t now_ms);
        int (*fetch_find)(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len);
        /* oldest first */
        int (*fetches_walk)(Store *s, const EscrowRow *of, TimeFunc func, void *userdata);
        int (*tries_get)(Store *s, const char *what, TriesRow *ret);
        int (*tries_put)(Store *s, const char *what, const TriesRow *t);

        /* Accounts that were deleted: one of which something is left, or NOT_FOUND. */
        int (*account_leaving)(Store *s, int64_t *ret);
        /* It has left its groups: forgets some of the rest. 1: there is more, 0: there is not. */
        int (*account_left)(Store *s, int64_t id);
        /* What an account has in all groups: at most limit memberships, and the bytes of the parts
         * that they have begun to deposit. */
        int (*account_use)(Store *s, int64_t account, uint32_t limit, uint32_t *ret_members,
                           uint64_t *ret_bytes);

        /* Deletes what has expired, some limit rows of each kind at most: groups with all that
         * belongs to them, confirmation codes, accounts that were never confirmed, escrows, what
         * records are remembered by. A group that is not all deleted yet is in GROUP_EXPIRED.
         * Returns how many groups were deleted, or negative errno; *ret_more: call again. */
        int (*expire)(Store *s, uint64_t now_ms, size_t limit, bool *ret_more);
        int (*count)(Store *s, StoreCounts *ret);
} StoreOps;

/* An implementation's state starts with this. */
struct Store {
        const StoreOps *ops;
};

#include "store-calls.h"
