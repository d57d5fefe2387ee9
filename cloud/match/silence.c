/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silence.c - the posterior over all sets of members among the silent
 *
 * With a members and j strangers among the silent, beside L people who hear each other, a set of
 * members weighs
 *
 *     P(L + a people meet) · (L + a)! / L! · P(these a of L + a are silent)
 *                          · j! · P(j strangers come) · odds of the a
 *
 * The factorials are the ways in which so many people can have pressed at these moments. Two walks
 * over the silent add up all sets: one back, over the weight of what remains, and one forward, over
 * the number of members so far.
 */
#include "silence.h"

#include "presses.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static double log_add(double a, double b)
{
        double most = fmax(a, b);

        return most == -HUGE_VAL ? most : most + log1p(exp(fmin(a, b) - most));
}

/* ---- one of them ---- */

static bool silence_is_third(const MatchingSettings *m, size_t n_linked, size_t n_silent)
{
        return n_linked < m->radio_rich && n_silent == 1;
}

/* The odds of a place fall about as the square of its similarity does. A stranger who means this
 * meeting is on the spot as well; one who means a pair is not expected. */
static double silence_place_odds(const MatchingSettings *m, const Silence *s)
{
        double aimed = silence_is_third(m, s->n, s->n_silent) ? 0 : m->aimed, place;

        if (!s->tells)
                return 0;
        place = s->mean * s->mean / (m->unknown_place * m->unknown_place);
        return log(place / (aimed * place + 1 - aimed));
}

double silence_odds(const MatchingSettings *m, const Silence *s)
{
        bool contradicts = s->n_claims > 0 && (s->n_claims < s->n || s->n >= m->radio_rich);

        if (s->least <= 0 || contradicts)
                return -HUGE_VAL;
        return silence_place_odds(m, s) + s->moment;
}

void silence_add(SilentCrowd *c, uint32_t member, double odds)
{
        size_t at = c->n < SILENCE_MAX ? c->n++ : 0;

        c->n_silent++;
        if (c->n_silent > SILENCE_MAX) {
                for (size_t i = 1; i < c->n; i++)
                        if (c->odds[i] < c->odds[at])
                                at = i;
                if (odds <= c->odds[at])
                        return;
        }
        c->member[at] = member;
        c->odds[at] = odds;
}

/* ---- how many ---- */

static double log_choose(double n, double k)
{
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* That these of so many phones are silent where any share of the radios may be off: the integral of
 * p^silent (1-p)^(all-silent) from 0 to 1. */
static double silence_where_off(double silent, double all)
{
        return -log_choose(all, silent) - log(all + 1);
}

static double silence_of_phones(const MatchingSettings *m, double silent, double all)
{
        double usual = silent * log(m->silent_phones) + (all - silent) * log1p(-m->silent_phones);

        return log_add(log1p(-m->silent_places) + usual,
                       log(m->silent_places) + silence_where_off(silent, all));
}

/* That so many strangers come: nobody, one, or more: 1/((n-1) n) is the same for each order of
 * size. */
static double silence_of_strangers(const MatchingSettings *m, double n)
{
        if (n == 0)
                return log1p(-m->overheard);
        if (n == 1)
                return log(m->overheard) + log1p(-m->flood);
        return log(m->overheard) + log(m->flood / ((n - 1) * n));
}

/* Where more are silent than sit at a table, no more of them are believed than hear each other: so
 * no crowd of strangers passes for the meeting. */
static size_t silence_members_max(const SilentCrowd *c)
{
        return c->n_silent <= SILENCE_TABLE ? c->n_silent : c->n_linked;
}

static double silence_weight(const MatchingSettings *m, const SilentCrowd *c, size_t members)
{
        double all = (double)(c->n_linked + members), strangers = (double)(c->n_silent - members);

        if (members > silence_members_max(c))
                return -HUGE_VAL;
        return -m->meeting_sizes * log(all) + lgamma(all + 1) - lgamma((double)c->n_linked + 1) +
               silence_of_phones(m, (double)members, all) + lgamma(strangers + 1) +
               silence_of_strangers(m, strangers);
}

/* ---- all sets ---- */

typedef struct Walk {
        /* back[i][a]: the weight of the rest, where a of the first i are members */
        double back[SILENCE_MAX + 1][SILENCE_MAX + 1];
        double forward[SILENCE_MAX + 1];
} Walk;

static void silence_walk_back(Walk *w, const MatchingSettings *m, const SilentCrowd *c)
{
        for (size_t a = 0; a <= c->n; a++)
                w->back[c->n][a] = silence_weight(m, c, a);
        for (size_t i = c->n; i > 0; i--)
                for (size_t a = 0; a < i; a++)
                        w->back[i - 1][a] =
                                log_add(w->back[i][a], w->back[i][a + 1] + c->odds[i - 1]);
}

static void silence_walk(Walk *w, SilentCrowd *c)
{
        double member;

        for (size_t a = 0; a <= c->n; a++)
                w->forward[a] = a == 0 ? 0 : -HUGE_VAL;
        for (size_t i = 0; i < c->n; i++) {
                member = -HUGE_VAL;
                for (size_t a = 0; a <= i; a++)
                        member = log_add(member, w->forward[a] + w->back[i + 1][a + 1]);
                c->belief[i] = exp(member + c->odds[i] - w->back[0][0]);
                for (size_t a = i + 1; a > 0; a--)
                        w->forward[a] = log_add(w->forward[a], w->forward[a - 1] + c->odds[i]);
        }
}

int silence_judge(const MatchingSettings *m, SilentCrowd *c)
{
        _cleanup_free_ Walk *w = malloc(sizeof *w);

        assert(c->n <= SILENCE_MAX && c->n <= c->n_silent);
        if (!w)
                return -ENOMEM;
        silence_walk_back(w, m, c);
        silence_walk(w, c);
        return 0;
}

bool silence_is_believed(const MatchingSettings *m, const SilentCrowd *c, double belief)
{
        return belief >=
               (silence_is_third(m, c->n_linked, c->n_silent) ? m->belief_of_third : m->belief);
}
