/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "candidates-pair.h"

#include "matcher.h"
#include "subgroups.h"

#include <math.h>
#include <string.h>

/* Place similarity of people in one place, at least; a fix that is no more like itself than an
 * unknown place is, by this, is too vague to use. Source: assumed. */
static const double COMPATIBLE = 0.1;

/* A signal that a phone missed was weaker. Source: the weakest packets of the DP-3T recordings were
 * of -102 to -105 dBm, less a margin for weaker phones. */
static const double MISSED_DBM = -98;

int8_t pair_heard(const Candidates *c, size_t i, size_t j)
{
        return c->heard[i * c->n + j];
}

Evidence pair_evidence(const Candidates *c, size_t i, size_t j)
{
        return (Evidence)((pair_heard(c, i, j) != HEARD_NOT) + (pair_heard(c, j, i) != HEARD_NOT));
}

bool pair_same_route(const Candidates *c, size_t i, size_t j)
{
        return strcmp(c->press[i].route, c->press[j].route) == 0;
}

bool pair_in_window(const Candidates *c, size_t i, size_t j)
{
        return similarity_time(c->press[i].press_ms, c->press[j].press_ms, c->window_ms) > 0;
}

double pair_fix_like(const Candidates *c, size_t i, size_t j)
{
        return similarity_fix(c->settings, &c->press[i].fix, &c->press[j].fix);
}

bool press_tells(const Candidates *c, size_t i)
{
        return pair_fix_like(c, i, i) >= c->settings->unknown_place + COMPATIBLE;
}

bool pair_compatible(const Candidates *c, size_t i, size_t j)
{
        return pair_fix_like(c, i, j) > COMPATIBLE;
}

double pair_composite(const Candidates *c, size_t i, size_t j)
{
        return similarity_of(c->settings, &c->press[i], &c->press[j], c->window_ms,
                             pair_evidence(c, i, j))
                .composite;
}

bool press_is_new(const Candidates *c, size_t i)
{
        return c->now_ms <= c->press[i].press_ms + MATCHER_LISTENED_MS;
}

bool pair_unsettled(const Candidates *c, size_t i, size_t j)
{
        return press_is_new(c, i) || press_is_new(c, j);
}

float pair_strength(const Candidates *c, size_t i, size_t j)
{
        int8_t a = pair_heard(c, i, j), b = pair_heard(c, j, i);

        if (a == HEARD_SOMEHOW || b == HEARD_SOMEHOW)
                return SUBGROUPS_UNKNOWN;
        if (a < 0 && b < 0)
                return (float)(a + b) / 2;
        if (a < 0 || b < 0)
                return MIN(a, b);
        if (!pair_unsettled(c, i, j))
                return (float)MISSED_DBM;
        return c->early && c->sounds[i] && c->sounds[j] ? (float)c->settings->near_dbm
                                                        : SUBGROUPS_UNKNOWN;
}

/* Two who press within half a window belong together. */
static double pair_place_alone(const MatchingSettings *m)
{
        return fmin(1, (m->threshold - m->weight_route - m->weight_time / 2) / m->weight_place);
}

double pair_composite_alone(const Candidates *c, size_t i, size_t j)
{
        Similarity s = similarity_of(c->settings, &c->press[i], &c->press[j], c->window_ms,
                                     pair_evidence(c, i, j));

        if (s.place > 0)
                s.place = fmax(s.place, pair_place_alone(c->settings));
        return similarity_composite(c->settings, s.route, s.place, s.time).composite;
}
