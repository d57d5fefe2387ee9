/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * avahi-ask.h - checks that the Avahi daemon answers, before we make a blocking call
 *
 * Most calls of avahi-client block the loop until Avahi answers, for up to 25 s (libdbus's
 * time-out). An Avahi that hangs would block all users of this daemon. So we first ping it without
 * blocking, and call it only after its answer.
 */
#pragma once

#include "src/base/util.h"

#include <systemd/sd-event.h>

enum { AVAHI_ASK_MS = 3 * 1000 }; /* to wait for the answer */

typedef struct AvahiAsk AvahiAsk;

/* hangs: Avahi did not answer. false: it did, or it is not running at all, which does not block
 * either. Do not free the AvahiAsk from within. */
typedef void (*AvahiAskFunc)(void *userdata, bool hangs);

int avahi_ask_new(AvahiAsk **ret, sd_event *event, AvahiAskFunc func, void *userdata);
AvahiAsk *avahi_ask_free(AvahiAsk *a);

/* Calls func later, once for all questions until then. */
int avahi_ask(AvahiAsk *a);
/* Never calls func again, and disconnects from the bus; the next question connects anew. NULL is
 * fine. */
void avahi_ask_stop(AvahiAsk *a);
