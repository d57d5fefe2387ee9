/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remaining.h - the time until a deadline of the daemon, as people read it */
#pragma once

#include <glib.h>

/* Whole seconds, rounded up, until a deadline in milliseconds of CLOCK_BOOTTIME (Exchange1). 0:
 * none is set, or it has passed. */
guint remaining_seconds(guint64 deadline_ms);
/* The same against a given time. */
guint remaining_seconds_at(guint64 deadline_ms, guint64 now_ms);

/* "0:07", "1:30"; from an hour on "2 h". New, translated. */
char *remaining_clock(guint seconds);
/* When something was, as of now: "just now", "5 minutes ago", "today, 14:05", "yesterday, 9:30",
 * else the date. New, translated. Both in local time. */
char *remaining_since(GDateTime *when, GDateTime *now);
