/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "silent-people.h"

#include "candidates-pair.h"
#include "presses.h"
#include "silence.h"

#include <math.h>
#include <stdlib.h>

enum { FITS_SEVERAL = CANDIDATE_NONE - 1 };

struct SilentPeople {
        const Candidates *c;
        CandidatePlace *at;
        const bool *several;
        uint32_t *linked, *silent; /* so many of them: */
        size_t n_linked, n_silent;
        uint32_t *fits;        /* the circle that each silent one fits */
        size_t found;          /* people who were looked at, */
        size_t circle, beside; /* the circle that is judged, by its first, and … */
        SilentCrowd crowd;     /* … the silent who were compared with it */
        uint64_t *press_ms;    /* when its people pressed */
        PressMoments moments;
        uint64_t looks;
};

/* By its fix and its claims, i may be in the same place as these linked people. */
static bool silent_could_belong(SilentPeople *p, size_t i)
{
        const Candidates *c = p->c;
        size_t j;

        if (p->at[i].radio != CANDIDATE_NONE || p->at[i].cluster != CANDIDATE_NONE)
                return false;
        p->looks += 4 * p->n_linked;
        for (size_t k = 0; k < p->n_linked; k++) {
                j = p->linked[k];
                if (pair_same_route(c, i, j) && pair_in_window(c, i, j) &&
                    (pair_heard(c, i, j) != HEARD_NOT || pair_compatible(c, i, j)))
                        return true;
        }
        return false;
}

static void silent_find(SilentPeople *p, size_t i)
{
        p->looks++;
        if (!silent_could_belong(p, i))
                return;
        p->silent[p->n_silent] = (uint32_t)i;
        p->fits[p->n_silent++] = CANDIDATE_NONE;
}

/* Compares a silent person with the people of this circle. */
static Silence silent_compare(SilentPeople *p, size_t silent, uint32_t circle)
{
        const Candidates *c = p->c;
        Silence s = {.least = 1, .n_silent = p->n_silent};
        size_t n_telling = 0, j;
        double like;

        p->looks += 8 * p->n_linked;
        for (size_t k = 0; k < p->n_linked; k++) {
                j = p->linked[k];
                if (p->at[j].cluster != circle)
                        continue;
                like = pair_fix_like(c, silent, j);
                if (press_tells(c, j)) {
                        s.mean += like;
                        n_telling++;
                }
                s.least = fmin(s.least, like);
                s.n_claims += pair_heard(c, silent, j) != HEARD_NOT;
                s.n++;
        }
        s.tells = n_telling > 0;
        if (s.tells)
                s.mean /= (double)n_telling;
        s.moment = press_joins(c->settings, &p->moments, c->press[silent].press_ms);
        return s;
}

static void silent_add(SilentPeople *p, size_t k, uint32_t circle)
{
        Silence s = silent_compare(p, p->silent[k], circle);
        double odds = p->several[p->silent[k]] ? -HUGE_VAL : silence_odds(p->c->settings, &s);

        silence_add(&p->crowd, (uint32_t)k, odds);
}

static int silent_believe(SilentPeople *p, uint32_t circle)
{
        SilentCrowd *crowd = &p->crowd;
        uint32_t *fits;
        int r = silence_judge(p->c->settings, crowd);

        if (r < 0)
                return r;
        p->looks += crowd->n * crowd->n;
        for (size_t k = 0; k < crowd->n; k++) {
                if (!silence_is_believed(p->c->settings, crowd, crowd->belief[k]))
                        continue;
                fits = &p->fits[crowd->member[k]];
                *fits = *fits == CANDIDATE_NONE ? circle : FITS_SEVERAL;
        }
        return 0;
}

/* The first of the next circle. */
static void silent_begin_circle(SilentPeople *p)
{
        const Candidates *c = p->c;
        uint32_t circle = p->at[p->linked[p->circle]].cluster;
        size_t n = 0;

        for (size_t k = 0; k < p->n_linked; k++)
                if (p->at[p->linked[k]].cluster == circle)
                        p->press_ms[n++] = c->press[p->linked[k]].press_ms;
        p->looks += 8 * p->n_linked;
        p->moments = press_moments(c->settings, c->window_ms, p->press_ms, n);
        p->crowd.n_linked = n;
        p->crowd.n_silent = p->crowd.n = 0;
}

static bool silent_leads_circle(const SilentPeople *p)
{
        for (size_t k = 0; k < p->circle; k++)
                if (p->at[p->linked[k]].cluster == p->at[p->linked[p->circle]].cluster)
                        return false;
        return true;
}

/* Compares one silent person with the circle; after the last one judges all. */
static int silent_step_circle(SilentPeople *p)
{
        uint32_t circle = p->at[p->linked[p->circle]].cluster;

        if (p->beside == 0) {
                p->looks += p->circle;
                if (!silent_leads_circle(p)) {
                        p->circle++;
                        return 0;
                }
                silent_begin_circle(p);
        }
        if (p->beside < p->n_silent) {
                silent_add(p, p->beside++, circle);
                return 0;
        }
        p->beside = 0;
        p->circle++;
        return silent_believe(p, circle);
}

static void silent_admit(SilentPeople *p)
{
        for (size_t k = 0; k < p->n_silent; k++)
                if (p->fits[k] < FITS_SEVERAL) {
                        p->at[p->silent[k]].rejected_by = CANDIDATE_NONE;
                        p->at[p->silent[k]].cluster = p->fits[k];
                }
}

int silent_people_step(SilentPeople *p)
{
        int r = 0;

        if (p->found < p->c->n)
                silent_find(p, p->found++);
        else if (p->n_silent > 0 && p->circle < p->n_linked)
                r = silent_step_circle(p);
        else {
                silent_admit(p);
                return 0;
        }
        return r < 0 ? r : 1;
}

uint64_t silent_people_looks(const SilentPeople *p)
{
        return p->looks;
}

SilentPeople *silent_people_free(SilentPeople *p)
{
        if (!p)
                return NULL;
        free(p->linked);
        free(p->silent);
        free(p->fits);
        free(p->press_ms);
        free(p);
        return NULL;
}

int silent_people_new(SilentPeople **ret, const Candidates *c, CandidatePlace *at,
                      const bool *several, uint32_t radio)
{
        _cleanup_(silent_people_freep) SilentPeople *p = calloc(1, sizeof *p);

        if (!p)
                return -ENOMEM;
        p->c = c;
        p->at = at;
        p->several = several;
        p->looks = c->n;
        p->linked = calloc(c->n + 1, sizeof *p->linked);
        p->silent = calloc(c->n + 1, sizeof *p->silent);
        p->fits = calloc(c->n + 1, sizeof *p->fits);
        p->press_ms = calloc(c->n + 1, sizeof *p->press_ms);
        if (!p->linked || !p->silent || !p->fits || !p->press_ms)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++)
                if (at[i].radio == radio)
                        p->linked[p->n_linked++] = (uint32_t)i;
        *ret = TAKE_PTR(p);
        return 0;
}
