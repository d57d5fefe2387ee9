/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "round.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { STORM_MS = 60 * 1000, HEAL_MS = 30 * 60 * 1000 };

static const Closed *roster_of(const World *w, const Id *member)
{
        for (size_t i = 0; i < w->n_closed; i++)
                for (size_t j = 0; j < w->closed[i].n; j++)
                        if (id_compare(&w->closed[i].members[j], member) == 0)
                                return &w->closed[i];
        return NULL;
}

static void describe(const SimPress *p)
{
        const ExchangeMember *others;
        size_t n = p->exchange ? exchange_members(p->exchange, &others) : 0;

        print_error("  %s: %s%s, ended %s, error %d; others:", p->name,
                    p->exchange ? exchange_state_name(exchange_state(p->exchange)) : "put away",
                    p->has_left ? ", left" : "", exchange_state_name(p->ended), (int)p->error);
        for (size_t i = 0; i < n; i++) {
                const SimPress *o = world_find_press(p->terminal->world, &others[i].id);

                print_error(" %s %d", o ? o->name : "?", (int)others[i].progress);
        }
        print_error("\n");
}

void round_complain(const Round *r, const SimPress *p, const char *what)
{
        const Closed *c = p ? roster_of(r->world, &p->member) : NULL;

        if (p)
                describe(p);
        for (size_t i = 0; c && i < c->n; i++)
                if (world_find_press(r->world, &c->members[i]))
                        describe(world_find_press(r->world, &c->members[i]));
        fail_msg("%s (%s, HUDDLE_SIM_SEED=%llu)", what, r->kind->name, (unsigned long long)r->seed);
}

/* ---- the weather of a round ---- */

static void draw_neighbours(Round *r)
{
        World *w = r->world;

        for (int i = 0; i < (int)w->n_terminals; i++) {
                net_set_route(w->net, i, !chance_permille(&w->chance, r->kind->cut_permille));
                net_set_bad(w->net, i, chance_permille(&w->chance, r->kind->bad_permille));
        }
}

static void press_all(Round *r, unsigned first_meeting)
{
        World *w = r->world;
        char codes[ROUND_MEETINGS][CODE_TEXT_MAX];
        unsigned meeting_of[ROUND_TERMINALS];
        bool same_route = chance_permille(&w->chance, 500);

        for (unsigned i = 0; i < r->n_meetings; i++)
                (void)snprintf(codes[i], sizeof codes[i], "%04u%s",
                               same_route ? 1234 : chance_below(&w->chance, 10000),
                               chance_permille(&w->chance, 500) ? " maple tiger" : "");
        for (unsigned i = 0; i < w->n_terminals; i++)
                meeting_of[i] = chance_below(&w->chance, r->n_meetings);
        for (unsigned i = 0; i < w->n_terminals; i++) {
                unsigned t = (unsigned)((i * 7 + first_meeting) % w->n_terminals),
                         m = meeting_of[t];

                if (w->terminals[t].client && !w->terminals[t].on_air)
                        assert_int_equal(world_press(w, t, first_meeting + m, (int)m, codes[m], 20,
                                                     chance_permille(&w->chance, 500) ? 0 : 5000,
                                                     NULL),
                                         0);
                world_run(w, chance_below(&w->chance, 300));
        }
}

static void somebody_leaves(Round *r)
{
        World *w = r->world;
        SimPress *p = w->presses[chance_below(&w->chance, (uint32_t)w->n_presses)];

        if (p->exchange && exchange_leave(p->exchange) == 0)
                p->has_left = true;
}

static void ignore_result(void *userdata, int result)
{
}

/* Only the opener of a group that gathers can. */
static void somebody_closes(Round *r)
{
        World *w = r->world;
        SimPress *p = w->presses[chance_below(&w->chance, (uint32_t)w->n_presses)];

        if (p->exchange && exchange_opener(p->exchange))
                exchange_close(p->exchange, ignore_result, NULL);
}

/* Those whom the radios have not heard are let in where they belong to the meeting. */
static void somebody_admits(Round *r)
{
        World *w = r->world;
        const SimPress *p = w->presses[chance_below(&w->chance, (uint32_t)w->n_presses)];
        const ExchangeOther *others;
        size_t n = p->exchange ? exchange_others(p->exchange, &others) : 0;

        for (size_t i = 0; i < n; i++) {
                const SimPress *opener = world_find_press(w, &others[i].opener);

                if (!opener || opener->meeting != p->meeting)
                        continue;
                exchange_admit(p->exchange, others[i].word, true, ignore_result, NULL);
                return;
        }
}

static void a_node_dies(Round *r)
{
        World *w = r->world;
        uint32_t i = w->n_nodes > 1 ? chance_below(&w->chance, (uint32_t)w->n_nodes) : 0;

        if (w->nodes[i].api && chance_permille(&w->chance, 200))
                node_restart_in(&w->nodes[i], chance_between(&w->chance, 1, 5000));
}

/* Which weather there is changes every second or so. */
static void storm(Round *r, uint64_t ms)
{
        World *w = r->world;

        w->kill_permille = r->kind->kill_permille;
        for (uint64_t end = clock_now(w->clock) + ms; clock_now(w->clock) < end;) {
                world_run(w, chance_between(&w->chance, 100, 2000));
                if (r->kind->cloud_dies)
                        a_node_dies(r);
                if (r->kind->people_close && chance_permille(&w->chance, 100))
                        somebody_closes(r);
                if (r->kind->people_admit && chance_permille(&w->chance, 500))
                        somebody_admits(r);
                if (r->kind->people_leave && chance_permille(&w->chance, 30))
                        somebody_leaves(r);
                if (r->kind->routes_change)
                        net_set_route(w->net,
                                      (int)chance_below(&w->chance, (uint32_t)w->n_terminals),
                                      chance_permille(&w->chance, 500));
                if (r->look)
                        r->look(r);
        }
        w->kill_permille = 0;
}

static bool is_over(const World *w)
{
        for (size_t i = 0; i < w->n_presses; i++)
                if (w->presses[i]->ended < EXCHANGE_DELIVERED)
                        return false;
        for (size_t i = 0; i < w->n_terminals; i++)
                if (medium_radio_on(w->terminals[i].radio))
                        return false;
        return true;
}

/* Nodes that look for what the others have saved never rest. */
static void settle(World *w)
{
        if (w->n_nodes == 1)
                world_settle(w, HEAL_MS);
        for (unsigned s = 0; w->n_nodes > 1 && s < HEAL_MS / 1000 && !is_over(w); s++)
                world_run(w, 1000);
}

/* Everything works again, and every terminal is switched on; then there is time. */
static void heal(Round *r)
{
        static const NetWeather fine = WEATHER(1, 5, 0, 0);
        World *w = r->world;

        net_set_weather(w->net, &fine);
        medium_clear_rules(w->medium);
        for (int i = 0; i < (int)w->n_terminals; i++)
                net_set_route(w->net, i, true);
        world_run(w, STORM_MS);
        assert_int_equal(world_start_cloud(w), 0);
        for (size_t i = 0; i < w->n_terminals; i++) {
                terminal_kill(&w->terminals[i]);
                assert_int_equal(terminal_start(&w->terminals[i]), 0);
        }
        settle(w);
}

/* ---- what must hold ---- */

static bool roster_has(const Closed *c, const Id *member)
{
        for (size_t i = 0; c && i < c->n; i++)
                if (id_compare(&c->members[i], member) == 0)
                        return true;
        return false;
}

typedef struct Holding {
        const Round *round;
        const SimPress *press;
        const Closed *roster;
        const SimPress *wanted; /* found: set to NULL */
        size_t n;
} Holding;

static int check_card(void *userdata, const Id *member, const char *vcard)
{
        Holding *h = userdata;
        SimPress *owner = world_find_press(h->round->world, member);
        char line[40];

        if (!owner)
                round_complain(h->round, h->press, "a card of nobody");
        if (!roster_has(h->roster, member) || owner == h->press)
                round_complain(h->round, h->press, "a card from outside the roster");
        if (owner->meeting != h->press->meeting)
                round_complain(h->round, h->press, "a card of another meeting");
        (void)snprintf(line, sizeof line, "FN:%s\r\n", owner->name);
        if (!strstr(vcard, line))
                round_complain(h->round, h->press, "somebody else's card");
        if (owner == h->wanted)
                h->wanted = NULL;
        h->n++;
        return 0;
}

static void walk_cards(const Round *r, Holding *h)
{
        assert_int_equal(
                daemon_store_card_walk(h->press->terminal->store, h->press->number, check_card, h),
                0);
}

static bool delivered(const SimPress *p)
{
        return p->ended == EXCHANGE_DELIVERED;
}

/* A terminal that leaves after cards have come keeps those, and may miss others. */
static void check_holdings(const Round *r, const SimPress *p)
{
        Holding h = {.round = r, .press = p, .roster = roster_of(r->world, &p->member)};

        walk_cards(r, &h);
        if (!delivered(p) && h.n > 0)
                round_complain(r, p, "cards without a delivery");
        for (size_t i = 0; delivered(p) && i < h.roster->n; i++) {
                SimPress *other = world_find_press(r->world, &h.roster->members[i]);

                if (other == p || !other || !delivered(other) || other->has_left || p->has_left)
                        continue;
                h.wanted = other;
                walk_cards(r, &h);
                if (h.wanted)
                        round_complain(r, p, "a delivered member's card is missing");
        }
}

static size_t count_present(const Round *r, const Closed *c)
{
        size_t n = 0;

        for (size_t i = 0; i < c->n; i++) {
                const SimPress *p = world_find_press(r->world, &c->members[i]);

                n += p && !p->has_left && p->gathered;
        }
        return n;
}

typedef struct Opened {
        const Id *member;
        uint32_t order;
} Opened;

static int find_opened(const MemberOpening *o, uint32_t order, void *userdata)
{
        Opened *opened = userdata;

        if (id_compare(&o->id, opened->member) == 0)
                opened->order = order;
        return 0;
}

/* The cloud has fixed the openings without this member's. */
static bool opened_late(const Round *r, const SimPress *p)
{
        Store *s = r->world->nodes[0].store;
        Opened opened = {.member = &p->member};
        MemberRow m;
        GroupRow g;
        bool late;

        assert_int_equal(store_begin(s), 0);
        late = store_member_get(s, &p->member, &m) == 0 && store_group_get(s, m.group, &g) == 0 &&
               store_openings_walk(s, m.group, 0, find_opened, &opened) == 0 && g.n_final > 0 &&
               (opened.order == 0 || opened.order > g.n_final);
        assert_int_equal(store_commit(s), 0);
        return late;
}

/* Every other member has left, or opened too late. */
static bool others_gone(const Round *r, const Closed *c, const SimPress *p)
{
        const SimPress *o;

        for (size_t i = 0; i < c->n; i++) {
                o = world_find_press(r->world, &c->members[i]);
                if (o && o != p && !o->has_left && !opened_late(r, o))
                        return false;
        }
        return true;
}

/* A serial that was accepted is delivered, unless its terminal was away when the others opened.
 * Alone or too late are only those with nobody left to exchange with. */
static void check_end(const Round *r, const SimPress *p)
{
        const Closed *c = roster_of(r->world, &p->member);

        if (p->ended < EXCHANGE_DELIVERED && !(c && count_present(r, c) < 2))
                round_complain(r, p, "an exchange never ended");
        if (!p->gathered || p->has_left || delivered(p))
                return;
        if (p->error == EXCHANGE_E_ALONE && c && others_gone(r, c, p))
                return;
        if (p->error == EXCHANGE_E_TOO_LATE && opened_late(r, p))
                return;
        if (c && count_present(r, c) >= 2)
                round_complain(r, p, "an accepted serial is lost");
        if (p->error == EXCHANGE_E_MISSED && r->world->n_closed == 0)
                round_complain(r, p, "a group is told of that never was");
        if (!c && p->error != EXCHANGE_E_ALONE && p->error != EXCHANGE_E_MISSED)
                round_complain(r, p, "an accepted serial is in no roster");
}

static void check_quiet(const Round *r)
{
        for (size_t i = 0; i < r->world->n_terminals; i++)
                if (medium_radio_on(r->world->terminals[i].radio))
                        round_complain(r, NULL, "a radio is still on");
        if (r->world->violation)
                round_complain(r, NULL, r->world->violation);
}

/* In calm weather everybody of a meeting gets everybody. */
static void check_complete(const Round *r, const SimPress *p)
{
        Holding h = {.round = r, .press = p, .roster = roster_of(r->world, &p->member)};
        size_t others = 0;

        for (size_t i = 0; i < r->world->n_presses; i++)
                others += r->world->presses[i] != p && r->world->presses[i]->meeting == p->meeting;
        walk_cards(r, &h);
        if (h.n != others)
                round_complain(r, p, "not everybody of the meeting");
}

static bool has_routed(const Round *r, unsigned meeting)
{
        for (size_t i = 0; i < r->world->n_presses; i++)
                if (r->world->presses[i]->meeting == meeting && r->world->presses[i]->routed)
                        return true;
        return false;
}

/* Where one of a meeting has a route, and nothing else is in the way, all of it get all. */
static void check_helped(const Round *r, const SimPress *p)
{
        if (has_routed(r, p->meeting))
                check_complete(r, p);
        else if (p->gathered)
                round_complain(r, p, "joined, though nobody has a route");
}

/* Nothing has healed yet: those without a route need their neighbours up to the last card. Who of
 * one meeting still waited would help the next. */
static void settle_helped(const Round *r)
{
        World *w = r->world;

        world_settle(w, HEAL_MS);
        for (size_t i = 0; i < w->n_presses; i++) {
                if (w->presses[i]->ended < EXCHANGE_DELIVERED)
                        round_complain(r, w->presses[i], "left without help");
                check_helped(r, w->presses[i]);
        }
}

void round_live(Round *r)
{
        World *w = r->world;
        MediumRule rule = {MEDIUM_ANY, MEDIUM_ANY, 20, 200, r->kind->radio_drop_permille};

        for (unsigned i = 0; i < ROUND_TIMES; i++) {
                net_set_weather(w->net, &r->kind->weather);
                assert_int_equal(medium_rule(w->medium, &rule), 0);
                draw_neighbours(r);
                press_all(r, i * r->n_meetings);
                storm(r, STORM_MS);
                if (r->kind->helped)
                        settle_helped(r);
        }
}

void round_end(Round *r)
{
        const World *w = r->world;

        heal(r);
        for (size_t i = 0; i < w->n_presses; i++) {
                check_end(r, w->presses[i]);
                check_holdings(r, w->presses[i]);
                if (r->kind->complete)
                        check_complete(r, w->presses[i]);
        }
        check_quiet(r);
}

void round_run_kind(const Kind *kind, uint64_t n_usual,
                    void (*run)(const Kind *kind, uint64_t seed))
{
        const char *one = getenv("HUDDLE_SIM_SEED"), *rounds = getenv("HUDDLE_SIM_ROUNDS");
        uint64_t seed = one ? strtoull(one, NULL, 10) : kind->first_seed;
        uint64_t n = rounds ? strtoull(rounds, NULL, 10) : one ? 1 : n_usual;

        if (one && (seed < kind->first_seed || seed >= kind->first_seed + 1000) &&
            seed < 1000000) /* larger ones fit every kind */
                skip();
        for (uint64_t i = 0; i < n; i++)
                run(kind, seed + i);
}
