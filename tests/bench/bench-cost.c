/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-cost.c - what each request costs the cloud: processor time, steps of the store, and bytes
 * out for each byte in
 *
 * Three people meet again and again, and send every request that huddle.proto has; one that was not
 * sent, or not answered with OK, is an error. Terminals and the cloud share this process and a
 * store in memory; sealing by the terminal is not in the figures, nor are HTTP and the disk.
 */
#include "tests/cloud/crowd.h"
#include "tests/cloud/fixture.h"

#include <stdio.h>
#include <time.h>

enum {
        ROUNDS = 200,
        PEOPLE = 3,
        KINDS = 64,      /* numbers of requests are below */
        FIRST_BODY = 10, /* the number of the first request in huddle.proto */
        LISTENED_MS = 9000,
};

typedef struct Cost {
        double seconds, dearest;
        uint64_t steps, in, out;
        double most_out; /* for a byte in, of one request */
        unsigned n;
} Cost;
static Cost costs[KINDS];

static double cpu_seconds(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

typedef struct Reply {
        Answer *answer;
        size_t len;
} Reply;

static void on_reply(void *userdata, int result, uint8_t *sealed, size_t len)
{
        Reply *r = userdata;

        assert_int_equal(result, 0);
        r->len = len;
        assert_int_equal(answer_open(r->answer, sealed, len), 0);
        free(sealed);
}

static void cost_add(Cost *c, double seconds, uint64_t steps, size_t in, size_t out)
{
        c->seconds += seconds;
        c->dearest = MAX(c->dearest, seconds);
        c->steps += steps;
        c->in += in;
        c->out += out;
        c->most_out = MAX(c->most_out, (double)out / (double)in);
        c->n++;
}

/* As terminal_call, measured. */
static WireResponse *bench_call(Terminal *t, WireRequest *request)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        Cloud *c = t->cloud;
        Answer answer;
        Reply reply = {&answer, 0};
        uint64_t steps = store_steps(c->store);
        double begin;
        size_t len;

        terminal_seal(t, request, &answer, &sealed, &len);
        begin = cpu_seconds();
        assert_int_equal(api_handle(c->api, API_DIRECT, sealed, len, on_reply, &reply), 0);
        api_flush(c->api);
        begin = cpu_seconds() - begin;
        assert_non_null(answer.response);
        assert_int_equal(answer.response->status, OK);
        cost_add(&costs[request->body_case], begin, store_steps(c->store) - steps, len, reply.len);
        return answer.response;
}

static void ask(Terminal *t, WireRequest *request)
{
        (void)wire_response_free(bench_call(t, request));
}

/* ---- one meeting ---- */

typedef struct Meeting {
        Cloud *cloud;
        Terminal t[PEOPLE];
} Meeting;

static ProtobufCBinaryData id_of(const Terminal *t)
{
        return wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
}

static void meeting_sign_up(Meeting *m, unsigned i, unsigned round)
{
        static uint8_t card[8192];
        WireRequest request = PB_REQUEST_INIT;
        PbConfirm confirm = PB_CONFIRM_INIT;
        PbPutProfile put = PB_PUT_PROFILE_INIT;
        PbGetProfile get = PB_GET_PROFILE_INIT;
        Terminal *t = &m->t[i];
        char handle[32];

        (void)snprintf(handle, sizeof handle, "person %u of %u", i, round);
        terminal_begin(t, m->cloud);
        (void)terminal_simple(t, PB_REQUEST_BODY_DESCRIBE);
        (void)terminal_register(t, handle);
        (void)terminal_open_session(t);
        confirm.code = m->cloud->sent_code;
        request.body_case = PB_REQUEST_BODY_CONFIRM;
        request.confirm = &confirm;
        ask(t, &request);
        put.revision = 1;
        put.ciphertext = wire_bytes(card, sizeof card);
        request.body_case = PB_REQUEST_BODY_PUT_PROFILE;
        request.put_profile = &put;
        ask(t, &request);
        request.body_case = PB_REQUEST_BODY_GET_PROFILE;
        request.get_profile = &get;
        ask(t, &request);
}

/* Two with a fix, and one without, whom they let in. Everybody heard all there is room for. */
static void meeting_gather(Meeting *m)
{
        WireRequest request = PB_REQUEST_INIT;
        PbDrawRoute draw = PB_DRAW_ROUTE_INIT;
        WireResponse *drawn;
        char route[ROUTE_SIZE];

        request.body_case = PB_REQUEST_BODY_DRAW_ROUTE;
        request.draw_route = &draw;
        drawn = bench_call(&m->t[0], &request);
        (void)snprintf(route, sizeof route, "%s", drawn->route_drawn->route);
        (void)wire_response_free(drawn);
        for (unsigned i = 0; i < PEOPLE; i++) {
                JoinRequest join;

                terminal_join_request(&m->t[i], &join, route);
                randombytes_buf(join.serial.heard, sizeof join.serial.heard);
                for (unsigned j = 0; j < SERIAL_HEARD_MAX; j++) {
                        join.serial.heard[j].transport = SIGHTING_BLE;
                        join.serial.heard[j].rssi_dbm = -72;
                        join.serial.heard[j].first_heard_ms = join.serial.heard[j].last_heard_ms =
                                0;
                }
                join.serial.n_heard = SERIAL_HEARD_MAX;
                wire_serial_fill(&join.wire, &join.serial);
                join.wire.place.has_fix = i + 1 < PEOPLE;
                join.join.words = false;
                ask(&m->t[i], &join.request);
        }
        step_clock_advance(m->cloud->clock, LISTENED_MS);
}

static void meeting_amend(Meeting *m)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAmend amend = PB_AMEND_INIT;

        amend.member_id = id_of(&m->t[0]);
        amend.sequence = 1;
        request.body_case = PB_REQUEST_BODY_AMEND;
        request.amend = &amend;
        ask(&m->t[0], &request);
}

static void meeting_admit(Meeting *m)
{
        static const unsigned by[2] = {0, PEOPLE - 1};

        for (unsigned i = 0; i < 2; i++) {
                WireRequest request = PB_REQUEST_INIT;
                PbAdmit admit = PB_ADMIT_INIT;

                admit.member_id = id_of(&m->t[by[i]]);
                admit.other = id_of(&m->t[by[1 - i]]);
                admit.yes = true;
                request.body_case = PB_REQUEST_BODY_ADMIT;
                request.admit = &admit;
                ask(&m->t[by[i]], &request);
        }
}

static void meeting_exchange(Meeting *m)
{
        static const uint8_t key_id[GROUPKEY_ID_SIZE] = "the key";
        size_t pieces, bytes;

        for (unsigned i = 0; i < PEOPLE; i++)
                for (unsigned part = 1; part <= 2; part++)
                        (void)terminal_upload(&m->t[i], part);
        (void)terminal_simple(&m->t[1], PB_REQUEST_BODY_READY);
        (void)terminal_simple(&m->t[0], PB_REQUEST_BODY_CLOSE);
        for (unsigned i = 0; i < PEOPLE; i++)
                (void)terminal_open(&m->t[i]);
        for (unsigned i = 0; i < PEOPLE; i++) {
                (void)terminal_post(&m->t[i], PB_MESSAGE_NAME_KEY, NULL, key_id, 1);
                (void)terminal_post(&m->t[i], PB_MESSAGE_CARD_KEY, NULL, key_id, 1);
        }
        for (unsigned i = 0; i < PEOPLE; i++) {
                (void)wire_response_free(terminal_watch(&m->t[i], 0, 0, 0));
                (void)terminal_list(&m->t[i], 262144, &pieces, &bytes);
        }
}

static void meeting_keep_record(Meeting *m)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetRecord get = PB_GET_RECORD_INIT;
        PbPutRecord put = PB_PUT_RECORD_INIT;
        PbFetchRecord fetch = PB_FETCH_RECORD_INIT;
        PbRevokeRecord revoke = PB_REVOKE_RECORD_INIT;
        uint8_t escrow[RECORD_ESCROW_SIZE] = {0}, token[32] = {1};
        WireResponse *got;
        Bytes32 hash;

        request.body_case = PB_REQUEST_BODY_GET_RECORD;
        request.get_record = &get;
        get.member_id = put.member_id = revoke.member_id = id_of(&m->t[0]);
        got = bench_call(&m->t[0], &request);
        record_token_hash(&hash, got->record->number, token);
        put.token_hash = wire_bytes(hash.b, sizeof hash.b);
        put.escrow = wire_bytes(escrow, sizeof escrow);
        request.body_case = PB_REQUEST_BODY_PUT_RECORD;
        request.put_record = &put;
        ask(&m->t[0], &request);
        fetch.number = got->record->number;
        fetch.token = revoke.token = wire_bytes(token, sizeof token);
        fetch.max_bytes = 262144;
        request.body_case = PB_REQUEST_BODY_FETCH_RECORD;
        request.fetch_record = &fetch;
        ask(&m->t[1], &request);
        request.body_case = PB_REQUEST_BODY_REVOKE_RECORD;
        request.revoke_record = &revoke;
        ask(&m->t[0], &request);
        (void)wire_response_free(got);
}

static void meeting_end(Meeting *m)
{
        (void)terminal_simple(&m->t[0], PB_REQUEST_BODY_ACKNOWLEDGE);
        (void)terminal_simple(&m->t[1], PB_REQUEST_BODY_LEAVE);
        for (unsigned i = 0; i < PEOPLE; i++)
                (void)terminal_simple(&m->t[i], PB_REQUEST_BODY_UNREGISTER);
}

static void bench_meetings(void)
{
        Cloud c = {.verifies = true};
        static Meeting m;

        cloud_begin(&c, NULL);
        c.call = bench_call;
        m.cloud = &c;
        for (unsigned round = 0; round < ROUNDS; round++) {
                for (unsigned i = 0; i < PEOPLE; i++)
                        meeting_sign_up(&m, i, round);
                meeting_gather(&m);
                meeting_amend(&m);
                meeting_admit(&m);
                meeting_exchange(&m);
                meeting_keep_record(&m);
                meeting_end(&m);
        }
        cloud_end(&c);
}

/* One line for each request of huddle.proto. False: one of them was never sent. */
static bool report(void)
{
        const ProtobufCMessageDescriptor *d = &huddle__v1__request__descriptor;
        bool all = true;

        printf("%-16s %8s %8s %8s %16s %8s\n", "request", "us", "dearest", "steps",
               "bytes out for in", "most");
        for (unsigned i = 0; i < d->n_fields; i++) {
                const Cost *c = &costs[d->fields[i].id % KINDS];

                if (d->fields[i].id < FIRST_BODY)
                        continue;
                if (c->n == 0 || d->fields[i].id >= KINDS) {
                        printf("%-16s NOT MEASURED\n", d->fields[i].name);
                        all = false;
                        continue;
                }
                printf("%-16s %8.1f %8.1f %8.0f %16.1f %8.1f\n", d->fields[i].name,
                       c->seconds * 1e6 / c->n, c->dearest * 1e6, (double)c->steps / c->n,
                       (double)c->out / (double)c->in, c->most_out);
        }
        return all;
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
        bool all;

        if (sodium_init() < 0)
                return 1;
        bench_meetings();
        all = report();
        for (unsigned kind = 0; kind < CROWD_KINDS; kind++)
                bench_close((CrowdKind)kind);
        return all ? 0 : 1;
}
