/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump-tables.c - what the agent's C table of D-Bus says, a line for each member and error, for
 * test-tables */
#include "src/agent/bus.h"

#include <stdio.h>

int main(void)
{
        for (const AgentMethod *m = agent_methods; m->name; m++)
                printf("method %s.%s in=%s out=%s\n", AGENT_INTERFACE, m->name, m->in, m->out);
        for (const AgentSignal *s = agent_signals; s->name; s++)
                printf("signal %s.%s args=%s\n", AGENT_INTERFACE, s->name, s->args);
        for (int e = 0; e < _AGENT_E_COUNT; e++)
                printf("error %s\n", agent_error_name((AgentError)e));
        return 0;
}
