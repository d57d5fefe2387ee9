/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "similarity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One standard deviation. Source: of 6562 fixes of phones at rest (MobilityNet) half erred by less
 * than 0.40 of the accuracy they claimed and 90 % by less than 0.81. */
static const double ERROR_OF_ACCURACY = 0.45;
/* Of the people of one meeting, and the least error of any fix. Source: assumed;
 * terminals round to 5 m. */
static const double SPREAD_M = 5;
/* Distance in standard deviations that halves the agreement. Source: the same fixes, of which 5 %
 * err by more than 1.02 of their claim. */
static const double TAIL = 2.5;
/* One of the two was heard, so it was near. Source: chosen, between a fix that agrees and 1. */
static const double ONE_SIDED_PLACE = 0.9;

int matching_check(const MatchingSettings *m, char *ret_reason, size_t n)
{
        const char *reason = NULL;

        if (!(m->weight_route >= 0 && m->weight_place >= 0 && m->weight_time >= 0))
                reason = "a weight is negative";
        else if (!(fabs(m->weight_route + m->weight_place + m->weight_time - 1) <= 1e-9))
                reason = "the weights do not sum to 1";
        else if (m->weight_route + m->weight_place >= m->threshold)
                reason = "a serial past the window could reach the threshold";
        else if (m->weight_place + m->weight_time >= m->threshold)
                reason = "a different route could reach the threshold";
        else if (!(m->slip >= 0 && m->slip < 1))
                reason = "a slip in one digit must score below 1";
        else if (m->weight_route + m->weight_time >= m->threshold)
                reason = "fixes beyond the place limit could reach the threshold";
        else if (!(m->threshold <= 1))
                reason = "nothing could reach the threshold";
        else if (!(m->unknown_place >= 0 && m->unknown_place < ONE_SIDED_PLACE))
                reason = "an unknown place must score below one that was heard";
        if (!reason)
                return 0;
        (void)snprintf(ret_reason, n, "%s", reason);
        return -EINVAL;
}

bool similarity_is_slip(const char *a, const char *b)
{
        unsigned n = 0;

        if (strlen(a) != strlen(b))
                return false;
        for (; *a; a++, b++)
                n += *a != *b;
        return n == 1;
}

double similarity_route(const MatchingSettings *m, const char *a, const char *b, Evidence e)
{
        if (strcmp(a, b) == 0)
                return 1;
        return e == EVIDENCE_MUTUAL && similarity_is_slip(a, b) ? m->slip : 0;
}

static double square(double x)
{
        return x * x;
}

bool fix_is_sharp(const MatchingSettings *m, const Fix *f)
{
        return f->known && f->accuracy_m <= m->place_limit_m;
}

/* An error as large as the place limit leaves half of what a sharp fix says. */
double similarity_fix(const MatchingSettings *m, const Fix *a, const Fix *b)
{
        double apart, variance, agree, telling;

        if (!a->known || !b->known)
                return m->unknown_place;
        apart = fix_distance_m(a, b);
        if (fix_is_sharp(m, a) && fix_is_sharp(m, b) &&
            apart > (double)a->accuracy_m + b->accuracy_m + m->place_limit_m)
                return 0;
        variance = square(ERROR_OF_ACCURACY) * (square(a->accuracy_m) + square(b->accuracy_m)) +
                   square(SPREAD_M);
        agree = 1 / (1 + square(square(apart) / variance / square(TAIL)));
        telling = 1 / (1 + variance / square(m->place_limit_m));
        return agree * (m->unknown_place + (1 - m->unknown_place) * telling);
}

double similarity_place(const MatchingSettings *m, const Fix *a, const Fix *b, Evidence e)
{
        double fix;

        if (e == EVIDENCE_MUTUAL)
                return 1;
        fix = similarity_fix(m, a, b);
        return e == EVIDENCE_ONE_SIDED && fix > 0 ? fmax(fix, ONE_SIDED_PLACE) : fix;
}

double similarity_time(uint64_t a_ms, uint64_t b_ms, uint64_t window_ms)
{
        uint64_t gap = a_ms > b_ms ? a_ms - b_ms : b_ms - a_ms;

        return gap >= window_ms ? 0 : 1 - (double)gap / (double)window_ms;
}

Similarity similarity_composite(const MatchingSettings *m, double route, double place, double time)
{
        return (Similarity){
                .route = route,
                .place = place,
                .time = time,
                .composite =
                        m->weight_route * route + m->weight_place * place + m->weight_time * time,
        };
}

Similarity similarity_of(const MatchingSettings *m, const Press *a, const Press *b,
                         uint64_t window_ms, Evidence e)
{
        return similarity_composite(m, similarity_route(m, a->route, b->route, e),
                                    similarity_place(m, &a->fix, &b->fix, e),
                                    similarity_time(a->press_ms, b->press_ms, window_ms));
}
