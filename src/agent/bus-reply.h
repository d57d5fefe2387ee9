/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-reply.h - answers of org.huddle.Agent1 that are lists; each is new, NULL: no memory */
#pragma once

#include "eds-sources.h"
#include "finder.h"

/* To ListEdsBooks. */
DBusMessage *reply_sources(DBusMessage *call, const EdsSource *sources, size_t n);
/* To FindContacts. */
DBusMessage *reply_contacts(DBusMessage *call, const Finding *found);
