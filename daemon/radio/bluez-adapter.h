/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez-adapter.h - one Bluetooth controller: advertises and listens, and restores both after they
 * were lost
 */
#pragma once

#include "bluez.h"
#include "daemon/link/link-l2cap.h"

typedef struct Adapter Adapter;

typedef struct AdapterDeps { /* borrowed, outlives the adapter */
        Bluez *bluez;
        sd_event *event;
        void (*changed)(void *userdata, Adapter *a);                /* adapter_on_air changed */
        void (*calling)(void *userdata, Adapter *a, int listening); /* l2cap_accept has a link */
        void *userdata;
        bool connections; /* we may make links */
        bool helps;       /* and accept them; after a change call adapter_helps_changed */
        bool silent;      /* do not advertise the token */
        bool deaf;        /* do not listen */
} AdapterDeps;

/* path: its object's, /org/bluez/hciN. Silent until adapter_shown reports that it is powered. */
int adapter_new(Adapter **ret, const AdapterDeps *deps, const char *path);
Adapter *adapter_free(Adapter *a);
DEFINE_CLEANUP(Adapter *, adapter_free);

/* Call these with what bluetoothd tells about this object. */
void adapter_shown(Adapter *a, const char *interface, DBusMessageIter *properties);
void adapter_hidden(Adapter *a, const char *interface);
/* bluetoothd no longer uses our object at this path: an advertisement or the monitor. */
void adapter_released(Adapter *a, const char *path);

void adapter_helps_changed(Adapter *a);
/* A device has connected to it, for any purpose. That ends the advertisement it answered. */
void adapter_connected(Adapter *a);

/* Whether path is one of its advertisements, and the PSM shown there; 0: the broadcast. */
bool adapter_advertises(const Adapter *a, const char *path, uint8_t *ret_psm);
/* We are about to connect: pauses the discovery for a while. During a scan the kernel reports each
 * advertisement only once, so the connection would have to wait for the scan's end. */
void adapter_hush(Adapter *a);
/* Our end of its links; NULL: we make none. */
const L2capEnd *adapter_end(const Adapter *a);

/* Whether it advertises and listens, as far as it shall. */
bool adapter_on_air(const Adapter *a);
const char *adapter_path(const Adapter *a);
/* Whether an object of bluetoothd, such as a device, is this adapter or belongs to it. */
bool adapter_owns(const Adapter *a, const char *path);
