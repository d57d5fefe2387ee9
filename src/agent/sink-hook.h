/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink-hook.h - runs the user's own command for each card
 *
 * COMMAND add UID, with a vCard 3.0 on its standard input, or COMMAND remove UID. We run it again
 * until it exits with 0. A crash of ours can make it run twice for one card, with the same UID.
 */
#pragma once

#include "sink.h"

#include <systemd/sd-event.h>

int sink_hook_new(Sink **ret, sd_event *event, const char *command);
