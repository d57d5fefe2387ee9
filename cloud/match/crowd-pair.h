/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crowd-pair.h - what a crowd knows of one of its people, and of two of them; i and j are their
 * places in it */
#pragma once

#include "crowd.h"

/* Whether a fix is sharp enough to say anything. */
bool press_tells(const Crowd *c, size_t i);

/* It has not been there for long enough to be heard. */
bool press_is_new(const Crowd *c, size_t i);

/* How i heard j. */
int8_t pair_heard(const Crowd *c, size_t i, size_t j);
Evidence pair_evidence(const Crowd *c, size_t i, size_t j);

bool pair_same_route(const Crowd *c, size_t i, size_t j);
bool pair_in_window(const Crowd *c, size_t i, size_t j);

/* The two have not listened together for long enough to have heard each other. */
bool pair_unsettled(const Crowd *c, size_t i, size_t j);

/* Place similarity by the fixes alone. */
double pair_fix_like(const Crowd *c, size_t i, size_t j);
double pair_composite(const Crowd *c, size_t i, size_t j);

/* The same of two with nobody else around: that one fix errs is likelier than that two meetings
 * have one code, place and moment. */
double pair_composite_alone(const Crowd *c, size_t i, size_t j);

/* dBm, both ways averaged; what was missed although both listened long enough was weaker than a
 * phone can hear. CIRCLES_UNKNOWN: radio without a strength, or too early to tell. */
float pair_strength(const Crowd *c, size_t i, size_t j);
