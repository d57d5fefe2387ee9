/* SPDX-License-Identifier: GPL-2.0-or-later */
/* location-geoclue.h - the locator that asks GeoClue 2 (org.freedesktop.GeoClue2 on the system
 * bus) */
#pragma once

#include "src/base/clock.h"
#include "locator.h"

#define GEOCLUE_ID "org.huddle" /* what geoclue.conf calls us, as a client and as an agent */

/* own_agent: GeoClue asks nobody for a service that runs under a user of its own, and so does not
 * even answer it; then we are the agent of our user, which geoclue.conf must allow. clock is
 * borrowed, for dates. */
int location_geoclue_new(Locator **ret, sd_event *event, Clock *clock, bool own_agent);
