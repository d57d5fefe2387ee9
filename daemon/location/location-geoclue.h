/* SPDX-License-Identifier: GPL-2.0-or-later */
/* location-geoclue.h - the locator over GeoClue 2 (org.freedesktop.GeoClue2 on the system bus) */
#pragma once

#include "src/base/clock.h"
#include "locator.h"

#define GEOCLUE_ID "org.huddle" /* our name in geoclue.conf, as a client and as an agent */

/* own_agent: for a service with a user of its own GeoClue finds no agent to ask and never answers.
 * Then we act as the agent of our user, which geoclue.conf must allow. clock is borrowed. */
int location_geoclue_new(Locator **ret, sd_event *event, Clock *clock, bool own_agent);
