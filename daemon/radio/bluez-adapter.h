/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez-adapter.h - one Bluetooth controller: puts our advertisement on the air and listens, and
 * does so again after whatever took either away
 */
#pragma once

#include "bluez.h"
#include "daemon/link/link-l2cap.h"

typedef struct Adapter Adapter;

typedef struct AdapterSettings { /* borrowed, outlives the adapter */
        Bluez *bluez;
        sd_event *event;
        void (*changed)(void *userdata, Adapter *a);                /* adapter_on_air changed */
        void (*calling)(void *userdata, Adapter *a, int listening); /* l2cap_accept has somebody */
        void *userdata;
        bool connections; /* may be made */
        bool helps;       /* then: shows a listener and takes links; adapter_helps_changed */
} AdapterSettings;

/* path: that of its object, /org/bluez/hciN. Silent until adapter_shown has told that it is
 * powered. */
int adapter_new(Adapter **ret, const AdapterSettings *settings, const char *path);
Adapter *adapter_free(Adapter *a);
DEFINE_CLEANUP(Adapter *, adapter_free);

/* What bluetoothd tells of this object. */
void adapter_shown(Adapter *a, const char *interface, DBusMessageIter *properties);
void adapter_hidden(Adapter *a, const char *interface);
/* bluetoothd no longer advertises, or listens for, the object of ours at this path. */
void adapter_released(Adapter *a, const char *path);

void adapter_helps_changed(Adapter *a);
/* Somebody has made a connection to it, whatever for: that has ended the advertisement it came
 * by. */
void adapter_connected(Adapter *a);

/* Whether this is the path of an advertisement of its; the PSM it shows, 0: it is the broadcast. */
bool adapter_advertises(const Adapter *a, const char *path, uint8_t *ret_psm);
/* A connection is about to be made: no discovery for a while. The kernel waits for its end, since
 * it hears each advertisement once in a scan. */
void adapter_hush(Adapter *a);
/* Where its links come from; NULL: none are made. */
const L2capEnd *adapter_end(const Adapter *a);

/* Whether it advertises and listens. */
bool adapter_on_air(const Adapter *a);
const char *adapter_path(const Adapter *a);
/* Whether an object of bluetoothd's, such as a device, is this adapter or belongs to it. */
bool adapter_owns(const Adapter *a, const char *path);
