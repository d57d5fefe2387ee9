/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-cost.c - what each request costs the cloud: processor time, steps of the store, and bytes
 * out for each byte in
 *
 * Terminals and the cloud share this process and a store in memory; sealing by the terminal is not
 * in the figures, nor are HTTP and the disk.
 */
#include "tests/cloud/crowd.h"
#include "tests/cloud/fixture.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 500 };

typedef struct Cost {
        double seconds;
        uint64_t steps, in, out;
        unsigned n;
        int status; /* of the last */
} Cost;

static double cpu_seconds(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

typedef struct Reply {
        Cost *cost;
        Answer *answer;
} Reply;

static void on_reply(void *userdata, int result, uint8_t *sealed, size_t len)
{
        Reply *r = userdata;

        r->cost->out += len;
        if (result == 0 && answer_open(r->answer, sealed, len) == 0)
                r->cost->status = (int)r->answer->response->status;
        free(sealed);
}

static void ask(Cost *cost, Terminal *t, WireRequest *request)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        Cloud *c = t->cloud;
        Answer answer;
        Reply reply = {cost, &answer};
        uint64_t steps = store_steps(c->store);
        double begin;
        size_t len;

        terminal_seal(t, request, &answer, &sealed, &len);
        begin = cpu_seconds();
        if (api_handle(c->api, API_DIRECT, sealed, len, on_reply, &reply) == 0)
                api_flush(c->api);
        cost->seconds += cpu_seconds() - begin;
        cost->steps += store_steps(c->store) - steps;
        cost->in += len;
        cost->n++;
        answer_done(&answer);
}

static void report(const char *name, const Cost *c)
{
        printf("%-28s %8.1f us %8.0f steps %9.1f bytes out for a byte in (status %d)\n", name,
               c->seconds * 1e6 / c->n, (double)c->steps / c->n, (double)c->out / (double)c->in,
               c->status);
}

static void bench_join(Terminal *t, unsigned n_heard, const char *name)
{
        Cost join_cost = {.n = 0}, leave_cost = {.n = 0};

        for (unsigned i = 0; i < ROUNDS; i++) {
                WireRequest request = PB_REQUEST_INIT;
                PbLeave leave = PB_LEAVE_INIT;
                JoinRequest join;

                terminal_press(t);
                terminal_join_request(t, &join, "4821");
                join.serial.n_heard = n_heard;
                randombytes_buf(join.serial.heard, n_heard * sizeof join.serial.heard[0]);
                for (unsigned j = 0; j < n_heard; j++) {
                        join.serial.heard[j].transport = SIGHTING_BLE;
                        join.serial.heard[j].rssi_dbm = -72;
                        join.serial.heard[j].first_heard_ms = join.serial.heard[j].last_heard_ms =
                                0;
                }
                wire_serial_fill(&join.wire, &join.serial);
                ask(&join_cost, t, &join.request);
                leave.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
                request.body_case = PB_REQUEST_BODY_LEAVE;
                request.leave = &leave;
                ask(&leave_cost, t, &request);
        }
        report(name, &join_cost);
        report("leave", &leave_cost);
}

static void bench_small(Terminal *t)
{
        Cost describe = {.n = 0}, watch = {.n = 0}, profile = {.n = 0}, amend = {.n = 0};
        PbJoinVerdict verdict;

        terminal_press(t);
        (void)terminal_join(t, "55555555", &verdict);
        for (unsigned i = 0; i < ROUNDS; i++) {
                WireRequest request = PB_REQUEST_INIT;
                PbDescribe d = PB_DESCRIBE_INIT;
                PbGetProfile g = PB_GET_PROFILE_INIT;
                PbWatch w = PB_WATCH_INIT;
                PbAmend a = PB_AMEND_INIT;

                request.body_case = PB_REQUEST_BODY_DESCRIBE;
                request.describe = &d;
                ask(&describe, t, &request);
                request.body_case = PB_REQUEST_BODY_GET_PROFILE;
                request.get_profile = &g;
                ask(&profile, t, &request);
                w.member_id = a.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
                w.seen_revision = 99;
                request.body_case = PB_REQUEST_BODY_WATCH;
                request.watch = &w;
                ask(&watch, t, &request);
                a.sequence = i + 1;
                request.body_case = PB_REQUEST_BODY_AMEND;
                request.amend = &a;
                ask(&amend, t, &request);
        }
        report("describe", &describe);
        report("get profile, none", &profile);
        report("watch without waiting", &watch);
        report("amend, nothing heard", &amend);
}

/* The close of a thousand people, in turns: the dearest one, and what a unit of work is worth. */
static void bench_close(CrowdKind kind)
{
        Cloud c = {.verifies = false};
        double all, begin, spent, worst = 0;
        uint64_t work;
        GroupRow g;
        int64_t group;

        cloud_begin(&c, NULL);
        api_flush(c.api);
        assert_int_equal(store_begin(c.store), 0);
        group = crowd_add(c.store, kind, 1000, clock_wall(c.clock));
        assert_int_equal(store_commit(c.store), 0);
        cloud_restart(&c);
        work = api_work(c.api);
        all = cpu_seconds();
        do {
                begin = cpu_seconds();
                step_clock_advance(c.clock, 1);
                spent = cpu_seconds() - begin;
                worst = spent > worst ? spent : worst;
        } while (store_group_get(c.store, group, &g) == 0 && g.phase == GROUP_GATHERING &&
                 g.deadline_ms > 0);
        all = cpu_seconds() - all;
        work = api_work(c.api) - work;
        printf("close of 1000, %-13s %8.1f ms %8.1f ms in the dearest turn %6.1f ns a unit\n",
               crowd_names[kind], all * 1e3, worst * 1e3, all * 1e9 / (double)work);
        cloud_end(&c);
}

int main(void)
{
        Cloud c = {.verifies = false};
        Terminal t;

        if (sodium_init() < 0)
                return 1;
        cloud_begin(&c, NULL);
        c.settings.joins_per_hour = 0;
        terminal_ready_made(&t, &c, "bench");
        bench_small(&t);
        bench_join(&t, 0, "join, nothing heard");
        bench_join(&t, SERIAL_HEARD_MAX, "join, 64 heard");
        cloud_end(&c);
        for (unsigned kind = 0; kind < CROWD_KINDS; kind++)
                bench_close((CrowdKind)kind);
        return 0;
}
