/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-work.c - what a request or a turn of the timers costs at most, whatever was deposited
 *
 * Counted in units (api_work): a step of the store's machine, or a look of the matcher at a pair
 * of members. No test here goes by time. A unit was calibrated once, with tests/bench/bench-cost: 1
 * to 8 ns in the close of a crowd, up to 28 ns for a step of a small request, with its seals. We
 * take 25 ns, so 200 000 units are 5 ms.
 */
#include "crowd.h"
#include "fixture.h"

#include "cloud/api/batch.h"
#include "cloud/api/limits.h"

enum {
        WORK_MAX = 200000, /* 5 ms */
        MANY = 100,
};

typedef struct Work {
        Cloud cloud;
        uint64_t before, worst;
} Work;

static uint64_t end_step(Work *w)
{
        uint64_t now = api_work(w->cloud.api), steps = now - w->before;

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
        if (g->phase != GROUP_GATHERING)
                assert_int_equal(store_evidence_drop(s, g->id, 0, MANY), 0);
}

static void add_messages(Store *s, const GroupRow *g, const MemberRow *m, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                MessageRow row = {.from = m->member_id, .kind = 1, .run = i % 16, .body_len = 100};

                id_random(&row.to);
                assert_int_equal(store_message_add(s, g->id, &row, true), 0);
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
        w.before = 0;
        run_timers(&w, 2000);
        assert_int_equal(store_count(w.cloud.store, &n), 0);
        assert_int_equal(n.groups + n.members + n.messages, 0);
        assert_in_range(w.worst, 1, WORK_MAX);
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
        assert_in_range(end_step(&w), 1, WORK_MAX);
        assert_int_equal(store_count(w.cloud.store, &n), 0);
        assert_int_equal(n.accounts, 0);
        assert_int_equal(store_account_leaving(w.cloud.store, &left), 0);
        run_timers(&w, 4000);
        assert_int_equal(store_account_leaving(w.cloud.store, &left), STORE_E_NOT_FOUND);
        cloud_end(&w.cloud);
}

/* ---- the close of a thousand ---- */

enum { CROWD = 1000, TURNS_MAX = 100000 };

/* Runs the timers until the group is closed, with a restart of the cloud after so many turns (0:
 * none). Returns the turns it took. */
static unsigned close_crowd(Work *w, CrowdKind kind, unsigned restart_after, CrowdEnded *ret)
{
        unsigned turns = 0;
        int64_t group;

        cloud_begin(&w->cloud, NULL);
        api_flush(w->cloud.api);
        assert_int_equal(store_begin(w->cloud.store), 0);
        group = crowd_add(w->cloud.store, kind, CROWD, clock_wall(w->cloud.clock));
        assert_int_equal(store_commit(w->cloud.store), 0);
        cloud_restart(&w->cloud);
        w->before = api_work(w->cloud.api);
        for (; crowd_gathers(w->cloud.store, group) && turns < TURNS_MAX; turns++) {
                if (turns == restart_after && turns > 0) {
                        cloud_restart(&w->cloud);
                        w->before = api_work(w->cloud.api);
                }
                step_clock_advance(w->cloud.clock, API_BATCH_MS);
                end_step(w);
        }
        assert_in_range(turns, 1, TURNS_MAX - 1);
        crowd_read_ended(w->cloud.store, CROWD, ret);
        for (unsigned i = 0; i < CROWD / 8; i++) { /* evidence that is left */
                step_clock_advance(w->cloud.clock, API_BATCH_MS);
                end_step(w);
        }
        assert_int_equal(store_evidence_left(w->cloud.store, &group), STORE_E_NOT_FOUND);
        cloud_end(&w->cloud);
        return turns;
}

static void a_crowd_closes_in_slices(void **state)
{
        static CrowdEnded whole, broken;

        for (unsigned kind = 0; kind < CROWD_KINDS; kind++) {
                Work w = {.before = 0};
                unsigned turns = close_crowd(&w, (CrowdKind)kind, 0, &whole);

                print_message("%s: %u turns, at most %lu units\n", crowd_names[kind], turns,
                              (unsigned long)w.worst);
                assert_in_range(w.worst, 1, WORK_MAX);
                assert_true(turns > 10);
                (void)close_crowd(&w, (CrowdKind)kind, turns / 2, &broken);
                assert_memory_equal(&whole, &broken, sizeof whole);
                (void)close_crowd(&w, (CrowdKind)kind, turns - 2, &broken);
                assert_memory_equal(&whole, &broken, sizeof whole);
                assert_in_range(w.worst, 1, WORK_MAX);
        }
}

/* ---- by place ---- */

static int see_none(const MemberRow *m, void *userdata)
{
        return -EINVAL;
}

/* What the search by place costs around a fix on the same latitude, where nobody is. */
static uint64_t search_far_west(Store *s)
{
        static const int32_t near[4] = {469900000, 470100000, -80100000, -80000000};
        static const int32_t vague[4] = {469000000, 471000000, -82000000, -79000000};
        uint64_t before = store_steps(s);

        assert_int_equal(store_members_near(s, "4821", near, 64, see_none, NULL), 0);
        assert_int_equal(store_members_vague(s, "4821", vague, 64, see_none, NULL), 0);
        return store_steps(s) - before;
}

/* However many gather at the same latitude, the search by place does not read them. A box of half a
 * continent reads the newest alone. */
static void a_latitude_full_of_people_costs_nothing(void **state)
{
        static const int32_t high[4] = {0, 900000000, -80100000, -80000000};
        Cloud c = {.verifies = false};
        uint64_t alone, among, before;
        GroupRow g;

        cloud_begin(&c, NULL);
        alone = search_far_west(c.store);
        assert_int_equal(store_begin(c.store), 0);
        g = add_group(c.store, GROUP_GATHERING, clock_wall(c.clock));
        for (int32_t i = 0; i < 40 * MANY; i++) {
                MemberRow m = {.group = g.id,
                               .account = 1,
                               .route = "4821",
                               .fix = {true, 470000000, 80000000 + i * 1000, 500}};

                id_random(&m.member_id);
                assert_int_equal(store_member_add(c.store, &m), 0);
        }
        assert_int_equal(store_commit(c.store), 0);
        among = search_far_west(c.store);
        before = store_steps(c.store);
        assert_int_equal(store_members_near(c.store, "4821", high, 64, see_none, NULL), 0);
        print_message("alone %lu, among many %lu, high box %lu\n", (unsigned long)alone,
                      (unsigned long)among, (unsigned long)(store_steps(c.store) - before));
        assert_in_range(among, alone, alone + 10 * MANY);
        assert_in_range(store_steps(c.store) - before, 1, 300 * MANY);
        cloud_end(&c);
}

static void a_bucket_empties_and_fills(void **state)
{
        _cleanup_(limits_freep) Limits *l = NULL;

        assert_int_equal(limits_new(&l), 0);
        for (unsigned i = 0; i < 10; i++)
                assert_true(limits_take(l, 1, 10, WALL_START_MS));
        assert_false(limits_take(l, 1, 10, WALL_START_MS));
        assert_true(limits_take(l, 2, 10, WALL_START_MS));
        assert_true(limits_take(l, 1, 0, WALL_START_MS));
        assert_false(limits_take(l, 1, 10, WALL_START_MS + 359999));
        assert_true(limits_take(l, 1, 10, WALL_START_MS + 360000));
        assert_false(limits_take(l, 1, 10, WALL_START_MS + 360000));
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
                cmocka_unit_test(a_crowd_closes_in_slices),
                cmocka_unit_test(an_account_leaves_in_slices),
                cmocka_unit_test(a_latitude_full_of_people_costs_nothing),
                cmocka_unit_test(a_bucket_empties_and_fills),
                cmocka_unit_test(memberships_are_bounded),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
