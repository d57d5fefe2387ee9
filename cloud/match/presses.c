/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "presses.h"

#include <math.h>
#include <stdlib.h>

/* Seconds from the first press of a meeting to another one: log-normal; some linger. Source:
 * assumed, no measurement of presses is known. */
static const double DELAY_S = 3, DELAY_SPREAD = 0.9, LINGERS = 0.1;
/* Finest difference that clocks and networks show. Source: assumed. */
static const double LEAST_S = 0.1;
/* Another meeting begins at any moment of this span. Source: the usual window. */
static const double CHANCE_S = 60.0;
/* A stranger who means this meeting presses within this span. Source: assumed, half a window. */
static const double AIMED_S = 30.0;

static double press_scaled(double s)
{
        return log(s / DELAY_S) / DELAY_SPREAD;
}

static double press_density(double s)
{
        double x = press_scaled(s);

        return exp(-x * x / 2) / (s * DELAY_SPREAD * sqrt(2 * M_PI));
}

/* That somebody presses later than this. */
static double press_later(double s)
{
        return erfc(press_scaled(s) / M_SQRT2) / 2;
}

static double press_seconds(uint64_t ms)
{
        return fmax(LEAST_S, (double)ms / 1000);
}

static double press_odds(double density, double span_s)
{
        return log((1 - LINGERS) * density * span_s + LINGERS);
}

/* Log odds that a press belongs to a meeting that began then. Who pressed before
 * the first has a wrong clock, and lingers: so a moment that cannot be true counts. */
static double press_follows(uint64_t press_ms, uint64_t first_ms)
{
        if (press_ms < first_ms)
                return log(LINGERS);
        return press_odds(press_density(press_seconds(press_ms - first_ms)), CHANCE_S);
}

static double presses_misfit_after(const uint64_t *press_ms, size_t n, size_t first)
{
        double misfit = 0;

        for (size_t i = 0; i < n; i++)
                if (i != first)
                        misfit -= press_follows(press_ms[i], press_ms[first]);
        return misfit;
}

double presses_misfit(const uint64_t *press_ms, size_t n)
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
        return fmin(presses_misfit_after(press_ms, n, first),
                    presses_misfit_after(press_ms, n, second));
}

double press_joins(int64_t after_ms, size_t n)
{
        double s = press_seconds((uint64_t)llabs(after_ms)), density = press_density(s);

        if (after_ms < 0 && n > 0)
                density *= pow(press_later(s), (double)n - 1);
        return press_odds(density, AIMED_S);
}
