/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump-tables.c - what the C tables of D-Bus say, a line for each member and error, for
 * test-tables */
#include "daemon/objects/interfaces.h"

#include <stdio.h>

static void dump(const BusInterface *i)
{
        for (const BusMethod *m = i->methods; m->name; m++)
                printf("method %s.%s in=%s out=%s\n", i->name, m->name, m->in, m->out);
        for (const BusProperty *p = i->properties; p->name; p++)
                printf("property %s.%s type=%s access=read announced=%s\n", i->name, p->name,
                       p->type, p->announce == BUS_SILENT ? "no" : "yes");
        for (const BusSignal *s = i->signals; s && s->name; s++)
                printf("signal %s.%s args=%s\n", i->name, s->name, s->args);
}

int main(void)
{
        dump(&manager_interface);
        dump(&exchange_interface);
        dump(&peer_interface);
        for (int o = OUTCOME_OK + 1; o < _OUTCOME_COUNT; o++)
                printf("error %s\n", outcome_name((Outcome)o));
        return 0;
}
