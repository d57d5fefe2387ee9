/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * announce.h - announces this cloud on the local network, by Avahi (src/protocol/cloud-announce.h)
 *
 * Over sd-bus, which libsystemd has: no call waits for Avahi, and a cloud that is not announced
 * links nothing more. Avahi withdraws the announcement when this process ends, however it ends.
 */
#pragma once

#include "src/protocol/cloud-announce.h"

#include <systemd/sd-event.h>

typedef struct Announcer Announcer;

/* Copies what. Announces as soon as there is an Avahi, and again when it comes back. */
int announcer_new(Announcer **ret, sd_event *event, const CloudAnnounce *what, unsigned port);
Announcer *announcer_free(Announcer *a);
