/* SPDX-License-Identifier: GPL-2.0-or-later */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "log.h"
#include "util.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

enum { MAX_FIELDS = 12 };

static int log_level = LOG_INFO;
static bool to_journal;
static const char *log_program = "huddle";

static const char *const level_names[] = {
        [LOG_ERR] = "err",   [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
        [LOG_INFO] = "info", [LOG_DEBUG] = "debug",
};

void log_set_level(int level)
{
        log_level = level;
}

void log_open(const char *program)
{
        const char *wanted = getenv("HUDDLE_LOG");

        log_program = program;
        to_journal = getenv("JOURNAL_STREAM") != NULL;
        for (size_t i = LOG_ERR; wanted && i < ARRAY_LEN(level_names); i++)
                if (strcmp(wanted, level_names[i]) == 0)
                        log_level = (int)i;
}

static void log_to_journal(int priority, const char *fields, const char *message)
{
        char buf[1024], text[1100], prio[16];
        struct iovec iov[MAX_FIELDS + 2];
        int n = 0;

        (void)snprintf(text, sizeof text, "MESSAGE=%s", message);
        (void)snprintf(prio, sizeof prio, "PRIORITY=%d", priority);
        iov[n++] = (struct iovec){text, strlen(text)};
        iov[n++] = (struct iovec){prio, strlen(prio)};
        (void)snprintf(buf, sizeof buf, "%s", fields ? fields : "");
        for (char *save = NULL, *f = strtok_r(buf, "\n", &save); f && n < (int)ARRAY_LEN(iov);
             f = strtok_r(NULL, "\n", &save))
                iov[n++] = (struct iovec){f, strlen(f)};
        (void)sd_journal_sendv(iov, n);
}

void log_for_the_record(int priority, const char *fields, const char *format, ...)
{
        char message[1024];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(message, sizeof message, format, ap);
        va_end(ap);
        log_to_journal(priority, fields, message);
        if (!to_journal && priority <= log_level)
                fprintf(stderr, "%s: %s: %s\n", log_program, level_names[priority], message);
}

void log_line(int priority, const char *fields, const char *format, ...)
{
        char message[1024];
        va_list ap;

        if (priority > log_level)
                return;
        va_start(ap, format);
        (void)vsnprintf(message, sizeof message, format, ap);
        va_end(ap);
        if (to_journal)
                log_to_journal(priority, fields, message);
        else
                fprintf(stderr, "%s: %s: %s\n", log_program, level_names[priority], message);
}
