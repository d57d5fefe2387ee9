/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A carrier of the envelopes can keep them, send them again, cut them short and alter them:
 * whatever of that the cloud gets changes nothing in its store.
 */
#include "world.h"

#include "src/base/log.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { PEOPLE = 3, WINDOW_S = 10, VETO_MS = 5000, ENVELOPES_MAX = 1000 };

/* ---- what a carrier keeps ---- */

static struct {
        uint8_t *bytes;
        size_t len;
} kept[ENVELOPES_MAX];
static size_t n_kept;

static void keep(void *userdata, int number, const uint8_t *request, size_t n_request,
                 uint8_t **answer, size_t *n_answer)
{
        assert_true(n_kept < ENVELOPES_MAX);
        kept[n_kept].bytes = malloc(n_request);
        assert_non_null(kept[n_kept].bytes);
        memcpy(kept[n_kept].bytes, request, n_request);
        kept[n_kept++].len = n_request;
}

static void forget(void)
{
        while (n_kept > 0)
                free(kept[--n_kept].bytes);
}

/* ---- all that is in a store, as one digest ---- */

static void digest_rows(crypto_generichash_state *state, sqlite3 *db, const char *table)
{
        sqlite3_stmt *q;
        char sql[128];

        (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", table);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
        while (sqlite3_step(q) == SQLITE_ROW)
                for (int i = 0; i < sqlite3_column_count(q); i++) {
                        const void *value = sqlite3_column_blob(q, i);
                        int len = sqlite3_column_bytes(q, i);

                        (void)crypto_generichash_update(state, (const uint8_t *)&len, sizeof len);
                        (void)crypto_generichash_update(state, value, (size_t)len);
                }
        assert_int_equal(sqlite3_finalize(q), SQLITE_OK);
}

static void digest_store(Bytes32 *ret, const char *path)
{
        crypto_generichash_state state;
        sqlite3_stmt *tables;
        unsigned n = 0;
        sqlite3 *db;

        (void)crypto_generichash_init(&state, NULL, 0, sizeof *ret);
        assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        assert_int_equal(
                sqlite3_prepare_v2(db,
                                   "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1",
                                   -1, &tables, NULL),
                SQLITE_OK);
        for (; sqlite3_step(tables) == SQLITE_ROW; n++)
                digest_rows(&state, db, (const char *)sqlite3_column_text(tables, 0));
        assert_true(n > 5);
        (void)sqlite3_finalize(tables);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        (void)crypto_generichash_final(&state, ret->b, sizeof *ret);
}

/* ---- what is done with them ---- */

static void ignore_answer(void *userdata, int result, uint8_t *sealed, size_t len)
{
        free(sealed);
}

static void send_whole(World *w, const uint8_t *bytes, size_t len)
{
        assert_int_equal(api_handle(w->nodes[0].api, API_DIRECT, bytes, len, ignore_answer, NULL),
                         0);
}

static void send_cut_short(World *w, const uint8_t *bytes, size_t len)
{
        for (size_t n = 0; n < len; n += len / 20)
                assert_int_not_equal(
                        api_handle(w->nodes[0].api, API_DIRECT, bytes, n, ignore_answer, NULL), 0);
}

static void send_bent(World *w, const uint8_t *bytes, size_t len)
{
        uint8_t *bent = malloc(len);

        assert_non_null(bent);
        for (size_t bit = 0; bit < 8 * len; bit += 8 * len / 40 + 1) {
                memcpy(bent, bytes, len);
                bent[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_not_equal(
                        api_handle(w->nodes[0].api, API_DIRECT, bent, len, ignore_answer, NULL), 0);
        }
        free(bent);
}

static const struct {
        const char *name;
        void (*send)(World *w, const uint8_t *bytes, size_t len);
        bool backwards; /* the last first */
} abuses[] = {
        {"again", send_whole, false},
        {"again, the last first", send_whole, true},
        {"cut short", send_cut_short, false},
        {"a bit flipped", send_bent, false},
};

static void check_abuse(World *w, size_t row)
{
        Bytes32 before, after;

        api_flush(w->nodes[0].api); /* it may have begun something by itself */
        digest_store(&before, w->path);
        for (size_t i = 0; i < n_kept; i++) {
                size_t at = abuses[row].backwards ? n_kept - 1 - i : i;

                abuses[row].send(w, kept[at].bytes, kept[at].len);
        }
        api_flush(w->nodes[0].api);
        digest_store(&after, w->path);
        if (!bytes32_equal(&before, &after))
                fail_msg("%s: the store has changed", abuses[row].name);
}

/* From one to the next: gathering, releasing, delivered, at rest, and everything of the group
 * expired. */
static const uint64_t stages_ms[] = {6 * 1000, 12 * 1000, 18 * 1000, 24 * 1000,
                                     UINT64_C(9) * 24 * 3600 * 1000};

static void nothing_changes(void **state)
{
        char path[] = "/tmp/huddle-replay.XXXXXX";
        int fd = mkstemp(path);
        SimPress *p[PEOPLE];
        Bytes32 first, last;
        World *w;

        assert_true(fd >= 0);
        fixed_random("replay");
        assert_int_equal(world_new(&w, 1, PEOPLE, path), 0);
        digest_store(&first, path);
        net_set_meddler(w->net, keep, NULL);
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(
                        world_press(w, i, 0, 0, "4821 tiger maple", WINDOW_S, VETO_MS, &p[i]), 0);
        for (size_t s = 0; s < ARRAY_LEN(stages_ms); s++) {
                world_run(w, stages_ms[s]);
                net_set_meddler(w->net, NULL, NULL);
                for (size_t i = 0; i < ARRAY_LEN(abuses); i++)
                        check_abuse(w, i);
                net_set_meddler(w->net, keep, NULL);
        }
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
        digest_store(&last, path);
        assert_false(bytes32_equal(&first, &last)); /* the digest sees changes */
        world_free(w);
        forget();
        (void)close(fd);
        (void)unlink(path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_changes),
        };

        log_set_level(LOG_CRIT);
        log_open("test-replay");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
