/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-follow.c - notices that a program which has called is gone */
#include "bus-private.h"

#include <stdio.h>
#include <string.h>

struct BusFollow {
        Bus *bus;
        BusFollow *next;
        char name[BUS_UNIQUE_NAME_SIZE];
        void (*gone)(void *userdata);
        void *userdata;
};

static void follow_rule(char ret[static 256], const BusFollow *f)
{
        (void)snprintf(ret, 256,
                       "type='signal',sender='" DBUS_SERVICE_DBUS "',path='" DBUS_PATH_DBUS
                       "',interface='" DBUS_INTERFACE_DBUS
                       "',member='NameOwnerChanged',arg0='%.64s'",
                       f->name);
}

int bus_follow(BusFollow **ret, BusCall *call, void (*gone)(void *userdata), void *userdata)
{
        const char *name = dbus_message_get_sender(call->message);
        BusFollow *f;
        char rule[256];

        if (!name || strlen(name) >= sizeof f->name)
                return -EINVAL;
        f = calloc(1, sizeof *f);
        if (!f)
                return -ENOMEM;
        *f = (BusFollow){
                .bus = call->bus, .next = call->bus->follows, .gone = gone, .userdata = userdata};
        (void)strcpy(f->name, name);
        follow_rule(rule, f);
        dbus_bus_add_match(f->bus->connection, rule, NULL);
        *ret = f->bus->follows = f;
        return 0;
}

BusFollow *bus_follow_free(BusFollow *f)
{
        BusFollow **p;
        char rule[256];

        if (!f)
                return NULL;
        p = &f->bus->follows;
        while (*p != f)
                p = &(*p)->next;
        *p = f->next;
        follow_rule(rule, f);
        dbus_bus_remove_match(f->bus->connection, rule, NULL);
        free(f);
        return NULL;
}

void bus_follow_signal(Bus *b, DBusMessage *signal)
{
        const char *name, *old, *new;

        if (!dbus_message_is_signal(signal, DBUS_INTERFACE_DBUS, "NameOwnerChanged") ||
            !dbus_message_has_sender(signal, DBUS_SERVICE_DBUS) ||
            !dbus_message_get_args(signal, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &old,
                                   DBUS_TYPE_STRING, &new, DBUS_TYPE_INVALID) ||
            *new)
                return;
        for (BusFollow *f = b->follows, *next; f; f = next) {
                next = f->next;
                if (strcmp(f->name, name) == 0)
                        f->gone(f->userdata); /* may free it */
        }
}
