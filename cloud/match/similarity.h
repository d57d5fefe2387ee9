/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * similarity.h - how alike two serials are: three segments, weights, threshold (patent 0091,
 * claims 3 and 8)
 *
 * composite = weight_route * route + weight_place * place + weight_time * time. Every similarity
 * lies in [0, 1] and does not depend on the order of the two. docs/matching.md has the reasons.
 */
#pragma once

#include "src/protocol/serial.h"

typedef struct MatchingSettings {
        double weight_route, weight_place, weight_time;
        double threshold;
        /* of routes that differ in one digit, where both terminals heard each other */
        double slip;
        /* of places without a fix, or with fixes too vague to use */
        double unknown_place;
        /* Fixes farther apart than this beyond both accuracies are not alike at all. A sharp fix is
         * as accurate at least: those by satellite and Wi-Fi claim up to 100 m, by cell 200 m and
         * more. */
        double place_limit_m;
        double ambiguity;        /* composites of two groups closer than this are about equal */
        double near_dbm;         /* what terminals about 1 m apart receive of each other */
        double circle_dbm;       /* people face to face receive at least this, on average */
        uint64_t press_delay_ms; /* from the first press of a meeting to half of the others */
        double latecomers;       /* share of people who press at any moment of the window */
        double neighbours;       /* share of meetings beside which another has the same code */
        /* silence.h: */
        /* Meetings of n people are as frequent as n to the power of minus this. 4.3 is likeliest by
         * the 31,713 conversations of the office trace InVS15, 6 by the 5,322 of InVS13, which are
         * nearly all of two. */
        double meeting_sizes;
        double silent_phones; /* share of phones whose radio is off */
        double silent_places; /* share of places where any share of the radios may be off */
        double overheard;     /* share of meetings whose code strangers use, too … */
        /* of the strangers, those who mean this meeting and claim to be on the spot */
        double aimed;
        double flood; /* … of these, where it is more than one */
        /* a silent person is a member from this probability on … */
        double belief;
        /* … but, if it is the only one, beside fewer people than radio_rich from this one on */
        double belief_of_third;
        uint32_t radio_rich;
        /* a party stays open for so long after it could be told of somebody to be asked about */
        uint64_t answer_ms;
        uint32_t guests_per_group; /* so many at most */
        uint32_t max_members;      /* of a group: a later one opens another */
} MatchingSettings;

/* Which of two terminals reported the other. */
typedef enum Evidence { EVIDENCE_NONE, EVIDENCE_ONE_SIDED, EVIDENCE_MUTUAL } Evidence;

/* The part of a serial that is compared. */
typedef struct Press {
        char route[ROUTE_SIZE];
        Fix fix;
        uint64_t press_ms;
} Press;

typedef struct Similarity {
        double route, place, time, composite;
} Similarity;

/* 0, or -EINVAL and the reason: what a configuration must satisfy. */
int matching_check(const MatchingSettings *m, char *ret_reason, size_t n);

bool similarity_is_slip(const char *a, const char *b);
double similarity_route(const MatchingSettings *m, const char *a, const char *b, Evidence e);
bool fix_is_sharp(const MatchingSettings *m, const Fix *f);
/* By the fixes alone: 0 beyond the limit, unknown_place where they say nothing, towards 1 where
 * they agree. */
double similarity_fix(const MatchingSettings *m, const Fix *a, const Fix *b);
double similarity_place(const MatchingSettings *m, const Fix *a, const Fix *b, Evidence e);
/* 1 at the same moment, 0 from the window on: being late lowers the composite by itself. */
double similarity_time(uint64_t a_ms, uint64_t b_ms, uint64_t window_ms);
Similarity similarity_of(const MatchingSettings *m, const Press *a, const Press *b,
                         uint64_t window_ms, Evidence e);
/* The weighted sum of three segment similarities. */
Similarity similarity_composite(const MatchingSettings *m, double route, double place, double time);
