/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manager.h"
#include "bus-tables.h"

struct Manager {
        Bus *bus;
        BusObject *object;
};

int manager_new(Manager **ret, sd_event *event, const ManagerSettings *settings)
{
        _cleanup_(manager_freep) Manager *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        r = bus_new(&m->bus, event, settings->bus);
        if (r != 0)
                return r;
        r = bus_object_new(&m->object, m->bus, BUS_ROOT, &bus_manager_interface, BUS_EVERYONE, m);
        if (r < 0)
                return r;
        r = bus_own_name(m->bus);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

Manager *manager_free(Manager *m)
{
        if (!m)
                return NULL;
        bus_object_free(m->object);
        bus_free(m->bus);
        free(m);
        return NULL;
}
