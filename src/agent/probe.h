/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.h - tries an address book: an entry goes in, is read back and goes again */
#pragma once

#include "sink.h"

#include <systemd/sd-event.h>

typedef struct Probe Probe;

/* trouble: why it failed, for a person to read; empty where it went well. The callback may free the
 * probe. */
typedef void (*ProbeDone)(void *userdata, const char *trouble);

/* Takes sink. */
int probe_new(Probe **ret, sd_event *event, Sink *sink, ProbeDone done, void *userdata);
Probe *probe_free(Probe *p);
DEFINE_CLEANUP(Probe *, probe_free);
