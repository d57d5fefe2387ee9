/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-shrink.c - the file of the store gives back what a crowd has left, a slice at a time */
#include "cloud/store/store.h"

#include "tests/unit/test.h"

#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

enum {
        CROWD = 100,
        BYTES = 100000, /* of each */
        STAY = 10,
        PAGE = 4096,
        SLICE = 65 * PAGE, /* one of them holds pointers to others */
        CALLS_MAX = 1000,
        NOW_MS = 1000,
};

static char folder[64], path[96];

static int begin(void **state)
{
        strcpy(folder, "/tmp/huddle-shrink-test.XXXXXX");
        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof path, "%s/cloud.db", folder);
        return 0;
}

static int end(void **state)
{
        char command[128];

        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        return system(command);
}

/* Of the file when nobody has it open: its log is in it then. */
static off_t file_size(void)
{
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        return st.st_size;
}

static void come(Store *s, int64_t *ids, unsigned n)
{
        static uint8_t bytes[BYTES];

        assert_int_equal(store_begin(s), 0);
        for (unsigned i = 0; i < n; i++) {
                AccountRow a = {.confirmed = true, .created_ms = NOW_MS};

                randombytes_buf(&a.key, sizeof a.key);
                (void)snprintf(a.handle, sizeof a.handle, "person %u", i);
                assert_int_equal(store_account_add(s, &a), 0);
                memset(bytes, (int)i + 1, sizeof bytes);
                assert_int_equal(store_profile_put(s, a.id, 1, bytes, sizeof bytes), 0);
                ids[i] = a.id;
        }
        assert_int_equal(store_commit(s), 0);
}

static void go(Store *s, const int64_t *ids, unsigned n)
{
        assert_int_equal(store_begin(s), 0);
        for (unsigned i = 0; i < n; i++) {
                assert_int_equal(store_account_delete(s, ids[i]), 0);
                assert_int_equal(store_account_left(s, ids[i]), 0);
        }
        assert_int_equal(store_commit(s), 0);
}

static uint64_t bytes_of(Store *s)
{
        StoreCounts n;

        assert_int_equal(store_count(s, &n), 0);
        return n.bytes;
}

static double now_ms(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Sweeps until there is no more to do. No turn takes more than a slice. Returns the turns. */
static unsigned sweep(Store *s)
{
        double begun, worst = 0;
        unsigned calls = 0;
        uint64_t before;
        bool more = true;

        for (; more && calls < CALLS_MAX; calls++) {
                before = bytes_of(s);
                assert_int_equal(store_begin(s), 0);
                begun = now_ms();
                assert_int_equal(store_expire(s, NOW_MS, 256, &more), 0);
                worst = MAX(worst, now_ms() - begun);
                assert_int_equal(store_commit(s), 0);
                assert_in_range(before - bytes_of(s), 0, SLICE);
        }
        print_message("%u turns, %.1f ms at most without the commit\n", calls, worst);
        return calls;
}

static void expect_cards(Store *s, const int64_t *ids, unsigned first, unsigned n)
{
        for (unsigned i = first; i < n; i++) {
                _cleanup_free_ uint8_t *bytes = NULL;
                uint64_t revision;
                size_t len;

                assert_int_equal(store_profile_get(s, ids[i], &revision, &bytes, &len), 0);
                assert_int_equal(len, BYTES);
                assert_int_equal(bytes[0], i + 1);
                assert_int_equal(bytes[len - 1], i + 1);
        }
}

static void a_file_shrinks_after_a_crowd(void **state)
{
        int64_t ids[CROWD];
        off_t full;
        Store *s;

        assert_int_equal(store_sqlite_open(&s, path), 0);
        come(s, ids, CROWD);
        (void)store_free(s);
        full = file_size();
        assert_in_range(full, CROWD * BYTES, 2 * CROWD * BYTES);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        assert_int_equal(sweep(s), 1); /* nothing is free */
        go(s, ids, CROWD - STAY);      /* the last stay: what they have moves */
        assert_in_range(sweep(s), 5, CALLS_MAX - 1);
        expect_cards(s, ids, CROWD - STAY, CROWD);
        (void)store_free(s);
        assert_in_range(file_size(), STAY * BYTES, full / 3);
        assert_int_equal(store_sqlite_verify(path), 0);
}

/* A file of before stays as large as it is, and works. */
static void an_older_file_stays(void **state)
{
        int64_t ids[CROWD];
        sqlite3 *db;
        Store *s;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), 0);
        (void)sqlite3_close(db);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        come(s, ids, CROWD);
        go(s, ids, CROWD - STAY);
        assert_int_equal(sweep(s), 1);
        expect_cards(s, ids, CROWD - STAY, CROWD);
        (void)store_free(s);
        assert_in_range(file_size(), CROWD * BYTES, 2 * CROWD * BYTES);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_file_shrinks_after_a_crowd, begin, end),
                cmocka_unit_test_setup_teardown(an_older_file_stays, begin, end),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
