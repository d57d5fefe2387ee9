/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "presses.h"

#include <math.h>
#include <stdlib.h>

/* Seconds from the first press of a meeting to another one: log-normal; some linger (assumed: no
 * measurement of presses is known). */
static const double DELAY_S = 3, DELAY_SPREAD = 0.9, LINGERS = 0.1;
static const double LEAST_S = 0.1;   /* finest difference that clocks and networks show */
static const double CHANCE_S = 60.0; /* another meeting begins at any moment of this span */
/* a stranger who means this meeting presses within this span */
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

double press_follows(uint64_t after_ms)
{
        return press_odds(press_density(press_seconds(after_ms)), CHANCE_S);
}

double press_strays(void)
{
        return log(LINGERS);
}

double press_joins(int64_t after_ms, size_t n)
{
        double s = press_seconds((uint64_t)llabs(after_ms)), density = press_density(s);

        if (after_ms < 0 && n > 0)
                density *= pow(press_later(s), (double)n - 1);
        return press_odds(density, AIMED_S);
}
