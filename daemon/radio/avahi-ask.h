/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * avahi-ask.h - whether the Avahi daemon answers, before it is waited for
 *
 * Most calls of avahi-client wait for the answer, for up to 25 s (libdbus's time-out), and the
 * loop with them: an Avahi that is there and hangs would hold all users of this daemon. So it is
 * asked something first, by a call that does not wait, and nothing else is done until the answer
 * is here.
 */
#pragma once

#include "src/base/util.h"

#include <systemd/sd-event.h>

enum { AVAHI_ASK_MS = 3 * 1000 }; /* for the answer */

typedef struct AvahiAsk AvahiAsk;

/* hangs: it has not answered. Else it has, or is not there at all, and then nobody waits for it.
 * The AvahiAsk is not freed from within. */
typedef void (*AvahiAskFunc)(void *userdata, bool hangs);

int avahi_ask_new(AvahiAsk **ret, sd_event *event, AvahiAskFunc func, void *userdata);
AvahiAsk *avahi_ask_free(AvahiAsk *a);

/* func is called once, never from within: for all who ask until then. */
int avahi_ask(AvahiAsk *a);
/* func is not called any more (NULL is fine); hangs up the bus, to which the first question
 * connects. */
void avahi_ask_stop(AvahiAsk *a);
