/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-date.h - days of people's lives, as programs write them */
#pragma once

#include "src/base/util.h"

enum {
        CARD_YEAR_UNKNOWN = 1604, /* Apple's programs write it for a birthday without a year */
        CARD_DATE_SIZE = 64,
};

/* Writes a day in basic format (RFC 6350 section 4.3.1: 19850312, --0214) from any that names year,
 * month and day in this order, or day, month and year between dots. A year 0 or 1604, and the one
 * that omitted names (may be NULL), is none. Midnight behind it says nothing and goes; another time
 * stays. False: it is no such day. */
bool card_date_normal(char ret[CARD_DATE_SIZE], const char *value, const char *omitted);

/* Whether nothing is said: all digits are zeros, as databases write a missing date. */
bool card_date_is_empty(const char *value);
