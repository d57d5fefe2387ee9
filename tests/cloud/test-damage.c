/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-damage.c - one damaged row in the file of the store: what is beside it goes on */
#include "fixture.h"

#include "src/base/log.h"
#include "cloud/store/store.h"

#include <sqlite3.h>

typedef struct Damaged {
        Cloud cloud;
        char folder[32], path[48];
        Terminal t[4];
} Damaged;

static void damaged_begin(Damaged *d)
{
        Store *s;

        memset(d, 0, sizeof *d);
        strcpy(d->folder, "/tmp/huddle-damage.XXXXXX");
        assert_non_null(mkdtemp(d->folder));
        (void)snprintf(d->path, sizeof d->path, "%s/db", d->folder);
        assert_int_equal(store_sqlite_open(&s, d->path), 0);
        cloud_begin(&d->cloud, s);
        for (unsigned i = 0; i < ARRAY_LEN(d->t); i++) {
                char handle[16];

                (void)snprintf(handle, sizeof handle, "person %u", i);
                terminal_ready_made(&d->t[i], &d->cloud, handle);
        }
}

static void damaged_end(Damaged *d)
{
        static const char *const ends[] = {"", "-wal", "-shm"};
        char path[64];

        cloud_end(&d->cloud);
        for (unsigned i = 0; i < ARRAY_LEN(ends); i++) {
                (void)snprintf(path, sizeof path, "%s%s", d->path, ends[i]);
                (void)unlink(path);
        }
        (void)rmdir(d->folder);
}

/* As a disk would that loses bytes, or a hand that writes where it should not. The cloud reads its
 * groups again when another process has changed them. */
static void damage(Damaged *d, const char *sql)
{
        sqlite3 *db;

        assert_int_equal(sqlite3_open(d->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_changes(db), 1);
        assert_int_equal(sqlite3_exec(db, "UPDATE working_set SET generation = generation + 1",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        (void)sqlite3_close(db);
}

/* -1: unavailable. */
static int phase_of(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbWatch q = PB_WATCH_INIT;
        WireResponse *w;
        int phase;

        q.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &q;
        w = terminal_call(t, &request);
        phase = w->status == OK ? (int)w->watched->phase : -1;
        (void)wire_response_free(w);
        return phase;
}

static void join(Terminal *t, const char *route)
{
        PbJoinVerdict verdict;

        assert_int_equal(terminal_join(t, route, &verdict), OK);
}

/* The first group that is due cannot be read: the others close, now and later. */
static void other_groups_close(void **state)
{
        Damaged d;

        damaged_begin(&d);
        for (unsigned i = 0; i < 3; i++)
                join(&d.t[i], (const char *[]){"1111", "2222", "3333"}[i]);
        damage(&d, "UPDATE grp SET opener = x'00' WHERE route = '1111'");
        step_clock_advance(d.cloud.clock, 61 * 1000);
        assert_int_equal(phase_of(&d.t[1]), PB_PHASE_ALONE);
        assert_int_equal(phase_of(&d.t[2]), PB_PHASE_ALONE);
        assert_int_equal(api_metrics(d.cloud.api)->failed_batches, 0);
        assert_int_equal(api_metrics(d.cloud.api)->failed_parts, 1);
        terminal_press(&d.t[3]);
        join(&d.t[3], "4444");
        step_clock_advance(d.cloud.clock, 61 * 1000);
        assert_int_equal(phase_of(&d.t[3]), PB_PHASE_ALONE);
        assert_int_equal(api_metrics(d.cloud.api)->failed_parts, 1); /* it is put aside */
        damaged_end(&d);
}

/* It is tried again later: where somebody has mended it, it closes. */
static void a_mended_group_closes(void **state)
{
        Damaged d;

        damaged_begin(&d);
        join(&d.t[0], "1111");
        damage(&d, "UPDATE grp SET opener = CAST(x'00' || opener AS BLOB)");
        step_clock_advance(d.cloud.clock, 61 * 1000);
        assert_int_equal(phase_of(&d.t[0]), -1);
        damage(&d, "UPDATE grp SET opener = substr(opener, 2)");
        step_clock_advance(d.cloud.clock, 3600 * 1000);
        assert_int_equal(phase_of(&d.t[0]), PB_PHASE_ALONE);
        damaged_end(&d);
}

/* Nor does a party that cannot be read stop others from looking around. */
static void other_parties_look_around(void **state)
{
        Damaged d;
        GroupRow g;

        damaged_begin(&d);
        for (unsigned i = 0; i < 2; i++)
                join(&d.t[i], (const char *[]){"1111", "2222"}[i]);
        damage(&d, "UPDATE grp SET look_ms = 1, party = 1, opener = x'00' WHERE route = '1111'");
        damage(&d, "UPDATE grp SET look_ms = 1, party = 1 WHERE route = '2222'");
        join(&d.t[2], "3333"); /* the cloud asks the store what is due */
        step_clock_advance(d.cloud.clock, 1000);
        assert_int_equal(store_group_get(d.cloud.store, 2, &g), 0);
        assert_in_range(g.look_ms, 2, UINT32_MAX);
        step_clock_advance(d.cloud.clock, 30 * 1000);
        assert_int_equal(api_metrics(d.cloud.api)->failed_parts, 1); /* it is put aside */
        assert_int_equal(api_metrics(d.cloud.api)->failed_batches, 0);
        damaged_end(&d);
}

/* A member that cannot be read is nobody's neighbour; only its own group waits. */
static void a_neighbour_closes(void **state)
{
        Damaged d;

        damaged_begin(&d);
        join(&d.t[0], "1111");
        damage(&d, "UPDATE member SET commitment = x'00' WHERE route = '1111'");
        join(&d.t[1], "1111");
        step_clock_advance(d.cloud.clock, 61 * 1000);
        assert_int_equal(phase_of(&d.t[1]), PB_PHASE_ALONE);
        assert_int_equal(phase_of(&d.t[0]), -1);
        damaged_end(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(other_groups_close),
                cmocka_unit_test(a_mended_group_closes),
                cmocka_unit_test(other_parties_look_around),
                cmocka_unit_test(a_neighbour_closes),
        };

        log_set_level(LOG_CRIT); /* each fault is an error that the cloud tells */
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
