/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-guests.c - the cloud's side of guests: their accounts, who lets them in, and their bounds */
#include "fixture.h"

#include "src/protocol/guests.h"
#include "src/protocol/record.h"

enum { FOUR = 4, GUEST_MS_MORE = GUEST_MS + 61 * 1000 };

/* Terminals and guests of one cloud. */
typedef struct Party {
        Cloud cloud;
        Terminal t[FOUR], g[FOUR];
} Party;

static void party_begin(Party *p)
{
        memset(p, 0, sizeof *p);
        cloud_begin(&p->cloud, NULL);
        p->cloud.settings.guests = true;
}

static Terminal *party_terminal(Party *p, unsigned i)
{
        char handle[16];

        (void)snprintf(handle, sizeof handle, "person %u", i);
        terminal_ready_made(&p->t[i], &p->cloud, handle);
        return &p->t[i];
}

static Terminal *party_guest(Party *p, unsigned i)
{
        Terminal *g = &p->g[i];

        terminal_begin(g, &p->cloud);
        assert_int_equal(terminal_register_guest(g), OK);
        assert_int_equal(terminal_open_session(g), OK);
        member_keys_mark(&g->keys, MARK_GUEST);
        return g;
}

static const char *status_name(int status)
{
        return status == OK ? "ok" : status == PB_STATUS_NO_GUESTS ? "no guests" : "other";
}

typedef struct Pressing {
        GuestMark mark; /* of a terminal */
        bool words, fix;
        int32_t north_e7;
        const Sighting *heard;
        const char *route;
} Pressing;

/* Joins, and returns the status; *ret: members of the group. */
static int press(Terminal *t, const Pressing *how, uint32_t *ret, PbJoinVerdict *ret_verdict)
{
        JoinRequest join;
        WireResponse *w;
        int status;

        if (how->mark != MARK_NONE)
                member_keys_mark(&t->keys, how->mark);
        terminal_join_request(t, &join, how->route ? how->route : "4821");
        join.serial.fix.known = how->fix;
        join.serial.fix.latitude_e7 += how->north_e7;
        if (how->heard) {
                join.serial.heard[0] = *how->heard;
                join.serial.n_heard = 1;
        }
        wire_serial_fill(&join.wire, &join.serial);
        join.join.words = how->words;
        join.join.guests = how->mark == MARK_WELCOME   ? PB_GUESTS_WELCOME
                           : how->mark == MARK_REFUSED ? PB_GUESTS_REFUSED
                                                       : PB_GUESTS_UNSAID;
        w = terminal_call(t, &join.request);
        status = w->status;
        *ret = status == OK ? w->joined->member_count : 0;
        if (ret_verdict)
                *ret_verdict = status == OK ? w->joined->verdict : PB_JOIN_UNSPECIFIED;
        (void)wire_response_free(w);
        return status;
}

static void expect_press(Terminal *t, const Pressing *how, int status, uint32_t members)
{
        uint32_t n;

        assert_string_equal(status_name(press(t, how, &n, NULL)), status_name(status));
        assert_int_equal(n, members);
}

static Sighting screen_of(const Terminal *t)
{
        Sighting s = {.transport = SIGHTING_SCREEN};

        screen_token(&s.token, &t->token);
        return s;
}

static PbWatched look(Terminal *t)
{
        WireResponse *w = terminal_watch(t, 0, 0, 0);
        PbWatched seen = w->status == OK ? *w->watched : (PbWatched)PB_WATCHED_INIT;

        (void)wire_response_free(w); /* numbers alone are used */
        return seen;
}

/* ---- accounts ---- */

static void an_account_costs_a_key(void **state)
{
        WireRequest request = PB_REQUEST_INIT;
        PbDescribe describe = PB_DESCRIBE_INIT;
        WireResponse *w;
        Party p;

        party_begin(&p);
        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &describe;
        terminal_begin(&p.g[0], &p.cloud);
        w = terminal_call(&p.g[0], &request);
        assert_true(w->description->guests);
        (void)wire_response_free(w);
        assert_int_equal(terminal_open_session(&p.g[0]), PB_STATUS_NO_ACCOUNT);
        assert_int_equal(terminal_register_guest(&p.g[0]), OK);
        assert_int_equal(terminal_register_guest(&p.g[0]), OK); /* the same again */
        assert_int_equal(terminal_open_session(&p.g[0]), OK);
        assert_int_equal(terminal_register(&p.g[0], "zoe"), PB_STATUS_CONFLICT);
        party_terminal(&p, 0);
        assert_int_equal(terminal_register_guest(&p.t[0]), PB_STATUS_CONFLICT);
        party_guest(&p, 1); /* two without a handle */
        cloud_end(&p.cloud);
}

static void a_cloud_may_take_none(void **state)
{
        Party p;

        party_begin(&p);
        p.cloud.settings.guests = false;
        terminal_begin(&p.g[0], &p.cloud);
        assert_int_equal(terminal_register_guest(&p.g[0]), PB_STATUS_NO_GUESTS);
        assert_int_equal(terminal_open_session(&p.g[0]), PB_STATUS_NO_ACCOUNT);
        cloud_end(&p.cloud);
}

static void a_signature_is_of_its_key(void **state)
{
        Party p;

        party_begin(&p);
        terminal_begin(&p.g[0], &p.cloud);
        terminal_begin(&p.g[1], &p.cloud);
        p.g[0].account.public_key = p.g[1].account.public_key;
        assert_int_equal(terminal_register_guest(&p.g[0]), PB_STATUS_MALFORMED);
        cloud_end(&p.cloud);
}

static void guests_do_nothing_but_take_part(void **state)
{
        PbConfirm confirm = PB_CONFIRM_INIT;
        PbPutProfile put_profile = PB_PUT_PROFILE_INIT;
        PbGetProfile get_profile = PB_GET_PROFILE_INIT;
        PbDrawRoute draw_route = PB_DRAW_ROUTE_INIT;
        PbGetRecord get_record = PB_GET_RECORD_INIT;
        PbPutRecord put_record = PB_PUT_RECORD_INIT;
        PbRevokeRecord revoke_record = PB_REVOKE_RECORD_INIT;
        PbFetchRecord fetch_record = PB_FETCH_RECORD_INIT;
        WireRequest requests[8];
        uint8_t bytes[RECORD_ESCROW_SIZE] = {0};
        char number[RECORD_NUMBER_SIZE];
        Terminal *g;
        Party p;

        party_begin(&p);
        g = party_guest(&p, 0);
        record_number_draw(number);
        confirm.code = (char *)"123456";
        get_record.member_id = put_record.member_id = revoke_record.member_id =
                wire_bytes(g->keys.id.b, sizeof g->keys.id.b);
        put_record.token_hash = revoke_record.token = fetch_record.token = wire_bytes(bytes, 32);
        put_record.escrow = wire_bytes(bytes, sizeof bytes);
        fetch_record.number = number;
        fetch_record.max_bytes = 8192;
        for (unsigned i = 0; i < ARRAY_LEN(requests); i++)
                pb_request_init(&requests[i]);
        requests[0].body_case = PB_REQUEST_BODY_CONFIRM;
        requests[0].confirm = &confirm;
        requests[1].body_case = PB_REQUEST_BODY_PUT_PROFILE;
        requests[1].put_profile = &put_profile;
        requests[2].body_case = PB_REQUEST_BODY_GET_PROFILE;
        requests[2].get_profile = &get_profile;
        requests[3].body_case = PB_REQUEST_BODY_DRAW_ROUTE;
        requests[3].draw_route = &draw_route;
        requests[4].body_case = PB_REQUEST_BODY_GET_RECORD;
        requests[4].get_record = &get_record;
        requests[5].body_case = PB_REQUEST_BODY_PUT_RECORD;
        requests[5].put_record = &put_record;
        requests[6].body_case = PB_REQUEST_BODY_REVOKE_RECORD;
        requests[6].revoke_record = &revoke_record;
        requests[7].body_case = PB_REQUEST_BODY_FETCH_RECORD;
        requests[7].fetch_record = &fetch_record;
        for (unsigned i = 0; i < ARRAY_LEN(requests); i++)
                assert_int_equal(terminal_ask(g, &requests[i]), PB_STATUS_NO_GUESTS);
        cloud_end(&p.cloud);
}

static uint64_t count_accounts(Cloud *c)
{
        StoreCounts n;

        assert_int_equal(store_begin(c->store), 0);
        assert_int_equal(store_count(c->store, &n), 0);
        assert_int_equal(store_commit(c->store), 0);
        return n.accounts;
}

static void a_flood_is_bounded(void **state)
{
        enum { TRIES = 100 };
        unsigned taken = 0;
        Terminal g;
        Party p;

        party_begin(&p);
        p.cloud.settings.guests_per_hour = 5;
        for (unsigned i = 0; i < TRIES; i++) {
                terminal_begin(&g, &p.cloud);
                g.origin = (ApiOrigin){{192, 0, 2, 1}, 4};
                taken += terminal_register_guest(&g) == OK;
        }
        assert_int_equal(taken, 5);
        assert_int_equal(count_accounts(&p.cloud), 5);
        terminal_begin(&g, &p.cloud);
        g.origin = (ApiOrigin){{192, 0, 2, 2}, 4};
        assert_int_equal(terminal_register_guest(&g), OK); /* from elsewhere */
        cloud_end(&p.cloud);
}

static void a_flood_from_everywhere_is_bounded(void **state)
{
        enum { TRIES = 300 };
        unsigned taken = 0;
        Terminal g;
        Party p;

        party_begin(&p);
        p.cloud.settings.guests_per_hour = 1; /* a hundred of all */
        for (unsigned i = 0; i < TRIES; i++) {
                terminal_begin(&g, &p.cloud);
                g.origin = (ApiOrigin){{10, 0, (uint8_t)(i >> 8), (uint8_t)i}, 4};
                taken += terminal_register_guest(&g) == OK;
        }
        assert_in_range(taken, 50, 100); /* addresses may share a bucket */
        assert_int_equal(count_accounts(&p.cloud), taken);
        step_clock_advance(p.cloud.clock, GUEST_MS_MORE);
        assert_int_equal(count_accounts(&p.cloud), 0);
        cloud_end(&p.cloud);
}

static void an_account_goes_with_its_group(void **state)
{
        Party p;

        party_begin(&p);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME, .fix = true}, OK, 1);
        expect_press(party_guest(&p, 0), &(Pressing){.fix = true}, OK, 2);
        party_guest(&p, 1); /* it joins nobody */
        assert_int_equal(count_accounts(&p.cloud), 3);
        step_clock_advance(p.cloud.clock, GUEST_MS_MORE);
        assert_int_equal(count_accounts(&p.cloud), 2);
        step_clock_advance(p.cloud.clock, p.cloud.settings.expiry_ms - GUEST_MS_MORE - 61 * 1000);
        assert_int_equal(terminal_open_session(&p.g[0]), OK);
        step_clock_advance(p.cloud.clock, 3 * 61 * 1000);
        assert_int_equal(terminal_open_session(&p.g[0]), PB_STATUS_NO_ACCOUNT);
        assert_int_equal(count_accounts(&p.cloud), 1);
        cloud_end(&p.cloud);
}

static void an_account_that_left_goes_soon(void **state)
{
        Party p;

        party_begin(&p);
        expect_press(party_guest(&p, 0), &(Pressing){.fix = true}, OK, 1);
        assert_int_equal(terminal_simple(&p.g[0], PB_REQUEST_BODY_LEAVE), OK);
        assert_int_equal(terminal_open_session(&p.g[0]), OK);
        step_clock_advance(p.cloud.clock, GUEST_MS_MORE);
        assert_int_equal(count_accounts(&p.cloud), 0);
        cloud_end(&p.cloud);
}

static void forgetting_deletes_at_once(void **state)
{
        Party p;

        party_begin(&p);
        party_guest(&p, 0);
        assert_int_equal(terminal_simple(&p.g[0], PB_REQUEST_BODY_UNREGISTER), OK);
        assert_int_equal(count_accounts(&p.cloud), 0);
        assert_int_equal(terminal_register_guest(&p.g[0]), PB_STATUS_CONFLICT); /* a replay */
        cloud_end(&p.cloud);
}

/* ---- who lets them in ---- */

static void a_screen_brings_a_guest_in(void **state)
{
        Sighting seen;
        Party p;

        party_begin(&p);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME}, OK, 1);
        seen = screen_of(&p.t[0]);
        expect_press(party_guest(&p, 0), &(Pressing){.heard = NULL}, OK,
                     1); /* typed digits alone */
        expect_press(party_guest(&p, 1), &(Pressing){.heard = &seen}, OK, 2);
        assert_int_equal(look(&p.t[0]).guest_count, 1);
        assert_int_equal(look(&p.g[1]).member_count, 2);
        cloud_end(&p.cloud);
}

static void a_screen_is_of_its_code_window_and_place(void **state)
{
        Sighting seen, wrong = {.transport = SIGHTING_SCREEN, .token = {"wrongone"}};
        uint32_t n;
        Party p;

        party_begin(&p);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME, .fix = true}, OK, 1);
        seen = screen_of(&p.t[0]);
        expect_press(party_guest(&p, 0), &(Pressing){.heard = &wrong}, OK, 1);
        expect_press(party_guest(&p, 1), &(Pressing){.heard = &seen, .route = "1384"}, OK, 1);
        expect_press(party_guest(&p, 2),
                     &(Pressing){.heard = &seen, .fix = true, .north_e7 = 10000000}, OK, 1);
        step_clock_advance(p.cloud.clock, 61 * 1000);
        assert_int_equal(press(party_guest(&p, 3), &(Pressing){.heard = &seen}, &n, NULL), OK);
        assert_int_equal(n, 1);
        cloud_end(&p.cloud);
}

/* Who has read a screen cannot pass for somebody who was heard, nor can who knows the token in the
 * air pass for one who has read it. */
static void a_screen_is_no_radio(void **state)
{
        Sighting seen, as_radio, heard;
        Party p;

        party_begin(&p);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME}, OK, 1);
        seen = screen_of(&p.t[0]);
        as_radio = seen;
        as_radio.transport = SIGHTING_MDNS;
        heard = (Sighting){.transport = SIGHTING_MDNS, .token = p.t[0].token};
        expect_press(party_terminal(&p, 1), &(Pressing){.mark = MARK_WELCOME, .heard = &as_radio},
                     OK, 1);
        expect_press(party_terminal(&p, 2), &(Pressing){.mark = MARK_WELCOME, .heard = &seen}, OK,
                     1);
        expect_press(party_guest(&p, 0), &(Pressing){.heard = &heard}, OK, 1);
        heard.transport = SIGHTING_SCREEN;
        expect_press(party_guest(&p, 1), &(Pressing){.heard = &heard}, OK, 1);
        expect_press(party_terminal(&p, 3), &(Pressing){.mark = MARK_WELCOME, .heard = &heard}, OK,
                     1);
        cloud_end(&p.cloud);
}

static void the_opener_decides(void **state)
{
        static const struct {
                GuestMark opener, second;
                int status;
                uint32_t members;
        } cases[] = {
                {MARK_WELCOME, MARK_NONE, OK, 3},
                {MARK_WELCOME, MARK_WELCOME, OK, 3},
                {MARK_WELCOME, MARK_REFUSED, PB_STATUS_NO_GUESTS, 0},
                {MARK_NONE, MARK_WELCOME, PB_STATUS_NO_GUESTS, 0},
                {MARK_REFUSED, MARK_WELCOME, PB_STATUS_NO_GUESTS, 0},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Party p;

                party_begin(&p);
                expect_press(party_terminal(&p, 0),
                             &(Pressing){.mark = cases[i].opener, .fix = true}, OK, 1);
                expect_press(party_terminal(&p, 1),
                             &(Pressing){.mark = cases[i].second, .fix = true}, OK, 2);
                expect_press(party_guest(&p, 0), &(Pressing){.fix = true}, cases[i].status,
                             cases[i].members);
                assert_int_equal(look(&p.t[1]).guest_count, cases[i].status == OK);
                cloud_end(&p.cloud);
        }
}

static void joined_tells_whether_guests_may_come(void **state)
{
        for (unsigned i = 0; i < 3; i++) {
                JoinRequest join;
                WireResponse *w;
                Party p;

                party_begin(&p);
                party_terminal(&p, 0);
                p.cloud.settings.guests = i != 1;
                terminal_join_request(&p.t[0], &join, "4821");
                join.join.guests = i == 2 ? PB_GUESTS_UNSAID : PB_GUESTS_WELCOME;
                w = terminal_call(&p.t[0], &join.request);
                assert_int_equal(w->joined->guests_welcome, i == 0);
                (void)wire_response_free(w);
                cloud_end(&p.cloud);
        }
}

/* A terminal that refuses guests does not come to a group that has some. */
static void who_refuses_guests_stays_apart(void **state)
{
        PbJoinVerdict verdict;
        uint32_t n;
        Party p;

        party_begin(&p);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME, .fix = true}, OK, 1);
        expect_press(party_guest(&p, 0), &(Pressing){.fix = true}, OK, 2);
        assert_int_equal(press(party_terminal(&p, 1),
                               &(Pressing){.mark = MARK_REFUSED, .fix = true}, &n, &verdict),
                         OK);
        assert_int_equal(verdict, PB_JOIN_OPENED);
        step_clock_advance(p.cloud.clock, 61 * 1000);
        assert_int_equal(look(&p.t[0]).member_count, 2);
        assert_int_equal(look(&p.t[0]).phase, PB_PHASE_OPENING);
        assert_int_equal(look(&p.t[1]).phase, PB_PHASE_ALONE);
        cloud_end(&p.cloud);
}

static void a_terminal_takes_over_from_guests(void **state)
{
        PbJoinVerdict verdict;
        uint32_t n;
        Party p;

        party_begin(&p);
        expect_press(party_guest(&p, 0), &(Pressing){.fix = true}, OK, 1);
        expect_press(party_guest(&p, 1), &(Pressing){.fix = true}, OK, 2); /* guests alone */
        step_clock_advance(p.cloud.clock, 20 * 1000);
        terminal_press(party_terminal(&p, 0));
        assert_int_equal(
                press(&p.t[0], &(Pressing){.mark = MARK_WELCOME, .fix = true}, &n, &verdict), OK);
        assert_int_equal(n, 3);
        assert_int_equal(verdict, PB_JOIN_OPENED);
        assert_true(look(&p.t[0]).opener);
        assert_int_equal(terminal_simple(&p.g[0], PB_REQUEST_BODY_CLOSE), PB_STATUS_CONFLICT);
        step_clock_advance(p.cloud.clock, 50 * 1000); /* the guests' window would be over */
        assert_int_equal(look(&p.t[0]).phase, PB_PHASE_GATHERING);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_LEAVE), OK);
        assert_true(look(&p.g[0]).opener);
        cloud_end(&p.cloud);
}

/* Two guests have said that all are there; the window of the terminal that comes then is whole. */
static void a_terminal_has_its_window_beside_guests(void **state)
{
        static const Pressing guest = {.fix = true};
        Party p;

        party_begin(&p);
        p.cloud.settings.settle_ms = 1500;
        expect_press(party_guest(&p, 0), &guest, OK, 1);
        expect_press(party_guest(&p, 1), &guest, OK, 2);
        assert_int_equal(terminal_simple(&p.g[0], PB_REQUEST_BODY_CLOSE), OK);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME, .fix = true}, OK, 3);
        step_clock_advance(p.cloud.clock, 50 * 1000);
        assert_int_equal(look(&p.t[0]).phase, PB_PHASE_GATHERING);
        cloud_end(&p.cloud);
}

static void a_terminal_that_takes_none_does_not_take_over(void **state)
{
        Party p;

        party_begin(&p);
        expect_press(party_guest(&p, 0), &(Pressing){.fix = true}, OK, 1);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_NONE, .fix = true}, OK, 1);
        expect_press(party_terminal(&p, 1), &(Pressing){.mark = MARK_NONE, .fix = true}, OK, 2);
        step_clock_advance(p.cloud.clock, 61 * 1000);
        assert_int_equal(look(&p.t[0]).member_count, 2);
        assert_int_equal(look(&p.g[0]).phase, PB_PHASE_ALONE);
        cloud_end(&p.cloud);
}

static void a_terminal_inherits(void **state)
{
        Party p;

        party_begin(&p);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME, .fix = true}, OK, 1);
        expect_press(party_guest(&p, 0), &(Pressing){.fix = true}, OK, 2);
        expect_press(party_terminal(&p, 1), &(Pressing){.mark = MARK_WELCOME, .fix = true}, OK, 3);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_LEAVE), OK);
        assert_true(look(&p.t[1]).opener);
        cloud_end(&p.cloud);
}

/* One link, photographed and shown to all the world: so many come, and no more. */
static void a_group_takes_so_many(void **state)
{
        Sighting seen;
        Party p;

        party_begin(&p);
        p.cloud.settings.matching.guests_per_group = 2;
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME}, OK, 1);
        seen = screen_of(&p.t[0]);
        for (unsigned i = 0; i < FOUR; i++)
                expect_press(party_guest(&p, i), &(Pressing){.heard = &seen},
                             i < 2 ? OK : PB_STATUS_NO_GUESTS, i < 2 ? i + 2 : 0);
        assert_int_equal(look(&p.t[0]).guest_count, 2);
        assert_int_equal(look(&p.t[0]).member_count, 3);
        cloud_end(&p.cloud);
}

/* Two people hear each other. The guest hears nobody and has no place: the screen ties it. */
static void a_screen_holds_when_the_window_ends(void **state)
{
        Sighting seen, heard[2] = {{.transport = SIGHTING_MDNS}, {.transport = SIGHTING_MDNS}};
        Party p;

        party_begin(&p);
        party_terminal(&p, 0);
        party_terminal(&p, 1);
        heard[0].token = p.t[1].token;
        heard[1].token = p.t[0].token;
        expect_press(&p.t[0], &(Pressing){.mark = MARK_WELCOME, .fix = true, .heard = &heard[0]},
                     OK, 1);
        expect_press(&p.t[1], &(Pressing){.mark = MARK_WELCOME, .fix = true, .heard = &heard[1]},
                     OK, 2);
        seen = screen_of(&p.t[1]);
        expect_press(party_guest(&p, 0), &(Pressing){.heard = &seen}, OK, 3);
        step_clock_advance(p.cloud.clock, 61 * 1000);
        assert_int_equal(look(&p.g[0]).phase, PB_PHASE_OPENING);
        assert_int_equal(look(&p.g[0]).member_count, 3);
        cloud_end(&p.cloud);
}

static int amend_fix(Terminal *t, int32_t north_e7)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAmend amend = PB_AMEND_INIT;

        request.body_case = PB_REQUEST_BODY_AMEND;
        request.amend = &amend;
        amend.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        amend.sequence = 1;
        amend.has_fix = true;
        amend.latitude_e7 = 470000000 + north_e7;
        amend.longitude_e7 = 80000000;
        amend.accuracy_m = 20;
        return terminal_ask(t, &request);
}

/* A guest is where the screen is that it has read. Its fix brings no stranger to those people,
 * whose opener an earlier one would become. */
static void a_guest_is_no_bridge(void **state)
{
        enum { ELSEWHERE = 10000000 };

        for (unsigned amends = 0; amends < 2; amends++) {
                Sighting seen;
                Party p;

                party_begin(&p);
                expect_press(party_terminal(&p, 1),
                             &(Pressing){.mark = MARK_WELCOME, .fix = true, .north_e7 = ELSEWHERE},
                             OK, 1);
                expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME}, OK, 1);
                seen = screen_of(&p.t[0]);
                expect_press(party_guest(&p, 0),
                             &(Pressing){.heard = &seen, .fix = amends == 0, .north_e7 = ELSEWHERE},
                             OK, 2);
                if (amends)
                        assert_int_equal(amend_fix(&p.g[0], ELSEWHERE), OK);
                assert_int_equal(look(&p.t[0]).member_count, 2);
                assert_true(look(&p.t[0]).opener);
                assert_int_equal(look(&p.t[1]).member_count, 1);
                cloud_end(&p.cloud);
        }
}

static int admit(Terminal *t, const Terminal *other)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAdmit w = PB_ADMIT_INIT;

        request.body_case = PB_REQUEST_BODY_ADMIT;
        request.admit = &w;
        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.other = wire_bytes(other->keys.id.b, sizeof other->keys.id.b);
        w.yes = true;
        return terminal_ask(t, &request);
}

/* A guest that typed the digits waits until those who are there let it in; one of them that came by
 * a link does not answer for them. */
static void those_who_are_there_answer(void **state)
{
        Sighting seen;
        Party p;

        party_begin(&p);
        expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME}, OK, 1);
        seen = screen_of(&p.t[0]);
        expect_press(party_guest(&p, 0), &(Pressing){.heard = &seen}, OK, 2);
        expect_press(party_guest(&p, 1), &(Pressing){.heard = NULL}, OK, 1);
        step_clock_advance(p.cloud.clock, 9000);
        assert_int_equal(look(&p.t[0]).n_others, 1);
        assert_int_equal(admit(&p.g[0], &p.g[1]), PB_STATUS_NO_GUESTS);
        assert_int_equal(admit(&p.g[1], &p.t[0]), OK); /* it speaks for itself */
        assert_int_equal(look(&p.t[0]).member_count, 2);
        assert_int_equal(admit(&p.t[0], &p.g[1]), OK);
        assert_int_equal(look(&p.t[0]).member_count, 3);
        assert_int_equal(look(&p.t[0]).guest_count, 2);
        cloud_end(&p.cloud);
}

/* ---- marks ---- */

static void an_opening_says_what_it_is(void **state)
{
        static const struct {
                bool guest;
                GuestMark mark;
                int status;
        } cases[] = {
                {true, MARK_GUEST, OK},
                {true, MARK_NONE, PB_STATUS_CONFLICT},
                {true, MARK_WELCOME, PB_STATUS_CONFLICT},
                {false, MARK_NONE, OK},
                {false, MARK_GUEST, PB_STATUS_CONFLICT},
                {false, MARK_REFUSED, PB_STATUS_CONFLICT}, /* it has told the cloud otherwise */
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Terminal *t;
                Party p;

                party_begin(&p);
                expect_press(party_terminal(&p, 0), &(Pressing){.mark = MARK_WELCOME, .fix = true},
                             OK, 1);
                t = cases[i].guest ? party_guest(&p, 0) : party_terminal(&p, 1);
                terminal_press(t);
                member_keys_mark(&t->keys, cases[i].mark);
                expect_press(t, &(Pressing){.fix = true}, OK, 2);
                for (unsigned part = 1; part <= 2; part++)
                        assert_int_equal(terminal_upload(t, part), OK);
                step_clock_advance(p.cloud.clock, 61 * 1000);
                assert_int_equal(terminal_open(t), cases[i].status);
                cloud_end(&p.cloud);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_account_costs_a_key),
                cmocka_unit_test(a_cloud_may_take_none),
                cmocka_unit_test(a_signature_is_of_its_key),
                cmocka_unit_test(guests_do_nothing_but_take_part),
                cmocka_unit_test(a_flood_is_bounded),
                cmocka_unit_test(a_flood_from_everywhere_is_bounded),
                cmocka_unit_test(an_account_goes_with_its_group),
                cmocka_unit_test(an_account_that_left_goes_soon),
                cmocka_unit_test(forgetting_deletes_at_once),
                cmocka_unit_test(a_screen_brings_a_guest_in),
                cmocka_unit_test(a_screen_is_of_its_code_window_and_place),
                cmocka_unit_test(a_screen_is_no_radio),
                cmocka_unit_test(the_opener_decides),
                cmocka_unit_test(joined_tells_whether_guests_may_come),
                cmocka_unit_test(who_refuses_guests_stays_apart),
                cmocka_unit_test(a_terminal_takes_over_from_guests),
                cmocka_unit_test(a_terminal_has_its_window_beside_guests),
                cmocka_unit_test(a_terminal_that_takes_none_does_not_take_over),
                cmocka_unit_test(a_terminal_inherits),
                cmocka_unit_test(a_group_takes_so_many),
                cmocka_unit_test(a_screen_holds_when_the_window_ends),
                cmocka_unit_test(a_guest_is_no_bridge),
                cmocka_unit_test(those_who_are_there_answer),
                cmocka_unit_test(an_opening_says_what_it_is),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
