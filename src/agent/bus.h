/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus.h - org.huddle.Agent1 on the session bus (org.huddle.Agent1.xml) */
#pragma once

#include "agent.h"

#define AGENT_NAME "org.huddle.Agent"
#define AGENT_PATH "/org/huddle/Agent"
#define AGENT_INTERFACE "org.huddle.Agent1"

typedef struct AgentBus AgentBus;

typedef struct AgentMethod {
        const char *name, *in, *out;
        /* Answers the message now or later. -errno: nothing was or will be answered. */
        int (*handle)(AgentBus *b, DBusMessage *m);
} AgentMethod;
extern const AgentMethod agent_methods[]; /* ends with a NULL name */

typedef struct AgentSignal {
        const char *name, *args;
} AgentSignal;
extern const AgentSignal agent_signals[]; /* likewise */

typedef enum AgentError {
        AGENT_E_ALREADY_UNDONE,
        AGENT_E_BOOK_REFUSED,
        AGENT_E_BUSY,
        AGENT_E_FAILED,
        AGENT_E_INVALID_ARGUMENT,
        AGENT_E_NOT_FOUND,
        AGENT_E_NOT_UNDONE,
        _AGENT_E_COUNT,
} AgentError;
/* "org.huddle.Error.…" */
const char *agent_error_name(AgentError e);

/* Borrows its arguments. */
int agent_bus_new(AgentBus **ret, sd_event *event, DBusConnection *session, Journal *journal);
AgentBus *agent_bus_free(AgentBus *b);
DEFINE_CLEANUP(AgentBus *, agent_bus_free);
/* Must be called before the first call is dispatched. Borrows both. */
void agent_bus_set(AgentBus *b, Books *books, Agent *agent);

/* Call this when a writer has come to rest: waiting calls of Undo and Redo may be over. */
void agent_bus_rests(AgentBus *b);
