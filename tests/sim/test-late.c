/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Late: people meet, and an absent person fetches their cards with number and password.
 * The members' and the reader's terminals are the real ones; a cloud that lies about the record
 * hands the reader nothing. A cloud of three nodes is as good as one.
 */
#include "nodes.h"

#include "daemon/record/fetch-record.h"
#include "daemon/record/record.h"
#include "src/base/log.h"
#include "tests/cloud/postgres.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { NODES = 3, MEMBERS = 3, ABSENT = MEMBERS, PEOPLE, UID = 1000, SOON_MS = 30 * 1000 };

static const uint64_t WEEK_MS = UINT64_C(7) * 24 * 3600 * 1000;

typedef struct Late {
        World *world;
        SimPress *p[MEMBERS];
        char number[RECORD_NUMBER_SIZE];
        RecordPassword password;
} Late;

/* ---- asking ---- */

typedef struct Asked {
        bool done;
        Outcome outcome;
        RecordShown shown;
} Asked;

static void on_record(void *userdata, Outcome outcome, const RecordShown *shown)
{
        Asked *a = userdata;

        a->done = true;
        a->outcome = outcome;
        if (shown)
                a->shown = *shown;
}

static Asked ask(Late *l, unsigned member, RecordWish wish)
{
        const SimPress *p = l->p[member];
        RecordRequest *q = NULL;
        Asked a = {};
        const CloudAccess cloud = {.client = p->terminal->client};
        int r = record_request_new(&q, wish, &cloud, &p->terminal->clock.clock, p->terminal->store,
                                   p->number, on_record, &a);

        if (r > 0) {
                a.outcome = (Outcome)r;
                return a;
        }
        assert_int_equal(r, 0);
        world_run(l->world, SOON_MS);
        assert_true(a.done);
        record_request_free(q);
        return a;
}

/* ---- fetching ---- */

typedef struct Fetched {
        bool done;
        Outcome outcome;
        ExchangeSummary exchange;
} Fetched;

static void on_fetched(void *userdata, Outcome outcome, const ExchangeSummary *exchange)
{
        Fetched *f = userdata;

        f->done = true;
        f->outcome = outcome;
        if (exchange)
                f->exchange = *exchange;
}

static Fetched fetch(Late *l, unsigned terminal, const RecordPassword *password)
{
        Terminal *t = &l->world->terminals[terminal];
        RecordFetchDeps deps = {
                .cloud = {.client = t->client, .pin = pin_keeper_pin(t->pin)},
                .clock = &t->clock.clock,
                .store = t->store,
                .uid = UID,
        };
        RecordFetch *fetch = NULL;
        Fetched f = {};

        assert_int_equal(record_fetch_new(&fetch, &deps, l->number, password, on_fetched, &f), 0);
        world_run(l->world, SOON_MS);
        assert_true(f.done);
        record_fetch_free(fetch);
        return f;
}

static int count_exchange(void *userdata, const ExchangeSummary *e)
{
        ++*(size_t *)userdata;
        return 0;
}

static size_t history_of(Terminal *t)
{
        size_t n = 0;

        assert_int_equal(daemon_store_history(t->store, UID, count_exchange, &n), 0);
        return n;
}

typedef struct Wanted {
        const Late *late;
        bool seen[MEMBERS];
        size_t n;
} Wanted;

static int see_card(void *userdata, const Id *member, const char *vcard)
{
        Wanted *w = userdata;

        for (unsigned i = 0; i < MEMBERS; i++)
                if (id_compare(member, &w->late->p[i]->member) == 0 &&
                    strstr(vcard, w->late->p[i]->name)) {
                        assert_false(w->seen[i]);
                        w->seen[i] = true;
                        w->n++;
                }
        return 0;
}

static size_t cards_of(const Late *l, Terminal *t, uint64_t number)
{
        Wanted w = {.late = l};

        assert_int_equal(daemon_store_card_walk(t->store, number, see_card, &w), 0);
        return w.n;
}

/* ---- after a meeting ---- */

static bool has_nodes; /* and they hear of each other late, or never */

static World *new_world(void)
{
        static const NodesWeather between = {5, 5000, 500, 5000, 0};
        World *w = NULL;

        assert_int_equal(has_nodes ? nodes_world_new(&w, 1, PEOPLE, NODES)
                                   : world_new(&w, 1, PEOPLE, ":memory:"),
                         0);
        if (has_nodes)
                nodes_set_weather(w, &between);
        return w;
}

static void begin(Late *l, const char *seed)
{
        memset(l, 0, sizeof *l);
        fixed_random(seed);
        l->world = new_world();
        for (unsigned i = 0; i < MEMBERS; i++)
                assert_int_equal(world_press(l->world, i, 0, 0, "4821", 10, 0, &l->p[i]), 0);
        world_run(l->world, 60 * 1000);
        for (unsigned i = 0; i < MEMBERS; i++)
                assert_int_equal(l->p[i]->ended, EXCHANGE_DELIVERED);
}

static void begin_with_password(Late *l, const char *seed)
{
        Asked asked;
        unsigned at;

        begin(l, seed);
        asked = ask(l, 0, RECORD_SHOW);
        assert_int_equal(asked.outcome, OUTCOME_OK);
        memcpy(l->number, asked.shown.number, sizeof l->number);
        assert_int_equal(record_password_parse(&l->password, asked.shown.password, &at), 0);
}

/* ---- tests ---- */

static void every_member_shows_the_same(void **state)
{
        Late l;

        begin_with_password(&l, "same");
        for (unsigned i = 0; i < MEMBERS; i++) {
                Asked asked = ask(&l, i, RECORD_SHOW);
                char password[RECORD_PASSWORD_TEXT];

                assert_int_equal(asked.outcome, OUTCOME_OK);
                record_password_format(password, &l.password);
                assert_string_equal(asked.shown.number, l.number);
                assert_string_equal(asked.shown.password, password);
        }
        world_free(l.world);
}

static void one_member_knows_that_it_deposits(void **state)
{
        RecordSecret secret;
        unsigned n = 0;
        Late l;

        begin(&l, "sponsor");
        for (unsigned i = 0; i < MEMBERS; i++) {
                assert_int_equal(
                        daemon_store_secret_get(l.p[i]->terminal->store, l.p[i]->number, &secret),
                        0);
                n += secret.deposits;
        }
        assert_int_equal(n, 1);
        for (unsigned i = 0; i < MEMBERS; i++) {
                assert_int_equal(ask(&l, i, RECORD_SHOW).outcome, OUTCOME_OK);
                assert_int_equal(
                        daemon_store_secret_get(l.p[i]->terminal->store, l.p[i]->number, &secret),
                        0);
                assert_false(secret.deposits);
        }
        world_free(l.world);
}

static void absent_gets_every_card(void **state)
{
        Terminal *absent;
        Fetched first, second;
        Asked asked;
        Late l;

        begin_with_password(&l, "absent");
        absent = &l.world->terminals[ABSENT];
        first = fetch(&l, ABSENT, &l.password);
        assert_int_equal(first.outcome, OUTCOME_OK);
        assert_int_equal(first.exchange.members, MEMBERS);
        assert_int_equal(first.exchange.cards, MEMBERS);
        assert_string_equal(first.exchange.record_number, l.number);
        assert_int_equal(cards_of(&l, absent, first.exchange.number), MEMBERS);
        second = fetch(&l, ABSENT, &l.password); /* once is enough */
        assert_int_equal(second.outcome, OUTCOME_OK);
        assert_int_equal(second.exchange.number, first.exchange.number);
        assert_int_equal(second.exchange.cards, MEMBERS);
        assert_int_equal(history_of(absent), 1);
        asked = ask(&l, 1, RECORD_FETCHES);
        assert_int_equal(asked.outcome, OUTCOME_OK);
        assert_int_equal(asked.shown.n_fetched, 1);
        world_free(l.world);
}

static void member_does_not_get_its_own_card(void **state)
{
        Fetched fetched;
        Late l;

        begin_with_password(&l, "member");
        fetched = fetch(&l, 1, &l.password);
        assert_int_equal(fetched.outcome, OUTCOME_OK);
        assert_int_equal(fetched.exchange.number, l.p[1]->number);
        assert_int_equal(fetched.exchange.cards, MEMBERS - 1);
        assert_int_equal(history_of(l.p[1]->terminal), 1);
        world_free(l.world);
}

static void wrong_password_leaves_nothing(void **state)
{
        RecordPassword wrong;
        Fetched fetched;
        Late l;

        begin_with_password(&l, "wrong");
        for (unsigned i = 0; i < 5; i++) {
                wrong = l.password;
                wrong.symbols[10 + i] = wrong.symbols[10 + i] == '2' ? '3' : '2';
                fetched = fetch(&l, ABSENT, &wrong);
                assert_int_equal(fetched.outcome, OUTCOME_WRONG_PASSWORD);
        }
        fetched = fetch(&l, ABSENT, &l.password);
        assert_int_equal(fetched.outcome, OUTCOME_LOCKED);
        assert_int_equal(history_of(&l.world->terminals[ABSENT]), 0);
        world_free(l.world);
}

static void revoked_is_gone_everywhere(void **state)
{
        RecordSecret secret;
        Fetched fetched;
        Late l;

        begin_with_password(&l, "revoked");
        assert_int_equal(ask(&l, 2, RECORD_REVOKE).outcome, OUTCOME_OK);
        fetched = fetch(&l, ABSENT, &l.password);
        assert_int_equal(fetched.outcome, OUTCOME_REVOKED);
        assert_int_equal(ask(&l, 0, RECORD_SHOW).outcome, OUTCOME_REVOKED);
        for (unsigned i = 0; i < MEMBERS; i += 2)
                assert_int_equal(
                        daemon_store_secret_get(l.p[i]->terminal->store, l.p[i]->number, &secret),
                        DAEMON_STORE_E_NOT_FOUND);
        assert_int_equal(ask(&l, 2, RECORD_SHOW).outcome, OUTCOME_NOT_FOUND);
        world_free(l.world);
}

static void expired_is_told(void **state)
{
        Fetched fetched;
        Late l;

        begin_with_password(&l, "expired");
        world_run(l.world, WEEK_MS);
        fetched = fetch(&l, ABSENT, &l.password);
        assert_int_equal(fetched.outcome, OUTCOME_EXPIRED);
        assert_int_equal(ask(&l, 0, RECORD_SHOW).outcome, OUTCOME_EXPIRED);
        world_free(l.world);
}

static void unreachable_is_told(void **state)
{
        NetWeather weather = {1, 5, 0, 0, CARRIER_NO_NETWORK};
        Fetched fetched;
        Late l;

        begin_with_password(&l, "unreachable");
        net_set_weather(l.world->net, &weather);
        fetched = fetch(&l, ABSENT, &l.password);
        assert_int_equal(fetched.outcome, OUTCOME_NO_NETWORK);
        assert_int_equal(ask(&l, 0, RECORD_SHOW).outcome, OUTCOME_NO_NETWORK);
        world_free(l.world);
}

static void bad_line_counts_one_fetch(void **state)
{
        NetWeather weather = {1, 400, 300, 100, CARRIER_ANSWERED};
        NetWeather calm = {1, 5, 0, 0, CARRIER_ANSWERED};
        Fetched fetched = {.outcome = OUTCOME_FAILED};
        Late l;

        begin_with_password(&l, "bad line");
        net_set_weather(l.world->net, &weather);
        for (unsigned i = 0; i < 5 && fetched.outcome != OUTCOME_OK; i++)
                fetched = fetch(&l, ABSENT, &l.password);
        assert_int_equal(fetched.exchange.cards, MEMBERS);
        net_set_weather(l.world->net, &calm);
        assert_int_equal(ask(&l, 0, RECORD_FETCHES).shown.n_fetched, 1);
        world_free(l.world);
}

/* ---- a cloud that lies about the record ---- */

static World *liar;

typedef struct Relay { /* what a lying walk passes its rows on to */
        void *func;
        void *userdata;
} Relay;

static int bend_opening(const MemberOpening *o, uint32_t order, void *userdata)
{
        const Relay *relay = userdata;
        MemberOpening bent = *o;

        bent.box_key.b[0] ^= 1;
        return ((OpeningFunc)relay->func)(&bent, order, relay->userdata);
}

static int bent_openings(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata)
{
        return liar->store_ops->openings_walk(s, group, after, bend_opening,
                                              &(Relay){(void *)func, userdata});
}

static int drop_opening(const MemberOpening *o, uint32_t order, void *userdata)
{
        const Relay *relay = userdata;

        return order == 2 ? 0 : ((OpeningFunc)relay->func)(o, order, relay->userdata);
}

static int missing_opening(Store *s, int64_t group, uint32_t after, OpeningFunc func,
                           void *userdata)
{
        return liar->store_ops->openings_walk(s, group, after, drop_opening,
                                              &(Relay){(void *)func, userdata});
}

static int no_openings(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata)
{
        return 0;
}

/* One opening fewer, and the count to match: the transcript is another. */
static int smaller_group(Store *s, int64_t id, GroupRow *ret)
{
        int r = liar->store_ops->group_get(s, id, ret);

        if (r == 0)
                ret->n_final = MEMBERS - 1;
        return r;
}

static int bend_piece(const PieceRow *p, void *userdata)
{
        static uint8_t bytes[8192];
        const Relay *relay = userdata;
        PieceRow bent = *p;

        assert_true(p->len <= sizeof bytes);
        memcpy(bytes, p->bytes, p->len);
        bytes[p->len / 2] ^= 1;
        bent.bytes = bytes;
        return ((PieceFunc)relay->func)(&bent, relay->userdata);
}

static int bent_pieces(Store *s, int64_t group, int64_t without, uint64_t cursor,
                       uint64_t *ret_cursor, PieceFunc func, void *userdata)
{
        return liar->store_ops->pieces_walk(s, group, without, cursor, ret_cursor, bend_piece,
                                            &(Relay){(void *)func, userdata});
}

static int no_pieces(Store *s, int64_t group, int64_t without, uint64_t cursor,
                     uint64_t *ret_cursor, PieceFunc func, void *userdata)
{
        return 0;
}

static int bend_message(const MessageRow *m, void *userdata)
{
        const Relay *relay = userdata;
        MessageRow bent = *m;

        bent.body[0] ^= 1;
        return ((MessageFunc)relay->func)(&bent, relay->userdata);
}

static int bent_messages(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                         MessageFunc func, void *userdata)
{
        return liar->store_ops->messages_walk(s, group, to, after, limit, bend_message,
                                              &(Relay){(void *)func, userdata});
}

static int bent_roster(Store *s, int64_t group, Roster **ret)
{
        int r = liar->store_ops->roster_get(s, group, ret);

        if (r == 0)
                (*ret)->signature[0] ^= 1;
        return r;
}

/* Rightly signed, of another group. */
static int other_roster(Store *s, int64_t group, Roster **ret)
{
        RosterMember ghosts[MEMBERS];

        randombytes_buf(ghosts, sizeof ghosts);
        return roster_sign(ret, "12345678903", 1, &ghosts[0].id, ghosts, MEMBERS,
                           liar->keys.sign_private);
}

static int bent_escrow(Store *s, const char *number, const Bytes32 *token_hash, EscrowRow *ret)
{
        int r = liar->store_ops->escrow_find(s, number, token_hash, ret);

        if (r == 0)
                ret->escrow[RECORD_ESCROW_SIZE / 2] ^= 1;
        return r;
}

static const struct {
        const char *name;
        StoreOps lie; /* what is set replaces the honest one */
} lies[] = {
        {"bent openings", {.openings_walk = bent_openings}},
        {"a missing opening", {.openings_walk = missing_opening}},
        {"no openings", {.openings_walk = no_openings}},
        {"a smaller group", {.openings_walk = missing_opening, .group_get = smaller_group}},
        {"bent pieces", {.pieces_walk = bent_pieces}},
        {"no pieces", {.pieces_walk = no_pieces}},
        {"bent messages", {.messages_walk = bent_messages}},
        {"a bent roster", {.roster_get = bent_roster}},
        {"another roster", {.roster_get = other_roster}},
        {"a bent escrow", {.escrow_find = bent_escrow}},
};

static void tell_lie(StoreOps *to, const StoreOps *lie)
{
        void **at = (void **)to;
        void *const *from = (void *const *)lie;

        for (size_t i = 0; i < sizeof *to / sizeof(void *); i++)
                if (from[i])
                        at[i] = from[i];
}

static void lies_are_refused(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
                Fetched fetched;
                Late l;

                begin_with_password(&l, lies[i].name);
                liar = l.world;
                tell_lie(&liar->noting_ops, &lies[i].lie);
                fetched = fetch(&l, ABSENT, &l.password);
                if (fetched.outcome != OUTCOME_RECORD_REFUSED)
                        fail_msg("%s: %s", lies[i].name, outcome_name(fetched.outcome));
                assert_int_equal(history_of(&l.world->terminals[ABSENT]), 0);
                world_free(l.world);
        }
}

static int begin_nodes(void **state)
{
        has_nodes = true;
        return postgres_set_up_careless(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_member_shows_the_same),
                cmocka_unit_test(one_member_knows_that_it_deposits),
                cmocka_unit_test(absent_gets_every_card),
                cmocka_unit_test(member_does_not_get_its_own_card),
                cmocka_unit_test(wrong_password_leaves_nothing),
                cmocka_unit_test(revoked_is_gone_everywhere),
                cmocka_unit_test(expired_is_told),
                cmocka_unit_test(unreachable_is_told),
                cmocka_unit_test(bad_line_counts_one_fetch),
                cmocka_unit_test(lies_are_refused),
        };
        const struct CMUnitTest tests_of_nodes[] = {
                cmocka_unit_test(every_member_shows_the_same),
                cmocka_unit_test(absent_gets_every_card),
                cmocka_unit_test(member_does_not_get_its_own_card),
                cmocka_unit_test(wrong_password_leaves_nothing),
                cmocka_unit_test(revoked_is_gone_everywhere),
                cmocka_unit_test(bad_line_counts_one_fetch),
        };
        int failed;

        log_set_level(LOG_ERR);
        failed = sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
        if (!postgres_is_there())
                return failed ? failed : postgres_skip();
        return failed + cmocka_run_group_tests(tests_of_nodes, begin_nodes, postgres_tear_down);
}
