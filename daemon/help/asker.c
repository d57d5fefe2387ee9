/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "asker.h"
#include "ways.h"

#include <assert.h>
#include <string.h>

enum { NUMBER = 1 }; /* of the only question on a link */

struct Asker {
        AskerDeps deps;
        Ways ways;
        bool asking;
        Timer *pump;
        Token answered[ASKER_TOKENS_MAX];
        size_t n_answered;
        CloudOffer offers[ASKER_OFFERS_MAX];
        size_t n_offers;
};

static void asker_pump(void *userdata);

/* All work is done from the loop, never inside the call that made it necessary. */
static void asker_pump_at(Asker *a, uint64_t delay_ms)
{
        (void)clock_restart(a->deps.clock, &a->pump, delay_ms, asker_pump, a);
}

/* ---- asking ---- */

static bool asker_has_answer(const Asker *a, const Token *token)
{
        for (size_t i = 0; i < a->n_answered; i++)
                if (memcmp(&a->answered[i], token, sizeof *token) == 0)
                        return true;
        return false;
}

static bool asker_may_ask(const Asker *a, const Way *w, uint64_t now)
{
        return w->present && !w->reaching && w->n_under_way == 0 && w->not_before_ms <= now &&
               a->n_answered < ASKER_TOKENS_MAX && !asker_has_answer(a, &w->token);
}

static void asker_ask(Way *w)
{
        w->n_under_way++;
        if (link_send(w->link, &(Frame){.kind = FRAME_ASK, .number = NUMBER}) < 0)
                way_hang_up(w);
        else
                way_restart_idle(w);
}

/* A neighbour that shows no way to it yet is tried when it is heard the next time. */
static void asker_reach(Way *w)
{
        int r = radio_reach(w->radio, &w->token);

        w->reaching = r == 0;
        if (r < 0 && r != -ENOENT)
                way_failed(w);
}

static size_t asker_count_busy(const Asker *a)
{
        const Way *w;
        size_t n = 0;

        LIST_FOREACH (w, &a->ways.list, list)
                n += w->reaching || w->n_under_way > 0;
        return n;
}

static void asker_ask_all(Asker *a)
{
        uint64_t now = clock_now(a->deps.clock);
        Way *w, *next;

        for (w = LIST_FIRST(&a->ways.list); w; w = next) {
                next = LIST_NEXT(w, list);
                if (!asker_may_ask(a, w, now) || asker_count_busy(a) >= ASKER_AT_A_TIME)
                        continue;
                if (w->link)
                        asker_ask(w);
                else
                        asker_reach(w);
        }
}

static void asker_pump(void *userdata)
{
        Asker *a = userdata;
        uint64_t next;

        a->pump = timer_free(a->pump);
        if (!a->asking)
                return;
        asker_ask_all(a);
        next = ways_next_ms(&a->ways);
        if (next < UINT64_MAX && !a->pump)
                asker_pump_at(a, next - clock_now(a->deps.clock));
        a->deps.news(a->deps.userdata);
}

/* ---- what neighbours say ---- */

static bool asker_knows(const Asker *a, const CloudOffer *offer)
{
        for (size_t i = 0; i < a->n_offers; i++)
                if (memcmp(&a->offers[i].identity, &offer->identity, sizeof offer->identity) == 0 &&
                    strcmp(a->offers[i].url, offer->url) == 0)
                        return true;
        return false;
}

static void asker_take_offer(Asker *a, const Frame *frame)
{
        CloudOffer offer;

        if (a->n_offers < ASKER_OFFERS_MAX && cloud_offer_read(&offer, frame->body, frame->len) &&
            !asker_knows(a, &offer))
                a->offers[a->n_offers++] = offer;
}

static void asker_take_answer(Asker *a, Way *w, const Frame *frame)
{
        w->n_under_way = 0;
        if (frame->kind == FRAME_REFUSED && frame->refusal == FRAME_BUSY) {
                w->not_before_ms = clock_now(a->deps.clock) + ASKER_LATER_MS;
        } else {
                assert(a->n_answered < ASKER_TOKENS_MAX);
                a->answered[a->n_answered++] = w->token;
        }
        if (frame->kind == FRAME_OFFER)
                asker_take_offer(a, frame);
}

static void on_asker_frame(void *userdata, Way *w, const Frame *frame)
{
        Asker *a = userdata;
        bool expected = w->n_under_way > 0 && frame->number == NUMBER &&
                        (frame->kind == FRAME_OFFER || frame->kind == FRAME_REFUSED);

        if (expected && a->n_answered < ASKER_TOKENS_MAX)
                asker_take_answer(a, w, frame);
        else
                way_lied(w);
        way_hang_up(w); /* there is no more to say */
        way_settle(w);
        asker_pump_at(a, 0);
}

static void on_asker_lost(void *userdata, Way *w)
{
        w->n_under_way = 0;
}

static void on_asker_changed(void *userdata)
{
        Asker *a = userdata;

        if (a->asking)
                asker_pump_at(a, 0);
}

static const WaysEvents asker_ways_events = {on_asker_frame, on_asker_lost, on_asker_changed};

/* ---- what the radio says ---- */

void asker_heard(Asker *a, Radio *radio, const Token *token)
{
        ways_heard(&a->ways, radio, token);
}

void asker_gone(Asker *a, const Radio *radio, const Token *token)
{
        ways_gone(&a->ways, radio, token);
}

void asker_linked(Asker *a, const Radio *radio, const Token *token, Link *taken)
{
        ways_linked(&a->ways, radio, token, taken);
}

void asker_forget(Asker *a, const Radio *radio)
{
        ways_forget(&a->ways, radio);
}

bool asker_awaits(const Asker *a, const Radio *radio, const Token *token)
{
        const Way *w;

        LIST_FOREACH (w, &a->ways.list, list)
                if (w->radio == radio && memcmp(&w->token, token, sizeof *token) == 0)
                        return w->reaching;
        return false;
}

void asker_walk(const Asker *a, void (*func)(void *userdata, Radio *radio, const Token *token),
                void *userdata)
{
        const Way *w;

        LIST_FOREACH (w, &a->ways.list, list)
                if (w->present)
                        func(userdata, w->radio, &w->token);
}

/* ---- life ---- */

void asker_start(Asker *a)
{
        a->asking = true;
        a->n_answered = 0;
        a->n_offers = 0;
        asker_pump_at(a, 0);
}

void asker_stop(Asker *a)
{
        Way *w, *next;

        a->asking = false;
        a->pump = timer_free(a->pump);
        for (w = LIST_FIRST(&a->ways.list); w; w = next) {
                next = LIST_NEXT(w, list);
                way_hang_up(w);
                way_settle(w);
        }
}

bool asker_busy(const Asker *a)
{
        return asker_count_busy(a) > 0;
}

size_t asker_offers(const Asker *a, const CloudOffer **ret)
{
        *ret = a->offers;
        return a->n_offers;
}

int asker_new(Asker **ret, const AskerDeps *deps)
{
        Asker *a = calloc(1, sizeof *a);

        if (!a)
                return -ENOMEM;
        a->deps = *deps;
        ways_init(&a->ways, deps->clock, &asker_ways_events, a);
        *ret = a;
        return 0;
}

Asker *asker_free(Asker *a)
{
        if (!a)
                return NULL;
        ways_done(&a->ways);
        timer_free(a->pump);
        free(a);
        return NULL;
}
