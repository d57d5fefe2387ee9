/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop-avahi.h - avahi-client's event loop (AvahiPoll) on sd-event */
#pragma once

#include "src/base/util.h"

#include <avahi-common/watch.h>
#include <systemd/sd-event.h>

/* Refs the loop. Free everything made with it first. */
int loop_avahi_new(AvahiPoll **ret, sd_event *event);
AvahiPoll *loop_avahi_free(AvahiPoll *p);
DEFINE_CLEANUP(AvahiPoll *, loop_avahi_free);
