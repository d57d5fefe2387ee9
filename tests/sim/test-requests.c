/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every request a terminal can make, sent at every moment by a registered stranger or by a member
 * of the group: in its own name, in that of another, in nobody's; twice; and what honest people
 * have sent, once more. The others exchange their cards all the same, with the same phrase and
 * level. The stranger gets nothing of theirs, and the hostile member no card key before its own.
 */
#include "world.h"

#include "daemon/exchange/exchange-context.h"
#include "hostile-requests.h"
#include "src/base/log.h"
#include "step-clock.h"
#include "tap.h"
#include "tests/unit/fixed-random.h"
#include "tests/unit/test.h"

enum {
        PEOPLE = 3,
        HOSTILE = PEOPLE,
        ALL,
        WINDOW_S = 10,
        VETO_MS = 5000,
        NEVER_MS = 24 * 60 * 60 * 1000, /* the hostile terminal releases nothing */
        CALL_MS = 60 * 1000,
        RUN_MS = 5 * 60 * 1000,
        STORMS = 3,
        KEPT_MAX = 512,
};

#define DIGITS "4821"
#define RIGHT "4821 tiger maple"
#define WRONG "4821 zebra kayak"

typedef struct Role {
        const char *name, *people, *hostile; /* codes */
        int place;                           /* of the hostile terminal; others are at 0 */
        /* It may be on the roster. With words the cloud takes along who claims to be there. */
        bool listed;
        bool hears; /* it knows a token of the others. In a party that means that it is there */
} Role;

static const Role roles[] = {
        {"a stranger with the digits, party", DIGITS, DIGITS, 1, false, false},
        {"a stranger with the digits", RIGHT, WRONG, 1, true, false},
        {"a stranger with a token", RIGHT, WRONG, 1, true, true},
        {"a stranger with the words", RIGHT, RIGHT, 1, true, false},
        {"a member without the words", RIGHT, WRONG, 0, true, true},
        {"a member", RIGHT, RIGHT, 0, true, true},
        {"a member, party", DIGITS, DIGITS, 0, true, true},
};

typedef struct Kept {
        uint8_t *bytes;
        size_t len;
} Kept;

typedef struct Scene {
        const Role *role;
        char row[96];
        World *world;
        SimPress *p[ALL];
        Tap tap;
        Arena arena;
        Id forged; /* a member of which nothing is real */
        bool posted_card_key;
        Kept kept[KEPT_MAX]; /* what honest people have sent */
        size_t n_kept;
        unsigned answers;
} Scene;

/* ---- what the hostile terminal is told ---- */

static bool is_honest(const Scene *s, ProtobufCBinaryData id)
{
        for (unsigned i = 0; i < PEOPLE; i++)
                if (memcmp(s->p[i]->member.b, id.data, sizeof(Id)) == 0)
                        return true;
        return false;
}

/* The member in whose name a request is; NULL: it needs none. */
static const ProtobufCBinaryData *speaker(const WireRequest *r)
{
        const ProtobufCFieldDescriptor *f =
                protobuf_c_message_descriptor_get_field(r->base.descriptor, r->body_case);
        const ProtobufCMessage *body = (const ProtobufCMessage *)r->describe;

        f = protobuf_c_message_descriptor_get_field_by_name(f->descriptor, "member_id");
        return f ? (const void *)((const uint8_t *)body + f->offset) : NULL;
}

static void check_watched(Scene *s, const PbWatched *w)
{
        for (size_t i = 0; i < w->n_openings && !s->role->listed; i++)
                assert_case(s->row, !is_honest(s, w->openings[i]->member_id));
        for (size_t i = 0; i < w->n_messages && !s->role->listed; i++)
                assert_case(s->row, !is_honest(s, w->messages[i]->from));
        assert_case(s->row, w->n_card_keys == 0 || s->posted_card_key);
}

static void check_page(Scene *s, const PbListPage *page)
{
        for (size_t i = 0; i < page->n_pieces && !s->role->listed; i++)
                assert_case(s->row, !is_honest(s, page->pieces[i]->member_id));
}

static void check_told(Scene *s, const WireRequest *asked, const WireResponse *told)
{
        const ProtobufCBinaryData *member = speaker(asked);

        s->answers++;
        /* a member that is not of the account has left it: that is no news */
        if (member && is_honest(s, *member) && told->status == PB_STATUS_OK &&
            asked->body_case != PB_REQUEST_BODY_LEAVE)
                fail_msg("%s: in the name of an honest member", s->row);
        switch (told->body_case) {
        case PB_RESPONSE_BODY_WATCHED:
                check_watched(s, told->watched);
                break;
        case PB_RESPONSE_BODY_LIST_PAGE:
                check_page(s, told->list_page);
                break;
        case PB_RESPONSE_BODY_RECORD_PAGE:
                fail_msg("%s: a record without its password", s->row);
                break;
        default:
                break;
        }
}

static void keep(Scene *s, const Tapped *t)
{
        if (s->n_kept == KEPT_MAX || t->asked->body_case == PB_REQUEST_BODY_WATCH ||
            t->asked->body_case == PB_REQUEST_BODY_OPEN_SESSION)
                return;
        s->kept[s->n_kept].bytes = malloc(t->n_question);
        s->kept[s->n_kept].len = t->n_question;
        assert_non_null(s->kept[s->n_kept].bytes);
        memcpy(s->kept[s->n_kept++].bytes, t->question, t->n_question);
}

static void on_tapped(void *userdata, Tapped *t)
{
        _cleanup_(wire_response_freep) WireResponse *told = NULL;
        Scene *s = userdata;

        if (t->terminal != HOSTILE) {
                keep(s, t);
                return;
        }
        for (size_t i = 0;
             t->asked->body_case == PB_REQUEST_BODY_POST && i < t->asked->post->n_messages; i++)
                s->posted_card_key |= t->asked->post->messages[i]->kind == PB_MESSAGE_CARD_KEY;
        assert_int_equal(wire_unpack_response(&told, t->plain, t->n_plain), 0);
        check_told(s, t->asked, told);
}

/* ---- what it sends ---- */

static void on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
}

static void send_request(Scene *s, WireRequest *request)
{
        Terminal *t = s->p[HOSTILE]->terminal;
        uint64_t until = clock_now(&t->clock.clock) + CALL_MS;

        assert_int_equal(
                cloud_client_call(t->client, NULL, request, until, CALL_MS, on_answer, NULL), 0);
}

static const char *record_number(const Scene *s)
{
        const Group *g = s->p[0]->exchange->group;

        return g ? g->roster->record_number : "12345678903";
}

/* In its own name, in that of the opener, in one that it makes up; each twice. */
static void send_row(Scene *s, const HostileRow *row)
{
        HostileAim aims[3];

        for (size_t i = 0; i < ARRAY_LEN(aims); i++) {
                aims[i] = (HostileAim){.other = s->p[0]->member,
                                       .number = record_number(s),
                                       .handle = "terminal 0"};
                aims[i].member = s->forged;
                randombytes_buf(&aims[i].own, sizeof aims[i].own);
                randombytes_buf(&aims[i].heard, sizeof aims[i].heard);
                if (s->role->hears)
                        aims[i].heard = s->p[1]->exchange->s.token;
        }
        aims[0].member = s->p[HOSTILE]->member;
        aims[1].member = s->p[0]->member;
        aims[1].other = s->p[HOSTILE]->member;
        for (size_t i = 0; i < 2 * ARRAY_LEN(aims); i++)
                send_request(s, hostile_request(&s->arena, row, &aims[i / 2]));
        arena_done(&s->arena);
        s->arena = arena_bounded(WIRE_ARENA_MAX);
}

static void send_kept(Scene *s)
{
        for (size_t i = 0; i < s->n_kept; i++) {
                _cleanup_(wire_request_freep) WireRequest *again = NULL;

                assert_int_equal(wire_unpack_request(&again, s->kept[i].bytes, s->kept[i].len), 0);
                send_request(s, again);
        }
}

static void send_storm(Scene *s)
{
        size_t order[64], n = hostile_requests.n;

        assert_true(n <= ARRAY_LEN(order));
        for (size_t i = 0; i < n; i++)
                order[i] = i;
        for (size_t i = n; i > 1; i--) {
                size_t other = chance_below(&s->world->chance, (uint32_t)i), kept = order[i - 1];

                order[i - 1] = order[other];
                order[other] = kept;
        }
        for (size_t i = 0; i < n; i++)
                send_row(s, &hostile_requests.rows[order[i]]);
}

/* ---- people beside it ---- */

static void scene_begin(Scene *s, const Role *role, const char *row, uint64_t seed)
{
        *s = (Scene){.role = role, .arena = arena_bounded(WIRE_ARENA_MAX)};
        (void)snprintf(s->row, sizeof s->row, "%s: %s", role->name, row);
        fixed_random(s->row);
        assert_int_equal(world_new(&s->world, seed, ALL, ":memory:"), 0);
        for (unsigned i = 0; i < ALL; i++)
                assert_int_equal(world_press(s->world, i, 0, i == HOSTILE ? role->place : 0,
                                             i == HOSTILE ? role->hostile : role->people, WINDOW_S,
                                             i == HOSTILE ? NEVER_MS : VETO_MS, &s->p[i]),
                                 0);
        randombytes_buf(&s->forged, sizeof s->forged);
        tap_begin(&s->tap, s->world, on_tapped, s);
}

static void scene_end(Scene *s)
{
        tap_end(&s->tap);
        for (size_t i = 0; i < s->n_kept; i++)
                free(s->kept[i].bytes);
        arena_done(&s->arena);
        world_free(s->world);
}

/* The state that all honest people have reached. */
static ExchangeState reached(const Scene *s)
{
        ExchangeState state = EXCHANGE_DELIVERED;

        for (unsigned i = 0; i < PEOPLE; i++)
                state = MIN(state, exchange_state(s->p[i]->exchange));
        return state;
}

static void scene_run(Scene *s, void (*act)(Scene *s, const HostileRow *row), const HostileRow *row)
{
        ExchangeState last = EXCHANGE_LISTENING;
        uint64_t end = clock_now(s->world->clock) + RUN_MS;

        while (clock_now(s->world->clock) < end && step_clock_next(s->world->clock)) {
                ExchangeState now = reached(s);

                if (now != last)
                        act(s, row);
                last = now;
        }
}

static void check_people(const Scene *s)
{
        for (unsigned i = 0; i < PEOPLE; i++) {
                const SimPress *p = s->p[i];
                size_t cards = world_cards_of(p);

                if (p->ended != EXCHANGE_DELIVERED || cards != PEOPLE - 1)
                        fail_msg("%s: %s has %zu cards, state %s, error %d", s->row, p->name, cards,
                                 exchange_state_name(exchange_state(p->exchange)), (int)p->error);
                assert_case(s->row,
                            exchange_level(p->exchange) == (strcmp(s->role->people, DIGITS) != 0
                                                                    ? LEVEL_PROVEN
                                                                    : LEVEL_UNCHECKED));
                assert_string_equal(exchange_phrase(p->exchange),
                                    exchange_phrase(s->p[0]->exchange));
        }
        assert_case(s->row, world_cards_of(s->p[HOSTILE]) == 0 && s->answers > 0);
        assert_case(s->row, !s->world->violation);
}

static void act_row(Scene *s, const HostileRow *row)
{
        send_row(s, row);
}

static void act_again(Scene *s, const HostileRow *row)
{
        send_kept(s);
}

static void act_storm(Scene *s, const HostileRow *row)
{
        send_storm(s);
        send_kept(s);
}

static void run_scene(const Role *role, const char *name, uint64_t seed,
                      void (*act)(Scene *s, const HostileRow *row), const HostileRow *row)
{
        const char *only = getenv("HUDDLE_SIM_ROW");
        Scene s;

        if (only && strcmp(only, name) != 0)
                return;
        scene_begin(&s, role, name, seed);
        scene_run(&s, act, row);
        check_people(&s);
        scene_end(&s);
}

static void every_request_has_a_row(void **state)
{
        hostile_check_rows();
}

static void every_request(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(roles); i++)
                for (size_t k = 0; k < hostile_requests.n; k++)
                        run_scene(&roles[i], hostile_requests.rows[k].name, k + 1, act_row,
                                  &hostile_requests.rows[k]);
}

static void what_others_sent(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(roles); i++)
                run_scene(&roles[i], "what others sent", i + 1, act_again, NULL);
}

static void all_at_once(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(roles); i++)
                for (unsigned seed = 1; seed <= STORMS; seed++)
                        run_scene(&roles[i], "all at once", seed, act_storm, NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_request_has_a_row),
                cmocka_unit_test(every_request),
                cmocka_unit_test(what_others_sent),
                cmocka_unit_test(all_at_once),
        };

        log_set_level(LOG_ERR);
        log_open("test-requests");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
