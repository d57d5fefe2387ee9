/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink-eds.h - a book of Evolution Data Server (GNOME Contacts, Evolution, Phosh), over D-Bus alone
 *
 * The bus names end with a version that grows: org.gnome.evolution.dataserver.AddressBook9 since
 * 2015, 10 since 2019. Methods and signatures: evolution-data-server,
 * src/private/org.gnome.evolution.dataserver.AddressBook.xml. ModifyContacts replaces a whole
 * contact, so we read it right before. A change that another program makes in between is lost; the
 * interface has no way to prevent it.
 */
#pragma once

#include "sink.h"

#include <dbus/dbus.h>

#define EDS_NAME "org.gnome.evolution.dataserver.AddressBook"
#define EDS_DEFAULT_BOOK "system-address-book"

/* bus is the session bus, attached to the loop. */
int sink_eds_new(Sink **ret, DBusConnection *bus, const char *book);

/* Highest version of a name (EDS_NAME) among names; 0: none. */
unsigned eds_version(const char *name, char *const *names, int n);
