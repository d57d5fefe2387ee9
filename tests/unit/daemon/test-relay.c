/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helping side: the neighbours' requests go to the cloud and the answers back, within bounds. A
 * neighbour that breaks them is cut off and harms no other. The test gives the cloud's answers. */
#include "daemon/help/relay.h"
#include "tests/sim/link-pair.h"
#include "tests/sim/step-clock.h"

#include "tests/unit/test.h"

enum { WORDS_MAX = 256, CARRIED_MAX = 64, DELAY_MS = 5 };

typedef struct Carried {
        Carriage carriage;
        struct Cloud *cloud;
        size_t len;
        uint8_t mark; /* a byte of the request, to know it by */
        uint32_t wait_ms;
        CarrierFunc func;
        void *userdata;
        bool over;
} Carried;

typedef struct Cloud {
        Carrier carrier;
        Clock *clock;
        Relay *relay;
        bool routed;
        bool offers;
        Carried *carried[CARRIED_MAX];
        size_t n;
} Cloud;

/* A neighbour that asks, and what it was told. */
typedef struct Asker {
        Link *link;
        Frame heard[WORDS_MAX];
        uint8_t marks[WORDS_MAX];
        size_t n;
        bool closed;
} Asker;

static uint8_t sealed[ENVELOPE_RESPONSE_MAX] = {ENVELOPE_SUITE};

static int fake_send(Carrier *carrier, Carriage **ret, const uint8_t *bytes, size_t len,
                     uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        Cloud *c = (Cloud *)carrier;
        Carried *g = calloc(1, sizeof *g);

        assert_true(c->n < CARRIED_MAX);
        *g = (Carried){{carrier}, c, len, bytes[len - 1], timeout_ms, func, userdata, false};
        c->carried[c->n++] = g;
        *ret = &g->carriage;
        return 0;
}

static void fake_cancel(Carriage *g)
{
        ((Carried *)g)->over = true;
}

static const CarrierOps cloud_ops = {.send = fake_send, .cancel = fake_cancel};

static bool has_route(void *userdata)
{
        return ((Cloud *)userdata)->routed;
}

static bool offer(void *userdata, CloudOffer *ret)
{
        *ret = (CloudOffer){.name = "zoe-laptop", .url = "http://192.168.1.5:40123"};
        return ((Cloud *)userdata)->offers;
}

static void cloud_begin(Cloud *c)
{
        *c = (Cloud){.carrier.ops = &cloud_ops, .routed = true};
        assert_int_equal(step_clock_new(&c->clock, 1000000), 0);
        assert_int_equal(
                relay_new(&c->relay, &(RelayDeps){c->clock, &c->carrier, has_route, offer, c}), 0);
}

static void cloud_end(Cloud *c)
{
        relay_free(c->relay);
        for (size_t i = 0; i < c->n; i++) {
                assert_true(c->carried[i]->over);
                free(c->carried[i]);
        }
        step_clock_free(c->clock);
}

static void answer(Cloud *c, size_t i, CarrierResult result, size_t len)
{
        Carried *g = c->carried[i];

        assert_false(g->over);
        g->over = true;
        if (len > 1)
                sealed[len - 1] = g->mark;
        g->func(g->userdata, result, result == CARRIER_ANSWERED ? sealed : NULL, len);
        step_clock_advance(c->clock, 2 * DELAY_MS);
}

static void on_frame(void *userdata, Link *l, const Frame *frame)
{
        Asker *a = userdata;

        assert_true(a->n < WORDS_MAX);
        a->marks[a->n] = frame->len > 0 ? frame->body[frame->len - 1] : 0;
        a->heard[a->n++] = *frame;
}

static void on_closed(void *userdata, Link *l)
{
        ((Asker *)userdata)->closed = true;
}

static const LinkEvents events = {on_frame, on_closed};

static void call(Asker *a, Cloud *c, uint8_t who)
{
        uint8_t peer[LINK_PEER] = {who};
        Link *helping;

        *a = (Asker){0};
        assert_int_equal(link_pair_new(&a->link, &helping, c->clock, DELAY_MS, peer), 0);
        a->link->events = &events;
        a->link->userdata = a;
        relay_take(c->relay, helping);
}

static void ask_with(Asker *a, Cloud *c, const Frame *frame)
{
        assert_int_equal(link_send(a->link, frame), 0);
        step_clock_advance(c->clock, 2 * DELAY_MS);
}

enum {
        SMALL = ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        ANSWER_SMALL = ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG
};

static void ask(Asker *a, Cloud *c, uint16_t number)
{
        sealed[SMALL - 1] = (uint8_t)number;
        ask_with(a, c, &(Frame){FRAME_REQUEST, 0, number, 10000, sealed, SMALL});
}

/* ---- what is carried ---- */

static void requests_go_and_answers_come_back(void **state)
{
        Cloud c;
        Asker a;

        cloud_begin(&c);
        call(&a, &c, 1);
        for (uint16_t i = 0; i < 3; i++)
                ask(&a, &c, 100 + i);
        assert_int_equal(c.n, 3);
        assert_int_equal(c.carried[0]->len, SMALL);
        assert_int_equal(c.carried[0]->wait_ms, 10000);
        assert_int_equal(relay_last_helped(c.relay), clock_now(c.clock)); /* while somebody waits */
        answer(&c, 2, CARRIER_ANSWERED, ANSWER_SMALL);                    /* in any order */
        answer(&c, 0, CARRIER_ANSWERED, ENVELOPE_RESPONSE_MAX);
        answer(&c, 1, CARRIER_ANSWERED, ANSWER_SMALL);
        assert_int_equal(a.n, 3);
        for (unsigned i = 0; i < 3; i++) {
                static const uint16_t order[] = {102, 100, 101};

                assert_int_equal(a.heard[i].kind, FRAME_ANSWER);
                assert_int_equal(a.heard[i].number, order[i]);
                assert_int_equal(a.marks[i], order[i]);
        }
        assert_int_equal(relay_counts(c.relay)->answered, 3);
        link_free(a.link);
        cloud_end(&c);
}

static void failures_are_told(void **state)
{
        static const struct {
                const char *name;
                CarrierResult result;
                size_t len;
                FrameRefusal why;
        } rows[] = {
                {"no network", CARRIER_NO_NETWORK, 1, FRAME_NO_ROUTE},
                {"unreachable", CARRIER_UNREACHABLE, 1, FRAME_NO_ROUTE},
                {"certificate", CARRIER_TLS, 1, FRAME_NO_ROUTE},
                {"a log-in page", CARRIER_ANSWERED, 700, FRAME_NO_ROUTE},
                {"an empty answer", CARRIER_ANSWERED, 1, FRAME_NO_ROUTE},
                {"not opened", CARRIER_REFUSED, 1, FRAME_NOT_TAKEN},
                {"busy", CARRIER_BUSY, 1, FRAME_BUSY},
        };
        Cloud c;
        Asker a;

        cloud_begin(&c);
        call(&a, &c, 1);
        for (uint16_t i = 0; i < ARRAY_LEN(rows); i++) {
                ask(&a, &c, i);
                answer(&c, i, rows[i].result, rows[i].len);
                assert_case(rows[i].name, a.n == i + 1U && a.heard[i].kind == FRAME_REFUSED);
                assert_case(rows[i].name,
                            a.heard[i].number == i && a.heard[i].refusal == rows[i].why);
        }
        c.routed = false;
        ask(&a, &c, 99);
        assert_int_equal(c.n, ARRAY_LEN(rows)); /* nothing is tried */
        assert_int_equal(a.heard[a.n - 1].refusal, FRAME_NO_ROUTE);
        link_free(a.link);
        cloud_end(&c);
}

static void what_is_not_wanted_is_not_waited_for(void **state)
{
        Cloud c;
        Asker a;

        cloud_begin(&c);
        call(&a, &c, 1);
        ask(&a, &c, 1);
        ask(&a, &c, 2);
        ask_with(&a, &c, &(Frame){.kind = FRAME_CANCEL, .number = 1});
        assert_true(c.carried[0]->over);
        assert_false(c.carried[1]->over);
        link_free(a.link); /* the asking neighbour has gone */
        step_clock_advance(c.clock, 2 * DELAY_MS);
        assert_true(c.carried[1]->over);
        cloud_end(&c);
}

static void waiting_is_bounded(void **state)
{
        Cloud c;
        Asker a;

        cloud_begin(&c);
        call(&a, &c, 1);
        ask_with(&a, &c, &(Frame){FRAME_REQUEST, 0, 1, UINT32_MAX, sealed, SMALL});
        ask_with(&a, &c, &(Frame){FRAME_REQUEST, 0, 2, 0, sealed, SMALL});
        assert_int_equal(c.carried[0]->wait_ms, RELAY_WAIT_MAX_MS);
        assert_int_equal(c.carried[1]->wait_ms, 1000);
        answer(&c, 0, CARRIER_ANSWERED, ANSWER_SMALL);
        step_clock_advance(c.clock, RELAY_IDLE_MS);
        assert_false(a.closed); /* the other one is on its way */
        answer(&c, 1, CARRIER_ANSWERED, ANSWER_SMALL);
        step_clock_advance(c.clock, RELAY_IDLE_MS + DELAY_MS);
        assert_true(a.closed);
        link_free(a.link);
        cloud_end(&c);
}

/* ---- what is offered ---- */

static void call_by_bluetooth(Asker *a, Cloud *c, uint8_t who)
{
        uint8_t peer[LINK_PEER] = {who};
        Link *helping;

        *a = (Asker){0};
        assert_int_equal(link_pair_new(&a->link, &helping, c->clock, DELAY_MS, peer), 0);
        a->link->events = &events;
        a->link->userdata = a;
        helping->dear = true;
        relay_take(c->relay, helping);
}

static Frame ask_for_cloud(Asker *a, Cloud *c)
{
        size_t before = a->n;

        ask_with(a, c, &(Frame){.kind = FRAME_ASK, .number = 7});
        assert_int_equal(a->n, before + 1);
        assert_int_equal(a->heard[before].number, 7);
        return a->heard[before];
}

static void a_cloud_is_offered(void **state)
{
        uint8_t bytes[CLOUD_OFFER_MAX];
        CloudOffer o;
        Frame heard;
        Asker a;
        Cloud c;

        cloud_begin(&c);
        call_by_bluetooth(&a, &c, 1);
        heard = ask_for_cloud(&a, &c);
        assert_true(heard.kind == FRAME_REFUSED && heard.refusal == FRAME_NO_ROUTE);
        c.offers = true;
        heard = ask_for_cloud(&a, &c);
        (void)offer(&c, &o);
        assert_int_equal(heard.kind, FRAME_OFFER);
        assert_int_equal(heard.len, cloud_offer_write(bytes, &o));
        assert_int_equal(relay_counts(c.relay)->offered, 1);
        assert_int_equal(c.n, 0); /* the cloud hears nothing of it */
        c.routed = false;
        heard = ask_for_cloud(&a, &c);
        assert_true(heard.kind == FRAME_REFUSED && heard.refusal == FRAME_NO_ROUTE);
        link_free(a.link);
        cloud_end(&c);
}

static void nothing_is_offered_on_the_local_network(void **state)
{
        Frame heard;
        Asker a;
        Cloud c;

        cloud_begin(&c);
        c.offers = true;
        call(&a, &c, 1);
        heard = ask_for_cloud(&a, &c);
        assert_true(heard.kind == FRAME_REFUSED && heard.refusal == FRAME_NO_ROUTE);
        link_free(a.link);
        cloud_end(&c);
}

static void asking_for_ever_is_a_breach(void **state)
{
        unsigned offered = 0, n = 0;
        Asker a, good;
        Cloud c;

        cloud_begin(&c);
        c.offers = true;
        call_by_bluetooth(&a, &c, 1);
        for (; !a.closed && n < 1000; n++) {
                a.n = 0;
                ask_with(&a, &c, &(Frame){.kind = FRAME_ASK, .number = 7});
                offered += a.n > 0 && a.heard[0].kind == FRAME_OFFER;
        }
        assert_true(a.closed);
        assert_in_range(offered, RELAY_PEER_BURST / RELAY_ASK_COST,
                        RELAY_PEER_BURST / RELAY_ASK_COST + 5);
        call_by_bluetooth(&good, &c, 2);
        assert_int_equal(ask_for_cloud(&good, &c).kind, FRAME_OFFER);
        link_free(good.link);
        link_free(a.link);
        cloud_end(&c);
}

/* ---- bounds ---- */

static void too_many_at_a_time_wait(void **state)
{
        Cloud c;
        Asker a, other;

        cloud_begin(&c);
        call(&a, &c, 1);
        call(&other, &c, 1); /* a second link of the same neighbour */
        for (uint16_t i = 0; i < RELAY_AT_A_TIME; i++)
                ask(i % 2 ? &a : &other, &c, i);
        ask(&a, &c, 90);
        ask(&other, &c, 91);
        assert_int_equal(c.n, RELAY_AT_A_TIME);
        assert_int_equal(a.heard[0].refusal, FRAME_BUSY);
        assert_int_equal(other.heard[0].refusal, FRAME_BUSY);
        answer(&c, 0, CARRIER_ANSWERED, ANSWER_SMALL);
        ask(&a, &c, 92);
        assert_int_equal(c.n, RELAY_AT_A_TIME + 1);
        link_free(a.link);
        link_free(other.link);
        cloud_end(&c);
}

/* Returns how many requests it took. */
static unsigned flood(Asker *a, Cloud *c)
{
        unsigned n = 0;

        for (uint16_t i = 0; !a->closed && n < 10000; i++, n++) {
                assert_int_equal(
                        link_send(a->link, &(Frame){FRAME_REQUEST, 0, i, 0, sealed, SMALL}), 0);
                step_clock_advance(c->clock, 2 * DELAY_MS);
        }
        return n;
}

static void whoever_floods_is_cut_off_alone(void **state)
{
        Asker flooder, good, again;
        Cloud c;
        size_t before;

        cloud_begin(&c);
        call(&flooder, &c, 1);
        call(&good, &c, 2);
        ask(&good, &c, 1);
        assert_in_range(flood(&flooder, &c), RELAY_PATIENCE, RELAY_PATIENCE + RELAY_AT_A_TIME + 2);
        assert_true(flooder.closed);
        assert_int_equal(relay_counts(c.relay)->cut_off, 1);
        before = c.n;
        call(&again, &c, 1); /* shut out */
        ask(&again, &c, 1);
        assert_true(again.closed);
        assert_int_equal(c.n, before);
        assert_false(good.closed);
        answer(&c, 0, CARRIER_ANSWERED, ANSWER_SMALL);
        assert_int_equal(good.n, 1);
        link_free(again.link);
        step_clock_advance(c.clock, RELAY_SHUT_OUT_MS);
        call(&again, &c, 1);
        ask(&again, &c, 1);
        assert_int_equal(c.n, before + 1);
        link_free(again.link);
        link_free(flooder.link);
        link_free(good.link);
        cloud_end(&c);
}

static void the_same_number_twice_is_a_breach(void **state)
{
        Cloud c;
        Asker a;

        cloud_begin(&c);
        call(&a, &c, 1);
        ask(&a, &c, 1);
        ask(&a, &c, 1);
        assert_true(a.closed);
        assert_true(c.carried[0]->over);
        link_free(a.link);
        cloud_end(&c);
}

static void calling_off_for_ever_is_a_breach(void **state)
{
        Cloud c;
        Asker a;

        cloud_begin(&c);
        call(&a, &c, 1);
        for (unsigned i = 0; i <= RELAY_PATIENCE; i++)
                ask_with(&a, &c, &(Frame){.kind = FRAME_CANCEL, .number = (uint16_t)i});
        assert_true(a.closed);
        link_free(a.link);
        cloud_end(&c);
}

/* Answers count when they come: what was too much is waited for. */
static void bytes_are_bounded(void **state)
{
        Cloud c;
        Asker a;
        uint64_t bytes = 0;

        cloud_begin(&c);
        call(&a, &c, 1);
        for (uint16_t i = 0; i < CARRIED_MAX; i++) {
                ask(&a, &c, i);
                if (c.n == i)
                        break;
                answer(&c, i, CARRIER_ANSWERED, ENVELOPE_RESPONSE_MAX);
                bytes += ENVELOPE_RESPONSE_MAX;
        }
        assert_in_range(bytes, RELAY_PEER_BURST - ENVELOPE_RESPONSE_MAX,
                        RELAY_PEER_BURST + ENVELOPE_RESPONSE_MAX);
        assert_int_equal(a.heard[a.n - 1].refusal, FRAME_BUSY);
        step_clock_advance(c.clock, 1000 * ENVELOPE_RESPONSE_MAX / RELAY_PEER_RATE);
        ask(&a, &c, 200);
        assert_int_equal(c.carried[c.n - 1]->mark, 200);
        link_free(a.link);
        cloud_end(&c);
}

static void links_are_bounded(void **state)
{
        Asker a[RELAY_LINKS_MAX + 2];
        unsigned open = 0;
        Cloud c;

        cloud_begin(&c);
        for (uint8_t i = 0; i < ARRAY_LEN(a); i++)
                call(&a[i], &c, i < 3 ? 1 : i); /* the third of one neighbour is one too many */
        step_clock_advance(c.clock, 2 * DELAY_MS);
        for (unsigned i = 0; i < ARRAY_LEN(a); i++)
                open += !a[i].closed;
        assert_true(a[2].closed);
        assert_int_equal(open, RELAY_LINKS_MAX);
        for (unsigned i = 0; i < ARRAY_LEN(a); i++)
                link_free(a[i].link);
        step_clock_advance(c.clock, 2 * DELAY_MS);
        call(&a[0], &c, 50); /* there is room again */
        ask(&a[0], &c, 1);
        assert_int_equal(c.n, 1);
        link_free(a[0].link);
        cloud_end(&c);
}

/* Addresses cost nothing: many that misbehave fill the table and keep others out, for a while. */
static void neighbours_are_bounded(void **state)
{
        Asker a;
        Cloud c;

        cloud_begin(&c);
        for (uint8_t who = 0; who < RELAY_PEERS_MAX; who++) {
                call(&a, &c, who);
                ask(&a, &c, 1);
                ask(&a, &c, 1);
                assert_true(a.closed);
                link_free(a.link);
        }
        call(&a, &c, 200);
        step_clock_advance(c.clock, 2 * DELAY_MS);
        assert_true(a.closed);
        link_free(a.link);
        step_clock_advance(c.clock, RELAY_SHUT_OUT_MS);
        call(&a, &c, 200);
        step_clock_advance(c.clock, 2 * DELAY_MS);
        assert_false(a.closed);
        relay_stop(c.relay);
        step_clock_advance(c.clock, 2 * DELAY_MS);
        assert_true(a.closed);
        link_free(a.link);
        cloud_end(&c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(requests_go_and_answers_come_back),
                cmocka_unit_test(failures_are_told),
                cmocka_unit_test(what_is_not_wanted_is_not_waited_for),
                cmocka_unit_test(waiting_is_bounded),
                cmocka_unit_test(a_cloud_is_offered),
                cmocka_unit_test(nothing_is_offered_on_the_local_network),
                cmocka_unit_test(asking_for_ever_is_a_breach),
                cmocka_unit_test(too_many_at_a_time_wait),
                cmocka_unit_test(whoever_floods_is_cut_off_alone),
                cmocka_unit_test(the_same_number_twice_is_a_breach),
                cmocka_unit_test(calling_off_for_ever_is_a_breach),
                cmocka_unit_test(bytes_are_bounded),
                cmocka_unit_test(links_are_bounded),
                cmocka_unit_test(neighbours_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
