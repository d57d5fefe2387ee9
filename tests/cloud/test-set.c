/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-set.c - groups and members in memory are what the file says, after whatever happened */
#include "postgres.h"
#include "store-life.h"

#include "cloud/store/index.h"
#include "cloud/store/pg.h"

#include "tests/unit/test.h"

#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SEEDS = 20, POSTGRES_SEEDS = 4, BATCHES = 120, NODES = 60, MOVES = 20000 };

/* ---- the index, beside a list ---- */

typedef struct Moves {
        Index index;
        IndexNode nodes[NODES]; /* the key of the i-th is {i / 8, i % 8} */
        Chance chance;
} Moves;

static IndexKey key_of(size_t i)
{
        return (IndexKey){{i / 8, i % 8, 0, 0}};
}

static void expect_neighbours(const Moves *m, size_t at)
{
        IndexKey key = key_of(at);
        const IndexNode *next = NULL, *last = NULL;

        for (size_t i = NODES; i-- > at;)
                next = m->nodes[i].linked ? &m->nodes[i] : next;
        for (size_t i = 0; i < at; i++)
                last = m->nodes[i].linked ? &m->nodes[i] : last;
        assert_ptr_equal(index_at(&m->index, &key), next);
        assert_ptr_equal(index_before(&m->index, &key), last);
}

/* Every third of the nodes, at once. */
static void build(Moves *m)
{
        IndexBuild b = {.index = &m->index};

        for (size_t i = 0; i < NODES; i += 3) {
                m->nodes[i].key = key_of(i);
                index_build(&b, &m->nodes[i]);
        }
        index_built(&b);
}

static void an_index_is_in_order(void **state)
{
        Moves m = {.index = {NULL, 0}};
        size_t n = NODES / 3;

        chance_seed(&m.chance, 1);
        build(&m);
        for (size_t i = 0; i <= NODES; i++)
                expect_neighbours(&m, i);
        for (unsigned i = 0; i < MOVES; i++) {
                size_t at = chance_below(&m.chance, NODES);
                IndexKey key = key_of(at);

                if (m.nodes[at].linked) {
                        index_remove(&m.index, &m.nodes[at]);
                        n--;
                } else if (m.index.n < chance_below(&m.chance, NODES)) {
                        index_add(&m.index, &m.nodes[at], &key);
                        n++;
                }
                assert_int_equal(m.index.n, n);
                expect_neighbours(&m, chance_below(&m.chance, NODES + 1));
        }
}

static size_t depth_of(const IndexNode *node)
{
        return node ? 1 + MAX(depth_of(node->left), depth_of(node->right)) : 0;
}

/* What comes in order would make a tree without lots a list. */
static void an_index_is_never_deep(void **state)
{
        enum { MANY = 1 << 14 };
        IndexNode *nodes = aligned_alloc(INDEX_NODE, MANY * sizeof *nodes);
        Index x = {NULL, 0};
        IndexBuild b = {.index = &x};

        assert_non_null(nodes);
        memset(nodes, 0, MANY * sizeof *nodes);
        for (uint64_t i = 0; i < MANY; i++)
                index_add(&x, &nodes[i], &(IndexKey){{i}});
        assert_in_range(depth_of(x.root), 14, 14 * 5);
        x = (Index){NULL, 0};
        for (uint64_t i = 0; i < MANY; i++)
                index_build(&b, &nodes[i]);
        index_built(&b);
        assert_in_range(depth_of(x.root), 14, 14 * 5);
        free(nodes);
}

/* ---- the life of a store ---- */

typedef struct File {
        char folder[32], path[48];
        const Postgres *server; /* NULL: SQLite */
} File;

static void file_begin(File *f, const Postgres *server)
{
        *f = (File){.folder = "/tmp/huddle-set-test.XXXXXX", .server = server};
        if (server)
                postgres_clear(server);
        assert_non_null(mkdtemp(f->folder));
        (void)snprintf(f->path, sizeof f->path, "%s/db", f->folder);
}

static void file_end(File *f)
{
        static const char *const ends[] = {"", "-wal", "-shm"};
        char path[64];

        for (unsigned i = 0; i < ARRAY_LEN(ends); i++) {
                (void)snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
                (void)unlink(path);
        }
        (void)rmdir(f->folder);
}

static Store *file_open(const File *f)
{
        char conninfo[POSTGRES_CONNINFO];
        Store *s;

        if (f->server)
                postgres_conninfo(f->server, NULL, conninfo);
        assert_int_equal(
                f->server ? store_postgres_open(&s, conninfo) : store_sqlite_open(&s, f->path), 0);
        return s;
}

/* Takes expected. */
static void expect_same(const Life *l, Store *s, char *expected)
{
        char *found = life_describe(l, s);

        assert_string_equal(found, expected);
        free(found);
        free(expected);
}

/* Something happens, and some of it is taken back. */
static void live_in_parts(Life *l, Store *s)
{
        char *before;

        for (uint32_t n = chance_between(&l->chance, 1, 12); n > 0; n--)
                life_step(l, s);
        if (chance_permille(&l->chance, 700))
                return;
        before = life_describe(l, s);
        assert_int_equal(store_mark(s), 0);
        for (uint32_t n = chance_between(&l->chance, 1, 6); n > 0; n--)
                life_step(l, s);
        if (chance_permille(&l->chance, 300)) {
                assert_int_equal(store_unmark(s), 0);
                free(before);
        } else {
                assert_int_equal(store_undo(s), 0);
                expect_same(l, s, before);
        }
        for (uint32_t n = chance_below(&l->chance, 4); n > 0; n--)
                life_step(l, s);
}

/* Another process that has the file open reads again; one that opens it reads all. */
static void expect_others_see(const Life *l, const File *f, Store *s, Store *other)
{
        Store *fresh = file_open(f);

        expect_same(l, fresh, life_describe(l, s));
        (void)store_free(fresh);
        assert_int_equal(store_begin(other), 0);
        expect_same(l, other, life_describe(l, s));
        assert_int_equal(store_commit(other), 0);
}

static void live(uint64_t seed, const Postgres *server)
{
        Store *s, *other;
        Life l = {.last_group = 0};
        char *before;
        File f;

        chance_seed(&l.chance, seed);
        file_begin(&f, server);
        s = file_open(&f);
        other = file_open(&f);
        for (unsigned i = 0; i < BATCHES; i++) {
                before = life_describe(&l, s);
                assert_int_equal(store_begin(s), 0);
                live_in_parts(&l, s);
                if (chance_permille(&l.chance, 300)) {
                        store_rollback(s);
                        expect_same(&l, s, before);
                        continue;
                }
                free(before);
                assert_int_equal(store_commit(s), 0);
                if (chance_permille(&l.chance, 200))
                        expect_others_see(&l, &f, s, other);
        }
        (void)store_free(other);
        (void)store_free(s);
        file_end(&f);
}

static void memory_is_what_the_file_says(void **state)
{
        for (uint64_t seed = 0; seed < (*state ? POSTGRES_SEEDS : SEEDS); seed++)
                live(seed, *state);
}

/* Two processes change the file in turns: each goes on from what the other has done. */
static void processes_take_turns(void **state)
{
        Store *stores[2];
        Life l = {.last_group = 0};
        File f;

        chance_seed(&l.chance, 77);
        file_begin(&f, *state);
        stores[0] = file_open(&f);
        stores[1] = file_open(&f);
        for (unsigned i = 0; i < BATCHES; i++) {
                Store *s = stores[chance_below(&l.chance, 2)];

                assert_int_equal(store_begin(s), 0);
                live_in_parts(&l, s);
                assert_int_equal(store_commit(s), 0);
        }
        expect_others_see(&l, &f, stores[0], stores[1]);
        (void)store_free(stores[0]);
        (void)store_free(stores[1]);
        file_end(&f);
}

/* ---- a batch whose commit fails ---- */

/* As a disk would that takes no more: files may not grow beyond so many bytes. */
static void limit_files(rlim_t bytes)
{
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = MIN(bytes, limit.rlim_max);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_failed_commit_undoes_memory(void **state)
{
        Life l = {.last_group = 0};
        Store *s;
        char *before;
        File f;

        chance_seed(&l.chance, 5);
        file_begin(&f, NULL);
        s = file_open(&f);
        assert_int_equal(store_begin(s), 0);
        for (unsigned i = 0; i < 50; i++)
                life_step(&l, s);
        assert_int_equal(store_commit(s), 0);
        before = life_describe(&l, s);
        assert_int_equal(store_begin(s), 0);
        for (unsigned i = 0; i < 50; i++)
                life_step(&l, s);
        limit_files(4096);
        assert_true(store_commit(s) < 0);
        limit_files(RLIM_INFINITY);
        expect_same(&l, s, before);
        assert_int_equal(store_begin(s), 0);
        live_in_parts(&l, s);
        assert_int_equal(store_commit(s), 0);
        (void)store_free(s);
        file_end(&f);
}

/* ---- memory that runs out ---- */

static unsigned fails_in; /* the n-th allocation from now fails, once; 0: none */

static bool allocation_fails(void)
{
        return fails_in > 0 && --fails_in == 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
        return allocation_fails() ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
        return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
        return allocation_fails() ? NULL : __real_aligned_alloc(alignment, size);
}

void *__real_reallocarray(void *at, size_t n, size_t size);
void *__wrap_reallocarray(void *at, size_t n, size_t size);
void *__wrap_reallocarray(void *at, size_t n, size_t size)
{
        return allocation_fails() ? NULL : __real_reallocarray(at, n, size);
}

/* Things happen until an allocation fails, which is told; what was begun is taken back. Returns
 * whether one failed. */
static bool live_until_memory_ends(Life *l, Store *s, unsigned allocations)
{
        char *before = life_describe(l, s);
        int r = 0;

        assert_int_equal(store_mark(s), 0);
        fails_in = allocations;
        for (unsigned i = 0; r == 0 && i < 40; i++)
                r = MIN(life_try(l, s), 0);
        assert_int_equal(r, fails_in == 0 ? -ENOMEM : 0);
        fails_in = 0;
        assert_int_equal(store_undo(s), 0);
        expect_same(l, s, before);
        return r < 0;
}

/* Of what another has changed is read as much as there is memory for: all of it, or later. */
static void read_again_without_memory(const Life *l, Store *other, unsigned allocations)
{
        int r;

        fails_in = allocations;
        r = store_begin(other);
        assert_int_equal(r, fails_in == 0 ? -ENOMEM : 0);
        fails_in = 0;
        if (r < 0)
                assert_int_equal(store_begin(other), 0);
        store_rollback(other);
}

static void without_memory_nothing_happens(void **state)
{
        Life l = {.last_group = 0};
        unsigned failed = 0;
        Store *s, *other;
        File f;

        chance_seed(&l.chance, 9);
        file_begin(&f, NULL);
        s = file_open(&f);
        other = file_open(&f);
        for (unsigned i = 0; i < BATCHES * 2; i++) {
                assert_int_equal(store_begin(s), 0);
                live_in_parts(&l, s);
                failed += live_until_memory_ends(&l, s, 1 + chance_below(&l.chance, 30));
                live_in_parts(&l, s);
                assert_int_equal(store_commit(s), 0);
                read_again_without_memory(&l, other, 1 + chance_below(&l.chance, 200));
                if (i % 10 == 0)
                        expect_others_see(&l, &f, s, other);
        }
        assert_in_range(failed, BATCHES, BATCHES * 2);
        (void)store_free(other);
        (void)store_free(s);
        file_end(&f);
}

static void write_something(Store *s)
{
        GroupRow g = {.route = "1", .phase = GROUP_GATHERING, .expires_ms = UINT32_MAX};

        assert_int_equal(store_group_add(s, &g), 0);
}

/* The server ends our connection before the commit; over the next one memory is as it was. */
static void a_lost_connection_undoes_memory(void **state)
{
        Life l = {.last_group = 0};
        Store *s;
        char *before;
        File f;

        chance_seed(&l.chance, 6);
        file_begin(&f, *state);
        s = file_open(&f);
        for (unsigned i = 0; i < 20; i++) {
                before = life_describe(&l, s);
                assert_int_equal(store_begin(s), 0);
                live_in_parts(&l, s);
                write_something(s);
                (void)postgres_run(f.server, "SELECT count(pg_terminate_backend(pid, 10000))"
                                             " FROM pg_stat_activity WHERE application_name ="
                                             " 'huddle-cloud'");
                assert_true(store_commit(s) < 0);
                while (store_begin(s) == -ENOTCONN)
                        ;
                expect_same(&l, s, before);
                live_in_parts(&l, s);
                assert_int_equal(store_commit(s), 0);
        }
        (void)store_free(s);
        file_end(&f);
}

/* Waits for a commit that waits for a standby, and ends its connection: it is done, but nobody is
 * told. */
static pid_t lose_the_answer(const Postgres *p)
{
        pid_t child = fork();

        assert_true(child >= 0);
        if (child > 0)
                return child;
        while (postgres_end_waiting(p) == 0)
                ;
        (void)postgres_run(p, "ALTER SYSTEM RESET synchronous_standby_names");
        (void)postgres_run(p, "SELECT pg_reload_conf()");
        _exit(0);
}

static void a_lost_commit_is_looked_up(void **state)
{
        Life l = {.last_group = 0};
        Store *s, *fresh;
        pid_t child;
        int status;
        File f;

        chance_seed(&l.chance, 8);
        file_begin(&f, *state);
        s = file_open(&f);
        assert_int_equal(store_begin(s), 0);
        for (unsigned i = 0; i < 50; i++)
                life_step(&l, s);
        write_something(s);
        postgres_expect_nobody(f.server);
        child = lose_the_answer(f.server);
        assert_int_equal(store_commit(s), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        fresh = file_open(&f);
        expect_same(&l, fresh, life_describe(&l, s));
        (void)store_free(fresh);
        (void)store_free(s);
        file_end(&f);
}

/* As where a table cannot grow: the cloud has to know why, to wait for room. */
static void the_reason_of_a_failed_commit_is_told(void **state)
{
        Store *s;
        File f;

        file_begin(&f, *state);
        s = file_open(&f);
        (void)postgres_run(f.server,
                           "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
                           " $$BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END$$;"
                           "CREATE TRIGGER no_room BEFORE INSERT ON change"
                           " EXECUTE FUNCTION no_room()");
        assert_int_equal(store_begin(s), 0);
        write_something(s);
        assert_int_equal(store_commit(s), -ENOSPC);
        (void)postgres_run(f.server, "DROP TRIGGER no_room ON change");
        while (store_begin(s) == -ENOTCONN)
                ;
        write_something(s);
        assert_int_equal(store_commit(s), 0);
        (void)store_free(s);
        file_end(&f);
}

/* As a node that is stopped in the middle of a batch: another goes on, and its batch is undone. */
static void who_stops_loses_its_turn(void **state)
{
        Life l = {.last_group = 0};
        Store *s, *other;
        char *before;
        File f;

        chance_seed(&l.chance, 7);
        file_begin(&f, *state);
        s = file_open(&f);
        other = file_open(&f);
        assert_int_equal(store_begin(s), 0);
        for (unsigned i = 0; i < 50; i++)
                life_step(&l, s);
        assert_int_equal(store_begin(other), 0);
        for (unsigned i = 0; i < 50; i++)
                life_step(&l, other);
        assert_int_equal(store_commit(other), 0);
        before = life_describe(&l, other);
        assert_true(store_commit(s) < 0);
        while (store_begin(s) == -ENOTCONN)
                ;
        expect_same(&l, s, before);
        store_rollback(s);
        (void)store_free(s);
        (void)store_free(other);
        file_end(&f);
}

/* More than libpq keeps back: a part of it is sent at once. */
static void write_much(Store *s)
{
        static const uint8_t bytes[100000];
        PieceRow piece = {.part = 1, .total = sizeof bytes, .bytes = bytes, .len = sizeof bytes};

        assert_int_equal(store_piece_put(s, 1, &piece), 0);
}

/* As a node that is stopped in the middle of what it sends, when no time of the server's runs. */
static void who_stops_sending_loses_its_turn(void **state)
{
        Store *s, *other;
        unsigned tries = 0;
        File f;
        int r;

        file_begin(&f, *state);
        s = file_open(&f);
        other = file_open(&f);
        assert_int_equal(store_begin(s), 0);
        write_much(s);
        while ((r = store_begin(other)) == -EBUSY || r == -ENOTCONN)
                assert_true(r == -ENOTCONN || ++tries < 4);
        assert_int_equal(r, 0);
        assert_int_not_equal(tries, 0);
        write_something(other);
        assert_int_equal(store_commit(other), 0);
        assert_true(store_commit(s) < 0);
        (void)store_free(s);
        (void)store_free(other);
        file_end(&f);
}

/* A store of a million rows: a table takes longer than a statement of a batch may. */
static void much_is_loaded(void **state)
{
        Store *s;
        File f;

        file_begin(&f, *state);
        s = file_open(&f);
        (void)store_free(s);
        (void)postgres_run(&postgres, "ALTER TABLE tie RENAME TO ties;"
                                      "CREATE VIEW tie AS SELECT a, b FROM ties"
                                      " UNION ALL SELECT 0::bigint, 0::bigint"
                                      " WHERE pg_sleep(6) IS NULL;"
                                      "SELECT 0");
        s = file_open(&f);
        assert_int_equal(store_begin(s), 0);
        write_something(s);
        assert_int_equal(store_commit(s), 0);
        (void)store_free(s);
        file_end(&f);
}

static void a_database_of_version_1_gains_the_rest(void **state)
{
        Store *s;
        File f;

        file_begin(&f, *state);
        s = file_open(&f);
        assert_int_equal(store_begin(s), 0);
        write_something(s);
        assert_int_equal(store_commit(s), 0);
        (void)store_free(s);
        (void)postgres_run(&postgres, "ALTER TABLE grp DROP COLUMN window_end_ms;"
                                      "UPDATE working_set SET version = 1; SELECT 0");
        s = file_open(&f);
        (void)store_free(s);
        assert_true(postgres_run(&postgres, "SELECT count(*) FROM grp WHERE window_end_ms = 0") >
                    0);
        file_end(&f);
}

static void a_password_is_not_echoed(void **state)
{
        static const struct {
                const char *conninfo, *reason;
                int r;
        } rows[] = {
                {"dbname=huddle passfile=/etc/pgpass", "", 0},
                {"dbname=huddle password=hunter2", "passfile", -EPERM},
                {"dbname=huddle sslpassword=hunter2", "passfile", -EPERM},
                {"password=x hunter2 dbname=huddle", "libpq", -EINVAL},
                {"postgresql://huddle:pa%zzhunter2@h/db", "libpq", -EINVAL},
                {"dbnam=huddle", "dbnam", -EINVAL},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                char reason[256] = "";

                assert_int_equal(pg_check(rows[i].conninfo, reason, sizeof reason), rows[i].r);
                assert_non_null(strstr(reason, rows[i].reason));
                assert_null(strstr(reason, "hunter2"));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_index_is_in_order),
                cmocka_unit_test(an_index_is_never_deep),
                cmocka_unit_test(memory_is_what_the_file_says),
                cmocka_unit_test(processes_take_turns),
                cmocka_unit_test(a_failed_commit_undoes_memory),
                cmocka_unit_test(without_memory_nothing_happens),
                cmocka_unit_test(a_password_is_not_echoed),
        };
        const struct CMUnitTest tests_of_postgres[] = {
                cmocka_unit_test_prestate(memory_is_what_the_file_says, &postgres),
                cmocka_unit_test_prestate(processes_take_turns, &postgres),
                cmocka_unit_test_prestate(a_lost_connection_undoes_memory, &postgres),
                cmocka_unit_test_prestate(a_lost_commit_is_looked_up, &postgres),
                cmocka_unit_test_prestate(the_reason_of_a_failed_commit_is_told, &postgres),
                cmocka_unit_test_prestate(who_stops_loses_its_turn, &postgres),
                cmocka_unit_test_prestate(who_stops_sending_loses_its_turn, &postgres),
                cmocka_unit_test_prestate(much_is_loaded, &postgres),
                cmocka_unit_test_prestate(a_database_of_version_1_gains_the_rest, &postgres),
        };
        int failed;

        (void)signal(SIGXFSZ, SIG_IGN);
        failed = sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
        if (!postgres_is_there())
                return failed ? failed : postgres_skip();
        return failed +
               cmocka_run_group_tests(tests_of_postgres, postgres_set_up, postgres_tear_down);
}
