/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-reply.h - replies of org.huddle.Agent1 that are lists; each is new, NULL: out of memory */
#pragma once

#include "eds-sources.h"
#include "finder.h"

/* Reply to ListEdsBooks. */
DBusMessage *reply_sources(DBusMessage *call, const EdsSource *sources, size_t n);
/* Reply to FindContacts. */
DBusMessage *reply_contacts(DBusMessage *call, const Finding *found);
