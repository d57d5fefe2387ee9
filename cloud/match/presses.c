/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "presses.h"

#include <assert.h>
#include <math.h>

/* From the first press of a meeting to another one is log-normal around press_delay_ms, with this
 * spread. Source: assumed, no measurement of presses is known. */
static const double DELAY_SPREAD = 0.9;

enum { LATE_SWEEPS = 8 }; /* each finds the share of latecomers from the last */

static double press_scaled(const MatchingSettings *m, double ms)
{
        return log(ms / (double)m->press_delay_ms) / DELAY_SPREAD;
}

static double press_density(const MatchingSettings *m, double ms)
{
        double x = press_scaled(m, ms);

        return exp(-x * x / 2) / (ms * DELAY_SPREAD * sqrt(2 * M_PI));
}

/* That somebody presses later than this. */
static double press_later(const MatchingSettings *m, double ms)
{
        return erfc(press_scaled(m, ms) / M_SQRT2) / 2;
}

/* Against any moment of a span. */
static double press_odds(const MatchingSettings *m, double density, double span_ms)
{
        return log((1 - m->latecomers) * density * span_ms + m->latecomers);
}

static double press_at_least(uint64_t ms)
{
        return fmax(1, (double)ms);
}

/* Log odds that a press belongs to a meeting that began then: another one begins at any moment of
 * the window. A press before the first has a wrong clock, and is as a latecomer: so a moment
 * that cannot be true counts. */
static double press_follows(const MatchingSettings *m, uint64_t window_ms, uint64_t press_ms,
                            uint64_t first_ms)
{
        if (press_ms < first_ms)
                return log(m->latecomers);
        return press_odds(m, press_density(m, press_at_least(press_ms - first_ms)),
                          (double)window_ms);
}

static double presses_misfit_after(const MatchingSettings *m, uint64_t window_ms,
                                   const uint64_t *press_ms, size_t n, size_t first)
{
        double misfit = 0;

        for (size_t i = 0; i < n; i++)
                if (i != first)
                        misfit -= press_follows(m, window_ms, press_ms[i], press_ms[first]);
        return misfit;
}

double presses_misfit(const MatchingSettings *m, uint64_t window_ms, const uint64_t *press_ms,
                      size_t n)
{
        size_t first = 0, second = n;

        if (n < 2)
                return 0;
        for (size_t i = 1; i < n; i++)
                if (press_ms[i] < press_ms[first]) {
                        second = first;
                        first = i;
                } else if (second == n || press_ms[i] < press_ms[second])
                        second = i;
        return fmin(presses_misfit_after(m, window_ms, press_ms, n, first),
                    presses_misfit_after(m, window_ms, press_ms, n, second));
}

/* How many times as likely this moment is as any moment of half a window. */
static double press_moment(const MatchingSettings *m, uint64_t window_ms, double latecomers,
                           uint64_t after_ms)
{
        double usual = press_density(m, press_at_least(after_ms)) * (double)window_ms / 2;

        return (1 - latecomers) * usual + latecomers;
}

/* The sum over those who followed the first. */
static double press_count_late(const MatchingSettings *m, const PressMoments *p)
{
        double late = 0;

        for (size_t i = 0; i < p->n; i++)
                if (i != p->first)
                        late += p->latecomers /
                                press_moment(m, p->window_ms, p->latecomers,
                                             p->press_ms[i] - p->press_ms[p->first]);
        return late;
}

PressMoments press_moments(const MatchingSettings *m, uint64_t window_ms, const uint64_t *press_ms,
                           size_t n)
{
        PressMoments p = {press_ms, n, window_ms, 0, m->latecomers};

        assert(n > 0);
        for (size_t i = 1; i < n; i++)
                if (press_ms[i] < press_ms[p.first])
                        p.first = i;
        for (int sweep = 0; sweep < LATE_SWEEPS; sweep++)
                p.latecomers = (m->latecomers + press_count_late(m, &p)) / (double)n;
        return p;
}

double press_joins(const MatchingSettings *m, const PressMoments *p, uint64_t press_ms)
{
        uint64_t first_ms = p->press_ms[p->first];
        double ms, usual;

        if (press_ms >= first_ms)
                return log(press_moment(m, p->window_ms, p->latecomers, press_ms - first_ms));
        ms = press_at_least(first_ms - press_ms);
        usual = press_density(m, ms) * (double)p->window_ms / 2;
        usual *= pow(press_later(m, ms), (double)p->n - 1);
        return log((1 - p->latecomers) * usual + p->latecomers);
}
