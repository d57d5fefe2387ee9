/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "circles.h"

#include <math.h>
#include <string.h>

/* Scatter of Bluetooth strengths between phones carried by people (Tobit fit to the DP-3T
 * recordings of 2020): of a pair, both ways averaged, and of a phone's sending and receiving,
 * averaged. */
static const double PAIR_DB = 6.5, PHONE_DB = 2.6;
static const double LEVEL_DB = 8;   /* of the level within a circle around near_dbm */
static const double DROP_DB = 7;    /* least difference between within and across */
static const double ACROSS_DB2 = 9; /* variance that distances add across */
static const double OUTLIER = 4;    /* one strength counts no more than this, in nats */
/* log odds against one more meeting with the same code next door */
static const double RARE = 4;

/* Seconds from the first press of a meeting to another one: log-normal; some linger. */
static const double DELAY_S = 3, DELAY_SPREAD = 0.9, LINGERS = 0.1;
static const double LEAST_S = 0.1;   /* clocks and networks tell no less apart */
static const double CHANCE_S = 60.0; /* the other meeting may begin at any moment of so long */
enum { CIRCLES_MAX = 4, SWEEPS = 4 };

typedef struct Cut {
        const MatchingSettings *settings;
        const float *strength;
        const uint64_t *press_ms;
        size_t n, k;
        uint8_t circle[CIRCLES_MEMBERS_MAX];
        double within, across;             /* levels */
        double phone[CIRCLES_MEMBERS_MAX]; /* how much better than the level */
        double misfit;                     /* negative log likelihood … */
        double misfit_of_strengths;        /* … without the moments */
} Cut;

static double strength(const Cut *c, size_t i, size_t j)
{
        return c->strength[i * c->n + j];
}

static bool is_known(const Cut *c, size_t i, size_t j)
{
        return i != j && c->strength[i * c->n + j] < CIRCLES_UNKNOWN;
}

static void fit_levels(Cut *c)
{
        double sum[2] = {0}, n[2] = {0}, pair = PAIR_DB * PAIR_DB, level = LEVEL_DB * LEVEL_DB;

        for (size_t i = 0; i < c->n; i++)
                for (size_t j = 0; j < i; j++)
                        if (is_known(c, i, j)) {
                                sum[c->circle[i] != c->circle[j]] += strength(c, i, j);
                                n[c->circle[i] != c->circle[j]]++;
                        }
        c->within = (sum[0] / pair + c->settings->near_dbm / level) / (n[0] / pair + 1 / level);
        c->across = c->within - DROP_DB;
        if (n[1] > 0)
                c->across = fmin(c->across, sum[1] / n[1]);
}

static double expected(const Cut *c, size_t i, size_t j)
{
        return c->circle[i] == c->circle[j] ? c->within : c->across;
}

/* Ridge regression by Gauss-Seidel: what remains of a phone's strengths after the levels and the
 * others. */
static void fit_phones(Cut *c)
{
        double ridge = PAIR_DB * PAIR_DB / (PHONE_DB * PHONE_DB), sum, n;

        memset(c->phone, 0, sizeof c->phone);
        for (int sweep = 0; sweep < SWEEPS; sweep++)
                for (size_t i = 0; i < c->n; i++) {
                        sum = 0;
                        n = ridge;
                        for (size_t j = 0; j < c->n; j++)
                                if (is_known(c, i, j)) {
                                        sum += strength(c, i, j) - expected(c, i, j) - c->phone[j];
                                        n++;
                                }
                        c->phone[i] = sum / n;
                }
}

static double misfit_of(const Cut *c, size_t i, size_t j)
{
        double pair = PAIR_DB * PAIR_DB, variance = pair;
        double rest = strength(c, i, j) - expected(c, i, j) - c->phone[i] - c->phone[j];

        if (c->circle[i] != c->circle[j])
                variance += ACROSS_DB2;
        return fmin(OUTLIER, rest * rest / 2 / variance) + 0.5 * log(variance / pair);
}

/* How much likelier, as a logarithm, it is that somebody follows the first press of a meeting after
 * so long than that it presses at any moment. */
static double log_follows(uint64_t after_ms)
{
        double s = fmax(LEAST_S, (double)after_ms / 1000), x = log(s / DELAY_S) / DELAY_SPREAD;
        double density = exp(-x * x / 2) / (s * DELAY_SPREAD * sqrt(2 * M_PI));

        return log((1 - LINGERS) * density * CHANCE_S + LINGERS);
}

/* Of the moments: all but the first of each circle follow it. */
static double misfit_of_presses(const Cut *c)
{
        size_t first[CIRCLES_MEMBERS_MAX];
        double misfit = 0;

        for (size_t k = 0; k < c->k; k++)
                first[k] = c->n;
        for (size_t i = 0; i < c->n; i++)
                if (first[c->circle[i]] == c->n ||
                    c->press_ms[i] < c->press_ms[first[c->circle[i]]])
                        first[c->circle[i]] = i;
        for (size_t i = 0; i < c->n; i++)
                if (first[c->circle[i]] != i)
                        misfit -= log_follows(c->press_ms[i] - c->press_ms[first[c->circle[i]]]);
        return misfit;
}

static void fit(Cut *c)
{
        double off;

        fit_levels(c);
        fit_phones(c);
        off = (c->within - c->settings->near_dbm) / LEVEL_DB;
        c->misfit = off * off / 2;
        for (size_t i = 0; i < c->n; i++) {
                c->misfit += c->phone[i] * c->phone[i] / 2 / (PHONE_DB * PHONE_DB);
                for (size_t j = 0; j < i; j++)
                        if (is_known(c, i, j))
                                c->misfit += misfit_of(c, i, j);
        }
        c->misfit_of_strengths = c->misfit;
        c->misfit += misfit_of_presses(c);
}

/* Mean strength between two circles; what nobody knows lies between near and far. */
static double linkage(const Cut *c, uint8_t a, uint8_t b)
{
        double sum = 0, n = 0;

        for (size_t i = 0; i < c->n; i++)
                for (size_t j = 0; j < c->n; j++)
                        if (c->circle[i] == a && c->circle[j] == b && is_known(c, i, j)) {
                                sum += strength(c, i, j);
                                n++;
                        }
        return n > 0 ? sum / n : c->settings->circle_dbm - 10;
}

/* Joins the two circles that hear each other best; the last number fills the gap. */
static void join_nearest(Cut *c)
{
        uint8_t a = 0, b = 1;
        double best = -HUGE_VAL, l;

        for (uint8_t i = 0; i < c->k; i++)
                for (uint8_t j = i + 1; j < c->k; j++) {
                        l = linkage(c, i, j);
                        if (l > best) {
                                best = l;
                                a = i;
                                b = j;
                        }
                }
        c->k--;
        for (size_t i = 0; i < c->n; i++) {
                if (c->circle[i] == b)
                        c->circle[i] = a;
                if (c->circle[i] == c->k)
                        c->circle[i] = b;
        }
}

static size_t count(const Cut *c, uint8_t circle)
{
        size_t n = 0;

        for (size_t i = 0; i < c->n; i++)
                n += c->circle[i] == circle;
        return n;
}

/* The one move of one person that explains most; false when none explains more. */
static bool improve(Cut *c)
{
        Cut best = *c, tried;

        for (size_t i = 0; i < c->n; i++) {
                if (count(c, c->circle[i]) == 1)
                        continue;
                for (uint8_t to = 0; to < c->k; to++) {
                        if (to == c->circle[i])
                                continue;
                        tried = *c;
                        tried.circle[i] = to;
                        fit(&tried);
                        if (tried.misfit < best.misfit - 1e-9)
                                best = tried;
                }
        }
        if (best.misfit >= c->misfit)
                return false;
        *c = best;
        return true;
}

/* In how many ways so many people fall into circles of these sizes, as a logarithm: each cut is one
 * of them. */
static double log_ways(const Cut *c)
{
        double ways = lgamma((double)c->n + 1);

        for (uint8_t i = 0; i < c->k; i++)
                ways -= lgamma((double)count(c, i) + 1);
        return ways;
}

size_t circles_cut(const MatchingSettings *m, const float *strengths, const uint64_t *press_ms,
                   size_t n, uint8_t *ret_circle)
{
        Cut one = {.settings = m, .strength = strengths, .press_ms = press_ms, .n = n, .k = 1},
            linked, c, best;
        double gain, best_gain = 0;

        memset(ret_circle, 0, n);
        if (n < 3 || n > CIRCLES_MEMBERS_MAX)
                return 1;
        fit(&one);
        best = one;
        linked = one;
        linked.k = n;
        for (size_t i = 0; i < n; i++)
                linked.circle[i] = (uint8_t)i;
        while (linked.k > 2) {
                join_nearest(&linked);
                if (linked.k > CIRCLES_MAX)
                        continue;
                c = linked;
                fit(&c);
                for (size_t moves = 0; moves < 2 * n && improve(&c); moves++)
                        ;
                gain = one.misfit - c.misfit - RARE * (double)(c.k - 1) - log_ways(&c);
                /* the moments alone cut nothing: somebody may be late */
                if (gain > best_gain && c.misfit_of_strengths < one.misfit_of_strengths) {
                        best_gain = gain;
                        best = c;
                }
        }
        if (best.within < m->circle_dbm)
                return 1;
        memcpy(ret_circle, best.circle, n);
        return best.k;
}
