/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include "daemon/help/carrier-relay.h"
#include "daemon/cloud-link/carrier-switch.h"
#include "daemon/exchange/snapshot.h"
#include "daemon/radios.h"
#include "step-clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
        PLACE_STEP_E7 = 10 * 1000 * 1000, /* a degree of latitude: 111 km */
        HOUR_MS = 3600 * 1000,
        WALL_OFF_MS = 2000,
};
static const uint64_t WALL_START_MS = UINT64_C(1767225600000);

static void violate(World *w, const char *what)
{
        if (!w->violation)
                w->violation = what;
}

/* ---- the cloud: its rosters are noted as they are committed ---- */

static World *noting_world(Store *s)
{
        return (World *)((char *)s->ops - offsetof(World, noting_ops));
}

static int note_roster(Store *s, int64_t group, const Roster *r)
{
        World *w = noting_world(s);
        Closed *grown = realloc(w->closed, (w->n_closed + 1) * sizeof *grown);
        int result = w->store_ops->roster_put(s, group, r);

        assert(grown);
        w->closed = grown;
        if (result != 0)
                return result;
        grown = &w->closed[w->n_closed++];
        *grown = (Closed){.group = group, .members = calloc(r->n, sizeof(Id)), .n = r->n};
        assert(grown->members);
        for (size_t i = 0; i < r->n; i++)
                grown->members[i] = r->members[i].id;
        return 0;
}

static int note_join(Store *s, MemberRow *m)
{
        noting_world(s)->takes = true;
        return noting_world(s)->store_ops->member_add(s, m);
}

static int note_deposit(Store *s, int64_t member, const PieceRow *p)
{
        noting_world(s)->takes = true;
        return noting_world(s)->store_ops->piece_put(s, member, p);
}

static bool closed_overlap(const Closed *a, const Closed *b)
{
        for (size_t i = 0; i < a->n; i++)
                for (size_t j = 0; j < b->n; j++)
                        if (id_compare(&a->members[i], &b->members[j]) == 0)
                                return true;
        return false;
}

/* Whichever nodes have signed them. */
static void check_roster(World *w, const Closed *c)
{
        for (const Closed *before = w->closed; before < c; before++) {
                if (before->group == c->group)
                        violate(w, "a group has two rosters");
                if (closed_overlap(before, c))
                        violate(w, "a member is on two rosters");
        }
}

static void keep_committed(World *w)
{
        while (w->n_committed < w->n_closed)
                check_roster(w, &w->closed[w->n_committed++]);
}

static void forget_uncommitted(World *w)
{
        while (w->n_closed > w->n_committed)
                free(w->closed[--w->n_closed].members);
}

static void note_rollback(Store *s)
{
        World *w = noting_world(s);

        w->store_ops->rollback(s);
        forget_uncommitted(w);
}

static int commit_and_note(World *w, Store *s)
{
        int r = w->store_ops->commit(s);

        if (r == 0)
                keep_committed(w);
        else
                forget_uncommitted(w);
        return r;
}

/* NULL: it is being opened, or not a node's. */
static SimNode *node_of(World *w, const Store *s)
{
        for (size_t i = 0; i < w->n_nodes; i++)
                if (w->nodes[i].store == s && w->nodes[i].api)
                        return &w->nodes[i];
        return NULL;
}

static void on_node_death(void *userdata)
{
        SimNode *n = userdata;

        n->death = timer_free(n->death);
        if (n->api)
                node_restart_in(n, chance_between(&n->world->chance, 1, 5000));
}

/* Nobody hears of it from now on; it is gone when what it does is done. */
static void node_die(SimNode *n)
{
        int r = n->death ? 0 : clock_restart(n->world->clock, &n->death, 0, on_node_death, n);

        assert(r == 0);
        net_set_cloud(n->world->net, n->number, NULL);
}

static int note_commit(Store *s)
{
        World *w = noting_world(s);
        SimNode *n = node_of(w, s);
        bool shares = n && w->sharing_ops;
        CommitFate fate = shares && w->takes ? w->sharing_ops->fate(n) : COMMIT_KEPT;
        int r = -ENOTCONN;

        w->takes = false;
        if (fate == COMMIT_UNDONE)
                note_rollback(s);
        else
                r = commit_and_note(w, s);
        if (fate != COMMIT_KEPT)
                node_die(n);
        if (r == 0 && shares)
                w->sharing_ops->committed(n);
        return r;
}

static int node_open_store(SimNode *n)
{
        World *w = n->world;
        int r;

        if (n->store)
                return 0;
        r = w->open_store(&n->store, w->path);
        if (r != 0)
                return r;
        w->store_ops = n->store->ops;
        if (!w->noting_ops.free) {
                w->noting_ops = *w->store_ops;
                w->noting_ops.roster_put = note_roster;
                w->noting_ops.member_add = note_join;
                w->noting_ops.piece_put = note_deposit;
                w->noting_ops.commit = note_commit;
                w->noting_ops.rollback = note_rollback;
        }
        n->store->ops = &w->noting_ops;
        return 0;
}

/* ---- life and death of a node ---- */

static bool store_is_lasting(const World *w)
{
        return strcmp(w->path, ":memory:") != 0;
}

void node_kill(SimNode *n)
{
        World *w = n->world;

        if (!n->api)
                return;
        net_set_cloud(w->net, n->number, NULL);
        n->api = api_free(n->api);
        if (store_is_lasting(w))
                n->store = store_free(n->store);
}

int node_start(SimNode *n)
{
        World *w = n->world;
        ApiDeps deps = {
                .settings = &w->settings,
                .keys = &w->keys,
                .consent_text = "",
                .clock = &n->clock.clock,
        };
        int r;

        n->birth = timer_free(n->birth);
        if (n->api)
                return 0;
        r = node_open_store(n);
        if (r != 0)
                return r;
        deps.store = n->store;
        if (w->n_nodes > 1) /* as the server has it, and it has taken a while to tell */
                deps.wall_ms = clock_wall(w->clock) - chance_below(&w->chance, 20);
        r = api_new(&n->api, &deps);
        if (r == 0)
                net_set_cloud(w->net, n->number, n->api);
        return r;
}

static void on_node_birth(void *userdata)
{
        int r = node_start(userdata);

        assert(r == 0);
}

void node_restart_in(SimNode *n, uint32_t ms)
{
        int r;

        node_kill(n);
        r = clock_restart(n->world->clock, &n->birth, ms, on_node_birth, n);
        assert(r == 0);
}

void world_kill_cloud(World *w)
{
        for (size_t i = 0; i < w->n_nodes; i++)
                node_kill(&w->nodes[i]);
}

int world_start_cloud(World *w)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < w->n_nodes; i++)
                r = node_start(&w->nodes[i]);
        return r;
}

static void make_node(World *w, unsigned number)
{
        SimNode *n = &w->nodes[number];
        uint64_t started_ms = 0, wall_off_ms = 0;

        if (w->n_nodes > 1) {
                started_ms = chance_below(&w->chance, HOUR_MS);
                wall_off_ms = chance_below(&w->chance, WALL_OFF_MS);
        }
        *n = (SimNode){.world = w, .number = number};
        own_clock_init(&n->clock, w->clock, started_ms, (int64_t)wall_off_ms);
}

static void end_node(SimNode *n)
{
        node_kill(n);
        timer_free(n->death);
        timer_free(n->birth);
        store_free(n->store);
}

/* ---- what exchanges ask of a terminal ---- */

static SimPress *press_of(Terminal *t, const Exchange *x)
{
        for (size_t i = 0; i < t->world->n_presses; i++)
                if (t->world->presses[i]->exchange == x)
                        return t->world->presses[i];
        return NULL;
}

static void quieten(Terminal *t)
{
        t->rest = timer_free(t->rest);
        carrier_relay_forget(t->through_neighbours, t->radio);
        radio_stop(t->radio);
        relay_stop(t->relay);
        t->showing = NULL;
}

static void on_rested(void *userdata)
{
        quieten(userdata);
}

/* As radios_rest does after the end. */
static void rest(Terminal *t)
{
        uint64_t now = clock_now(&t->clock.clock), by_us = relay_last_helped(t->relay);
        uint64_t helped = MAX(carrier_relay_last_helped(t->through_neighbours), by_us);
        int r;

        if (helped == 0 || now - helped >= RADIOS_AFTER_HELP_MS) {
                quieten(t);
                return;
        }
        r = clock_restart(&t->clock.clock, &t->rest, RADIOS_AFTER_HELP_MS, on_rested, t);
        assert(r == 0);
}

static void look_at(SimPress *p)
{
        Terminal *t = p->terminal;
        ExchangeState state = exchange_state(p->exchange);

        if (t->on_air == p && state != EXCHANGE_LISTENING && state != EXCHANGE_GATHERING)
                violate(t->world, "a radio is on after the close");
        if (p->ended >= EXCHANGE_DELIVERED && state != p->ended)
                violate(t->world, "an exchange ended twice");
        p->gathered = p->gathered || (state > EXCHANGE_LISTENING && state < EXCHANGE_FAILED);
        if (exchange_ended(p->exchange)) {
                if (t->showing == p && !t->rest)
                        rest(t);
                p->ended = state;
                p->error = exchange_error(p->exchange);
                if (state == EXCHANGE_DELIVERED)
                        p->carded_ms = clock_now(t->world->clock);
        }
}

static void on_changed(void *userdata, Exchange *x)
{
        SimPress *p = press_of(userdata, x);

        if (p) /* not while it is being made */
                look_at(p);
}

static int on_radios_on(void *userdata, Exchange *x, const Token *token)
{
        Terminal *t = userdata;

        if (t->mark == MARK_GUEST)
                return -ENODEV;
        t->rest = timer_free(t->rest);
        carrier_relay_forget(t->through_neighbours, t->radio);
        return radio_start(t->radio, token);
}

static void on_radios_off(void *userdata, Exchange *x)
{
        ((Terminal *)userdata)->on_air = NULL; /* links need it until the end */
}

static void on_heard(void *userdata, Radio *r, const Token *token, int rssi_dbm)
{
        Terminal *t = userdata;

        carrier_relay_heard(t->through_neighbours, r, token);
        if (t->showing && t->showing->exchange)
                neighbourhood_heard(exchange_neighbourhood(t->showing->exchange), token,
                                    SIGHTING_MDNS, rssi_dbm);
}

static void on_gone(void *userdata, Radio *r, const Token *token)
{
        Terminal *t = userdata;

        carrier_relay_gone(t->through_neighbours, r, token);
        if (t->showing && t->showing->exchange)
                neighbourhood_gone(exchange_neighbourhood(t->showing->exchange), token,
                                   SIGHTING_MDNS);
}

static void on_linked(void *userdata, Radio *r, const Token *token, Link *taken)
{
        Terminal *t = userdata;

        if (token)
                carrier_relay_linked(t->through_neighbours, r, token, taken);
        else
                relay_take(t->relay, taken);
}

static const RadioEvents radio_events = {.heard = on_heard, .gone = on_gone, .linked = on_linked};

static ExchangeSettings exchange_settings(Terminal *t)
{
        return (ExchangeSettings){
                .clock = &t->clock.clock,
                .cloud = t->client,
                .cloud_pin = pin_keeper_pin(t->pin),
                .store = t->store,
                .listen_ms = t->world->listens && t->mark != MARK_GUEST ? EXCHANGE_LISTEN_MS : 0,
                .join_ms = EXCHANGE_JOIN_MS,
                .changed = on_changed,
                .radios_on = on_radios_on,
                .radios_off = on_radios_off,
                .userdata = t,
        };
}

/* ---- life and death of a terminal ---- */

void terminal_kill(Terminal *t)
{
        World *w = t->world;

        if (!t->client)
                return;
        for (size_t i = 0; i < w->n_presses; i++)
                if (w->presses[i]->terminal == t)
                        w->presses[i]->exchange = exchange_free(w->presses[i]->exchange);
        t->on_air = NULL;
        quieten(t);
        t->client = cloud_client_free(t->client);
        t->pin = pin_keeper_free(t->pin);
}

static int resume_press(Terminal *t, SimPress *p)
{
        ExchangeSettings settings = exchange_settings(t);
        int r = exchange_resume(&p->exchange, &settings, p->number);

        if (r == DAEMON_STORE_E_NOT_FOUND)
                return 0; /* it is over */
        if (r != 0)
                return r;
        if (medium_radio_on(t->radio) && !exchange_ended(p->exchange))
                t->showing = p;
        if (medium_radio_on(t->radio) && exchange_state(p->exchange) <= EXCHANGE_GATHERING)
                t->on_air = p;
        look_at(p);
        return 0;
}

static void on_succession(void *userdata, const uint8_t *bytes, size_t len)
{
        Terminal *t = userdata;

        pin_keeper_told(t->pin, bytes, len);
}

/* A terminal that starts for the first time meets the cloud at once. */
static int load_pin(Terminal *t)
{
        PinKeeperDeps deps = {.clock = &t->clock.clock, .store = t->store, .url = "http://cloud"};
        int r = pin_keeper_new(&t->pin, &deps);

        if (r != 0 || pin_keeper_pin(t->pin))
                return r;
        return pin_keeper_meet(t->pin,
                               cloud_keys_identity(&t->world->keys, clock_wall(t->world->clock)));
}

int terminal_start(Terminal *t)
{
        World *w = t->world;
        CloudClientDeps settings = {
                .clock = &t->clock.clock,
                .carrier = t->carrier,
                .account = &t->account,
                .succession = on_succession,
                .userdata = t,
        };
        int r;

        t->birth = timer_free(t->birth);
        if (t->client)
                return 0;
        r = load_pin(t);
        if (r != 0)
                return r;
        settings.cloud = &pin_keeper_pin(t->pin)->identity;
        r = cloud_client_new(&t->client, &settings);
        for (size_t i = 0; r == 0 && i < w->n_presses; i++)
                if (w->presses[i]->terminal == t)
                        r = resume_press(t, w->presses[i]);
        return r;
}

static void on_birth(void *userdata)
{
        int r = terminal_start(userdata);

        assert(r == 0);
}

void terminal_restart_in(Terminal *t, uint32_t ms)
{
        int r;

        terminal_kill(t);
        r = clock_restart(t->world->clock, &t->birth, ms, on_birth, t);
        assert(r == 0);
}

static void on_death(void *userdata)
{
        Terminal *t = userdata;

        t->death = timer_free(t->death);
        if (t->client)
                terminal_restart_in(t, chance_between(&t->world->chance, 1, 20 * 1000));
}

/* Death comes between two events, right after a request was handed over: with it, or after it has
 * left. */
static NetFate on_send(void *userdata, int number)
{
        World *w = userdata;
        Terminal *t = &w->terminals[number];
        int r;

        if (!chance_permille(&w->chance, w->kill_permille) || t->death)
                return NET_SENT;
        r = clock_restart(w->clock, &t->death, 0, on_death, t);
        assert(r == 0);
        return chance_permille(&w->chance, 500) ? NET_LOST : NET_SENT;
}

static int add_account(World *w, const Terminal *t)
{
        AccountRow row = {.key = t->account.public_key, .confirmed = true, .consent_version = 1};
        Store *s = w->nodes[0].store;
        int r = store_begin(s);

        (void)snprintf(row.handle, sizeof row.handle, "terminal %u", t->number);
        if (r == 0)
                r = store_account_add(s, &row);
        return r == 0 ? store_commit(s) : r;
}

int terminal_be_guest(Terminal *t)
{
        AccountRow row = {.confirmed = true, .consent_version = 1};
        World *w = t->world;
        Store *s = w->nodes[0].store;
        int r;

        terminal_kill(t);
        account_key_draw(&t->account);
        row.key = t->account.public_key;
        row.guest_until_ms = clock_wall(w->clock) + GUEST_MS;
        t->mark = MARK_GUEST;
        r = store_begin(s);
        if (r == 0)
                r = store_account_add(s, &row);
        if (r == 0)
                r = store_commit(s);
        return r == 0 ? terminal_start(t) : r;
}

static int make_carriers(Terminal *t)
{
        World *w = t->world;
        CarrierSwitchDeps ways = {.clock = &t->clock.clock, .relay_ready = carrier_relay_ready};
        int r = net_carrier(w->net, &ways.direct, (int)t->number, NET_OWN);

        if (r == 0)
                r = carrier_relay_new(&ways.relay, &t->clock.clock);
        if (r == 0)
                r = carrier_switch_new(&t->carrier, &ways);
        if (r == 0)
                r = net_carrier(w->net, &t->for_neighbours, (int)t->number, NET_HELPING);
        if (r == 0)
                r = relay_new(&t->relay,
                              &(RelayDeps){.clock = &t->clock.clock, .cloud = t->for_neighbours});
        t->through_neighbours = ways.relay;
        return r;
}

static int make_terminal(World *w, unsigned number)
{
        Terminal *t = &w->terminals[number];
        int64_t wall_off = (int64_t)chance_below(&w->chance, 48 * HOUR_MS) - 24 * HOUR_MS;
        int r;

        t->world = w;
        t->number = number;
        own_clock_init(&t->clock, w->clock, chance_below(&w->chance, HOUR_MS), wall_off);
        account_key_draw(&t->account);
        r = add_account(w, t);
        if (r == 0)
                r = daemon_store_open(&t->store, ":memory:");
        if (r == 0)
                r = medium_radio(w->medium, &t->radio, (int)number, 0);
        if (r == 0)
                r = make_carriers(t);
        if (r != 0)
                return r;
        t->radio->events = &radio_events;
        t->radio->userdata = t;
        t->radio->helps = true;
        return terminal_start(t);
}

static void end_terminal(Terminal *t)
{
        terminal_kill(t);
        timer_free(t->death);
        timer_free(t->birth);
        relay_free(t->relay);
        carrier_free(t->for_neighbours);
        carrier_free(t->carrier);
        radio_free(t->radio);
        daemon_store_free(t->store);
        account_key_done(&t->account);
}

/* ---- the world ---- */

static int begin_cloud(World *w, const char *path, size_t n_nodes)
{
        w->path = path;
        w->n_nodes = n_nodes;
        for (unsigned i = 0; i < n_nodes; i++)
                make_node(w, i);
        return world_start_cloud(w);
}

static int make_world(World **ret, uint64_t seed, size_t n_terminals, const char *path,
                      size_t n_nodes, int (*open_store)(Store **, const char *))
{
        _cleanup_(world_freep) World *w = calloc(1, sizeof *w);
        int r;

        if (!w)
                return -ENOMEM;
        w->open_store = open_store;
        chance_seed(&w->chance, seed);
        w->listens = true;
        cloud_settings_default(&w->settings);
        w->settings.session_cache = 64;
        w->settings.guests = true;
        cloud_keys_draw(&w->keys);
        w->terminals = calloc(n_terminals, sizeof *w->terminals);
        r = w->terminals ? step_clock_new(&w->clock, WALL_START_MS) : -ENOMEM;
        if (r == 0)
                r = medium_new(&w->medium, w->clock, &w->chance);
        if (r == 0)
                r = net_new(&w->net, w->clock, &w->chance, on_send, w);
        if (r == 0)
                r = begin_cloud(w, path, n_nodes);
        for (; r == 0 && w->n_terminals < n_terminals; w->n_terminals++)
                r = make_terminal(w, (unsigned)w->n_terminals);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

int world_new(World **ret, uint64_t seed, size_t n_terminals, const char *path)
{
        return make_world(ret, seed, n_terminals, path, 1, store_sqlite_open);
}

int world_new_shared(World **ret, uint64_t seed, size_t n_terminals, const char *conninfo,
                     size_t n_nodes)
{
        return make_world(ret, seed, n_terminals, conninfo, n_nodes, store_postgres_open);
}

World *world_free(World *w)
{
        if (!w)
                return NULL;
        for (size_t i = 0; i < w->n_terminals; i++)
                end_terminal(&w->terminals[i]);
        for (size_t i = 0; i < w->n_nodes; i++)
                end_node(&w->nodes[i]);
        if (w->sharing_ops)
                w->sharing_ops->free(w);
        for (size_t i = 0; i < w->n_presses; i++)
                free(w->presses[i]);
        for (size_t i = 0; i < w->n_closed; i++)
                free(w->closed[i].members);
        net_free(w->net);
        medium_free(w->medium);
        step_clock_free(w->clock);
        cloud_keys_done(&w->keys);
        free(w->presses);
        free(w->closed);
        free(w->terminals);
        free(w);
        return NULL;
}

static int world_count_card(void *userdata, const Id *member, const char *vcard)
{
        ++*(size_t *)userdata;
        return 0;
}

size_t world_cards_of(const SimPress *p)
{
        size_t n = 0;

        return daemon_store_card_walk(p->terminal->store, p->number, world_count_card, &n) == 0
                       ? n
                       : SIZE_MAX;
}

void world_card_text(char ret[static WORLD_CARD_MAX], const SimPress *p)
{
        (void)snprintf(ret, WORLD_CARD_MAX,
                       "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:%s\r\nTEL:+1555%06u\r\nEND:VCARD\r\n",
                       p->name, p->terminal->number);
}

static int begin_exchange(SimPress *p, const char *said, const ExchangeOptions *options)
{
        Terminal *t = p->terminal;
        ExchangeSettings settings = exchange_settings(t);
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_(snapshot_done) Snapshot s = {};
        _cleanup_code_ Code code = {};
        char text[WORLD_CARD_MAX];
        uint32_t uid;
        int r;

        world_card_text(text, p);
        r = code_parse(&code, said, NULL);
        if (r == 0)
                r = card_parse(&card, text, strlen(text), NULL, NULL);
        if (r == 0)
                r = daemon_store_exchange_number(t->store, &p->number);
        if (r == 0)
                r = exchange_new(&p->exchange, &settings, 1000, p->number, &code, card, options);
        if (r == 0)
                r = snapshot_load(t->store, p->number, &t->clock.clock, &uid, &s);
        p->member = s.keys.id;
        return r;
}

/* With room for it among the presses, where it is not yet. */
static SimPress *make_press(World *w, unsigned terminal, unsigned meeting)
{
        SimPress **grown = realloc(w->presses, (w->n_presses + 1) * sizeof *grown);
        SimPress *p = calloc(1, sizeof *p);

        assert(grown && p);
        w->presses = grown;
        *p = (SimPress){.terminal = &w->terminals[terminal], .meeting = meeting};
        (void)snprintf(p->name, sizeof p->name, "T%u P%zu", terminal, w->n_presses);
        return p;
}

SimPress *world_note_press(World *w, unsigned terminal, unsigned meeting)
{
        SimPress *p = make_press(w, terminal, meeting);

        return w->presses[w->n_presses++] = p;
}

int world_press(World *w, unsigned terminal, unsigned meeting, int place, const char *code,
                uint32_t window_s, uint32_t veto_ms, SimPress **ret)
{
        SimPress *p = make_press(w, terminal, meeting);
        Terminal *t = p->terminal;
        ExchangeOptions options = {
                .window_s = window_s,
                .veto_ms = veto_ms,
                .fix = {!w->indoors, PLACE_STEP_E7 * place, 0, 20},
                .mark = t->mark,
        };
        int r;

        assert(t->client && !t->on_air);
        options.has_screen = t->reads && exchange_screen(t->reads->exchange, &options.screen);
        p->veto_ms = veto_ms;
        p->routed = net_has_route(w->net, (int)t->number);
        medium_move(t->radio, place);
        r = begin_exchange(p, code, &options);
        if (r != 0) {
                free(p);
                return r;
        }
        if (t->mark != MARK_GUEST)
                t->on_air = t->showing = p;
        w->presses[w->n_presses++] = p;
        if (ret)
                *ret = p;
        return 0;
}

void world_run(World *w, uint64_t ms)
{
        step_clock_advance(w->clock, ms);
}

void world_settle(World *w, uint64_t max_ms)
{
        uint64_t end = clock_now(w->clock) + max_ms;

        while (clock_now(w->clock) < end && step_clock_next(w->clock))
                ;
}

SimPress *world_find_press(World *w, const Id *member)
{
        for (size_t i = 0; i < w->n_presses; i++)
                if (id_compare(&w->presses[i]->member, member) == 0)
                        return w->presses[i];
        return NULL;
}
