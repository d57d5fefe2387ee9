/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit.h"

#include "src/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct Audit {
        Clock *clock;
        Metrics *metrics;
        uint64_t told[AUDIT_EVENTS]; /* of the counts in metrics */
        Timer *line;                 /* set while there is something to tell */
};

/* "AUDIT=counts" and "AUDIT_TICKET_INVALID=3" for each; ret_text "ticket_invalid 3, …". */
static void audit_format(const Audit *a, char *ret_fields, size_t n_fields, char *ret_text,
                         size_t n_text)
{
        size_t fields = (size_t)snprintf(ret_fields, n_fields, "AUDIT=counts"), text = 0;

        ret_text[0] = '\0';
        for (AuditEvent e = AUDIT_NOTHING + 1; e < AUDIT_EVENTS; e++) {
                uint64_t n = a->metrics->audit[e] - a->told[e];
                const char *name = audit_event_name(e);
                char *at = ret_fields + fields + sizeof "\nAUDIT";

                if (n == 0)
                        continue;
                fields += (size_t)snprintf(ret_fields + fields, n_fields - fields,
                                           "\nAUDIT_%s=%" PRIu64, name, n);
                for (size_t i = 0; i < strlen(name); i++)
                        at[i] = at[i] >= 'a' && at[i] <= 'z' ? (char)(at[i] - 'a' + 'A') : at[i];
                text += (size_t)snprintf(ret_text + text, n_text - text, "%s%s %" PRIu64,
                                         text > 0 ? ", " : "", name, n);
        }
}

static void audit_tell(Audit *a)
{
        char fields[640], text[512]; /* some forty bytes for each event */

        audit_format(a, fields, sizeof fields, text, sizeof text);
        log_line(LOG_NOTICE, fields, "Since the last such line: %s", text);
        memcpy(a->told, a->metrics->audit, sizeof a->told);
}

static void audit_on_line(void *userdata)
{
        Audit *a = userdata;

        a->line = timer_free(a->line);
        audit_tell(a);
}

void audit_count(Audit *a, AuditEvent e)
{
        a->metrics->audit[e]++;
        if (!a->line) /* without memory for it the next event tries again */
                (void)clock_restart(a->clock, &a->line, AUDIT_LINE_MS, audit_on_line, a);
}

int audit_new(Audit **ret, Clock *clock, Metrics *metrics)
{
        Audit *a = calloc(1, sizeof *a);

        if (!a)
                return -ENOMEM;
        a->clock = clock;
        a->metrics = metrics;
        *ret = a;
        return 0;
}

Audit *audit_free(Audit *a)
{
        if (!a)
                return NULL;
        if (a->line)
                audit_tell(a);
        timer_free(a->line);
        free(a);
        return NULL;
}
