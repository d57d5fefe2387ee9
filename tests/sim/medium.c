/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "medium.h"

#include "link-pair.h"

#include <string.h>
#include <sys/queue.h>

enum {
        BEACON_MS = 1000,
        REACH_MS = 20, /* until a link is made, and until a frame has crossed it */
};

typedef struct VirtualRadio {
        Radio radio;
        Medium *medium;
        LIST_ENTRY(VirtualRadio) list;
        int number, place;
        bool started;
        unsigned epoch; /* of its present token */
        Token token;
} VirtualRadio;

/* A sound on its way from one radio to another. */
typedef struct Sound {
        Medium *medium;
        LIST_ENTRY(Sound) list;
        Timer *timer;
        VirtualRadio *from, *to;
        unsigned from_epoch, to_epoch;
        Token token;
        bool good_bye;
} Sound;

/* A terminal wants a link to the one that shows the token. */
typedef struct Reach {
        LIST_ENTRY(Reach) list;
        Timer *timer;
        VirtualRadio *from;
        unsigned from_epoch;
        Token token;
} Reach;

struct Medium {
        Clock *clock;
        Chance *chance;
        LIST_HEAD(, VirtualRadio) radios;
        LIST_HEAD(, Sound) sounds;
        LIST_HEAD(, Reach) reaches;
        MediumRule *rules;
        size_t n_rules;
};

static const MediumRule *find_rule(const Medium *m, int from, int to)
{
        static const MediumRule open = {MEDIUM_ANY, MEDIUM_ANY, 0, 0, 0};

        for (size_t i = m->n_rules; i-- > 0;) {
                const MediumRule *r = &m->rules[i];

                if ((r->from == MEDIUM_ANY || r->from == from) &&
                    (r->to == MEDIUM_ANY || r->to == to))
                        return r;
        }
        return &open;
}

static void sound_free(Sound *s)
{
        LIST_REMOVE(s, list);
        timer_free(s->timer);
        free(s);
}

static void on_sound(void *userdata)
{
        Sound *s = userdata;
        const MediumRule *rule = find_rule(s->medium, s->from->number, s->to->number);
        bool stale = !s->to->started || s->to->epoch != s->to_epoch ||
                     (!s->good_bye && s->from->epoch != s->from_epoch);

        if (!stale && !s->good_bye &&
            (s->from->place != s->to->place ||
             chance_permille(s->medium->chance, rule->drop_permille))) {
                if (clock_restart(s->medium->clock, &s->timer, BEACON_MS, on_sound, s) == 0)
                        return;
        } else if (!stale && s->good_bye) {
                s->to->radio.events->gone(s->to->radio.userdata, &s->to->radio, &s->token);
        } else if (!stale) {
                s->to->radio.events->heard(s->to->radio.userdata, &s->to->radio, &s->token, 0);
        }
        sound_free(s);
}

static int send_sound(VirtualRadio *from, VirtualRadio *to, bool good_bye)
{
        Medium *m = from->medium;
        const MediumRule *rule = find_rule(m, from->number, to->number);
        Sound *s = calloc(1, sizeof *s);
        int r;

        if (!s)
                return -ENOMEM;
        *s = (Sound){
                .medium = m, .from = from, .to = to, .token = from->token, .good_bye = good_bye};
        s->from_epoch = from->epoch;
        s->to_epoch = to->epoch;
        LIST_INSERT_HEAD(&m->sounds, s, list);
        r = clock_restart(m->clock, &s->timer,
                          chance_between(m->chance, rule->delay_min_ms, rule->delay_max_ms),
                          on_sound, s);
        if (r < 0)
                sound_free(s);
        return r;
}

static void virtual_stop(Radio *radio)
{
        VirtualRadio *r = (VirtualRadio *)radio, *other;

        if (!r->started)
                return;
        r->started = false;
        r->epoch++;
        LIST_FOREACH (other, &r->medium->radios, list)
                if (other != r && other->started && other->place == r->place)
                        /* unheard good-byes are part of the weather */
                        (void)send_sound(r, other, true);
}

static int virtual_start(Radio *radio, const Token *token)
{
        VirtualRadio *r = (VirtualRadio *)radio, *other;
        int error = 0;

        virtual_stop(radio);
        r->started = true;
        r->token = *token;
        LIST_FOREACH (other, &r->medium->radios, list) {
                if (other == r || !other->started || other->place != r->place)
                        continue;
                error = MIN(error, send_sound(r, other, false));
                error = MIN(error, send_sound(other, r, false));
        }
        return error;
}

static void reach_free(Reach *r)
{
        LIST_REMOVE(r, list);
        timer_free(r->timer);
        free(r);
}

static VirtualRadio *find_helper(const Reach *r)
{
        VirtualRadio *other;

        LIST_FOREACH (other, &r->from->medium->radios, list)
                if (other->started && other->radio.helps && other->place == r->from->place &&
                    memcmp(&other->token, &r->token, sizeof r->token) == 0)
                        return other;
        return NULL;
}

static void on_reached(void *userdata)
{
        Reach *r = userdata;
        VirtualRadio *from = r->from, *to = find_helper(r);
        uint8_t peer[LINK_PEER] = {(uint8_t)from->number, (uint8_t)(from->number >> 8)};
        bool stale = !from->started || from->epoch != r->from_epoch;
        Link *asking = NULL, *helping;
        Token token = r->token;

        reach_free(r);
        if (stale)
                return;
        if (to && link_pair_new(&asking, &helping, from->medium->clock, REACH_MS, peer) == 0)
                to->radio.events->linked(to->radio.userdata, &to->radio, NULL, helping);
        from->radio.events->linked(from->radio.userdata, &from->radio, &token, asking);
}

static int virtual_reach(Radio *radio, const Token *token)
{
        VirtualRadio *from = (VirtualRadio *)radio;
        Medium *m = from->medium;
        Reach *r = calloc(1, sizeof *r);
        int error;

        if (!r)
                return -ENOMEM;
        *r = (Reach){.from = from, .from_epoch = from->epoch, .token = *token};
        LIST_INSERT_HEAD(&m->reaches, r, list);
        error = clock_restart(m->clock, &r->timer, REACH_MS, on_reached, r);
        if (error < 0)
                reach_free(r);
        return error;
}

static bool virtual_ready(const Radio *radio)
{
        return true;
}

static Radio *virtual_free(Radio *radio)
{
        VirtualRadio *r = (VirtualRadio *)radio;
        Sound *s, *next;
        Reach *reach, *next_reach;

        virtual_stop(radio);
        for (reach = LIST_FIRST(&r->medium->reaches); reach; reach = next_reach) {
                next_reach = LIST_NEXT(reach, list);
                if (reach->from == r)
                        reach_free(reach);
        }
        for (s = LIST_FIRST(&r->medium->sounds); s; s = next) {
                next = LIST_NEXT(s, list);
                if (s->from == r || s->to == r)
                        sound_free(s);
        }
        LIST_REMOVE(r, list);
        free(r);
        return NULL;
}

static const RadioOps virtual_ops = {
        .transport = SIGHTING_MDNS,
        .name = "virtual",
        .start = virtual_start,
        .stop = virtual_stop,
        .ready = virtual_ready,
        .reach = virtual_reach,
        .free = virtual_free,
};

int medium_radio(Medium *m, Radio **ret, int number, int place)
{
        VirtualRadio *r = calloc(1, sizeof *r);

        if (!r)
                return -ENOMEM;
        *r = (VirtualRadio){
                .radio.ops = &virtual_ops, .medium = m, .number = number, .place = place};
        LIST_INSERT_HEAD(&m->radios, r, list);
        *ret = &r->radio;
        return 0;
}

void medium_move(Radio *r, int place)
{
        ((VirtualRadio *)r)->place = place;
}

bool medium_radio_on(const Radio *r)
{
        return ((const VirtualRadio *)r)->started;
}

int medium_rule(Medium *m, const MediumRule *rule)
{
        MediumRule *grown = realloc(m->rules, (m->n_rules + 1) * sizeof *grown);

        if (!grown)
                return -ENOMEM;
        m->rules = grown;
        m->rules[m->n_rules++] = *rule;
        return 0;
}

void medium_clear_rules(Medium *m)
{
        m->n_rules = 0;
}

int medium_new(Medium **ret, Clock *clock, Chance *chance)
{
        Medium *m = calloc(1, sizeof *m);

        if (!m)
                return -ENOMEM;
        m->clock = clock;
        m->chance = chance;
        LIST_INIT(&m->radios);
        LIST_INIT(&m->sounds);
        LIST_INIT(&m->reaches);
        *ret = m;
        return 0;
}

Medium *medium_free(Medium *m)
{
        if (m)
                free(m->rules);
        free(m);
        return NULL;
}
