/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "remaining.h"

#include <glib/gi18n.h>
#include <time.h>

guint remaining_seconds_at(guint64 deadline_ms, guint64 now_ms)
{
        guint64 seconds;

        if (deadline_ms <= now_ms)
                return 0;
        seconds = (deadline_ms - now_ms - 1) / 1000 + 1;
        return (guint)MIN(seconds, (guint64)G_MAXINT);
}

guint remaining_seconds(guint64 deadline_ms)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_BOOTTIME, &now);
        return remaining_seconds_at(deadline_ms,
                                    (guint64)now.tv_sec * 1000 + (guint64)now.tv_nsec / 1000000);
}

char *remaining_clock(guint seconds)
{
        if (seconds >= 3600)
                return g_strdup_printf(_("%u h"), seconds / 3600);
        return g_strdup_printf("%u:%02u", seconds / 60, seconds % 60);
}

/* Days of the calendar between two dates. */
static int remaining_days(GDateTime *from, GDateTime *to)
{
        GDate a, b;

        g_date_clear(&a, 1);
        g_date_clear(&b, 1);
        g_date_set_dmy(&a, (GDateDay)g_date_time_get_day_of_month(from),
                       (GDateMonth)g_date_time_get_month(from),
                       (GDateYear)g_date_time_get_year(from));
        g_date_set_dmy(&b, (GDateDay)g_date_time_get_day_of_month(to),
                       (GDateMonth)g_date_time_get_month(to), (GDateYear)g_date_time_get_year(to));
        return g_date_days_between(&a, &b);
}

char *remaining_since(GDateTime *when, GDateTime *now)
{
        GTimeSpan ago = g_date_time_difference(now, when);
        int days = remaining_days(when, now);
        guint minutes = (guint)(MAX(ago, 0) / G_TIME_SPAN_MINUTE);

        if (ago >= 0 && minutes == 0)
                return g_strdup(_("just now"));
        if (ago >= 0 && minutes < 60)
                return g_strdup_printf(
                        g_dngettext(NULL, "%u minute ago", "%u minutes ago", minutes), minutes);
        if (days == 0)
                return g_date_time_format(when, _("today, %H:%M"));
        if (days == 1)
                return g_date_time_format(when, _("yesterday, %H:%M"));
        return g_date_time_format(when, "%x");
}
