/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * avahi-thread.h - Avahi's client in a thread of its own, as its calls wait
 *
 * Most calls of avahi-client wait for the answer of the Avahi daemon, for up to 25 s. So the client
 * with its browser and groups is in a thread, and the loop never waits for it. Both have one end of
 * a socket and nothing else in common: the loop writes what we show, the thread writes what Avahi
 * tells. The thread ends with the socket.
 */
#pragma once

#include "mdns-show.h"

#include <systemd/sd-event.h>

enum {
        AVAHI_THREADS_LEFT_MAX = 4, /* freed, but still waiting for an Avahi that hangs */
        AVAHI_THREAD_WHY_SIZE = 64,
};

typedef enum AvahiTold {
        AVAHI_THREAD_SHOWN,    /* Avahi shows us and browses */
        AVAHI_THREAD_UNSEEN,   /* Avahi browses, but may not show us: why */
        AVAHI_THREAD_TAKEN,    /* a neighbour shows our token: we are heard no more */
        AVAHI_THREAD_NO_HELP,  /* our addresses are not shown: why */
        AVAHI_THREAD_APPEARED, /* row */
        AVAHI_THREAD_VANISHED, /* row */
        AVAHI_THREAD_GARBAGE,  /* a name that is no token came or went */
        AVAHI_THREAD_ANSWERED, /* what the loop last asked is done */
        /* nothing follows these */
        AVAHI_THREAD_GONE,    /* Avahi ended, or its bus */
        AVAHI_THREAD_NO_WAY,  /* there is no client: why */
        AVAHI_THREAD_REFUSED, /* why */
        AVAHI_THREAD_HANGS,   /* no answer for AVAHI_ANSWER_MS */
} AvahiTold;

/* One way to hear a neighbour. A network with IPv4 and IPv6 has two for each, two networks four. */
typedef struct MdnsRow {
        Token token;
        int32_t interface, protocol;
} MdnsRow;

typedef struct AvahiNews {
        AvahiTold told;
        MdnsRow row; /* never with our own token */
        char why[AVAHI_THREAD_WHY_SIZE];
} AvahiNews;

typedef struct AvahiThread AvahiThread;

/* Called from the loop. The thread may be freed from within. */
typedef void (*AvahiThreadFunc)(void *userdata, const AvahiNews *news);

/* Waits for Avahi if it does not run, does not start it; then browses, and shows token and port (0:
 * we do not help). -EBUSY: too many threads are left. */
int avahi_thread_new(AvahiThread **ret, sd_event *event, const Token *token, uint16_t port,
                     AvahiThreadFunc func, void *userdata);
/* Never waits. Avahi sends the goodbyes. */
AvahiThread *avahi_thread_free(AvahiThread *t);
DEFINE_CLEANUP(AvahiThread *, avahi_thread_free);

/* Shows these addresses from now on, and asks whether Avahi still answers. */
void avahi_thread_ask(AvahiThread *t, const MdnsAddresses *addresses);
