/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-turns.c - the worst case of every timer, and of what a request leaves to them: no turn costs
 * more than a request may, and everything is done in the end
 *
 * Units and their bound as in test-work.c, which has the close of a crowd and large groups that
 * expire.
 */
#include "crowd.h"
#include "fixture.h"

#include "cloud/api/batch.h"
#include "cloud/api/leaving.h"
#include "cloud/store/store.h"

#include <stdio.h>
#include <sys/stat.h>

enum {
        WORK_MAX = 200000, /* 5 ms */
        MANY = 4000,
        VERY_MANY = 20000, /* of small rows: so that all in one turn are too dear */
        CROWD = 1000,
        DEPOSITS = 4,
        FETCHES = 100,
        TURNS_MAX = 20000,
};

/* Advances in turns until the condition holds; what the dearest one cost. */
static uint64_t run_turns(Cloud *c, bool (*done)(Cloud *c))
{
        uint64_t worst = 0, before;
        unsigned turns = 0;

        for (; !done(c) && turns < TURNS_MAX; turns++) {
                before = api_work(c->api);
                step_clock_advance(c->clock, API_BATCH_MS);
                worst = MAX(worst, api_work(c->api) - before);
        }
        print_message("%u turns, at most %lu units\n", turns, (unsigned long)worst);
        assert_in_range(turns, 1, TURNS_MAX - 1);
        return worst;
}

static void begin(Cloud *c)
{
        cloud_begin(c, NULL);
        api_flush(c->api);
        assert_int_equal(store_begin(c->store), 0);
}

/* What was put into the store is there when the cloud starts. */
static void start(Cloud *c)
{
        assert_int_equal(store_commit(c->store), 0);
        cloud_restart(c);
}

static void add_account(Cloud *c, unsigned i, bool confirmed, AccountRow *ret)
{
        *ret = (AccountRow){.confirmed = confirmed, .created_ms = 1};
        randombytes_buf(&ret->key, sizeof ret->key);
        (void)snprintf(ret->handle, sizeof ret->handle, "somebody %u", i);
        assert_int_equal(store_account_add(c->store, ret), 0);
}

static void add_group(Cloud *c, GroupPhase phase, uint64_t expires_ms, GroupRow *ret)
{
        *ret = (GroupRow){.route = "4821",
                          .phase = phase,
                          .opened_ms = clock_wall(c->clock),
                          .expires_ms = expires_ms,
                          .revision = 1};
        assert_int_equal(store_group_add(c->store, ret), 0);
}

/* Of which all but the last, which is that account's, have everything and are ready. */
static void add_members(Cloud *c, GroupRow *g, unsigned n, int64_t last)
{
        for (unsigned i = 0; i < n; i++) {
                MemberRow m = {.group = g->id,
                               .account = i + 1 < n ? 1000000 + i : last,
                               .route = "4821",
                               .ready = true,
                               .acknowledged = i + 1 < n,
                               .opening_order = i + 1};

                id_random(&m.member_id);
                assert_int_equal(store_member_add(c->store, &m), 0);
                g->opener = m.member_id;
        }
        g->n_members += n;
        assert_int_equal(store_group_update(c->store, g), 0);
}

/* ---- confirmation codes, and accounts that nobody confirmed ---- */

static bool no_account(Cloud *c)
{
        StoreCounts n;

        assert_int_equal(store_count(c->store, &n), 0);
        return n.accounts == 0;
}

static void codes_expire_in_slices(void **state)
{
        Cloud c = {.verifies = true};
        Bytes32 hash = {{0}};
        AccountRow a;

        begin(&c);
        for (unsigned i = 0; i < VERY_MANY; i++) {
                add_account(&c, i, false, &a);
                assert_int_equal(store_code_put(c.store, a.id, &hash, 0, 1), 0);
        }
        start(&c);
        assert_in_range(run_turns(&c, no_account), 1, WORK_MAX);
        cloud_end(&c);
}

/* ---- records ---- */

static void add_record(Cloud *c, int64_t group, uint64_t expires_ms, char *ret_number)
{
        RecordRow r = {.group = group, .expires_ms = expires_ms};

        record_number_draw(r.number);
        record_half_draw(r.half);
        memcpy(ret_number, r.number, sizeof r.number);
        assert_int_equal(store_record_add(c->store, &r), 0);
}

static void add_escrow(Cloud *c, const char *number, int64_t member, uint64_t expires_ms,
                       EscrowRow *ret)
{
        *ret = (EscrowRow){.member = member, .expires_ms = expires_ms, .stands = true};
        memcpy(ret->number, number, sizeof ret->number);
        randombytes_buf(&ret->token_hash, sizeof ret->token_hash);
        assert_int_equal(store_escrow_add(c->store, ret), 0);
}

static char last_number[RECORD_NUMBER_SIZE];

static bool no_last_record(Cloud *c)
{
        RecordRow r;

        return store_record_by_number(c->store, last_number, &r) == STORE_E_NOT_FOUND;
}

/* Their groups are gone, and the time for which wrong passwords are remembered is over. */
static void records_are_forgotten_in_slices(void **state)
{
        Cloud c = {.verifies = false};
        EscrowRow e;

        begin(&c);
        for (unsigned i = 0; i < MANY; i++) {
                GroupRow g;

                add_group(&c, GROUP_EXCHANGING, UINT64_C(1) << 60, &g);
                add_record(&c, g.id, 0, last_number);
                for (unsigned j = 0; j < DEPOSITS; j++)
                        add_escrow(&c, last_number, j, 1, &e);
                assert_int_equal(store_group_delete(c.store, g.id), 0);
        }
        start(&c);
        assert_in_range(run_turns(&c, no_last_record), 1, WORK_MAX);
        cloud_end(&c);
}

static char last_tried[64];

static bool no_last_tried(Cloud *c)
{
        TriesRow t;

        return store_tries_get(c->store, last_tried, &t) == STORE_E_NOT_FOUND;
}

static void tries_are_forgotten_in_slices(void **state)
{
        Cloud c = {.verifies = false};
        TriesRow t = {.forget_ms = 1, .total = 1};

        begin(&c);
        for (unsigned i = 0; i < VERY_MANY; i++) {
                (void)snprintf(last_tried, sizeof last_tried, "account %u 12345678901", i);
                t.forget_ms = i; /* in this order */
                assert_int_equal(store_tries_put(c.store, last_tried, &t), 0);
        }
        start(&c);
        assert_in_range(run_turns(&c, no_last_tried), 1, WORK_MAX);
        cloud_end(&c);
}

static bool no_group(Cloud *c)
{
        StoreCounts n;

        assert_int_equal(store_count(c->store, &n), 0);
        return n.groups == 0;
}

/* A group expires whose record was fetched by everybody, with each of many tokens. */
static void fetches_are_forgotten_in_slices(void **state)
{
        Cloud c = {.verifies = false};
        GroupRow g;
        EscrowRow e;

        begin(&c);
        add_group(&c, GROUP_EXCHANGING, 1, &g);
        add_members(&c, &g, CROWD, 1);
        add_record(&c, g.id, 1, last_number);
        for (unsigned i = 0; i < MANY; i++)
                add_escrow(&c, last_number, i, 1, &e);
        for (unsigned i = 0; i < 100; i++) {
                add_escrow(&c, last_number, MANY + i, 1, &e);
                for (unsigned j = 0; j < FETCHES; j++)
                        assert_int_equal(
                                store_fetch_add(c.store, &e, (const uint8_t *)&j, sizeof j, 1), 0);
        }
        start(&c);
        assert_in_range(run_turns(&c, no_group), 1, WORK_MAX);
        cloud_end(&c);
}

/* ---- many groups at once ---- */

static bool nobody_gathers(Cloud *c)
{
        StoreCounts n;

        assert_int_equal(store_count(c->store, &n), 0);
        return n.gathering == 0;
}

/* A pair with a code of its own, whose window is over. */
static void add_due_pair(Cloud *c, unsigned i)
{
        uint64_t now_ms = clock_wall(c->clock);
        GroupRow g = {.phase = GROUP_GATHERING,
                      .opened_ms = now_ms - 60000,
                      .deadline_ms = now_ms - 1,
                      .expires_ms = UINT64_C(1) << 60,
                      .revision = 1,
                      .n_members = 2};

        (void)snprintf(g.route, sizeof g.route, "%05u", i);
        assert_int_equal(store_group_add(c->store, &g), 0);
        for (unsigned k = 0; k < 2; k++) {
                MemberRow m = {.group = g.id, .account = 1 + i, .press_ms = g.opened_ms};

                strcpy(m.route, g.route);
                id_random(&m.member_id);
                assert_int_equal(store_member_add(c->store, &m), 0);
                g.opener = m.member_id;
        }
        assert_int_equal(store_group_update(c->store, &g), 0);
}

static void ten_thousand_groups_are_due(void **state)
{
        enum { GROUPS = 10000 };
        Cloud c = {.verifies = false};

        begin(&c);
        for (unsigned i = 0; i < GROUPS; i++)
                add_due_pair(&c, i);
        start(&c);
        assert_in_range(run_turns(&c, nobody_gathers), 1, WORK_MAX);
        cloud_end(&c);
}

/* What is deleted is overwritten: bytes cost more than rows. */
static void cards_expire_a_megabyte_at_a_time(void **state)
{
        enum { GROUPS = 100, EACH = 60000, AT_ONCE = 32 };
        static uint8_t bytes[EACH];
        Cloud c = {.verifies = false};
        uint64_t left = 2 * GROUPS, worst = 0;
        StoreCounts n;
        GroupRow g;

        begin(&c);
        for (unsigned i = 0; i < GROUPS; i++) {
                add_group(&c, GROUP_EXCHANGING, 1, &g);
                add_members(&c, &g, 2, 1);
                for (int64_t member = 2 * i + 1; member <= 2 * i + 2; member++)
                        assert_int_equal(store_piece_put(c.store, member,
                                                         &(PieceRow){.part = 1,
                                                                     .total = EACH,
                                                                     .bytes = bytes,
                                                                     .len = EACH}),
                                         0);
        }
        start(&c);
        for (unsigned i = 0; i < TURNS_MAX && left > 0; i++, left = n.pieces) {
                step_clock_advance(c.clock, API_BATCH_MS);
                assert_int_equal(store_count(c.store, &n), 0);
                worst = MAX(worst, left - n.pieces);
        }
        print_message("at most %lu cards in a turn\n", (unsigned long)worst);
        assert_int_equal(left, 0);
        assert_in_range(worst, 1, AT_ONCE);
        cloud_end(&c);
}

/* ---- a deleted account ---- */

static bool nobody_leaves(Cloud *c)
{
        int64_t account;

        return store_account_leaving(c->store, &account) == STORE_E_NOT_FOUND;
}

/* It has tried the passwords of many records, fetched many, and is in groups of a thousand. */
static void an_account_with_much_behind_it_is_deleted(void **state)
{
        Cloud c = {.verifies = false};
        TriesRow tries = {.forget_ms = UINT64_C(1) << 60, .total = 1};
        AccountRow account;
        uint64_t before;
        EscrowRow e;
        TriesRow t;
        Terminal us;
        char what[64];

        cloud_begin(&c, NULL);
        terminal_ready_made(&us, &c, "us");
        assert_int_equal(store_begin(c.store), 0);
        assert_int_equal(store_account_by_handle(c.store, "us", &account), 0);
        for (unsigned i = 0; i < MANY; i++) {
                (void)snprintf(what, sizeof what, "account %ld %u", (long)account.id, i);
                assert_int_equal(store_tries_put(c.store, what, &tries), 0);
                record_number_draw(e.number);
                randombytes_buf(&e.token_hash, sizeof e.token_hash);
                assert_int_equal(store_fetch_add(c.store, &e, (const uint8_t *)&account.id,
                                                 sizeof account.id, 1),
                                 0);
        }
        for (unsigned i = 0; i < 2 * LEAVING_STEP; i++) {
                GroupRow g;

                add_group(&c, GROUP_EXCHANGING, UINT64_C(1) << 60, &g);
                add_members(&c, &g, CROWD, account.id);
        }
        assert_int_equal(store_commit(c.store), 0);
        before = api_work(c.api);
        assert_int_equal(terminal_simple(&us, PB_REQUEST_BODY_UNREGISTER), OK);
        print_message("unregister: %lu units\n", (unsigned long)(api_work(c.api) - before));
        assert_in_range(api_work(c.api) - before, 1, WORK_MAX);
        assert_in_range(run_turns(&c, nobody_leaves), 1, WORK_MAX);
        assert_int_equal(store_tries_get(c.store, what, &t), STORE_E_NOT_FOUND);
        assert_int_equal(
                store_fetch_find(c.store, &e, (const uint8_t *)&account.id, sizeof account.id),
                STORE_E_NOT_FOUND);
        cloud_end(&c);
}

/* ---- people who wait ---- */

enum { PARTIES = 300 };

typedef struct Waiting {
        Cloud cloud;
        Terminal us;
        GroupRow group;
        Answer answers[CROWD];
} Waiting;
static Waiting waiting;

static bool all_answered(Cloud *c)
{
        for (unsigned i = 0; i < CROWD; i++)
                if (!waiting.answers[i].done)
                        return false;
        return true;
}

/* A group, all of whose members are ours, and wait for news. */
static void wait_all(Waiting *w, GroupPhase phase, unsigned left)
{
        AccountRow account;
        GroupRow *g = &w->group;
        Store *s = w->cloud.store;

        assert_int_equal(store_account_by_handle(s, "us", &account), 0);
        add_group(&w->cloud, phase, UINT64_C(1) << 60, g);
        g->party = true;
        g->look_ms = phase == GROUP_GATHERING;
        g->deadline_ms = phase == GROUP_GATHERING ? UINT64_C(1) << 60 : 0;
        for (unsigned i = 0; i < CROWD; i++) {
                MemberRow m = {.group = g->id,
                               .account = account.id,
                               .route = "4821",
                               .member_id = crowd_id(i),
                               .left = i > 0 && i <= left,
                               .press_ms = clock_wall(w->cloud.clock)};

                assert_int_equal(store_member_add(s, &m), 0);
        }
        g->opener = crowd_id(0);
        g->n_members = CROWD;
        assert_int_equal(store_group_update(s, g), 0);
}

static void ask_all(Waiting *w)
{
        for (unsigned i = 0; i < CROWD; i++) {
                WireRequest request = PB_REQUEST_INIT;
                PbWatch q = PB_WATCH_INIT;
                Id id = crowd_id(i);

                request.body_case = PB_REQUEST_BODY_WATCH;
                request.watch = &q;
                q.member_id = wire_bytes(id.b, sizeof id.b);
                q.seen_revision = 1; /* that of the group */
                q.wait_ms = 50000;
                assert_int_equal(terminal_send(&w->us, &request, &w->answers[i]), 0);
        }
        api_flush(w->cloud.api);
        assert_int_equal(api_metrics(w->cloud.api)->waiting, CROWD);
}

static void end_waiting(Waiting *w)
{
        for (unsigned i = 0; i < CROWD; i++)
                answer_done(&w->answers[i]);
        cloud_end(&w->cloud);
}

static void begin_waiting(Waiting *w)
{
        memset(w, 0, sizeof *w);
        cloud_begin(&w->cloud, NULL);
        terminal_ready_made(&w->us, &w->cloud, "us");
        assert_int_equal(store_begin(w->cloud.store), 0);
}

/* All time limits end together; all but two of a thousand have left, whom every answer names. */
static void everybody_hears_who_has_left(void **state)
{
        begin_waiting(&waiting);
        wait_all(&waiting, GROUP_EXCHANGING, CROWD - 2);
        assert_int_equal(store_commit(waiting.cloud.store), 0);
        ask_all(&waiting);
        step_clock_advance(waiting.cloud.clock, 49990);
        assert_in_range(run_turns(&waiting.cloud, all_answered), 1, WORK_MAX);
        end_waiting(&waiting);
}

static void add_party(Cloud *c, unsigned i)
{
        GroupRow g;
        MemberRow m = {.member_id = crowd_id(10000 + i),
                       .account = 1000000 + i,
                       .route = "4821",
                       .press_ms = clock_wall(c->clock)};

        add_group(c, GROUP_GATHERING, UINT64_C(1) << 60, &g);
        m.group = g.id;
        id_random((Id *)&m.token);
        assert_int_equal(store_member_add(c->store, &m), 0);
        g.n_members = 1;
        g.opener = m.member_id;
        g.party = true;
        g.look_ms = 1;
        g.deadline_ms = UINT64_C(1) << 60;
        assert_int_equal(store_group_update(c->store, &g), 0);
}

/* Hundreds of parties with one code look around at once, and the people of a large one wait. */
static void parties_look_around(void **state)
{
        begin_waiting(&waiting);
        wait_all(&waiting, GROUP_GATHERING, 0);
        for (unsigned i = 0; i < PARTIES; i++)
                add_party(&waiting.cloud, i);
        assert_int_equal(store_commit(waiting.cloud.store), 0);
        ask_all(&waiting);
        assert_in_range(run_turns(&waiting.cloud, all_answered), 1, WORK_MAX);
        end_waiting(&waiting);
}

/* ---- the log of the store ---- */

/* One commit writes back all of it at once, so it must stay short. */
static void the_log_is_written_back_before_it_is_long(void **state)
{
        enum { PAGE = 4096 + 24, PAGES_MAX = 2000 + 200, COMMITS = 400 };
        char folder[] = "/tmp/huddle-turns.XXXXXX", path[64], log[80];
        static const char *const ends[] = {"", "-wal", "-shm"};
        uint64_t written = 0, longest = 0;
        struct stat st;
        Store *s;

        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof path, "%s/db", folder);
        (void)snprintf(log, sizeof log, "%s-wal", path);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        for (unsigned i = 0; i < COMMITS; i++) {
                static const uint8_t bytes[60000];

                assert_int_equal(store_begin(s), 0);
                assert_int_equal(store_profile_put(s, i + 1, 1, bytes, sizeof bytes), 0);
                assert_int_equal(store_commit(s), 0);
                assert_int_equal(stat(log, &st), 0);
                longest = MAX(longest, (uint64_t)st.st_size / PAGE);
                written += sizeof bytes / PAGE;
        }
        print_message("at most %lu pages of %lu\n", (unsigned long)longest, (unsigned long)written);
        assert_true(written > 2 * PAGES_MAX);
        assert_in_range(longest, 1, PAGES_MAX);
        (void)store_free(s);
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
                (void)snprintf(log, sizeof log, "%s%s", path, ends[i]);
                (void)unlink(log);
        }
        (void)rmdir(folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ten_thousand_groups_are_due),
                cmocka_unit_test(cards_expire_a_megabyte_at_a_time),
                cmocka_unit_test(codes_expire_in_slices),
                cmocka_unit_test(records_are_forgotten_in_slices),
                cmocka_unit_test(tries_are_forgotten_in_slices),
                cmocka_unit_test(fetches_are_forgotten_in_slices),
                cmocka_unit_test(an_account_with_much_behind_it_is_deleted),
                cmocka_unit_test(everybody_hears_who_has_left),
                cmocka_unit_test(parties_look_around),
                cmocka_unit_test(the_log_is_written_back_before_it_is_long),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
