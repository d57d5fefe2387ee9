/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * subgroups.h - two conversations that hear each other: where strength and moment cut between them
 *
 * Members of one exchange stand face to face. The next circle is a few metres or a wall away, and
 * all strengths drop between the two. People of one circle press within seconds; the next circle
 * begins when it likes. For a handful of people we search the best cut under a small model:
 * strengths within a subgroup scatter around one level, those across around a lower one, and each
 * phone sends and receives somewhat better or worse than others. We cut where this explains
 * strengths and moments clearly better than one group does, and where the parts are as loud as face
 * to face, or nobody is as loud across as people are within. A queue or a hall has no such parts
 * and stays whole.
 */
#pragma once

#include "similarity.h"

enum {
        SUBGROUPS_MEMBERS_MAX = 26, /* the search would take too long for more: meetings.h */
        /* least difference between within and across. Source: from 1 to 2.3 m at 19 dB a decade
         * (tests/scenes/noise.py) */
        SUBGROUPS_DROP_DB = 7,
};

/* Strengths between n people in dBm, both ways averaged; strength[i * n + j] = strength[j * n +
 * i]. */
#define SUBGROUPS_UNKNOWN 127.0F

/* A search in steps, for some take a millisecond. Copies what it is given. */
typedef struct Subgroups Subgroups;
int subgroups_new(Subgroups **ret, const MatchingSettings *m, uint64_t window_ms,
                  const float *strength, const uint64_t *press_ms, size_t n);
Subgroups *subgroups_free(Subgroups *s);
DEFINE_CLEANUP(Subgroups *, subgroups_free);
/* true: there are more steps. */
bool subgroups_step(Subgroups *s);
/* Writes the number of each person's subgroup, from 0. Returns how many there are. */
size_t subgroups_result(const Subgroups *s, uint8_t *ret_circle);

/* Whether one who hears n people of a circle with that mean strength may be of it: likelier than
 * that it stands elsewhere and has overheard the code. level: of the circle, in dBm. */
bool subgroups_may_be_within(const MatchingSettings *m, double level, double dbm, size_t n);
