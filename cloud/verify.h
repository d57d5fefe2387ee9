/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verify.h - the operator's command that sends a confirmation code, by SMS, mail or otherwise */
#pragma once

#include "src/base/util.h"

#include <systemd/sd-event.h>

typedef struct Verifier Verifier;

/* command is run by /bin/sh -c, with two lines on its standard input: handle and code. Needs
 * SIGCHLD blocked. Borrows both, which outlive the verifier. */
int verifier_new(Verifier **ret, sd_event *event, const char *command);
Verifier *verifier_free(Verifier *v); /* ends what still runs */
DEFINE_CLEANUP(Verifier *, verifier_free);

/* Starts the command and does not wait for it; after a minute it is killed. Those
 * that come while many run wait in order. -EBUSY: too many wait. */
int verifier_send(Verifier *v, const char *handle, const char *code);
