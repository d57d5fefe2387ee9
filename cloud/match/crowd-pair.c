/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crowd-pair.h"

#include "circles.h"

#include <math.h>
#include <string.h>

static const double ALONE = 0.6;  /* place similarity of two with nobody else around */
static const double TELLS = 0.55; /* a fix less like itself than this says nothing */

static const double MISSED_DBM = -98; /* sensitivity of a phone: what it missed was weaker */

/* after this all would be heard; the first packet takes 3 s on average */
enum { SETTLED_MS = 8000 };

int8_t pair_heard(const Crowd *c, size_t i, size_t j)
{
        return c->heard[i * c->n + j];
}

Evidence pair_evidence(const Crowd *c, size_t i, size_t j)
{
        return (Evidence)((pair_heard(c, i, j) != HEARD_NOT) + (pair_heard(c, j, i) != HEARD_NOT));
}

bool pair_same_route(const Crowd *c, size_t i, size_t j)
{
        return strcmp(c->press[i].route, c->press[j].route) == 0;
}

bool pair_in_window(const Crowd *c, size_t i, size_t j)
{
        return similarity_time(c->press[i].press_ms, c->press[j].press_ms, c->window_ms) > 0;
}

double pair_fix_like(const Crowd *c, size_t i, size_t j)
{
        return similarity_fix(c->settings, &c->press[i].fix, &c->press[j].fix);
}

bool press_tells(const Crowd *c, size_t i)
{
        return pair_fix_like(c, i, i) >= TELLS;
}

double pair_composite(const Crowd *c, size_t i, size_t j)
{
        return similarity_of(c->settings, &c->press[i], &c->press[j], c->window_ms,
                             pair_evidence(c, i, j))
                .composite;
}

bool press_is_new(const Crowd *c, size_t i)
{
        return c->now_ms <= c->press[i].press_ms + SETTLED_MS;
}

bool pair_unsettled(const Crowd *c, size_t i, size_t j)
{
        return press_is_new(c, i) || press_is_new(c, j);
}

float pair_strength(const Crowd *c, size_t i, size_t j)
{
        int8_t a = pair_heard(c, i, j), b = pair_heard(c, j, i);

        if (a == HEARD_SOMEHOW || b == HEARD_SOMEHOW)
                return CIRCLES_UNKNOWN;
        if (a < 0 && b < 0)
                return (float)(a + b) / 2;
        if (a < 0 || b < 0)
                return MIN(a, b);
        return pair_unsettled(c, i, j) ? CIRCLES_UNKNOWN : (float)MISSED_DBM;
}

double pair_composite_alone(const Crowd *c, size_t i, size_t j)
{
        Similarity s = similarity_of(c->settings, &c->press[i], &c->press[j], c->window_ms,
                                     pair_evidence(c, i, j));

        if (s.place > 0)
                s.place = fmax(s.place, ALONE);
        return similarity_composite(c->settings, s.route, s.place, s.time).composite;
}
