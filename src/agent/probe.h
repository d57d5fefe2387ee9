/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.h - tests an address book: creates an entry, reads it back and removes it */
#pragma once

#include "sink.h"

#include <systemd/sd-event.h>

typedef struct Probe Probe;

/* trouble: why the test failed, for the user to read; else empty. The callback may free the
 * Probe. */
typedef void (*ProbeDone)(void *userdata, const char *trouble);

/* Takes sink. */
int probe_new(Probe **ret, sd_event *event, Sink *sink, ProbeDone done, void *userdata);
Probe *probe_free(Probe *p);
DEFINE_CLEANUP(Probe *, probe_free);
