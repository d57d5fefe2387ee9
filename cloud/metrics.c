/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* One sample for each value of an enumeration of the protocol, named as there. */
static void metrics_print_each(FILE *f, const char *name, const char *label,
                               const ProtobufCEnumDescriptor *d, const uint64_t *counts, size_t n)
{
        fprintf(f, "# TYPE %s counter\n", name);
        for (unsigned i = 0; i < d->n_values; i++)
                if ((size_t)d->values[i].value < n)
                        fprintf(f, "%s_total{%s=\"%s\"} %" PRIu64 "\n", name, label,
                                d->values[i].name, counts[d->values[i].value]);
}

static void metrics_print_requests(FILE *f, const Metrics *m)
{
        const ProtobufCMessageDescriptor *d = &pb_request_descriptor;

        fprintf(f, "# TYPE huddle_requests counter\n");
        for (unsigned i = 0; i < d->n_fields; i++)
                if (d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE &&
                    d->fields[i].id < METRICS_REQUESTS)
                        fprintf(f, "huddle_requests_total{request=\"%s\"} %" PRIu64 "\n",
                                d->fields[i].name, m->requests[d->fields[i].id]);
}

const char *audit_event_name(AuditEvent e)
{
        static const char *const names[AUDIT_EVENTS] = {
                [AUDIT_MALFORMED] = "malformed",
                [AUDIT_NOT_FOR_US] = "not_for_us",
                [AUDIT_TICKET_INVALID] = "ticket_invalid",
                [AUDIT_TICKET_EXPIRED] = "ticket_expired",
                [AUDIT_TICKET_REVOKED] = "ticket_revoked",
                [AUDIT_TICKET_DELETED] = "ticket_deleted",
                [AUDIT_SIGNATURE] = "signature",
                [AUDIT_REGISTERED] = "registered",
                [AUDIT_CONFIRMED] = "confirmed",
                [AUDIT_UNREGISTERED] = "unregistered",
        };

        assert(e > AUDIT_NOTHING && e < AUDIT_EVENTS);
        return names[e];
}

static void metrics_print_audit(FILE *f, const Metrics *m)
{
        fprintf(f, "# TYPE huddle_audit counter\n");
        for (AuditEvent e = AUDIT_NOTHING + 1; e < AUDIT_EVENTS; e++)
                fprintf(f, "huddle_audit_total{event=\"%s\"} %" PRIu64 "\n", audit_event_name(e),
                        m->audit[e]);
}

static void metrics_print_one(FILE *f, const char *name, const char *type, uint64_t value)
{
        fprintf(f, "# TYPE %s %s\n%s%s %" PRIu64 "\n", name, type, name,
                *type == 'c' ? "_total" : "", value);
}

void metrics_add(Metrics *m, const Tally *done)
{
        for (size_t i = 0; i < METRICS_VERDICTS; i++)
                m->done.joins[i] += done->joins[i];
        m->done.closed_groups += done->closed_groups;
}

int metrics_format(char **ret, size_t *ret_len, const Metrics *m)
{
        FILE *f = open_memstream(ret, ret_len);

        if (!f)
                return -errno;
        metrics_print_requests(f, m);
        metrics_print_each(f, "huddle_answers", "status", &pb_status_descriptor, m->answers,
                           METRICS_STATUSES);
        metrics_print_each(f, "huddle_joins", "verdict", &pb_join_verdict_descriptor, m->done.joins,
                           METRICS_VERDICTS);
        metrics_print_audit(f, m);
        metrics_print_one(f, "huddle_refused", "counter", m->refused);
        metrics_print_one(f, "huddle_sessions", "counter", m->sessions);
        metrics_print_one(f, "huddle_batches", "counter", m->batches);
        metrics_print_one(f, "huddle_failed_batches", "counter", m->failed_batches);
        metrics_print_one(f, "huddle_failed_parts", "counter", m->failed_parts);
        metrics_print_one(f, "huddle_closed_groups", "counter", m->done.closed_groups);
        metrics_print_one(f, "huddle_waiting", "gauge", m->waiting);
        fputs("# EOF\n", f);
        return fclose(f) == 0 ? 0 : -ENOMEM;
}
