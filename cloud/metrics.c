/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* in milliseconds */
static const uint64_t latency_bounds[METRICS_BUCKETS - 1] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
static const uint64_t batch_bounds[METRICS_BUCKETS - 1] = {0, 1, 4, 16, 32, 64, 128, 256, 512};

static void metrics_observe(Histogram *h, const uint64_t *bounds, uint64_t value)
{
        size_t i = 0;

        while (i < METRICS_BUCKETS - 1 && value > bounds[i])
                i++;
        h->buckets[i]++;
        h->sum += value;
}

void metrics_latency(Metrics *m, uint64_t ms)
{
        metrics_observe(&m->latency, latency_bounds, ms);
}

void metrics_turn(Metrics *m, uint64_t ms)
{
        metrics_observe(&m->turn, latency_bounds, ms);
}

void metrics_batch(Metrics *m, size_t n_answers)
{
        metrics_observe(&m->batch_size, batch_bounds, n_answers);
}

static void metrics_print_head(FILE *f, const char *name, const char *type, const char *help)
{
        fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Values are divided by unit. */
static void metrics_print_histogram(FILE *f, const char *name, const char *help, const Histogram *h,
                                    const uint64_t *bounds, double unit)
{
        uint64_t n = 0;

        metrics_print_head(f, name, "histogram", help);
        for (size_t i = 0; i < METRICS_BUCKETS - 1; i++) {
                n += h->buckets[i];
                fprintf(f, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, (double)bounds[i] / unit, n);
        }
        n += h->buckets[METRICS_BUCKETS - 1];
        fprintf(f, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %g\n%s_count %" PRIu64 "\n", name, n,
                name, (double)h->sum / unit, name, n);
}

/* One sample for each value of an enumeration of the protocol, named as there. */
static void metrics_print_each(FILE *f, const char *name, const char *label,
                               const ProtobufCEnumDescriptor *d, const uint64_t *counts, size_t n)
{
        for (unsigned i = 0; i < d->n_values; i++)
                if ((size_t)d->values[i].value < n)
                        fprintf(f, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, d->values[i].name,
                                counts[d->values[i].value]);
}

static void metrics_print_requests(FILE *f, const Metrics *m)
{
        const ProtobufCMessageDescriptor *d = &pb_request_descriptor;

        metrics_print_head(f, "huddle_requests_total", "counter", "Requests that were opened.");
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
        metrics_print_head(f, "huddle_audit_total", "counter", "Events of the audit trail.");
        for (AuditEvent e = AUDIT_NOTHING + 1; e < AUDIT_EVENTS; e++)
                fprintf(f, "huddle_audit_total{event=\"%s\"} %" PRIu64 "\n", audit_event_name(e),
                        m->audit[e]);
}

static void metrics_print_one(FILE *f, const char *name, const char *type, const char *help,
                              uint64_t value)
{
        metrics_print_head(f, name, type, help);
        fprintf(f, "%s %" PRIu64 "\n", name, value);
}

static void metrics_print_labelled(FILE *f, const Metrics *m)
{
        metrics_print_requests(f, m);
        metrics_print_head(f, "huddle_answers_total", "counter", "Answers that went out.");
        metrics_print_each(f, "huddle_answers_total", "status", &pb_status_descriptor, m->answers,
                           METRICS_STATUSES);
        metrics_print_head(f, "huddle_joins_total", "counter", "Presses that were decided.");
        metrics_print_each(f, "huddle_joins_total", "verdict", &pb_join_verdict_descriptor,
                           m->done.joins, METRICS_VERDICTS);
        metrics_print_audit(f, m);
}

static void metrics_print_counters(FILE *f, const Metrics *m)
{
        const struct {
                const char *name, *help;
                uint64_t value;
        } rows[] = {
                {"huddle_refused_total", "Requests that could not be opened.", m->refused},
                {"huddle_sessions_total", "Public-key operations for a new session.", m->sessions},
                {"huddle_batches_total", "Transactions of the store.", m->batches},
                {"huddle_failed_batches_total", "Transactions that were undone.",
                 m->failed_batches},
                {"huddle_failed_parts_total", "Requests and due groups that were undone alone.",
                 m->failed_parts},
                {"huddle_closed_groups_total", "Groups whose roster was signed.",
                 m->done.closed_groups},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                metrics_print_one(f, rows[i].name, "counter", rows[i].help, rows[i].value);
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
        metrics_print_labelled(f, m);
        metrics_print_counters(f, m);
        metrics_print_one(f, "huddle_waiting_requests", "gauge", "Requests that wait for news.",
                          m->waiting);
        metrics_print_one(f, "huddle_store_full", "gauge",
                          "1 while what would write is refused, because the store has no room.",
                          m->full);
        metrics_print_histogram(f, "huddle_request_duration_seconds",
                                "From a request to its answer, without those that wait for news.",
                                &m->latency, latency_bounds, 1000);
        metrics_print_histogram(f, "huddle_store_turn_seconds",
                                "From the beginning of a batch to its turn at the store, which "
                                "nodes take one after the other.",
                                &m->turn, latency_bounds, 1000);
        metrics_print_histogram(f, "huddle_batch_answers",
                                "Answers that shared one transaction; 0: timers alone.",
                                &m->batch_size, batch_bounds, 1);
        return fclose(f) == 0 ? 0 : -ENOMEM;
}
