/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-migrate.c - a store moves from its file to PostgreSQL and back, whole or not at all */
#include "postgres.h"
#include "server.h"
#include "store-life.h"

#include <ftw.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { BATCHES = 60, STEPS = 8, MANY = 300, LOOK_MS = 10 };

/* ---- where the file is ---- */

typedef struct Place {
        char folder[80], file[96], config[96];
} Place;

static void write_config(const Place *p, const char *lines)
{
        FILE *f = fopen(p->config, "we");

        assert_non_null(f);
        (void)fputs(lines, f);
        assert_int_equal(fclose(f), 0);
}

static void place_begin(Place *p)
{
        char lines[POSTGRES_CONNINFO];

        strcpy(p->folder, "/tmp/huddle-migrate.XXXXXX");
        assert_non_null(mkdtemp(p->folder));
        (void)snprintf(p->file, sizeof p->file, "%s/cloud.db", p->folder);
        (void)snprintf(p->config, sizeof p->config, "%s/conf", p->folder);
        postgres_config(&postgres, NULL, lines);
        write_config(p, lines);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
        return remove(path);
}

static void place_end(const Place *p)
{
        (void)nftw(p->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the program ---- */

static pid_t spawn_migrate(const Place *p, const char *to)
{
        const char *top = getenv("top_builddir");
        char path[512];
        pid_t pid;

        (void)snprintf(path, sizeof path, "%s/huddle-cloud", top ? top : ".");
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void)execl(path, path, "--state", p->folder, "--config", p->config, "migrate", to,
                            NULL);
                _exit(127);
        }
        return pid;
}

static void expect_migrate(const Place *p, const char *to, int status)
{
        pid_t pid = spawn_migrate(p, to);
        int found;

        assert_int_equal(waitpid(pid, &found, 0), pid);
        assert_true(WIFEXITED(found));
        assert_int_equal(WEXITSTATUS(found), status);
}

/* ---- what is in a file ---- */

static sqlite3 *file_open(const Place *p)
{
        sqlite3 *db;

        assert_int_equal(sqlite3_open(p->file, &db), SQLITE_OK);
        return db;
}

static void file_run(const Place *p, const char *sql)
{
        sqlite3 *db = file_open(p);
        char *why = NULL;

        if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
                fail_msg("%s", why);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void dump_value(FILE *out, sqlite3_stmt *row, int column)
{
        const uint8_t *bytes;

        fprintf(out, " %d:", sqlite3_column_type(row, column));
        if (sqlite3_column_type(row, column) == SQLITE_INTEGER) {
                fprintf(out, "%lld", sqlite3_column_int64(row, column));
                return;
        }
        bytes = sqlite3_column_blob(row, column);
        for (int i = 0; i < sqlite3_column_bytes(row, column); i++)
                fprintf(out, "%02x", bytes[i]);
}

/* Returns how many rows. */
static unsigned dump_table(FILE *out, sqlite3 *db, const char *name)
{
        sqlite3_stmt *rows;
        char sql[128];
        unsigned n = 0;

        (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY 1, 2", name);
        if (strcmp(name, "working_set") == 0)
                strcpy(sql,
                       "SELECT grp, member, message FROM working_set");  /* not its generation */
        if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK) { /* of one column */
                (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY 1", name);
                assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
        }
        for (; sqlite3_step(rows) == SQLITE_ROW; n++) {
                fprintf(out, "%s", name);
                for (int i = 0; i < sqlite3_column_count(rows); i++)
                        dump_value(out, rows, i);
                (void)fputc('\n', out);
        }
        assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
        return n;
}

/* All rows of all tables that there are, and what the accounts' numbers have come to; owned by the
 * caller. whole: each table has a row, else what is forgotten would not be missed. */
static char *dump(const Place *p, bool whole)
{
        sqlite3 *db = file_open(p);
        sqlite3_stmt *tables;
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        assert_int_equal(sqlite3_prepare_v2(db,
                                            "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                            " ORDER BY name",
                                            -1, &tables, NULL),
                         SQLITE_OK);
        while (sqlite3_step(tables) == SQLITE_ROW) {
                const char *name = (const char *)sqlite3_column_text(tables, 0);

                if (dump_table(out, db, name) == 0 && whole)
                        fail_msg("no row in %s", name);
        }
        (void)sqlite3_finalize(tables);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void expect_empty(const Place *p)
{
        char *text = dump(p, false);

        assert_null(strstr(text, "account"));
        assert_null(strstr(text, "member"));
        free(text);
}

/* Takes both. */
static void expect_equal(char *a, char *b)
{
        size_t at = 0;

        while (a[at] && a[at] == b[at])
                at++;
        if (a[at] != b[at]) {
                while (at > 0 && a[at - 1] != '\n')
                        at--;
                fail_msg("%.200s\n--- is not ---\n%.200s", a + at, b + at);
        }
        free(a);
        free(b);
}

/* ---- a store with something of everything ---- */

/* Values at the ends of what they can be, and each NULL that there is. The numbers of accounts are
 * ahead of what is left of them. */
static const char something_of_everything[] =
        "INSERT INTO account SELECT 7 + value, randomblob(32), 'x' || value || '@例子', value & 1,"
        "  3, 1000000, value, iif(value & 1, 0, 99) FROM generated;"
        "DELETE FROM account WHERE id > 250;"
        "INSERT INTO code VALUES (8, randomblob(32), 9223372036854775807, 2);"
        "INSERT INTO profile VALUES (9, 1, randomblob(40000)), (10, 2, x'');"
        "INSERT INTO leaving VALUES (11);"
        "INSERT INTO spent SELECT randomblob(16), value FROM generated;"
        "INSERT INTO grp VALUES (100001, '22', 3, 1, 2, 9223372036854775807, 4, 5, randomblob(16),"
        "  6, 7, 8, 9, 10, 1, 2, 11, 12, 1);"
        "INSERT INTO member VALUES (100001, 100001, 7, randomblob(16), randomblob(32), '22', NULL,"
        "  NULL, NULL, NULL, 1, 2, 3, 4294967295, 1, 0, 1, 0, 1, 1, 2, 0, 1, 4294967295),"
        " (100002, 100001, 8, randomblob(16), randomblob(32), '', -900000000, 1800000000, 0,"
        "  x'0000000000000001', 1, 2, 3, 4, 1, 0, 1, 0, 1, 1, 2, 1, 1, 1);"
        "INSERT INTO heard VALUES (100002, 0, x'ff00000000000000', 1, -128, 4294967295, "
        "2147483648),"
        " (100002, 1, x'0102030405060708', 2, 127, 0, 1);"
        "INSERT INTO near VALUES (100002, 1), (100002, 1099511627776);"
        "INSERT INTO opening VALUES (100001, randomblob(32), randomblob(32), randomblob(32),"
        "  randomblob(32), randomblob(32));"
        "INSERT INTO message VALUES (100001, 100001, randomblob(16), x'', 1, 2, x'',"
        "  randomblob(64), NULL), (100002, 100001, randomblob(16), randomblob(16), 3, 4,"
        "  randomblob(512), randomblob(64), randomblob(8));"
        "INSERT INTO admission VALUES (100001, 1, 0), (100001, 2, 1);"
        "INSERT INTO tie VALUES (100001, 100002);"
        "INSERT INTO evidence_left VALUES (100001);"
        "INSERT INTO past VALUES (100001, randomblob(8), 77);"
        "INSERT INTO piece SELECT (100000 << 20) + value, 65536, randomblob(32768) FROM generated;"
        "INSERT INTO plan VALUES (100001, randomblob(100));"
        "INSERT INTO roster VALUES (100001, '123456', randomblob(1000), randomblob(64));"
        "INSERT INTO record VALUES (3, '123456', 100001, 'abc', 5), (4, '123457', NULL, '', 6);"
        "INSERT INTO escrow VALUES (5, '123456', 100001, randomblob(32), 6, 0, randomblob(80)),"
        " (6, '123456', 0, randomblob(32), 6, 1, NULL);"
        "INSERT INTO revoking VALUES ('123456');"
        "INSERT INTO fetch VALUES (9, '123456', randomblob(32), 7, randomblob(32)),"
        " (10, '123457', randomblob(32), 8, NULL);"
        "INSERT INTO tries VALUES ('number', 1, 2, 3, x'00ff', 4), ('other', 1, 2, 3, x'', 4);"
        "UPDATE working_set SET grp = 100009, member = 100008, message = 100007;"
        "DROP TABLE generated;";

static void fill(const Place *p, Life *l)
{
        char generated[256];
        Store *s;

        chance_seed(&l->chance, 7);
        assert_int_equal(store_sqlite_open(&s, p->file), 0);
        for (unsigned i = 0; i < BATCHES; i++) {
                assert_int_equal(store_begin(s), 0);
                for (unsigned step = 0; step < STEPS; step++)
                        life_step(l, s);
                assert_int_equal(store_commit(s), 0);
        }
        (void)store_free(s);
        (void)snprintf(generated, sizeof generated,
                       "CREATE TABLE generated AS WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL"
                       " SELECT value + 1 FROM c WHERE value < %d) SELECT value FROM c",
                       MANY);
        file_run(p, generated);
        file_run(p, something_of_everything);
}

static Store *open_server(void)
{
        char conninfo[POSTGRES_CONNINFO];
        Store *s;

        postgres_conninfo(&postgres, NULL, conninfo);
        assert_int_equal(store_postgres_open(&s, conninfo), 0);
        return s;
}

/* Tables that PostgreSQL has and no row came into; -1: more than that of the nodes' news. */
static void expect_all_tables_filled(void)
{
        (void)postgres_run(&postgres, "ANALYZE");
        assert_int_equal(postgres_run(&postgres, "SELECT count(*) FROM pg_class WHERE relkind = 'r'"
                                                 " AND relnamespace = 'public'::regnamespace"
                                                 " AND reltuples = 0 AND relname <> 'change'"),
                         0);
}

/* What each store tells of itself, and the next numbers that it gives. */
static void expect_same_life(const Place *p, const Life *l)
{
        GroupRow g = {.route = "1", .phase = GROUP_GATHERING, .expires_ms = 1};
        AccountRow a = {.handle = "new"};
        Store *file, *server = open_server();

        assert_int_equal(store_sqlite_open(&file, p->file), 0);
        expect_equal(life_describe(l, server), life_describe(l, file));
        assert_int_equal(store_begin(server), 0);
        assert_int_equal(store_group_add(server, &g), 0);
        assert_int_equal(g.id, 100010);
        assert_int_equal(store_account_add(server, &a), 0);
        assert_int_equal(a.id, 7 + MANY + 1);
        store_rollback(server);
        (void)store_free(server);
        (void)store_free(file);
}

static void there_and_back(void **state)
{
        Life l = {.last_group = 0};
        Place here, back;

        postgres_clear(&postgres);
        place_begin(&here);
        place_begin(&back);
        fill(&here, &l);
        expect_migrate(&here, "postgresql", 0);
        expect_all_tables_filled();
        expect_same_life(&here, &l);
        /* what was rolled back has taken a number nevertheless */
        assert_int_equal(postgres_run(&postgres, "SELECT setval('account_id_seq', 307)"), 307);
        expect_migrate(&back, "sqlite", 0);
        expect_equal(dump(&here, true), dump(&back, true));
        place_end(&here);
        place_end(&back);
}

/* ---- in the middle ---- */

/* As long as this connection is there, the last table cannot be written (lock SHARE), or not even
 * be read (ACCESS EXCLUSIVE). All before it have been copied when one comes to it. */
static PGconn *hold_the_last_table(const char *lock)
{
        char conninfo[POSTGRES_CONNINFO], sql[96];
        PGconn *conn;
        PGresult *result;

        postgres_conninfo(&postgres, NULL, conninfo);
        conn = PQconnectdb(conninfo);
        (void)snprintf(sql, sizeof sql, "BEGIN; LOCK TABLE tries IN %s MODE", lock);
        result = PQexec(conn, sql);
        assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
        PQclear(result);
        return conn;
}

static void wait_for(const char *what, long n)
{
        while (postgres_run(&postgres, what) != n)
                (void)poll(NULL, 0, LOOK_MS); /* the server tells nobody */
}

/* Until it waits for the table that is held, at which it gives up after a while; then it is killed.
 */
static void kill_in_the_middle(const Place *p, const char *to)
{
        pid_t pid = spawn_migrate(p, to);
        int status;

        while (waitpid(pid, &status, WNOHANG) == 0)
                if (postgres_run(&postgres, "SELECT count(*) FROM pg_locks WHERE NOT granted") > 0)
                        (void)kill(pid, SIGKILL);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == EXIT_FAILURE);
}

static void interrupt(const Place *p, const char *to, const char *lock)
{
        PGconn *held = hold_the_last_table(lock);

        kill_in_the_middle(p, to);
        PQfinish(held);
        wait_for("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'huddle-cloud'",
                 0);
}

/* Afterwards the target is empty, and can be filled. */
static void an_interruption_leaves_nothing(void **state)
{
        Life l = {.last_group = 0};
        Place here, back;
        char *before;

        postgres_clear(&postgres);
        (void)store_free(open_server());
        place_begin(&here);
        place_begin(&back);
        fill(&here, &l);
        before = dump(&here, true);
        interrupt(&here, "postgresql", "SHARE");
        assert_int_equal(postgres_run(&postgres, "SELECT count(*) FROM account"), 0);
        expect_migrate(&here, "postgresql", 0);
        expect_all_tables_filled();
        interrupt(&back, "sqlite", "ACCESS EXCLUSIVE");
        expect_empty(&back);
        expect_migrate(&back, "sqlite", 0);
        expect_equal(before, dump(&here, true));
        expect_equal(dump(&here, true), dump(&back, true));
        place_end(&here);
        place_end(&back);
}

/* ---- what is refused ---- */

static void only_an_empty_store_is_filled(void **state)
{
        Life l = {.last_group = 0};
        char *before;
        Place p;

        postgres_clear(&postgres);
        place_begin(&p);
        expect_migrate(&p, "postgresql", EXIT_FAILURE); /* there is no file */
        fill(&p, &l);
        (void)store_free(open_server());
        (void)postgres_run(&postgres, "INSERT INTO tries VALUES ('x', 1, 2, 3, '', 4)");
        expect_migrate(&p, "postgresql", EXIT_FAILURE);
        assert_int_equal(postgres_run(&postgres, "SELECT count(*) FROM account"), 0);
        before = dump(&p, true);
        expect_migrate(&p, "sqlite", EXIT_FAILURE);
        expect_equal(before, dump(&p, true));
        place_end(&p);
}

/* A node elsewhere holds PostgreSQL, one here the state directory. */
static void not_while_a_cloud_serves(void **state)
{
        char lines[POSTGRES_CONNINFO];
        Place p, state_of_node;
        Server node;

        postgres_clear(&postgres);
        postgres_config(&postgres, NULL, lines);
        server_begin(&node, lines);
        place_begin(&p);
        expect_migrate(&p, "sqlite", EXIT_FAILURE);
        assert_int_equal(server_stop(&node, SIGTERM), 0);
        expect_migrate(&p, "sqlite", 0);
        state_of_node = p;
        (void)snprintf(state_of_node.folder, sizeof state_of_node.folder, "%s/state", node.folder);
        server_start(&node);
        expect_migrate(&state_of_node, "sqlite", EXIT_FAILURE);
        place_end(&p);
        server_end(&node);
}

static void it_wants_to_know_where(void **state)
{
        Place p;

        place_begin(&p);
        expect_migrate(&p, "redis", 2);
        write_config(&p, "");
        expect_migrate(&p, "postgresql", EXIT_FAILURE);
        place_end(&p);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(there_and_back),
                cmocka_unit_test(an_interruption_leaves_nothing),
                cmocka_unit_test(only_an_empty_store_is_filled),
                cmocka_unit_test(not_while_a_cloud_serves),
                cmocka_unit_test(it_wants_to_know_where),
        };

        assert_true(sodium_init() >= 0);
        if (!postgres_is_there())
                return postgres_skip();
        return cmocka_run_group_tests(tests, postgres_set_up, postgres_tear_down);
}
