/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent.h - follows huddled: when cards have come, they are wanted in every address book */
#pragma once

#include "books.h"

typedef struct Agent Agent;

/* Borrows all: bus (where org.huddle is, attached to the loop by the caller), event, journal and
 * books. The loop exits with -ENOTCONN when the bus goes away. */
int agent_new(Agent **ret, sd_event *event, DBusConnection *bus, Journal *journal, Books *books);
Agent *agent_free(Agent *a);
DEFINE_CLEANUP(Agent *, agent_free);

/* Looks whether there are cards that the books do not have. */
void agent_look(Agent *a);
