/* SPDX-License-Identifier: GPL-2.0-or-later */
/* eds-sources.h - lists the address books of Evolution Data Server
 * (org.gnome.evolution.dataserver.Sources) */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>

typedef struct EdsSources EdsSources;

typedef struct EdsSource {
        char *uid, *name;
} EdsSource;

/* trouble: why there is no list, for the user to read; else empty. The callback may free the
 * EdsSources. */
typedef void (*EdsSourcesDone)(void *userdata, const EdsSource *list, size_t n,
                               const char *trouble);

/* Asks over the session bus, which is attached to the loop. */
int eds_sources_new(EdsSources **ret, DBusConnection *bus, EdsSourcesDone done, void *userdata);
EdsSources *eds_sources_free(EdsSources *s);
