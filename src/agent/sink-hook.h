/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink-hook.h - a command of the user's own for each card
 *
 * COMMAND add UID, with a vCard 3.0 on its standard input, or COMMAND remove UID. It is run
 * again until it exits with 0, and a crash can make it run twice for one card: the UID is the
 * same then.
 */
#pragma once

#include "sink.h"

#include <systemd/sd-event.h>

int sink_hook_new(Sink **ret, sd_event *event, const char *command);
