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

/* ---- rows that are written or looked for though they are damaged ---- */

static int64_t number_in(const Damaged *d, const char *sql)
{
        sqlite3_stmt *stmt;
        int64_t n;
        sqlite3 *db;

        assert_int_equal(sqlite3_open(d->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        n = sqlite3_column_int64(stmt, 0);
        (void)sqlite3_finalize(stmt);
        (void)sqlite3_close(db);
        return n;
}

/* A group, 1, of one member, 1, who has posted, opened and heard something. */
static Store *damaged_begin_full(Damaged *d)
{
        MessageRow m = {.to_all = true, .kind = 1, .body_len = 3};
        Sighting heard = {.token = {{1}}};
        MemberOpening o = {.nonce = {{1}}};
        Store *s;

        damaged_begin(d);
        s = d->cloud.store;
        join(&d->t[0], "1111");
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_message_add(s, 1, &m, true), 0);
        assert_int_equal(store_opening_put(s, 1, &o, 1), 0);
        assert_int_equal(store_heard_set(s, 1, &heard, 1), 0);
        assert_int_equal(store_commit(s), 0);
        return s;
}

/* Else bytes that are none of theirs would be written, and they would seem to be sound. */
static void what_stays_stays_as_it_is(void **state)
{
        Damaged d;
        Store *s = damaged_begin_full(&d);

        damage(&d, "UPDATE message SET body = zeroblob(5000)");
        damage(&d, "UPDATE opening SET nonce = x'00'");
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_mark(s), 0);
        assert_int_equal(store_group_delete(s, 1), 0);
        assert_int_equal(store_undo(s), 0);
        assert_int_equal(store_commit(s), 0);
        assert_int_equal(number_in(&d, "SELECT body = zeroblob(5000) FROM message"), 1);
        assert_int_equal(number_in(&d, "SELECT nonce = x'00' FROM opening"), 1);
        damaged_end(&d);
}

static void what_goes_goes(void **state)
{
        Damaged d;
        Store *s = damaged_begin_full(&d);

        damage(&d, "UPDATE message SET body = zeroblob(5000)");
        damage(&d, "UPDATE opening SET nonce = x'00'");
        damage(&d, "UPDATE heard SET token = x'00'");
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_group_delete(s, 1), 0);
        assert_int_equal(store_commit(s), 0);
        assert_int_equal(number_in(&d, "SELECT count(*) FROM message"), 0);
        assert_int_equal(number_in(&d, "SELECT count(*) FROM opening"), 0);
        assert_int_equal(number_in(&d, "SELECT count(*) FROM heard"), 0);
        damaged_end(&d);
}

/* The largest number there is, taken without a sign: what comes behind it is not what is first. */
static void a_walk_ends_at_the_last_number(void **state)
{
        static const Id from = {{0}};
        Damaged d;
        Store *s = damaged_begin_full(&d);
        uint32_t n;

        damage(&d, "UPDATE message SET id = -1");
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_card_key_given(s, 1, &from), STORE_E_NOT_FOUND);
        store_rollback(s);
        damage(&d, "UPDATE message SET grp = -1");
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_span_to_all(s, -1, &n), 0);
        assert_int_equal(n, 1);
        store_rollback(s);
        damaged_end(&d);
}

static void a_number_is_given_once(void **state)
{
        Damaged d;
        Store *s = damaged_begin_full(&d);
        MessageRow m = {.to_all = true, .kind = 2};

        damage(&d, "UPDATE working_set SET grp = 0, member = 0, message = 0");
        join(&d.t[1], "2222");
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_message_add(s, 2, &m, true), 0);
        assert_int_equal(m.id, 2);
        assert_int_equal(store_commit(s), 0);
        assert_int_equal(number_in(&d, "SELECT max(id) FROM grp"), 2);
        assert_int_equal(number_in(&d, "SELECT max(id) FROM member"), 2);
        damaged_end(&d);
}

enum { PATIENCE_S = 120 };

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(other_groups_close),
                cmocka_unit_test(a_mended_group_closes),
                cmocka_unit_test(other_parties_look_around),
                cmocka_unit_test(a_neighbour_closes),
                cmocka_unit_test(what_stays_stays_as_it_is),
                cmocka_unit_test(what_goes_goes),
                cmocka_unit_test(a_walk_ends_at_the_last_number),
                cmocka_unit_test(a_number_is_given_once),
        };

        (void)alarm(PATIENCE_S); /* a walk that does not end ends here */
        log_set_level(LOG_CRIT); /* each fault is an error that the cloud tells */
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
