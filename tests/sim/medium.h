/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * medium.h - the ether: virtual radios that hear each other by rules
 *
 * Who starts is heard by everyone started in reach after the link's delay; what is dropped is
 * sent again a second later, as beacons are. Who stops says good-bye.
 */
#pragma once

#include "daemon/radio/radio.h"
#include "src/base/clock.h"
#include "chance.h"

typedef struct Medium Medium;

enum { MEDIUM_ANY = -1 };

/* The last added rule that fits a link decides; without one, radios of the same place hear each
 * other at once. */
typedef struct MediumRule {
        int from, to; /* numbers of radios, or MEDIUM_ANY */
        uint32_t delay_min_ms, delay_max_ms;
        uint32_t drop_permille; /* 1000: a partition */
} MediumRule;

int medium_new(Medium **ret, Clock *clock, Chance *chance);
Medium *medium_free(Medium *m); /* radios must be gone */
DEFINE_CLEANUP(Medium *, medium_free);

int medium_rule(Medium *m, const MediumRule *rule);
void medium_clear_rules(Medium *m);

/* number: for rules; place: only radios of the same place are in reach of each other. */
int medium_radio(Medium *m, Radio **ret, int number, int place);
void medium_move(Radio *r, int place);
bool medium_radio_on(const Radio *r);
