/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio.h - hears neighbours and lets them hear us: mDNS, Bluetooth LE; a virtual one in tests
 *
 * A radio is silent before its start and after its stop: we advertise nothing outside an exchange.
 * It may start before its medium is there (no network, Avahi restarting) and recovers by itself.
 */
#pragma once

#include "src/protocol/serial.h"
#include "daemon/link/link.h"

typedef struct Radio Radio;

/* token: the neighbour's. rssi_dbm: 0 if unknown. gone: the neighbour said goodbye, or its record
 * expired. The radio is neither stopped nor freed from within these. */
typedef struct RadioEvents {
        void (*heard)(void *userdata, Radio *r, const Token *token, int rssi_dbm);
        void (*gone)(void *userdata, Radio *r, const Token *token);
        void (*changed)(void *userdata, Radio *r); /* radio_ready changed */
        /* token NULL: a neighbour wants help. Else: the outcome of radio_reach. taken is NULL if
         * that neighbour does not help or was not found. A link may still fail to connect
         * (closed). */
        void (*linked)(void *userdata, Radio *r, const Token *token, Link *taken);
} RadioEvents;

typedef struct RadioOps {
        SightingTransport transport;
        const char *name; /* as in D-Bus Radios: "mdns", "ble" */
        bool dear;        /* its links cost energy (Link.dear) and take long to make */
        int (*start)(Radio *r, const Token *token);
        void (*stop)(Radio *r);
        bool (*ready)(const Radio *r);
        int (*reach)(Radio *r, const Token *token);
        void (*invite)(Radio *r, bool on); /* NULL: asking in vain costs nothing */
        Radio *(*free)(Radio *r);
} RadioOps;

/* An implementation's state starts with this. */
struct Radio {
        const RadioOps *ops;
        const RadioEvents *events; /* the manager sets this and the next two before start */
        void *userdata;
        bool helps; /* advertise how to make a link to us, and accept links */
};

/* Advertises token and listens. A second start changes the token, and with it all names and
 * addresses shown. */
static inline int radio_start(Radio *r, const Token *token)
{
        return r->ops->start(r, token);
}
static inline void radio_stop(Radio *r)
{
        r->ops->stop(r);
}
/* Whether the radio advertises and listens: its medium is there. */
static inline bool radio_ready(const Radio *r)
{
        return r->ops->ready(r);
}
/* Makes a link to a neighbour that the radio hears. Calls events->linked once, later, unless the
 * radio is stopped before. -ENOENT: it hears no such neighbour; -EALREADY: an attempt is
 * running. */
static inline int radio_reach(Radio *r, const Token *token)
{
        return r->ops->reach(r, token);
}
/* For a radio that helps: whether we can help now. At first we cannot. A radio on which asking
 * takes long advertises how to make a link only while we can help. */
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
