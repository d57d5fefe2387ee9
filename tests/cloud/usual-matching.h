/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usual-matching.h - settings of the matcher for its tests: the defaults of cloud/settings.c */
#pragma once

#include "cloud/match/similarity.h"

static const MatchingSettings settings = {
        .weight_route = 0.35,
        .weight_place = 0.35,
        .weight_time = 0.30,
        .threshold = 0.71,
        .slip = 0.5,
        .unknown_place = 0.45,
        .place_limit_m = 100,
        .ambiguity = 0.05,
        .near_dbm = -63,
        .circle_dbm = -70,
        .press_delay_ms = 3000,
        .latecomers = 0.1,
        .neighbours = 0.02,
        .meeting_sizes = 4,
        .silent_phones = 0.04,
        .silent_places = 0.26,
        .overheard = 0.1,
        .aimed = 0.75,
        .flood = 0.003,
        .belief = 0.935,
        .belief_of_third = 0.5,
        .radio_rich = 3,
        .answer_ms = 10000,
        .max_members = 1000,
};
