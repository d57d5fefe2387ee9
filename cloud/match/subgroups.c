/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "subgroups.h"

#include "presses.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Scatter of Bluetooth strengths between phones carried by people: of a pair, both ways averaged,
 * and of a phone's sending and receiving, averaged. Source: Tobit fit to the DP-3T recordings of
 * 2020. */
static const double PAIR_DB = 6.5, PHONE_DB = 2.6;
/* Parts that are less loud than people face to face are circles of weak phones where nobody across
 * is as loud. Source: found on recordings of two rooms with all phones in pockets, and of
 * queues. */
static const double GAP_DB = 2;
/* Bound of the misfit of one strength, in nats. Source: assumed. */
static const double OUTLIER = 4;

enum { SUBGROUPS_MAX = 4, SWEEPS = 4 };

typedef struct Cut {
        const MatchingSettings *settings;
        const float *strength;
        const uint64_t *press_ms;
        uint64_t window_ms;
        size_t n, k;
        uint8_t subgroup[SUBGROUPS_MEMBERS_MAX];
        double within, across;               /* levels */
        double phone[SUBGROUPS_MEMBERS_MAX]; /* how much better than the level */
        double misfit;                       /* negative log likelihood … */
        double misfit_of_strengths;          /* … without the moments */
} Cut;

static double subgroups_strength(const Cut *c, size_t i, size_t j)
{
        return c->strength[i * c->n + j];
}

static bool subgroups_is_known(const Cut *c, size_t i, size_t j)
{
        return i != j && c->strength[i * c->n + j] < SUBGROUPS_UNKNOWN;
}

/* The usual level counts as one more pair. */
static void subgroups_fit_levels(Cut *c)
{
        double sum[2] = {0}, n[2] = {0};

        for (size_t i = 0; i < c->n; i++)
                for (size_t j = 0; j < i; j++)
                        if (subgroups_is_known(c, i, j)) {
                                sum[c->subgroup[i] != c->subgroup[j]] +=
                                        subgroups_strength(c, i, j);
                                n[c->subgroup[i] != c->subgroup[j]]++;
                        }
        c->within = (sum[0] + c->settings->near_dbm) / (n[0] + 1);
        c->across = c->within - SUBGROUPS_DROP_DB;
        if (n[1] > 0)
                c->across = fmin(c->across, sum[1] / n[1]);
}

static double subgroups_expected(const Cut *c, size_t i, size_t j)
{
        return c->subgroup[i] == c->subgroup[j] ? c->within : c->across;
}

/* Ridge regression by Gauss-Seidel: what remains of a phone's strengths after the levels and the
 * others. */
static void subgroups_fit_phones(Cut *c)
{
        double ridge = PAIR_DB * PAIR_DB / (PHONE_DB * PHONE_DB), sum, n;

        memset(c->phone, 0, sizeof c->phone);
        for (int sweep = 0; sweep < SWEEPS; sweep++)
                for (size_t i = 0; i < c->n; i++) {
                        sum = 0;
                        n = ridge;
                        for (size_t j = 0; j < c->n; j++)
                                if (subgroups_is_known(c, i, j)) {
                                        sum += subgroups_strength(c, i, j) -
                                               subgroups_expected(c, i, j) - c->phone[j];
                                        n++;
                                }
                        c->phone[i] = sum / n;
                }
}

static double subgroups_misfit_of(const Cut *c, size_t i, size_t j)
{
        double rest = subgroups_strength(c, i, j) - subgroups_expected(c, i, j) - c->phone[i] -
                      c->phone[j];

        return fmin(OUTLIER, rest * rest / 2 / (PAIR_DB * PAIR_DB));
}

static double subgroups_misfit_of_presses(const Cut *c)
{
        uint64_t moments[SUBGROUPS_MEMBERS_MAX];
        double misfit = 0;
        size_t n;

        for (uint8_t k = 0; k < c->k; k++) {
                n = 0;
                for (size_t i = 0; i < c->n; i++)
                        if (c->subgroup[i] == k)
                                moments[n++] = c->press_ms[i];
                misfit += presses_misfit(c->settings, c->window_ms, moments, n);
        }
        return misfit;
}

static void subgroups_fit(Cut *c)
{
        double off;

        subgroups_fit_levels(c);
        subgroups_fit_phones(c);
        off = (c->within - c->settings->near_dbm) / PAIR_DB;
        c->misfit = off * off / 2;
        for (size_t i = 0; i < c->n; i++) {
                c->misfit += c->phone[i] * c->phone[i] / 2 / (PHONE_DB * PHONE_DB);
                for (size_t j = 0; j < i; j++)
                        if (subgroups_is_known(c, i, j))
                                c->misfit += subgroups_misfit_of(c, i, j);
        }
        c->misfit_of_strengths = c->misfit;
        c->misfit += subgroups_misfit_of_presses(c);
}

/* Mean strength between two subgroups. An unknown one lies between near and far. */
static double subgroups_linkage(const Cut *c, uint8_t a, uint8_t b)
{
        double sum = 0, n = 0;

        for (size_t i = 0; i < c->n; i++)
                for (size_t j = 0; j < c->n; j++)
                        if (c->subgroup[i] == a && c->subgroup[j] == b &&
                            subgroups_is_known(c, i, j)) {
                                sum += subgroups_strength(c, i, j);
                                n++;
                        }
        return n > 0 ? sum / n : c->settings->circle_dbm - 10;
}

/* Joins the two subgroups that hear each other best. The last number fills the gap. */
static void subgroups_join_nearest(Cut *c)
{
        uint8_t a = 0, b = 1;
        double best = -HUGE_VAL, l;

        for (uint8_t i = 0; i < c->k; i++)
                for (uint8_t j = i + 1; j < c->k; j++) {
                        l = subgroups_linkage(c, i, j);
                        if (l > best) {
                                best = l;
                                a = i;
                                b = j;
                        }
                }
        assert(c->k > 1 && a < b);
        c->k--;
        for (size_t i = 0; i < c->n; i++) {
                if (c->subgroup[i] == b)
                        c->subgroup[i] = a;
                if (c->subgroup[i] == c->k)
                        c->subgroup[i] = b;
        }
}

static size_t subgroups_count(const Cut *c, uint8_t subgroup)
{
        size_t n = 0;

        for (size_t i = 0; i < c->n; i++)
                n += c->subgroup[i] == subgroup;
        return n;
}

/* Makes the best move of one person. False if no move improves the fit. */
static bool subgroups_improve(Cut *c)
{
        Cut best = *c, tried;

        for (size_t i = 0; i < c->n; i++) {
                if (subgroups_count(c, c->subgroup[i]) == 1)
                        continue;
                for (uint8_t to = 0; to < c->k; to++) {
                        if (to == c->subgroup[i])
                                continue;
                        tried = *c;
                        tried.subgroup[i] = to;
                        subgroups_fit(&tried);
                        if (tried.misfit < best.misfit - 1e-9)
                                best = tried;
                }
        }
        if (best.misfit >= c->misfit)
                return false;
        *c = best;
        return true;
}

/* Log of the number of ways to cut the people into subgroups of these sizes. Each way is one more
 * chance to find a cut by accident. */
static double subgroups_log_ways(const Cut *c)
{
        double ways = lgamma((double)c->n + 1);

        for (uint8_t i = 0; i < c->k; i++)
                ways -= lgamma((double)subgroups_count(c, i) + 1);
        return ways;
}

/* How much louder one hears its own circle, on average, than the loudest of the others. */
static double subgroups_gap_of(const Cut *c, size_t i)
{
        double own = 0, n = 0, loudest = -HUGE_VAL, s;

        for (size_t j = 0; j < c->n; j++) {
                if (!subgroups_is_known(c, i, j))
                        continue;
                s = subgroups_strength(c, i, j) - c->phone[j];
                if (c->subgroup[i] != c->subgroup[j])
                        loudest = fmax(loudest, s);
                else {
                        own += s;
                        n++;
                }
        }
        return n > 0 ? own / n - loudest : HUGE_VAL;
}

static int compare_gaps(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* The mean for the half of the people that stand nearest to the others. A person next to a cut
 * through a queue or a hall has neighbours on both sides of it. */
static double subgroups_gap(const Cut *c)
{
        double gap[SUBGROUPS_MEMBERS_MAX], sum = 0;
        size_t half = (c->n + 1) / 2;

        for (size_t i = 0; i < c->n; i++)
                gap[i] = subgroups_gap_of(c, i);
        qsort(gap, c->n, sizeof gap[0], compare_gaps);
        for (size_t i = 0; i < half; i++)
                sum += gap[i];
        return sum / (double)half;
}

struct Subgroups {
        float strength[SUBGROUPS_MEMBERS_MAX * SUBGROUPS_MEMBERS_MAX];
        uint64_t press_ms[SUBGROUPS_MEMBERS_MAX];
        Cut one;    /* everybody in one */
        Cut linked; /* joined so far, from each alone */
        Cut tried;  /* being improved, after so many moves */
        Cut best;
        double best_gain;
        size_t moves;
        bool improving;
};

int subgroups_new(Subgroups **ret, const MatchingSettings *m, uint64_t window_ms,
                  const float *strength, const uint64_t *press_ms, size_t n)
{
        Subgroups *s = calloc(1, sizeof *s);

        assert(n <= SUBGROUPS_MEMBERS_MAX);
        if (!s)
                return -ENOMEM;
        memcpy(s->strength, strength, n * n * sizeof *strength);
        memcpy(s->press_ms, press_ms, n * sizeof *press_ms);
        s->one = (Cut){.settings = m,
                       .strength = s->strength,
                       .press_ms = s->press_ms,
                       .window_ms = window_ms,
                       .n = n,
                       .k = 1};
        subgroups_fit(&s->one);
        s->best = s->linked = s->one;
        s->linked.k = n;
        for (size_t i = 0; i < n; i++)
                s->linked.subgroup[i] = (uint8_t)i;
        *ret = s;
        return 0;
}

Subgroups *subgroups_free(Subgroups *s)
{
        free(s);
        return NULL;
}

/* Moments alone never cut: somebody may be late. */
static void subgroups_judge(Subgroups *s)
{
        const Cut *c = &s->tried;
        double gain = s->one.misfit - c->misfit +
                      log(c->settings->neighbours) * (double)(c->k - 1) - subgroups_log_ways(c);

        if (gain > s->best_gain && c->misfit_of_strengths < s->one.misfit_of_strengths) {
                s->best_gain = gain;
                s->best = *c;
        }
}

bool subgroups_step(Subgroups *s)
{
        if (s->improving) {
                if (s->moves++ < 2 * s->one.n && subgroups_improve(&s->tried))
                        return true;
                subgroups_judge(s);
                s->improving = false;
        } else if (s->one.n > 2 && s->linked.k > 2) {
                subgroups_join_nearest(&s->linked);
                if (s->linked.k <= SUBGROUPS_MAX) {
                        s->tried = s->linked;
                        subgroups_fit(&s->tried);
                        s->moves = 0;
                        s->improving = true;
                }
        }
        return s->improving || (s->one.n > 2 && s->linked.k > 2);
}

size_t subgroups_result(const Subgroups *s, uint8_t *ret_circle)
{
        size_t n = s->one.n;

        memset(ret_circle, 0, n);
        if (n < 3 ||
            (s->best.within < s->one.settings->circle_dbm && subgroups_gap(&s->best) < GAP_DB))
                return 1;
        memcpy(ret_circle, s->best.subgroup, n);
        return s->best.k;
}

bool subgroups_may_be_within(const MatchingSettings *m, double level, double dbm, size_t n)
{
        double variance = PHONE_DB * PHONE_DB + PAIR_DB * PAIR_DB / (double)n;
        double drop = level - dbm;

        return drop < SUBGROUPS_DROP_DB || drop * drop / 2 / variance < -log(m->overheard);
}
