/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "presses.h"

#include <math.h>

/* Seconds from the first press of a meeting to another one: log-normal; some linger (assumed: no
 * measurement of presses is known). */
static const double DELAY_S = 3, DELAY_SPREAD = 0.9, LINGERS = 0.1;
static const double LEAST_S = 0.1;   /* finest difference that clocks and networks show */
static const double CHANCE_S = 60.0; /* another meeting begins at any moment of this span */

double press_follows(uint64_t after_ms)
{
        double s = fmax(LEAST_S, (double)after_ms / 1000), x = log(s / DELAY_S) / DELAY_SPREAD;
        double density = exp(-x * x / 2) / (s * DELAY_SPREAD * sqrt(2 * M_PI));

        return log((1 - LINGERS) * density * CHANCE_S + LINGERS);
}

double press_strays(void)
{
        return log(LINGERS);
}
