/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal asks the helpers around it for clouds: each once, few at a time, and what is no answer
 * counts for nothing. The neighbours here are the far ends of links and act as the case says. */
#include "daemon/help/asker.h"
#include "tests/sim/link-pair.h"
#include "tests/sim/step-clock.h"

#include "tests/unit/test.h"

typedef enum Act {
        OFFERS,
        OFFERS_NOTHING,
        BUSY_FIRST, /* and offers the second time */
        SHOWS_NO_WAY,
        ABSENT, /* no link can be made */
        MUTE,
        HANGS_UP,
        BABBLES, /* offers under another number */
        REPEATS, /* offers twice */
        ANSWERS, /* as to a request */
} Act;

enum { NEIGHBOURS = 8, DELAY_MS = 5 };

typedef struct Neighbour {
        struct Scene *scene;
        Act act;
        Token token;
        uint8_t cloud;
        Link *link; /* the helper's end */
        Timer *reached;
        unsigned asked, reaches;
} Neighbour;

typedef struct Scene {
        Radio radio;
        Clock *clock;
        Asker *asker;
        Neighbour n[NEIGHBOURS];
        unsigned news, most;
} Scene;

/* ---- neighbours ---- */

static void say(Neighbour *n, FrameKind kind, FrameRefusal why, uint16_t number)
{
        uint8_t bytes[CLOUD_OFFER_MAX];
        CloudOffer offer = {.identity.box_key.b = {n->cloud}, .name = "zoe", .url = "http://a"};
        Frame frame = {.kind = kind, .refusal = why, .number = number};

        if (kind == FRAME_OFFER) {
                frame.body = bytes;
                frame.len = cloud_offer_write(bytes, &offer);
        }
        assert_int_equal(link_send(n->link, &frame), 0);
}

static void on_asked(void *userdata, Link *l, const Frame *frame)
{
        Neighbour *n = userdata;

        n->asked++;
        assert_int_equal(frame->kind, FRAME_ASK);
        switch (n->act) {
        case REPEATS:
                say(n, FRAME_OFFER, 0, frame->number);
                say(n, FRAME_OFFER, 0, frame->number);
                return;
        case BUSY_FIRST:
                if (n->asked == 1) {
                        say(n, FRAME_REFUSED, FRAME_BUSY, frame->number);
                        return;
                }
                say(n, FRAME_OFFER, 0, frame->number);
                return;
        case OFFERS:
                say(n, FRAME_OFFER, 0, frame->number);
                return;
        case OFFERS_NOTHING:
                say(n, FRAME_REFUSED, FRAME_NO_ROUTE, frame->number);
                return;
        case BABBLES:
                say(n, FRAME_OFFER, 0, frame->number + 1);
                return;
        case ANSWERS:
                say(n, FRAME_ANSWER, 0, frame->number);
                return;
        case HANGS_UP:
                n->link = link_free(n->link);
                return;
        case MUTE:
        case ABSENT:
        case SHOWS_NO_WAY:
                return;
        }
}

static void on_closed(void *userdata, Link *l)
{
        Neighbour *n = userdata;

        n->link = link_free(n->link);
}

static const LinkEvents neighbour_events = {on_asked, on_closed};

static unsigned count_busy(const Scene *s)
{
        unsigned n = 0;

        for (unsigned i = 0; i < NEIGHBOURS; i++)
                n += s->n[i].reached || s->n[i].link;
        return n;
}

static void on_reached(void *userdata)
{
        static const uint8_t peer[LINK_PEER];
        Neighbour *n = userdata;
        Scene *s = n->scene;
        Link *asking = NULL;

        n->reached = timer_free(n->reached);
        if (n->act != ABSENT) {
                assert_int_equal(link_pair_new(&asking, &n->link, s->clock, DELAY_MS, peer), 0);
                asking->dear = true;
                n->link->events = &neighbour_events;
                n->link->userdata = n;
        }
        s->most = MAX(s->most, count_busy(s));
        assert_true(asker_awaits(s->asker, &s->radio, &n->token));
        asker_linked(s->asker, &s->radio, &n->token, asking);
}

static int fake_reach(Radio *r, const Token *token)
{
        Scene *s = (Scene *)r;
        Neighbour *n = &s->n[token->b[0]];

        if (n->act == SHOWS_NO_WAY)
                return -ENOENT;
        n->reaches++;
        return clock_restart(s->clock, &n->reached, DELAY_MS, on_reached, n);
}

static const RadioOps radio_ops = {.transport = SIGHTING_BLE, .dear = true, .reach = fake_reach};

/* ---- the scene ---- */

static void on_news(void *userdata)
{
        ((Scene *)userdata)->news++;
}

static void scene_begin(Scene *s)
{
        *s = (Scene){.radio.ops = &radio_ops};
        assert_int_equal(step_clock_new(&s->clock, 1000000), 0);
        assert_int_equal(asker_new(&s->asker, &(AskerDeps){s->clock, on_news, s}), 0);
        asker_start(s->asker);
}

static void scene_end(Scene *s)
{
        asker_free(s->asker);
        step_clock_advance(s->clock, 2 * DELAY_MS);
        for (unsigned i = 0; i < NEIGHBOURS; i++) {
                assert_null(s->n[i].link);
                timer_free(s->n[i].reached);
        }
        step_clock_free(s->clock);
}

static Neighbour *hear(Scene *s, unsigned i, Act act)
{
        Neighbour *n = &s->n[i];

        *n = (Neighbour){.scene = s, .act = act, .token.b = {(uint8_t)i}, .cloud = (uint8_t)i};
        asker_heard(s->asker, &s->radio, &n->token);
        return n;
}

static size_t count_offers(const Scene *s)
{
        const CloudOffer *offers;

        return asker_offers(s->asker, &offers);
}

static void pass(Scene *s, uint64_t ms)
{
        for (; ms > 0; ms -= MIN(ms, (uint64_t)10))
                step_clock_advance(s->clock, MIN(ms, (uint64_t)10));
}

/* ---- cases ---- */

/* What comes of one neighbour in ten seconds. */
static const struct {
        const char *name;
        Act act;
        size_t offers;
        unsigned asked_min, asked_max;
        bool busy;
} rows[] = {
        {"offers", OFFERS, 1, 1, 1, false},
        {"offers nothing", OFFERS_NOTHING, 0, 1, 1, false},
        {"is busy at first", BUSY_FIRST, 1, 2, 2, false},
        {"shows no way", SHOWS_NO_WAY, 0, 0, 0, false},
        {"cannot be reached", ABSENT, 0, 0, 0, false},
        {"says nothing", MUTE, 0, 1, 1, true},
        {"hangs up", HANGS_UP, 0, 2, 5, false},
        {"answers another question", BABBLES, 0, 1, 1, false},
        {"answers what was not asked", ANSWERS, 0, 1, 1, false},
        {"offers twice", REPEATS, 1, 1, 1, false},
};

static void each_kind_of_neighbour(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Neighbour *n;
                Scene s;

                scene_begin(&s);
                n = hear(&s, 0, rows[i].act);
                pass(&s, 10 * 1000);
                assert_case(rows[i].name, count_offers(&s) == rows[i].offers);
                assert_case(rows[i].name,
                            n->asked >= rows[i].asked_min && n->asked <= rows[i].asked_max);
                assert_case(rows[i].name, asker_busy(s.asker) == rows[i].busy);
                assert_case(rows[i].name, s.news > 0 && n->reaches < 8);
                scene_end(&s);
        }
}

static void a_way_that_is_shown_later_is_taken(void **state)
{
        Neighbour *n;
        Scene s;

        scene_begin(&s);
        n = hear(&s, 0, SHOWS_NO_WAY);
        pass(&s, 1000);
        n->act = OFFERS;
        asker_heard(s.asker, &s.radio, &n->token);
        pass(&s, 1000);
        assert_int_equal(count_offers(&s), 1);
        scene_end(&s);
}

/* One that swallows the question keeps none back. */
static void few_at_a_time_and_all_in_the_end(void **state)
{
        Scene s;

        scene_begin(&s);
        (void)hear(&s, 0, MUTE);
        for (unsigned i = 1; i < NEIGHBOURS; i++)
                (void)hear(&s, i, OFFERS);
        pass(&s, 10 * 1000);
        assert_int_equal(count_offers(&s), NEIGHBOURS - 1);
        assert_in_range(s.most, 1, ASKER_AT_A_TIME + 1); /* a link ends a moment after its answer */
        scene_end(&s);
}

static void a_cloud_counts_once(void **state)
{
        Scene s;

        scene_begin(&s);
        hear(&s, 0, OFFERS)->cloud = 7;
        hear(&s, 1, OFFERS)->cloud = 7;
        pass(&s, 1000);
        assert_int_equal(s.n[0].asked + s.n[1].asked, 2);
        assert_int_equal(count_offers(&s), 1);
        scene_end(&s);
}

static void nobody_is_asked_at_rest(void **state)
{
        Neighbour *n;
        Scene s;

        scene_begin(&s);
        asker_stop(s.asker);
        n = hear(&s, 0, OFFERS);
        pass(&s, 1000);
        assert_int_equal(n->reaches, 0);
        asker_start(s.asker);
        pass(&s, 1000);
        assert_int_equal(count_offers(&s), 1);
        asker_stop(s.asker);
        assert_int_equal(count_offers(&s), 1);
        asker_start(s.asker);
        assert_int_equal(count_offers(&s), 0); /* asked anew */
        pass(&s, 1000);
        assert_int_equal(n->asked, 2);
        scene_end(&s);
}

/* Of a crowd that offers anything there are as many as are told of. */
static void offers_are_bounded(void **state)
{
        Scene s;

        scene_begin(&s);
        for (unsigned i = 0; i < 2 * ASKER_TOKENS_MAX; i++) {
                Neighbour *n = hear(&s, i % NEIGHBOURS, OFFERS);

                asker_gone(s.asker, &s.radio, &n->token);
                n->token.b[1] = (uint8_t)(i / NEIGHBOURS);
                n->cloud = (uint8_t)i;
                asker_heard(s.asker, &s.radio, &n->token);
                pass(&s, 1000);
                asker_gone(s.asker, &s.radio, &n->token);
        }
        assert_int_equal(count_offers(&s), ASKER_OFFERS_MAX);
        scene_end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_kind_of_neighbour),
                cmocka_unit_test(a_way_that_is_shown_later_is_taken),
                cmocka_unit_test(few_at_a_time_and_all_in_the_end),
                cmocka_unit_test(a_cloud_counts_once),
                cmocka_unit_test(nobody_is_asked_at_rest),
                cmocka_unit_test(offers_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
