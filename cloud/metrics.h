/* SPDX-License-Identifier: GPL-2.0-or-later */
/* metrics.h - counters of one node since it started, in Prometheus' text format; nothing in them is
 * personal */
#pragma once

#include "src/protocol/wire.h"

enum {
        METRICS_REQUESTS = PB_REQUEST_BODY_REGISTER_GUEST + 1,
        METRICS_STATUSES = PB_STATUS_NO_GUESTS + 1,
        METRICS_VERDICTS = PB_JOIN_REFUSED + 1,
        METRICS_BUCKETS = 10,
};

/* What an operator wants to know of an attack or a mistake, and may know of people. */
typedef enum AuditEvent {
        AUDIT_NOTHING,
        AUDIT_MALFORMED,      /* neither an envelope nor a request */
        AUDIT_NOT_FOR_US,     /* sealed for a key that is not, or not any more, ours */
        AUDIT_TICKET_INVALID, /* forged, altered, for another session, or of a key that is gone */
        AUDIT_TICKET_EXPIRED,
        AUDIT_TICKET_REVOKED,
        AUDIT_TICKET_DELETED, /* of an account that is gone */
        AUDIT_SIGNATURE,      /* of an OpenSession or Register */
        AUDIT_REGISTERED,
        AUDIT_CONFIRMED,
        AUDIT_UNREGISTERED,
        AUDIT_EVENTS,
} AuditEvent;
/* As in labels and log fields: "ticket_invalid". */
const char *audit_event_name(AuditEvent e);

/* What is counted once it is committed. */
typedef struct Tally {
        uint64_t joins[METRICS_VERDICTS];
        uint64_t closed_groups;
} Tally;

typedef struct Histogram {
        uint64_t buckets[METRICS_BUCKETS]; /* the last: above all bounds */
        uint64_t sum;
} Histogram;

typedef struct Metrics {
        uint64_t requests[METRICS_REQUESTS]; /* by body of the request */
        uint64_t answers[METRICS_STATUSES];
        Tally done;
        uint64_t refused;  /* neither opened nor answered */
        uint64_t sessions; /* public-key work done for a new session key */
        uint64_t batches, failed_batches;
        uint64_t failed_parts; /* calls and due groups that were undone alone */
        uint64_t audit[AUDIT_EVENTS];
        uint64_t waiting; /* now */
        bool full;        /* now */
        Histogram latency, turn, batch_size;
} Metrics;

void metrics_add(Metrics *m, const Tally *done);
void metrics_latency(Metrics *m, uint64_t ms);
void metrics_turn(Metrics *m, uint64_t ms); /* how long a batch has waited for the store */
void metrics_batch(Metrics *m, size_t n_answers);

/* *ret is new, NUL-terminated, owned by the caller (free). */
int metrics_format(char **ret, size_t *ret_len, const Metrics *m);
