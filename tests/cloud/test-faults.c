/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-faults.c - the n-th call of the store fails, for each n: answers are right or "unavailable",
 * and asking again succeeds */
#include "fixture.h"
#include "store-failing.h"

#include "src/base/log.h"

enum { PAIR = 2 };

/* Asks until the answer is another than "unavailable", which must come at the second try. */
#define insist(ask)                                                                                \
        ({                                                                                         \
                int _status = (ask);                                                               \
                if (_status == PB_STATUS_UNAVAILABLE)                                              \
                        _status = (ask);                                                           \
                _status;                                                                           \
        })

static int confirm(Terminal *t, const char *code)
{
        WireRequest request = PB_REQUEST_INIT;
        PbConfirm w = PB_CONFIRM_INIT;

        w.code = (char *)code;
        request.body_case = PB_REQUEST_BODY_CONFIRM;
        request.confirm = &w;
        return terminal_ask(t, &request);
}

static void come_in(Terminal *t, const char *handle)
{
        PbJoinVerdict verdict;

        assert_int_equal(insist(terminal_register(t, handle)), OK);
        assert_int_equal(insist(terminal_open_session(t)), OK);
        assert_int_equal(insist(confirm(t, t->cloud->sent_code)), OK);
        assert_int_equal(insist(terminal_join(t, "4821", &verdict)), OK);
        for (unsigned part = 1; part <= 2; part++)
                assert_int_equal(insist(terminal_upload(t, part)), OK);
}

static void exchange_cards(Terminal t[PAIR])
{
        static const uint8_t key_id[8] = "the key";
        size_t pieces, bytes;

        for (unsigned i = 0; i < PAIR; i++)
                assert_int_equal(insist(terminal_open(&t[i])), OK);
        assert_int_equal(
                insist(terminal_post(&t[0], PB_MESSAGE_GROUP_KEY, &t[1].keys.id, key_id, 1)), OK);
        for (unsigned i = 0; i < PAIR; i++)
                assert_int_equal(insist(terminal_post(&t[i], PB_MESSAGE_NAME_KEY, NULL, key_id, 1)),
                                 OK);
        for (unsigned i = 0; i < PAIR; i++) {
                assert_int_equal(insist(terminal_list(&t[i], 8192, &pieces, &bytes)), OK);
                assert_int_equal(bytes, 2 * sizeof t[i].parts[0]);
                assert_int_equal(insist(terminal_simple(&t[i], PB_REQUEST_BODY_ACKNOWLEDGE)), OK);
        }
}

/* From registering to the last trace, by deadline where by_deadline, else by the opener. */
static void scenario(Cloud *c, bool by_deadline)
{
        Terminal t[PAIR];
        StoreCounts counts;

        c->settings.delivered_expiry_ms = 60 * 1000; /* an hour has sixty looks at nothing */
        for (unsigned i = 0; i < PAIR; i++) {
                terminal_begin(&t[i], c);
                come_in(&t[i], i == 0 ? "first" : "second");
        }
        if (by_deadline)
                step_clock_advance(c->clock,
                                   /* a batch that fails is tried again after a second */
                                   62 * 1000);
        else
                assert_int_equal(insist(terminal_simple(&t[0], PB_REQUEST_BODY_CLOSE)), OK);
        exchange_cards(t);
        for (unsigned i = 0; i < PAIR; i++)
                assert_int_equal(insist(terminal_simple(&t[i], PB_REQUEST_BODY_UNREGISTER)), OK);
        step_clock_advance(c->clock, c->settings.delivered_expiry_ms + 62 * 1000);
        store_failing_set(c->store, 0);
        assert_int_equal(store_count(c->store, &counts), 0);
        assert_int_equal(counts.accounts + counts.groups, 0);
        assert_int_equal(counts.members + counts.messages + counts.pieces, 0);
}

/* Whatever was undone and done again is counted once. */
static void check_counts(const Metrics *m)
{
        uint64_t asked = 0, answered = 0;

        for (unsigned i = 0; i < METRICS_REQUESTS; i++)
                asked += m->requests[i];
        for (unsigned i = 0; i < METRICS_STATUSES; i++)
                answered += m->answers[i];
        assert_int_equal(m->done.joins[PB_JOIN_OPENED], 1);
        assert_int_equal(m->done.joins[PB_JOIN_JOINED], 1);
        assert_int_equal(m->done.closed_groups, 1);
        assert_in_range(answered, asked, asked + 1); /* one may fail before it is told what it is */
}

/* Returns whether the fault came before the scenario was over. */
static bool run_with_fault(Store *failing, unsigned n, bool by_deadline)
{
        Cloud c = {.verifies = true};
        bool failed;

        store_failing_set(failing, n);
        cloud_begin(&c, failing);
        scenario(&c, by_deadline);
        check_counts(api_metrics(c.api));
        failed = api_metrics(c.api)->failed_batches + api_metrics(c.api)->failed_parts > 0;
        c.store = NULL; /* the next run has it */
        cloud_end(&c);
        return failed;
}

/* One store for all runs, because each leaves it empty: to create one costs more than a run. */
static void each_call_fails(bool by_deadline)
{
        Store *inner, *failing;
        unsigned n = 2; /* the first call looks whether there is room; test-disk has that */

        assert_int_equal(store_sqlite_open(&inner, ":memory:"), 0);
        assert_int_equal(store_failing_new(&failing, inner), 0);
        while (run_with_fault(failing, n, by_deadline))
                n++;
        assert_true(n > 300); /* the scenario makes some hundred calls: the faults did come */
        (void)store_free(failing);
}

static void each_call_fails_closed_by_the_opener(void **state)
{
        each_call_fails(false);
}

static void each_call_fails_closed_by_deadline(void **state)
{
        each_call_fails(true);
}

static int phase_of(Terminal *t)
{
        WireResponse *w = terminal_watch(t, 0, 0, 0);
        int phase = w->status == OK ? (int)w->watched->phase : -1;

        (void)wire_response_free(w);
        return phase;
}

enum { CALLS = 60 }; /* of the store; a batch of two joins has fewer */

typedef struct Lonely {
        Cloud cloud;
        Terminal t[PAIR];
} Lonely;

static void lonely_begin(Lonely *l)
{
        Store *inner, *failing;

        *l = (Lonely){.cloud.verifies = false};
        assert_int_equal(store_sqlite_open(&inner, ":memory:"), 0);
        assert_int_equal(store_failing_new(&failing, inner), 0);
        cloud_begin(&l->cloud, failing);
        terminal_ready_made(&l->t[0], &l->cloud, "first");
        terminal_ready_made(&l->t[1], &l->cloud, "second");
}

/* Of two requests in one batch one fails, at the n-th call of the store: the other is answered and
 * kept. Whether it is the second. */
static bool the_second_fails_alone(unsigned n)
{
        JoinRequest join[PAIR];
        Answer answer[PAIR];
        bool alone;
        Lonely l;

        lonely_begin(&l);
        terminal_join_request(&l.t[0], &join[0], "1111");
        terminal_join_request(&l.t[1], &join[1], "2222");
        for (size_t i = 0; i < PAIR; i++)
                assert_int_equal(terminal_send(&l.t[i], &join[i].request, &answer[i]), 0);
        store_failing_set(l.cloud.store, n);
        api_flush(l.cloud.api);
        store_failing_set(l.cloud.store, 0);
        alone = answer[0].response->status == OK &&
                answer[1].response->status == PB_STATUS_UNAVAILABLE;
        if (alone) {
                assert_int_equal(api_metrics(l.cloud.api)->failed_parts, 1);
                assert_int_equal(api_metrics(l.cloud.api)->failed_batches, 0);
                assert_int_equal(phase_of(&l.t[0]), PB_PHASE_GATHERING);
                assert_int_equal(phase_of(&l.t[1]), -1);
        }
        answer_done(&answer[0]);
        answer_done(&answer[1]);
        cloud_end(&l.cloud);
        return alone;
}

static void a_request_fails_alone(void **state)
{
        unsigned n_alone = 0;

        for (unsigned n = 1; n < CALLS; n++)
                n_alone += the_second_fails_alone(n);
        assert_in_range(n_alone, 1, CALLS / 2);
}

/* Of two groups that are due one fails: the other closes, and the one is tried again. */
static void a_group_fails_alone(void **state)
{
        PbJoinVerdict verdict;
        Lonely l;

        lonely_begin(&l);
        assert_int_equal(terminal_join(&l.t[0], "1111", &verdict), OK);
        assert_int_equal(terminal_join(&l.t[1], "2222", &verdict), OK);
        step_clock_advance(l.cloud.clock, 10 * 1000); /* they have looked around */
        /* after begin, mark, groups_cap and unmark; groups_due, mark and group_get */
        store_failing_set(l.cloud.store, 8);
        step_clock_advance(l.cloud.clock, 50 * 1000 + 2);
        store_failing_set(l.cloud.store, 0);
        assert_int_equal(api_metrics(l.cloud.api)->failed_parts, 1);
        assert_int_equal(api_metrics(l.cloud.api)->failed_batches, 0);
        assert_int_equal(phase_of(&l.t[0]), PB_PHASE_GATHERING);
        assert_int_equal(phase_of(&l.t[1]), PB_PHASE_ALONE);
        step_clock_advance(l.cloud.clock, 2000);
        assert_int_equal(phase_of(&l.t[0]), PB_PHASE_ALONE);
        cloud_end(&l.cloud);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_call_fails_closed_by_the_opener),
                cmocka_unit_test(each_call_fails_closed_by_deadline),
                cmocka_unit_test(a_request_fails_alone),
                cmocka_unit_test(a_group_fails_alone),
        };

        log_set_level(LOG_CRIT); /* each fault is an error that the cloud tells */
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
