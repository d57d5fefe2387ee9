/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "meetings.h"

#include "linkage.h"
#include "presses.h"
#include "subgroups.h"

#include <math.h>

/* A branch, kept at its first person. */
typedef struct Branch {
        uint32_t n, last;     /* its people are a list that begins with the first */
        double within, pairs; /* the sum of its strengths, of so many pairs */
        double misfit; /* of the moments of its meetings; NAN: one meeting, not computed yet */
} Branch;

struct Meetings {
        const MatchingSettings *settings;
        uint64_t window_ms;
        float *strength;
        const uint64_t *press_ms;
        size_t n, row;
        double sum, n_known; /* of strengths */
        Branch *branches;
        uint32_t *next;    /* of the list of a branch */
        uint32_t *meeting; /* the first of each one's meeting */
        uint32_t *label;
        uint64_t *moments; /* scratch */
        Linkage *linkage;
        uint64_t looks;
};

enum { MOMENT_LOOKS = 32 }; /* a logarithm and an exponential */

/* One meeting more has to be worth this much: it is rare, and there are about n places to cut. */
static double meetings_price(const Meetings *m)
{
        return log((double)m->n / m->settings->neighbours);
}

static double meetings_misfit_of_one(Meetings *m, uint32_t first)
{
        size_t n = 0;

        for (uint32_t i = first; n < m->branches[first].n; i = m->next[i])
                m->moments[n++] = m->press_ms[i];
        m->looks += MOMENT_LOOKS * n;
        return presses_misfit(m->settings, m->window_ms, m->moments, n);
}

static double meetings_misfit(Meetings *m, uint32_t first)
{
        Branch *b = &m->branches[first];

        if (isnan(b->misfit))
                b->misfit = meetings_misfit_of_one(m, first);
        return b->misfit;
}

/* Less loud across than within: so much that distance in one circle does not explain it. */
static bool meetings_drops(const Branch *a, const Branch *b, double across)
{
        double pairs = a->pairs + b->pairs;

        return a->n > 1 && b->n > 1 &&
               across <= (a->within + b->within) / pairs - SUBGROUPS_DROP_DB;
}

static void meetings_unite(Meetings *m, uint32_t first)
{
        size_t n = 0;

        for (uint32_t i = first; n++ < m->branches[first].n; i = m->next[i])
                m->meeting[i] = first;
}

/* Two branches become one, of one meeting or of those of both. */
static void meetings_join(void *userdata, size_t into, size_t gone, float across)
{
        Meetings *m = userdata;
        Branch *a = &m->branches[into], *b = &m->branches[gone];
        bool drops = meetings_drops(a, b, across);
        double several = drops ? meetings_misfit(m, (uint32_t)into) +
                                         meetings_misfit(m, (uint32_t)gone) + meetings_price(m)
                               : HUGE_VAL;
        double pairs = (double)a->n * b->n;

        m->next[a->last] = (uint32_t)gone;
        *a = (Branch){a->n + b->n, b->last, a->within + b->within + across * pairs,
                      a->pairs + b->pairs + pairs, NAN};
        if (drops && several < meetings_misfit(m, (uint32_t)into))
                a->misfit = several;
        else
                meetings_unite(m, (uint32_t)into);
        m->looks += a->n;
}

/* ---- the steps ---- */

static void meetings_sum_row(Meetings *m, size_t i)
{
        const float *row = m->strength + i * m->n;

        for (size_t j = 0; j < m->n; j++)
                if (j != i && row[j] < SUBGROUPS_UNKNOWN) {
                        m->sum += row[j];
                        m->n_known++;
                }
}

/* An unknown strength is as the mean. */
static void meetings_fill_row(Meetings *m, size_t i)
{
        float *row = m->strength + i * m->n, mean = (float)(m->sum / m->n_known);

        for (size_t j = 0; j < m->n; j++)
                if (row[j] >= SUBGROUPS_UNKNOWN)
                        row[j] = mean;
}

bool meetings_step(Meetings *m)
{
        size_t row = m->row;

        m->looks += 2 * m->n;
        if (row < 2 * m->n) {
                m->row++;
                if (row < m->n)
                        meetings_sum_row(m, row);
                else if (m->n_known > 0)
                        meetings_fill_row(m, row - m->n);
                return m->n_known > 0 || row + 1 < m->n;
        }
        return linkage_step(m->linkage);
}

uint64_t meetings_looks(const Meetings *m)
{
        return m->looks;
}

const uint32_t *meetings_result(const Meetings *m)
{
        return m->meeting;
}

Meetings *meetings_free(Meetings *m)
{
        if (!m)
                return NULL;
        (void)linkage_free(m->linkage);
        free(m->branches);
        free(m->next);
        free(m->meeting);
        free(m->label);
        free(m->moments);
        free(m);
        return NULL;
}

int meetings_new(Meetings **ret, const MatchingSettings *settings, uint64_t window_ms,
                 float *strength, const uint64_t *press_ms, size_t n)
{
        _cleanup_(meetings_freep) Meetings *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        *m = (Meetings){.settings = settings,
                        .window_ms = window_ms,
                        .strength = strength,
                        .press_ms = press_ms,
                        .n = n};
        m->branches = calloc(n + 1, sizeof *m->branches);
        m->next = calloc(n + 1, sizeof *m->next);
        m->meeting = calloc(n + 1, sizeof *m->meeting);
        m->label = calloc(n + 1, sizeof *m->label);
        m->moments = calloc(n + 1, sizeof *m->moments);
        if (!m->branches || !m->next || !m->meeting || !m->label || !m->moments)
                return -ENOMEM;
        r = linkage_new(&m->linkage, strength, n, -HUGE_VALF, m->label);
        if (r < 0)
                return r;
        linkage_tell(m->linkage, meetings_join, m);
        for (size_t i = 0; i < n; i++)
                m->branches[i] = (Branch){.n = 1, .last = (uint32_t)i};
        *ret = TAKE_PTR(m);
        return 0;
}
