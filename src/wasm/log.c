/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.c - log.h for browsers: the console, for finding a fault. Lines hold nothing
 * personal, here as there. */
#include "src/base/log.h"

#include "host.h"

#include <stdarg.h>
#include <stdio.h>

void log_line(int priority, const char *fields, const char *format, ...)
{
        char text[512];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        host_log(text);
}
