/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * audit.h - what was refused, registered and deleted: counted, and told in the log
 *
 * Numbers alone, so no line can name a handle, an address, a code or a token, and no two lines can
 * be put together to one. At most one line a minute, however much is refused.
 */
#pragma once

#include "src/base/clock.h"
#include "cloud/metrics.h"

enum { AUDIT_LINE_MS = 60 * 1000 };

typedef struct Audit Audit;

/* Borrows both. Counts are in metrics->audit. */
int audit_new(Audit **ret, Clock *clock, Metrics *metrics);
Audit *audit_free(Audit *a); /* logs what it has not logged yet */
DEFINE_CLEANUP(Audit *, audit_free);

void audit_count(Audit *a, AuditEvent e);
