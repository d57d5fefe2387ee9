/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-silent.h"

/* place similarities */
static const double SAME_SPOT = 0.75; /* mean, to the sharp fixes of the others … */
static const double NEARBY = 0.55;    /* … the same for a member that may stand next door … */
static const double NOT_ELSEWHERE = 0.1; /* … and least, to each */
static const double AMONG_MANY = 0.6;    /* mean, beside many people, of which one may err far */

enum {
        BURST_MS = 10000,  /* nine of ten members press within this of the first … */
        AT_ONCE_MS = 4000, /* … and six of ten within this */
        MANY = 4,          /* in groups this large expect one phone without radio … */
};
static const double MANY_LONGER = 2.5; /* … so we wait this much longer for its press */

static bool radio_silent_on_the_spot(const RadioSilent *s)
{
        return s->mean >= SAME_SPOT && s->least > NOT_ELSEWHERE;
}

bool radio_silent_is_third(const RadioSilent *s)
{
        if (s->n_claims > 0)
                return s->n_claims == s->n && s->least > 0 && s->nearest_ms < BURST_MS;
        if (radio_silent_on_the_spot(s))
                return s->nearest_ms < BURST_MS;
        return (!s->tells || s->mean >= NEARBY) && s->least > NOT_ELSEWHERE &&
               s->after_ms > -AT_ONCE_MS && s->after_ms < AT_ONCE_MS;
}

bool radio_silent_follows_at_once(const MatchingSettings *m, const RadioSilent *s)
{
        double longest_ms = (double)m->silent_press_ms * (s->n >= MANY ? MANY_LONGER : 1);

        return s->n_claims == 0 && s->tells && s->mean >= AMONG_MANY && s->least > 0 &&
               s->after_ms >= 0 && (double)s->after_ms < longest_ms;
}
