/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent.h - follows huddled and orders every card that arrives into every address book */
#pragma once

#include "books.h"

typedef struct Agent Agent;

/* Borrows its arguments. bus is the one with org.huddle, attached to the loop by the caller. When
 * that bus goes away, the loop exits with -ENOTCONN. */
int agent_new(Agent **ret, sd_event *event, DBusConnection *bus, Journal *journal, Books *books);
Agent *agent_free(Agent *a);
DEFINE_CLEANUP(Agent *, agent_free);

/* Starts a round: looks for cards that the books do not have. */
void agent_look(Agent *a);
