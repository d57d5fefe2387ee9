/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-postgres.c - the store that several nodes share: opening, schema, batches
 *
 * Nodes take turns. A batch begins with a lock on the one row of working_set, so nobody else
 * decides meanwhile, and what other nodes have saved since the last one is read into memory first:
 * one round, and another one for the rows. It ends with all that it has changed, and COMMIT: the
 * last round. So decisions are as if there were one node, and nothing is ever decided twice. A node
 * that stops in the middle of a batch loses its transaction after PG_IDLE_MS, and the lock with it.
 *
 * This COMMIT does not wait for disks (synchronous_commit = off), so the next node has its turn at
 * once. Behind it, in the same round, the node waits until the server has on disk what it has seen,
 * its own batch and those of others, and only then it answers: also where it has only read. What a
 * server loses is the end of its log, so nobody has been told of it; and it has ended all
 * connections then, so all nodes read the working set again.
 *
 * With each batch the generation grows, and the list of what it has changed is a row of `change`.
 */
#include "store-postgres.h"

#include "src/base/log.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
        OPEN_MS = 10000,   /* for the first connection */
        LOOK_UP_MS = 1000, /* for a commit of which nothing was heard */
        CONNECT_STEP_MS = 50,
};

/* Tables as in version 13 of SQLite's, but for heard and near, which have a row for each member,
 * and nothing is NULL. Texts are compared as bytes. */
static const char schema_1[] =
        "CREATE TABLE working_set (id bigint PRIMARY KEY CHECK (id = 1), version bigint NOT NULL,"
        " generation bigint NOT NULL, grp bigint NOT NULL, member bigint NOT NULL,"
        " message bigint NOT NULL);"
        "INSERT INTO working_set VALUES (1, 1, 0, 0, 0, 0);"
        "CREATE TABLE change (generation bigint PRIMARY KEY, tables bigint[] NOT NULL,"
        " a bigint[] NOT NULL, b bigint[] NOT NULL);"
        "CREATE TABLE grp (id bigint PRIMARY KEY, route text COLLATE \"C\" NOT NULL,"
        " phase bigint NOT NULL, opened_ms bigint NOT NULL, deadline_ms bigint NOT NULL,"
        " expires_ms bigint NOT NULL, revision bigint NOT NULL, closed_revision bigint NOT NULL,"
        " opener bytea NOT NULL CHECK (length(opener) = 16), n_members bigint NOT NULL,"
        " n_opened bigint NOT NULL, n_final bigint NOT NULL, look_ms bigint NOT NULL,"
        " others bigint NOT NULL, party bigint NOT NULL, passed bigint NOT NULL,"
        " n_guests bigint NOT NULL, n_refusing bigint NOT NULL);"
        "CREATE TABLE member (id bigint PRIMARY KEY, grp bigint NOT NULL, account bigint NOT NULL,"
        " member_id bytea NOT NULL CHECK (length(member_id) = 16),"
        " commitment bytea NOT NULL CHECK (length(commitment) = 32),"
        " route text COLLATE \"C\" NOT NULL, fix bigint NOT NULL, latitude bigint NOT NULL,"
        " longitude bigint NOT NULL, accuracy bigint NOT NULL,"
        " token bytea NOT NULL CHECK (length(token) = 8), press_ms bigint NOT NULL,"
        " arrival_ms bigint NOT NULL, revision bigint NOT NULL, evidence_sequence bigint NOT NULL,"
        " ready bigint NOT NULL, gone bigint NOT NULL, relayed bigint NOT NULL,"
        " acknowledged bigint NOT NULL, opening_order bigint NOT NULL, words bigint NOT NULL,"
        " mark bigint NOT NULL, gathering bigint NOT NULL, part1 bigint NOT NULL,"
        " part2 bigint NOT NULL);"
        "CREATE TABLE heard (member bigint PRIMARY KEY, sightings bytea NOT NULL);"
        "CREATE TABLE near (member bigint PRIMARY KEY, others bytea NOT NULL);"
        "CREATE TABLE opening (member bigint PRIMARY KEY,"
        " box_key bytea NOT NULL CHECK (length(box_key) = 32),"
        " sign_key bytea NOT NULL CHECK (length(sign_key) = 32),"
        " hash1 bytea NOT NULL CHECK (length(hash1) = 32),"
        " hash2 bytea NOT NULL CHECK (length(hash2) = 32),"
        " nonce bytea NOT NULL CHECK (length(nonce) = 32));"
        "CREATE TABLE message (grp bigint, id bigint,"
        " sender bytea NOT NULL CHECK (length(sender) = 16), to_all bigint NOT NULL,"
        " receiver bytea NOT NULL CHECK (length(receiver) = 16), kind bigint NOT NULL,"
        " run bigint NOT NULL, body bytea NOT NULL CHECK (length(body) <= 512),"
        " signature bytea NOT NULL CHECK (length(signature) = 64), has_key_id bigint NOT NULL,"
        " key_id bytea NOT NULL CHECK (length(key_id) = 8), PRIMARY KEY (grp, id));"
        "CREATE TABLE admission (grp bigint, other bigint, yes bigint NOT NULL,"
        " PRIMARY KEY (grp, other));"
        "CREATE TABLE tie (a bigint, b bigint, PRIMARY KEY (a, b));"
        "CREATE TABLE evidence_left (grp bigint PRIMARY KEY);"
        "CREATE TABLE past (member bigint PRIMARY KEY, until_ms bigint NOT NULL,"
        " token bytea NOT NULL CHECK (length(token) = 8));"
        "CREATE TABLE account (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " key bytea NOT NULL UNIQUE, handle text COLLATE \"C\" NOT NULL UNIQUE,"
        " confirmed bigint NOT NULL, consent_version bigint NOT NULL, created_ms bigint NOT NULL,"
        " epoch bigint NOT NULL, guest_until_ms bigint NOT NULL);"
        "CREATE INDEX account_unconfirmed ON account (created_ms) WHERE confirmed = 0;"
        "CREATE INDEX account_guest ON account (guest_until_ms) WHERE guest_until_ms > 0;"
        "CREATE TABLE leaving (account bigint PRIMARY KEY);"
        "CREATE TABLE code (account bigint PRIMARY KEY, hash bytea NOT NULL,"
        " expires_ms bigint NOT NULL, tries bigint NOT NULL);"
        "CREATE INDEX code_expires ON code (expires_ms);"
        "CREATE TABLE profile (account bigint PRIMARY KEY, revision bigint NOT NULL,"
        " bytes bytea NOT NULL);"
        "CREATE TABLE piece (key bigint PRIMARY KEY, total bigint NOT NULL, bytes bytea NOT NULL);"
        "ALTER TABLE piece ALTER bytes SET STORAGE EXTERNAL;" /* encrypted: does not compress */
        "CREATE TABLE plan (grp bigint PRIMARY KEY, bytes bytea NOT NULL);"
        "CREATE TABLE roster (grp bigint PRIMARY KEY,"
        " record_number text COLLATE \"C\" NOT NULL UNIQUE, bytes bytea NOT NULL,"
        " signature bytea NOT NULL);"
        "CREATE TABLE spent (id bytea PRIMARY KEY, expires_ms bigint NOT NULL);"
        "CREATE INDEX spent_expires ON spent (expires_ms);"
        "CREATE TABLE record (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " number text COLLATE \"C\" NOT NULL UNIQUE, grp bigint,"
        " half text COLLATE \"C\" NOT NULL, expires_ms bigint NOT NULL);"
        "CREATE INDEX record_grp ON record (grp) WHERE grp IS NOT NULL;"
        "CREATE INDEX record_over ON record (expires_ms) WHERE grp IS NULL;"
        "CREATE TABLE escrow (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " number text COLLATE \"C\" NOT NULL, member bigint NOT NULL, token_hash bytea NOT NULL,"
        " expires_ms bigint NOT NULL, revoked bigint NOT NULL, escrow bytea);"
        "CREATE UNIQUE INDEX escrow_token ON escrow (number, token_hash, member);"
        "CREATE INDEX escrow_member ON escrow (number, member);"
        "CREATE INDEX escrow_stands ON escrow (expires_ms) WHERE escrow IS NOT NULL;"
        "CREATE TABLE revoking (number text COLLATE \"C\" PRIMARY KEY);"
        "CREATE TABLE \"fetch\" (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " number text COLLATE \"C\" NOT NULL, reader bytea NOT NULL, at_ms bigint NOT NULL,"
        " token_hash bytea);"
        "CREATE UNIQUE INDEX fetch_once ON \"fetch\" (number, token_hash, reader);"
        "CREATE INDEX fetch_reader ON \"fetch\" (reader);"
        "CREATE TABLE tries (what text COLLATE \"C\" PRIMARY KEY, since_ms bigint NOT NULL,"
        " recent bigint NOT NULL, total bigint NOT NULL, last bytea NOT NULL,"
        " forget_ms bigint NOT NULL);"
        "CREATE INDEX tries_forget ON tries (forget_ms);";

/* In the order in which a batch of another node takes its locks. */
static const char schema_2[] =
        "UPDATE working_set SET version = 2;"
        "ALTER TABLE grp ADD COLUMN window_end_ms bigint NOT NULL DEFAULT 0;";

/* From version n to n + 1, each with the number in working_set. */
static const char *const schemas[] = {schema_1, schema_2};

/* ---- batches ---- */

static void postgres_rollback(Store *store)
{
        PostgresStore *s = (PostgresStore *)store;

        working_set_undo(s->base.set);
        if (s->db.wrote_accounts)
                known_forget_accounts(s->known);
        if (pg_connected(s->db.pg) && pg_send(s->db.pg, false, "ROLLBACK", "") == 0)
                (void)pg_round(s->db.pg, NULL, 0); /* the error before it is the one to tell */
}

static void postgres_begin_batch(PostgresStore *s)
{
        s->db.wrote = s->db.wrote_accounts = s->db.marked = s->db.saved = false;
        s->known->newly_spent.n = 0;
}

/* What a turn begins with. */
typedef struct Turn {
        int64_t generation;
        SetIds ids;
        PgRows changes;  /* lists of those after the generation that this node has */
        PgRows accounts; /* that are expected */
} Turn;

static void turn_done(Turn *t)
{
        pg_rows_done(&t->changes);
        pg_rows_done(&t->accounts);
}

static void turn_read(Turn *t, Known *known, PgRows rows[2])
{
        rows[0].row = rows[1].row = 0;
        t->generation = pg_int(&rows[0], 0);
        t->ids = (SetIds){pg_int(&rows[0], 1), pg_int(&rows[0], 2), pg_int(&rows[0], 3)};
        known->leaving = pg_int(&rows[1], 0);
        known->due_ms = pg_null(&rows[1], 1) ? UINT64_MAX : (uint64_t)pg_int(&rows[1], 1);
}

static int turn_ask_accounts(Pg *pg, const Known *known)
{
        PgArray ids = {.n = 0};
        int r;

        pg_array_begin(&ids, 'I');
        for (size_t i = 0; i < known->expected.n; i++)
                pg_array_int(&ids, known->expected.list[i]);
        r = pg_send(pg, true, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ANY(?)", "I",
                    &ids);
        pg_array_done(&ids);
        return r;
}

/* One that cannot be read is asked for once more, by itself. */
static void turn_take_accounts(PostgresStore *s, const Turn *t)
{
        Found q = {.db = s->base.db, .result = t->accounts.result};

        for (q.row = 0; q.row < t->accounts.n; q.row++) {
                AccountRow a;

                if (rows_account_read(&q, &a) == 0)
                        known_account_is(s->known, &a);
        }
}

/* Takes the lock; then, as others have left it, reads the generation, the ids, what is due and the
 * news: each statement sees what was committed before it. The commit is not to wait for disks, for
 * the next node waits for it: see postgres_send_flush. */
static int postgres_take_turn(Store *store, Turn *ret)
{
        PostgresStore *s = (PostgresStore *)store;
        Pg *pg = s->db.pg;
        PgRows rows[4] = {0};
        bool expects = s->known->expected.n > 0;
        int r = pg_send(pg, false, "BEGIN", "");

        if (r == 0)
                r = pg_send(pg, true,
                            "SELECT generation, grp, member, message,"
                            " set_config('synchronous_commit', 'off', true)"
                            " FROM working_set FOR UPDATE",
                            "");
        if (r == 0)
                r = pg_send(pg, true,
                            "SELECT coalesce((SELECT account FROM leaving LIMIT 1), 0),"
                            " least((SELECT min(expires_ms) FROM escrow WHERE escrow IS NOT NULL),"
                            " (SELECT 0 FROM revoking LIMIT 1))",
                            "");
        if (r == 0)
                r = postgres_set_ask_changes(store, s->generation < 0 ? INT64_MAX : s->generation);
        if (r == 0 && expects)
                r = turn_ask_accounts(pg, s->known);
        s->known->expected.n = 0;
        if (r == 0)
                r = pg_round(pg, rows, 3 + (size_t)expects);
        if (r < 0)
                return r;
        r = rows[0].n == 1 && rows[1].n == 1 ? 0 : -EBADMSG;
        if (r == 0)
                turn_read(ret, s->known, rows);
        pg_rows_done(&rows[0]);
        pg_rows_done(&rows[1]);
        ret->changes = rows[2];
        ret->accounts = rows[3];
        return r;
}

/* Over a new connection there may be a server that knows less, or more: all is read again. So it is
 * where the server has lost what it had not written yet: then it has ended all connections. */
static int postgres_refresh(Store *store, uint64_t number, Turn *t)
{
        PostgresStore *s = (PostgresStore *)store;
        bool known = s->generation >= 0 && s->number == number && t->generation >= s->generation &&
                     !known_is_large(s->known);
        int r = 1;

        if (known && t->generation == s->generation)
                return 0;
        if (known)
                r = postgres_set_catch_up(store, &t->changes, t->generation - s->generation);
        if (r != 0) {
                s->generation = -1;
                r = r > 0 ? working_set_reload(store) : r;
        }
        if (r < 0)
                return r;
        *working_set_ids(s->base.set) = t->ids;
        working_set_kept(s->base.set); /* and these are the ids of before the batch */
        if (s->number != number)
                s->durable = -1;
        s->number = number;
        s->generation = t->generation;
        return 0;
}

static int postgres_begin(Store *store)
{
        _cleanup_(turn_done) Turn turn = {.generation = -1};
        PostgresStore *s = (PostgresStore *)store;
        uint64_t number;
        int r = pg_connect(s->db.pg, 0, &number);

        if (r < 0)
                return r;
        postgres_begin_batch(s);
        r = postgres_take_turn(store, &turn);
        if (r == 0)
                r = postgres_refresh(store, number, &turn);
        if (r == 0)
                turn_take_accounts(s, &turn);
        if (r < 0)
                postgres_rollback(store);
        s->next = turn.generation + 1;
        return r;
}

static int postgres_connect(PostgresStore *s, unsigned wait_ms, uint64_t *ret_number)
{
        int r = pg_connect(s->db.pg, CONNECT_STEP_MS, ret_number);

        for (unsigned n = wait_ms / CONNECT_STEP_MS; r < 0 && n > 0; n--) {
                (void)poll(NULL, 0, CONNECT_STEP_MS / 2); /* one that is refused, is at once */
                r = pg_connect(s->db.pg, CONNECT_STEP_MS / 2, ret_number);
        }
        return r;
}

/* Behind a COMMIT: waits until the server, and its synchronous standby, have on disk all that this
 * node has seen, which others may have committed. A log is written in order, so a commit that is
 * behind all of it is waited for; only one with a record in the log is. */
static int postgres_send_flush(PostgresStore *s)
{
        return pg_send(s->db.pg, false, "SELECT pg_logical_emit_message(true, 'huddle', '')", "");
}

/* Whether a batch is there whose commit was lost on the way; where it is not, why. Under the lock,
 * for which one that is still being committed lets us wait. */
static int postgres_look_up(Store *store, int why)
{
        _cleanup_(turn_done) Turn turn = {.generation = -1};
        PostgresStore *s = (PostgresStore *)store;
        PgRows rows = {NULL, 0, 0};
        uint64_t number;
        bool known;
        int r = postgres_connect(s, LOOK_UP_MS, &number);

        if (r == 0)
                r = postgres_take_turn(store, &turn);
        if (r == 0)
                r = pg_send(s->db.pg, true,
                            "SELECT 1 FROM change WHERE generation = ? AND b[1] = ?", "ii", s->next,
                            s->mark);
        if (r == 0)
                r = pg_send(s->db.pg, false, "ROLLBACK", "");
        if (r == 0)
                r = postgres_send_flush(s);
        if (r == 0)
                r = pg_round(s->db.pg, &rows, 1);
        known = r == 0;
        if (known)
                r = rows.n == 1 ? 0 : why;
        pg_rows_done(&rows);
        if (r == 0)
                s->number = number;
        log_notice("A commit whose answer was lost: %s", r == 0  ? "it is there"
                                                         : known ? "it is not there"
                                                                 : "unknown");
        return r;
}

/* What is written besides the set has its place in the list of changes, too. */
static int postgres_send_end(Store *store, bool *ret_writes)
{
        PostgresStore *s = (PostgresStore *)store;
        static const SetRows none;
        bool changed;
        int r = working_set_save(store, &changed);

        *ret_writes = changed || s->db.wrote;
        if (r == 0 && !changed && s->db.wrote)
                r = postgres_set_engine.save(store, &none, working_set_ids(s->base.set));
        if (r == 0)
                r = pg_send(s->db.pg, false, "COMMIT", "");
        return r < 0 || (!*ret_writes && s->generation <= s->durable) ? r : postgres_send_flush(s);
}

static int postgres_commit(Store *store)
{
        PostgresStore *s = (PostgresStore *)store;
        bool writes = false;
        int r = postgres_send_end(store, &writes);

        if (r == 0) {
                r = pg_round(s->db.pg, NULL, 0);
                if (r < 0 && writes)
                        r = postgres_look_up(store, r);
        }
        if (r < 0) {
                postgres_rollback(store);
                return r;
        }
        working_set_kept(s->base.set);
        if (s->db.wrote_accounts)
                known_forget_accounts(s->known);
        s->generation += writes;
        s->durable = s->generation;
        return 0;
}

static int postgres_mark(Store *store)
{
        working_set_mark(set_of(store));
        return db_postgres_mark(&((PostgresStore *)store)->db);
}

static int postgres_unmark(Store *store)
{
        return db_postgres_unmark(&((PostgresStore *)store)->db);
}

static int postgres_undo(Store *store)
{
        working_set_undo_to_mark(set_of(store));
        return db_postgres_undo(&((PostgresStore *)store)->db);
}

static uint64_t postgres_steps(Store *store)
{
        return working_set_steps(set_of(store)) + pg_steps(pg_of(store));
}

static int postgres_probe(Store *store)
{
        int r = postgres_begin(store);

        if (r < 0)
                return r;
        ((PostgresStore *)store)->durable = -1; /* this one waits for the disk */
        r = pg_send(pg_of(store), false, "UPDATE working_set SET version = version", "");
        if (r == 0)
                return postgres_commit(store);
        postgres_rollback(store);
        return r;
}

bool store_postgres_is_behind(Store *store, uint64_t generation)
{
        return ((PostgresStore *)store)->generation < (int64_t)generation;
}

int store_postgres_time(Store *store, uint64_t *ret_ms)
{
        Pg *pg = pg_of(store);
        PgRows rows;
        uint64_t number;
        int r = pg_connect(pg, OPEN_MS, &number);

        if (r == 0)
                r = pg_send(pg, true,
                            "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint", "");
        if (r == 0)
                r = pg_round(pg, &rows, 1);
        if (r < 0)
                return r;
        rows.row = 0;
        *ret_ms = (uint64_t)pg_int(&rows, 0);
        pg_rows_done(&rows);
        return 0;
}

/* ---- what need not be asked ---- */

static int postgres_spent(Store *store, const Id *id)
{
        const PostgresStore *s = (const PostgresStore *)store;

        return known_maybe_spent(s->known, id) ? rows_spent(store, id) : STORE_E_NOT_FOUND;
}

/* What a batch that may be undone has changed is not kept. */
static int postgres_account_by_id(Store *store, int64_t id, AccountRow *ret)
{
        PostgresStore *s = (PostgresStore *)store;
        const AccountRow *known = s->db.wrote_accounts ? NULL : known_account(s->known, id);
        int r = 0;

        if (known) {
                *ret = *known;
                return 0;
        }
        r = rows_account_by_id(store, id, ret);
        if (r == 0 && !s->db.wrote_accounts)
                known_account_is(s->known, ret);
        return r;
}

static void postgres_expect_account(Store *store, int64_t id)
{
        known_expect_account(((PostgresStore *)store)->known, id);
}

/* Its key is spent with it. */
static int postgres_account_delete(Store *store, int64_t id)
{
        Known *k = ((PostgresStore *)store)->known;
        AccountRow a;
        Id spent;
        int r = rows_account_by_id(store, id, &a);

        if (r != 0)
                return r;
        memcpy(spent.b, a.key.b, sizeof spent.b);
        known_spent_is(k, &spent);
        r = array_add(&k->newly_spent, spent);
        return r < 0 ? r : rows_account_delete(store, id);
}

static int postgres_account_leaving(Store *store, int64_t *ret)
{
        const PostgresStore *s = (const PostgresStore *)store;

        if (s->db.wrote)
                return rows_account_leaving(store, ret);
        *ret = s->known->leaving;
        return *ret != 0 ? 0 : STORE_E_NOT_FOUND;
}

/* ---- looking ---- */

static int postgres_count_columns(Store *store, uint64_t *const *columns, int n)
{
        Pg *pg = pg_of(store);
        PgRows rows;
        uint64_t number;
        int r = pg_connect(pg, OPEN_MS, &number);

        if (r == 0)
                r = pg_send(pg, true,
                            "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM account"
                            " WHERE confirmed = 1), (SELECT count(*) FROM grp),"
                            " (SELECT count(*) FROM grp WHERE phase = 1),"
                            " (SELECT count(*) FROM member), (SELECT count(*) FROM message),"
                            " (SELECT count(*) FROM piece), (SELECT count(*) FROM record),"
                            " pg_database_size(current_database())",
                            "");
        if (r == 0)
                r = pg_round(pg, &rows, 1);
        if (r < 0)
                return r;
        rows.row = 0;
        for (int i = 0; i < n; i++)
                *columns[i] = (uint64_t)pg_int(&rows, i);
        pg_rows_done(&rows);
        return 0;
}
_Static_assert(GROUP_GATHERING == 1, "the number above");

static int postgres_count(Store *store, StoreCounts *ret)
{
        uint64_t *const columns[] = {&ret->accounts,  &ret->confirmed, &ret->groups,
                                     &ret->gathering, &ret->members,   &ret->messages,
                                     &ret->pieces,    &ret->records,   &ret->bytes};

        *ret = (StoreCounts){.free_bytes = 0};
        return postgres_count_columns(store, columns, ARRAY_LEN(columns));
}

/* ---- opening ---- */

/* 0: there is none. */
static int postgres_read_version(Pg *pg, int64_t *ret)
{
        static const char *const questions[] = {
                "SELECT count(*) FROM pg_class WHERE oid = to_regclass('working_set')",
                "SELECT version FROM working_set",
        };
        int r = 0;

        *ret = 1;
        for (size_t i = 0; r == 0 && *ret > 0 && i < ARRAY_LEN(questions); i++) {
                PgRows rows;

                r = pg_send(pg, true, questions[i], "");
                if (r == 0)
                        r = pg_round(pg, &rows, 1);
                if (r < 0)
                        return r;
                rows.row = 0;
                *ret = rows.n == 1 ? pg_int(&rows, 0) : -1;
                pg_rows_done(&rows);
        }
        return r;
}

/* One process at a time: the lock, of the name "huddle", ends with the transaction. */
static int postgres_migrate(Pg *pg)
{
        int64_t version;
        int r = postgres_read_version(pg, &version);

        if (r < 0 || version == (int64_t)ARRAY_LEN(schemas))
                return r;
        if (version < 0 || version > (int64_t)ARRAY_LEN(schemas))
                return -EPROTONOSUPPORT;
        r = pg_run_script(pg, "BEGIN; SELECT pg_advisory_xact_lock(114787453069413)");
        if (r == 0)
                r = postgres_read_version(pg, &version);
        for (; r == 0 && version < (int64_t)ARRAY_LEN(schemas); version++)
                r = pg_run_script(pg, schemas[version]);
        return r < 0 ? r : pg_run_script(pg, "COMMIT");
}

static Store *postgres_free(Store *store)
{
        PostgresStore *s = (PostgresStore *)store;

        (void)working_set_free(s->base.set);
        (void)pg_close(s->db.pg);
        (void)known_free(s->known);
        free(s);
        return NULL;
}

static const StoreOps postgres_ops = {
        .free = postgres_free,
        .begin = postgres_begin,
        .commit = postgres_commit,
        .rollback = postgres_rollback,
        .mark = postgres_mark,
        .unmark = postgres_unmark,
        .undo = postgres_undo,
        .probe = postgres_probe,
        .steps = postgres_steps,
        .count = postgres_count,
        .spent = postgres_spent,
        .account_by_id = postgres_account_by_id,
        .expect_account = postgres_expect_account,
        .account_delete = postgres_account_delete,
        .account_leaving = postgres_account_leaving,
        STORE_ROWS_OPS,
        STORE_SET_OPS,
};

static int postgres_open(PostgresStore *s, const char *conninfo)
{
        uint64_t number;
        int r = pg_open(&s->db.pg, conninfo);

        s->known = known_new();
        if (r == 0 && !s->known)
                r = -ENOMEM;
        if (r == 0)
                r = working_set_new(&s->base.set, &postgres_set_engine);
        if (r == 0)
                r = postgres_connect(s, OPEN_MS, &number);
        return r < 0 ? r : postgres_migrate(s->db.pg);
}

static int postgres_load(Store *store)
{
        int r = postgres_begin(store);

        if (r == 0)
                postgres_rollback(store);
        return r;
}

static int postgres_new(Store **ret, const char *conninfo, bool loads)
{
        _cleanup_(store_freep) Store *store = NULL;
        PostgresStore *s = calloc(1, sizeof *s);
        int r;

        if (!s)
                return -ENOMEM;
        store = &s->base.store;
        store->ops = &postgres_ops;
        s->db.db.ops = &db_postgres_ops;
        s->base.db = &s->db.db;
        s->generation = s->durable = -1;
        r = postgres_open(s, conninfo);
        if (r == 0 && loads)
                r = postgres_load(store);
        if (r == 0)
                *ret = TAKE_PTR(store);
        return r;
}

int store_postgres_open(Store **ret, const char *conninfo)
{
        return postgres_new(ret, conninfo, true);
}

int store_postgres_open_counting(Store **ret, const char *conninfo)
{
        return postgres_new(ret, conninfo, false);
}

int store_postgres_check(const char *conninfo, char *ret_reason, size_t n)
{
        return pg_check(conninfo, ret_reason, n) < 0 ? -EINVAL : 0;
}
