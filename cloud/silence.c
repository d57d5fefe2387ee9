/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "silence.h"

/* place similarities */
static const double SAME_SPOT = 0.75;    /* to the sharp fixes of people, on average … */
static const double NEARBY = 0.55;       /* … the same, of one who may stand next door … */
static const double NOT_ELSEWHERE = 0.2; /* … and at least to each */

enum {
        BURST_MS = 10000,  /* nine of ten members press within this of the first … */
        AT_ONCE_MS = 3000, /* … and half of them within this */
};

static bool on_the_spot(const Silence *s)
{
        return s->mean >= SAME_SPOT && s->least > NOT_ELSEWHERE;
}

bool silence_of_third(const Silence *s)
{
        if (s->n_claims > 0)
                return s->n_claims == s->n && s->least > 0;
        if (on_the_spot(s))
                return s->nearest_ms < BURST_MS;
        return (!s->tells || s->mean >= NEARBY) && s->least > NOT_ELSEWHERE && s->after_ms > -AT_ONCE_MS &&
               s->after_ms < AT_ONCE_MS;
}

bool silence_follows_at_once(const MatchingSettings *m, const Silence *s)
{
        return s->n_claims == 0 && on_the_spot(s) && s->after_ms >= 0 &&
               s->after_ms < (int64_t)m->silent_press_ms;
}
