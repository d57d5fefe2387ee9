/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop-avahi.h - what avahi-client waits with (AvahiPoll), on an sd-event loop */
#pragma once

#include "src/base/util.h"

#include <avahi-common/watch.h>
#include <systemd/sd-event.h>

/* Refs the loop. Everything that was made with it must be freed before it. */
int loop_avahi_new(AvahiPoll **ret, sd_event *event);
AvahiPoll *loop_avahi_free(AvahiPoll *p);
DEFINE_CLEANUP(AvahiPoll *, loop_avahi_free);
