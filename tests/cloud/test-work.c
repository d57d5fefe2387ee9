/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-work.c - what a request or a turn of the timers costs at most, whatever was deposited
 *
 * Counted in steps of the store (store_steps), not in time: a step is some ten nanoseconds.
 */
#include "fixture.h"

#include "cloud/api/batch.h"
#include "cloud/api/limits.h"

enum {
        STEPS_MAX = 150000, /* some milliseconds */
        MANY = 100,
};

typedef struct Work {
        Cloud cloud;
        uint64_t before, worst;
} Work;

static uint64_t end_step(Work *w)
{
        uint64_t now = store_steps(w->cloud.store), steps = now - w->before;

        w->before = now;
        w->worst = MAX(w->worst, steps);
        return steps;
}

static GroupRow add_group(Store *s, GroupPhase phase, uint64_t now_ms)
{
        GroupRow g = {
                .route = "4821",
                .phase = phase,
                .opened_ms = now_ms,
                .expires_ms = now_ms + 60 * 1000,
                .revision = 1,
        };

        assert_int_equal(store_group_add(s, &g), 0);
        return g;
}

static void add_member(Store *s, GroupRow *g, int64_t account, MemberRow *ret)
{
        *ret = (MemberRow){.group = g->id, .account = account, .route = "4821"};
        id_random(&ret->member_id);
        randombytes_buf(&ret->token, sizeof ret->token);
        assert_int_equal(store_member_add(s, ret), 0);
        g->n_members++;
        assert_int_equal(store_group_update(s, g), 0);
}

static void add_messages(Store *s, const GroupRow *g, const MemberRow *m, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                MessageRow row = {.from = m->member_id, .kind = 1, .run = i % 16, .body_len = 100};

                id_random(&row.to);
                assert_int_equal(store_message_add(s, g->id, &row), 0);
        }
}

/* Turns of the timers, one at a time, until nothing of the kind is left. */
static void run_timers(Work *w, uint64_t ms)
{
        end_step(w);
        w->worst = 0;
        for (uint64_t end = clock_now(w->cloud.clock) + ms; clock_now(w->cloud.clock) < end;) {
                step_clock_advance(w->cloud.clock, API_BATCH_MS);
                end_step(w);
        }
}

/* A group of many members with many messages expires: it goes in slices. */
static void a_large_group_expires_in_slices(void **state)
{
        Work w = {.before = 0};
        StoreCounts n;
        MemberRow m;
        GroupRow g;

        cloud_begin(&w.cloud, NULL);
        api_flush(w.cloud.api);
        assert_int_equal(store_begin(w.cloud.store), 0);
        g = add_group(w.cloud.store, GROUP_EXCHANGING, clock_wall(w.cloud.clock) - 60 * 1000);
        for (unsigned i = 0; i < 4 * MANY; i++) {
                add_member(w.cloud.store, &g, 1, &m);
                add_messages(w.cloud.store, &g, &m, MANY / 2);
        }
        assert_int_equal(store_commit(w.cloud.store), 0);
        cloud_restart(&w.cloud);
        run_timers(&w, 2000);
        assert_int_equal(store_count(w.cloud.store, &n), 0);
        assert_int_equal(n.groups + n.members + n.messages, 0);
        assert_in_range(w.worst, 1, STEPS_MAX);
        cloud_end(&w.cloud);
}

/* An account with many memberships of closed groups is deleted: at once, and leaves in slices. */
static void an_account_leaves_in_slices(void **state)
{
        Work w = {.before = 0};
        AccountRow account;
        StoreCounts n;
        MemberRow m;
        GroupRow g;
        Terminal t;
        int64_t left;

        cloud_begin(&w.cloud, NULL);
        terminal_ready_made(&t, &w.cloud, "collector");
        assert_int_equal(store_begin(w.cloud.store), 0);
        assert_int_equal(store_account_by_handle(w.cloud.store, "collector", &account), 0);
        for (unsigned i = 0; i < 10 * MANY; i++) {
                g = add_group(w.cloud.store, GROUP_EXCHANGING, clock_wall(w.cloud.clock));
                for (unsigned j = 0; j < 4; j++)
                        add_member(w.cloud.store, &g, account.id, &m);
        }
        assert_int_equal(store_commit(w.cloud.store), 0);
        end_step(&w);
        assert_int_equal(terminal_simple(&t, PB_REQUEST_BODY_UNREGISTER), OK);
        assert_in_range(end_step(&w), 1, STEPS_MAX);
        assert_int_equal(store_count(w.cloud.store, &n), 0);
        assert_int_equal(n.accounts, 0);
        assert_int_equal(store_account_leaving(w.cloud.store, &left), 0);
        run_timers(&w, 4000);
        assert_int_equal(store_account_leaving(w.cloud.store, &left), STORE_E_NOT_FOUND);
        cloud_end(&w.cloud);
}

static void a_bucket_empties_and_fills(void **state)
{
        _cleanup_(limits_freep) Limits *l = NULL;

        assert_int_equal(limits_new(&l), 0);
        for (unsigned i = 0; i < 10; i++)
                assert_true(limits_take(l, LIMIT_JOINS, "ann", 3, 10, WALL_START_MS));
        assert_false(limits_take(l, LIMIT_JOINS, "ann", 3, 10, WALL_START_MS));
        assert_true(limits_take(l, LIMIT_JOINS, "bob", 3, 10, WALL_START_MS));
        assert_true(limits_take(l, LIMIT_CODES, "ann", 3, 10, WALL_START_MS));
        assert_true(limits_take(l, LIMIT_JOINS, "ann", 3, 0, WALL_START_MS));
        assert_false(limits_take(l, LIMIT_JOINS, "ann", 3, 10, WALL_START_MS + 359999));
        assert_true(limits_take(l, LIMIT_JOINS, "ann", 3, 10, WALL_START_MS + 360000));
        assert_false(limits_take(l, LIMIT_JOINS, "ann", 3, 10, WALL_START_MS + 360000));
}

/* Memberships of one account are bounded, over all groups that still exist. */
static void memberships_are_bounded(void **state)
{
        Cloud c = {.verifies = false};
        PbJoinVerdict verdict;
        AccountRow account;
        MemberRow m;
        GroupRow g;
        Terminal t;

        cloud_begin(&c, NULL);
        terminal_ready_made(&t, &c, "collector");
        assert_int_equal(store_begin(c.store), 0);
        assert_int_equal(store_account_by_handle(c.store, "collector", &account), 0);
        for (unsigned i = 0; i + 1 < c.settings.memberships; i++) {
                g = add_group(c.store, GROUP_EXCHANGING, clock_wall(c.clock));
                add_member(c.store, &g, account.id, &m);
        }
        assert_int_equal(store_commit(c.store), 0);
        assert_int_equal(terminal_join(&t, "4821", &verdict), OK);
        terminal_press(&t);
        assert_int_equal(terminal_join(&t, "4821", &verdict), PB_STATUS_BUSY);
        cloud_end(&c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_large_group_expires_in_slices),
                cmocka_unit_test(an_account_leaves_in_slices),
                cmocka_unit_test(a_bucket_empties_and_fills),
                cmocka_unit_test(memberships_are_bounded),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
