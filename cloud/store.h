/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store.h - what the cloud remembers, behind one table of operations
 *
 * Implementations: store-sqlite.c; in tests one that fails at the n-th call. Every call happens inside a
 * batch (begin … commit): the loop opens a batch with the first request, answers nobody before the batch is
 * committed, and so many requests share one sync (group commit). A failing commit undoes the whole batch; its
 * requests are answered "unavailable".
 *
 * Times are milliseconds since 1970 by the cloud's clock. Ids of rows grow and are never reused. Errors:
 * negative errno for a store that fails; STORE_E_… for outcomes.
 */
#pragma once

#include "../src/roster.h"
#include "../src/serial.h"

enum {
        _STORE_E_SUCCESS,
        STORE_E_NOT_FOUND,
        STORE_E_EXISTS, /* a unique value is taken */
};

typedef enum GroupPhase { /* numbers as Phase in huddle.proto */
        GROUP_GATHERING = 1,
        GROUP_OPENING = 2,
        GROUP_EXCHANGING = 3,
        GROUP_EXPIRED = 4,
        GROUP_ALONE = 5,
} GroupPhase;

typedef struct AccountRow {
        int64_t id;
        Bytes32 key;
        char handle[129];
        bool confirmed;
        uint32_t consent_version;
        uint64_t created_ms;
} AccountRow;

typedef struct GroupRow {
        int64_t id;
        char route[ROUTE_SIZE];
        GroupPhase phase;
        uint64_t opened_ms;      /* press of the opening serial */
        uint64_t deadline_ms;    /* end of the present phase; 0 = none */
        uint64_t expires_ms;     /* everything of the group is deleted then */
        uint64_t revision;       /* grows with every change that a watcher may see */
        Id opener;
        uint32_t n_members;
        uint32_t n_final;        /* openings that count, from GROUP_EXCHANGING on */
        bool has_key;
        uint8_t key_id[8];       /* of the one group key carried */
} GroupRow;

typedef struct MemberRow {
        int64_t id;              /* order of arrival */
        int64_t group;
        int64_t account;
        Id member_id;
        Bytes32 commitment;
        char route[ROUTE_SIZE];
        Fix fix;
        Token token;
        uint64_t press_ms;       /* receive time minus age of the press */
        uint64_t arrival_ms;
        uint32_t evidence_sequence;
        bool ready, left, relayed, acknowledged;
        uint32_t opening_order;  /* 1, 2, … in the order openings came; 0 = not opened */
} MemberRow;

typedef struct MessageRow {
        int64_t id; /* order of posting; the cursor of a watcher */
        Id from;
        bool to_all;
        Id to;
        uint32_t kind;
        uint8_t body[512];
        size_t body_len;
        uint8_t signature[64];
        uint8_t key_id[8];
        bool has_key_id;
} MessageRow;

typedef struct PieceRow {
        Id member_id;
        uint32_t part;   /* 1 or 2 */
        uint32_t offset;
        uint32_t total;
        const uint8_t *bytes; /* borrowed, valid during the callback */
        size_t len;
} PieceRow;

typedef struct Store Store;

/* Called for each row; a non-zero answer ends the walk and is returned by it. Rows are borrowed. A callback
 * may call the store, but not change the rows being walked. */
typedef int (*AccountFunc)(const AccountRow *a, void *userdata);
typedef int (*GroupFunc)(const GroupRow *g, void *userdata);
typedef int (*MemberFunc)(const MemberRow *m, void *userdata);
typedef int (*SightingFunc)(const Sighting *s, void *userdata);
typedef int (*MessageFunc)(const MessageRow *m, void *userdata);
typedef int (*OpeningFunc)(const MemberOpening *o, uint32_t order, void *userdata);
typedef int (*PieceFunc)(const PieceRow *p, void *userdata);

typedef struct StoreOps {
        Store *(*free)(Store *s);
        int (*begin)(Store *s);
        int (*commit)(Store *s);    /* on failure everything since begin is undone */
        void (*rollback)(Store *s);

        /* accounts */
        int (*account_add)(Store *s, AccountRow *a);             /* sets a->id; STORE_E_EXISTS: key or handle */
        int (*account_by_id)(Store *s, int64_t id, AccountRow *ret);
        int (*account_by_key)(Store *s, const Bytes32 *key, AccountRow *ret);
        int (*account_by_handle)(Store *s, const char *handle, AccountRow *ret);
        int (*account_confirm)(Store *s, int64_t id);
        int (*account_delete)(Store *s, int64_t id);             /* and its profile, code, memberships */
        int (*code_put)(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t expires_ms);
        int (*code_try)(Store *s, int64_t account, const Bytes32 *code_hash, uint64_t now_ms); /* counts tries */
        int (*profile_put)(Store *s, int64_t account, uint64_t revision, const uint8_t *bytes, size_t len);
        int (*profile_get)(Store *s, int64_t account, uint64_t *ret_revision, uint8_t **ret, size_t *ret_len);

        /* groups and members */
        int (*group_add)(Store *s, GroupRow *g);                 /* sets g->id */
        int (*group_get)(Store *s, int64_t id, GroupRow *ret);
        int (*group_update)(Store *s, const GroupRow *g);
        int (*groups_due)(Store *s, uint64_t now_ms, GroupFunc func, void *userdata); /* deadline reached */
        int (*next_deadline)(Store *s, uint64_t *ret_ms);        /* earliest deadline or expiry; NOT_FOUND: none */
        int (*member_add)(Store *s, MemberRow *m);               /* sets m->id; STORE_E_EXISTS: member_id */
        int (*member_get)(Store *s, const Id *member_id, MemberRow *ret);
        int (*member_update)(Store *s, const MemberRow *m);      /* may change its group */
        int (*member_remove)(Store *s, int64_t id);
        int (*members_of_group)(Store *s, int64_t group, MemberFunc func, void *userdata); /* by id */
        int (*count_gathering)(Store *s, int64_t account, uint32_t *ret); /* its members in gathering groups */

        /* evidence (what a member heard), for the matcher */
        int (*heard_set)(Store *s, int64_t member, const Sighting *heard, size_t n); /* replaces */
        int (*heard_get)(Store *s, int64_t member, SightingFunc func, void *userdata);
        int (*members_by_token)(Store *s, const Token *t, MemberFunc func, void *userdata); /* gathering groups */
        int (*members_hearing)(Store *s, const Token *t, MemberFunc func, void *userdata);  /* gathering groups */
        /* Members of gathering groups on a route, with a fix in the given box (degrees * 10^7, inclusive), or
         * (box NULL) without any fix; at most limit, newest first. */
        int (*members_near)(Store *s, const char *route, const int32_t box[4], size_t limit, MemberFunc func,
                            void *userdata);

        /* what members deposit */
        int (*piece_put)(Store *s, int64_t member, const PieceRow *p); /* NOT_FOUND: a piece before it is missing */
        int (*pieces_complete)(Store *s, int64_t member);        /* 0 both parts are whole, NOT_FOUND else */
        /* Pieces of all members of a group but one, in the order (member row, part, offset), after cursor. */
        int (*pieces_walk)(Store *s, int64_t group, int64_t without, uint64_t cursor, uint64_t *ret_cursor,
                           PieceFunc func, void *userdata);
        int (*opening_put)(Store *s, int64_t member, const MemberOpening *o, uint32_t order);
        int (*openings_walk)(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata);
        int (*roster_put)(Store *s, int64_t group, const Roster *r);
        int (*roster_get)(Store *s, int64_t group, uint8_t **ret, size_t *ret_len, uint8_t ret_signature[64]);
        int (*message_add)(Store *s, int64_t group, MessageRow *m); /* EXISTS: same from, to, kind, other content */
        int (*messages_walk)(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                             MessageFunc func, void *userdata);  /* to this member or to all */

        /* Deletes what has expired, at most limit groups; returns how many were deleted, or negative errno. */
        int (*expire)(Store *s, uint64_t now_ms, size_t limit);
} StoreOps;

/* An implementation's state starts with this. */
struct Store {
        const StoreOps *ops;
};

static inline Store *store_free(Store *s)
{
        return s ? s->ops->free(s) : NULL;
}
DEFINE_CLEANUP(Store *, store_free);

/* path ":memory:" for tests and replay. */
int store_sqlite_open(Store **ret, const char *path);
