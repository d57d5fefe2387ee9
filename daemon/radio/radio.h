/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio.h - what hears neighbours and lets them hear us: mDNS, later Bluetooth LE; a virtual one
 * in tests
 *
 * A radio is silent until started and again after it is stopped: nothing is advertised outside
 * an exchange. It may be started before its medium is there (no network, Avahi restarting) and
 * recovers by itself.
 */
#pragma once

#include "src/protocol/serial.h"
#include "daemon/link/link.h"

typedef struct Radio Radio;

/* token: the neighbour's; rssi_dbm: 0 where unknown. gone: it said good-bye or its record ran out.
 * From within these the radio is neither stopped nor freed. */
typedef struct RadioEvents {
        void (*heard)(void *userdata, Radio *r, const Token *token, int rssi_dbm);
        void (*gone)(void *userdata, Radio *r, const Token *token);
        void (*changed)(void *userdata, Radio *r); /* radio_ready changed */
        /* token NULL: a neighbour wants help. Else: what became of radio_reach; taken is NULL where
         * that neighbour helps nobody or was not found, and may yet turn out not to be connected
         * (closed). */
        void (*linked)(void *userdata, Radio *r, const Token *token, Link *taken);
} RadioEvents;

typedef struct RadioOps {
        SightingTransport transport;
        const char *name; /* as in D-Bus Radios: "mdns", "ble" */
        bool dear;        /* its links cost energy (Link.dear), and take long to make */
        int (*start)(Radio *r, const Token *token);
        void (*stop)(Radio *r);
        bool (*ready)(const Radio *r);
        int (*reach)(Radio *r, const Token *token);
        void (*invite)(Radio *r, bool on); /* NULL: whoever asks in vain has lost nothing */
        Radio *(*free)(Radio *r);
} RadioOps;

/* An implementation's state starts with this. */
struct Radio {
        const RadioOps *ops;
        const RadioEvents *events; /* set by the manager before start, as the next two */
        void *userdata;
        bool helps; /* shows how to make a link to us, and takes them */
};

/* Advertises token and listens. Starting a started radio changes the token (and with it every name
 * and address it shows). */
static inline int radio_start(Radio *r, const Token *token)
{
        return r->ops->start(r, token);
}
static inline void radio_stop(Radio *r)
{
        r->ops->stop(r);
}
/* Whether the medium is there. */
static inline bool radio_ready(const Radio *r)
{
        return r->ops->ready(r);
}
/* Makes a link to a neighbour that it hears. events->linked is called once, never from within,
 * unless the radio is stopped before. -ENOENT: it hears no such neighbour; -EALREADY: that is being
 * tried. */
static inline int radio_reach(Radio *r, const Token *token)
{
        return r->ops->reach(r, token);
}
/* Where it helps: whether it can, now. To begin with it cannot. A radio on which asking takes long
 * shows how to make a link to us only while it can. */
static inline void radio_invite(Radio *r, bool on)
{
        if (r->ops->invite)
                r->ops->invite(r, on);
}
static inline Radio *radio_free(Radio *r)
{
        return r ? r->ops->free(r) : NULL;
}
DEFINE_CLEANUP(Radio *, radio_free);
