/* SPDX-License-Identifier: GPL-2.0-or-later */
/* candidates-pair.h - what is known of one candidate, and of two; i and j are their places in the
 * list */
#pragma once

#include "candidates.h"

/* The fix is sharp enough to tell places apart. */
bool press_tells(const Candidates *c, size_t i);

/* It pressed too recently to have been heard. */
bool press_is_new(const Candidates *c, size_t i);

/* How i heard j. */
int8_t pair_heard(const Candidates *c, size_t i, size_t j);
Evidence pair_evidence(const Candidates *c, size_t i, size_t j);

bool pair_same_route(const Candidates *c, size_t i, size_t j);
bool pair_in_window(const Candidates *c, size_t i, size_t j);

/* The two have not listened together for long enough to have heard each other. */
bool pair_unsettled(const Candidates *c, size_t i, size_t j);

/* Place similarity by the fixes alone. */
double pair_fix_like(const Candidates *c, size_t i, size_t j);
/* By their fixes the two may be in one place. */
bool pair_compatible(const Candidates *c, size_t i, size_t j);
double pair_composite(const Candidates *c, size_t i, size_t j);

/* The same for two people with nobody else around: one wrong fix is likelier than two meetings with
 * the same code, place and moment. */
double pair_composite_alone(const Candidates *c, size_t i, size_t j);

/* dBm, averaged over both directions. If both listened long enough, a missed signal counts as
 * weaker than a phone can hear. If not, an early close takes it for that of people face to face,
 * where both have radio: else moments alone would part those who came last. SUBGROUPS_UNKNOWN:
 * radio without a strength, or too early to tell. */
float pair_strength(const Candidates *c, size_t i, size_t j);
