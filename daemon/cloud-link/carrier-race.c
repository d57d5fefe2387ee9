/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-race.h"
#include "pace.h"

#include <assert.h>
#include <string.h>

typedef struct CarrierRace {
        Carrier carrier;
        CarrierRaceDeps deps;
        Carrier *of[CARRIER_RACE_MAX];
        size_t n;
        size_t winner; /* SIZE_MAX: none */
        Pace pace;     /* of its answers */
} CarrierRace;

typedef struct Entry Entry;

/* A request on one of the carriers. */
typedef struct Lane {
        Entry *entry;
        Carriage *carriage; /* NULL: not on its way */
        bool started;
} Lane;

struct Entry {
        Carriage carriage;
        uint8_t *sealed;
        size_t len;
        uint64_t sent_ms, until_ms;
        bool poll;
        CarrierFunc func;
        void *userdata;
        Timer *next;
        CarrierResult failure; /* the one that says most */
        Lane lanes[CARRIER_RACE_MAX];
};

static CarrierRace *race_of(const Entry *e)
{
        return (CarrierRace *)e->carriage.carrier;
}

static void entry_free(Entry *e)
{
        for (size_t i = 0; i < CARRIER_RACE_MAX; i++)
                carriage_cancel(e->lanes[i].carriage);
        timer_free(e->next);
        free(e->sealed);
        free(e);
}

static void entry_finish(Entry *e, CarrierResult result, const uint8_t *answer, size_t len)
{
        CarrierFunc func = e->func;
        void *userdata = e->userdata;

        entry_free(e);
        func(userdata, result, answer, len);
}

static bool entry_is_under_way(const Entry *e)
{
        for (size_t i = 0; i < CARRIER_RACE_MAX; i++)
                if (e->lanes[i].carriage)
                        return true;
        return false;
}

/* The winner first. SIZE_MAX: all have been started. */
static size_t entry_next(const Entry *e)
{
        const CarrierRace *c = race_of(e);

        if (c->winner < c->n && !e->lanes[c->winner].started)
                return c->winner;
        for (size_t i = 0; i < c->n; i++)
                if (!e->lanes[i].started)
                        return i;
        return SIZE_MAX;
}

static uint64_t entry_stagger_ms(const Entry *e, size_t i)
{
        const CarrierRace *c = race_of(e);

        return i == c->winner
                       ? pace_patience(&c->pace, CARRIER_RACE_SLOW_MS, CARRIER_RACE_SLOW_MOST_MS)
                       : CARRIER_RACE_STAGGER_MS;
}

/* A server that says something tells more than one that is silent. */
static unsigned race_weight(CarrierResult failure)
{
        static const unsigned weights[] = {
                [CARRIER_NO_NETWORK] = 1, [CARRIER_UNREACHABLE] = 2, [CARRIER_BUSY] = 3,
                [CARRIER_PORTAL] = 4,     [CARRIER_TLS] = 5,         [CARRIER_REFUSED] = 6,
        };

        return weights[failure];
}

static void on_lane_answer(void *userdata, CarrierResult result, const uint8_t *answer, size_t len);
static void on_entry_next(void *userdata);

/* Starts lanes until one is on its way. False: none is left, and none is on its way. */
static bool entry_go(Entry *e)
{
        CarrierRace *c = race_of(e);
        uint64_t now = clock_now(c->deps.clock);
        size_t i;

        while ((i = entry_next(e)) < c->n) {
                Lane *lane = &e->lanes[i];

                *lane = (Lane){.entry = e, .started = true};
                if (carrier_send(c->of[i], &lane->carriage, e->sealed, e->len,
                                 e->until_ms > now ? (uint32_t)(e->until_ms - now) : 1,
                                 on_lane_answer, lane) < 0)
                        continue;
                if (!e->poll && entry_next(e) < c->n)
                        (void)clock_restart(c->deps.clock, &e->next, entry_stagger_ms(e, i),
                                            on_entry_next, e);
                return true;
        }
        return entry_is_under_way(e);
}

static bool entry_moves(const Entry *e)
{
        for (size_t i = 0; i < CARRIER_RACE_MAX; i++)
                if (carriage_moves(e->lanes[i].carriage))
                        return true;
        return false;
}

static void on_entry_next(void *userdata)
{
        Entry *e = userdata;

        e->next = timer_free(e->next);
        if (entry_moves(e))
                (void)clock_restart(race_of(e)->deps.clock, &e->next, CARRIER_LOOK_MS,
                                    on_entry_next, e);
        else
                (void)entry_go(e); /* the one before is still on its way */
}

static void race_set_winner(CarrierRace *c, size_t i)
{
        if (c->winner == i)
                return;
        c->winner = i;
        c->pace = (Pace){};
        if (c->deps.won)
                c->deps.won(c->deps.userdata, i);
}

static void on_lane_answer(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Lane *lane = userdata;
        Entry *e = lane->entry;
        CarrierRace *c = race_of(e);

        lane->carriage = NULL;
        if (result == CARRIER_ANSWERED && c->deps.counts(answer, len, e->len)) {
                race_set_winner(c, (size_t)(lane - e->lanes));
                if (!e->poll)
                        pace_note(&c->pace, clock_now(c->deps.clock) - e->sent_ms);
                entry_finish(e, result, answer, len);
                return;
        }
        if (result == CARRIER_ANSWERED)
                result = CARRIER_UNREACHABLE;
        if (race_weight(result) > race_weight(e->failure))
                e->failure = result;
        e->next = timer_free(e->next);
        if (!entry_go(e))
                entry_finish(e, e->failure, NULL, 0);
}

/* ---- the carrier ---- */

static int race_send(Carrier *carrier, Carriage **ret, const uint8_t *sealed, size_t len,
                     uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        CarrierRace *c = (CarrierRace *)carrier;
        Entry *e = calloc(1, sizeof *e);

        if (!e)
                return -ENOMEM;
        *e = (Entry){
                .carriage.carrier = carrier,
                .sealed = malloc(MAX(len, (size_t)1)),
                .len = len,
                .sent_ms = clock_now(c->deps.clock),
                .until_ms = clock_now(c->deps.clock) + timeout_ms,
                .poll = carrier_is_poll(timeout_ms),
                .func = func,
                .userdata = userdata,
                .failure = CARRIER_NO_NETWORK,
        };
        if (e->sealed && len > 0)
                memcpy(e->sealed, sealed, len);
        if (!e->sealed || !entry_go(e)) {
                entry_free(e);
                return -ENOMEM;
        }
        *ret = &e->carriage;
        return 0;
}

static void race_cancel(Carriage *g)
{
        entry_free((Entry *)g);
}

static bool race_moves(const Carriage *g)
{
        return entry_moves((const Entry *)g);
}

static Carrier *race_free(Carrier *carrier)
{
        CarrierRace *c = (CarrierRace *)carrier;

        for (size_t i = 0; i < c->n; i++)
                carrier_free(c->of[i]);
        free(c);
        return NULL;
}

static void race_renew(Carrier *carrier)
{
        CarrierRace *c = (CarrierRace *)carrier;

        c->winner = SIZE_MAX;
        for (size_t i = 0; i < c->n; i++)
                carrier_renew(c->of[i]);
}

/* Where none has answered yet, the first place of the cloud by both its ways. */
static void race_warm(Carrier *carrier)
{
        CarrierRace *c = (CarrierRace *)carrier;

        for (size_t i = 0; i < c->n; i++)
                if (c->winner < c->n ? i == c->winner : i < 2)
                        carrier_warm(c->of[i]);
}

static const CarrierOps race_ops = {
        .send = race_send,
        .cancel = race_cancel,
        .moves = race_moves,
        .renew = race_renew,
        .warm = race_warm,
        .free = race_free,
};

int carrier_race_new(Carrier **ret, const CarrierRaceDeps *deps)
{
        CarrierRace *c = calloc(1, sizeof *c);

        assert(deps->counts);
        if (!c)
                return -ENOMEM;
        *c = (CarrierRace){.carrier.ops = &race_ops, .deps = *deps, .winner = SIZE_MAX};
        *ret = &c->carrier;
        return 0;
}

int carrier_race_add(Carrier *carrier, Carrier *taken)
{
        CarrierRace *c = (CarrierRace *)carrier;

        if (c->n == CARRIER_RACE_MAX) {
                carrier_free(taken);
                return -E2BIG;
        }
        c->of[c->n++] = taken;
        return 0;
}

size_t carrier_race_winner(const Carrier *c)
{
        return ((const CarrierRace *)c)->winner;
}
