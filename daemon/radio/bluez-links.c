/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez-links.h"

#include <stdio.h>
#include <string.h>

struct BluezConnection {
        BluezConnection *next;
        Link *link;     /* NULL: the link is closed, the connection is still open */
        bool connected; /* false: the attempt may still fail */
        char device[BLUEZ_DEVICE_PATH_SIZE];
};

/* ---- connections ---- */

bool bluez_links_connected(const BluezLinks *b, const char *device)
{
        for (const BluezConnection *c = b->connections; c; c = c->next)
                if (c->connected && strcmp(c->device, device) == 0)
                        return true;
        return false;
}

bool bluez_links_calling(const BluezLinks *b, const char *device)
{
        for (const BluezConnection *c = b->connections; c; c = c->next)
                if (!c->connected && strcmp(c->device, device) == 0)
                        return true;
        return false;
}

static void bluez_links_drop(BluezLinks *b, BluezConnection *c)
{
        BluezConnection **i = &b->connections;

        while (*i != c)
                i = &(*i)->next;
        *i = c->next;
        if (c->link)
                l2cap_unwatch(c->link);
        free(c);
}

void bluez_links_set_connected(BluezLinks *b, const char *device, bool connected)
{
        for (BluezConnection *c = b->connections, *next; c; c = next) {
                next = c->next;
                if (strcmp(c->device, device) != 0)
                        continue;
                c->connected = connected;
                if (!connected)
                        bluez_links_drop(b, c);
        }
}

static void bluez_on_link_ended(void *userdata, Link *l)
{
        BluezLinks *b = userdata;

        for (BluezConnection *c = b->connections; c; c = c->next) {
                if (c->link != l)
                        continue;
                c->link = NULL;
                if (!c->connected)
                        bluez_links_drop(b, c);
                return;
        }
}

void bluez_links_give_up(BluezLinks *b, const char *device)
{
        for (BluezConnection *c = b->connections, *next; c; c = next) {
                next = c->next;
                if (c->link && !c->connected && strcmp(c->device, device) == 0)
                        l2cap_give_up(c->link);
        }
}

static BluezConnection *bluez_links_find_idle(const BluezLinks *b, const char *device)
{
        for (BluezConnection *c = b->connections; c; c = c->next)
                if (!c->link && strcmp(c->device, device) == 0)
                        return c;
        return NULL;
}

static void bluez_links_add(BluezLinks *b, Link *l, const char *device, bool connected)
{
        BluezConnection *c = bluez_links_find_idle(b, device);

        if (!c) {
                c = calloc(1, sizeof *c);
                if (!c) {
                        l2cap_unwatch(l);
                        return;
                }
                (void)snprintf(c->device, sizeof c->device, "%s", device);
                c->next = b->connections;
                b->connections = c;
        }
        c->link = l;
        c->connected = connected;
}

void bluez_links_end(BluezLinks *b, Bluez *bluez)
{
        while (b->connections) {
                if (bluez)
                        (void)bluez_call(bluez,
                                         dbus_message_new_method_call(BLUEZ_NAME,
                                                                      b->connections->device,
                                                                      BLUEZ_DEVICE, "Disconnect"),
                                         NULL, NULL, NULL);
                bluez_links_drop(b, b->connections);
        }
}

/* ---- links ---- */

int bluez_links_accept(BluezLinks *b, Link **ret, const Adapter *a, int listening)
{
        char device[BLUEZ_DEVICE_PATH_SIZE];
        L2capEnd peer;
        const uint8_t *at = peer.address.b;
        int r = l2cap_accept(ret, &peer, b->event, listening,
                             &(L2capWatch){bluez_on_link_ended, b});

        if (r < 0)
                return r;
        (void)snprintf(device, sizeof device, "%s/dev_%02X_%02X_%02X_%02X_%02X_%02X",
                       adapter_path(a), at[5], at[4], at[3], at[2], at[1], at[0]);
        bluez_links_add(b, *ret, device, true);
        return 0;
}

/* Reads the address from ".../dev_00_11_22_33_44_55". */
static int bluez_read_peer(L2capEnd *ret, const BluezListener *to)
{
        const char *name = strrchr(to->device, '/');
        char address[18];

        if (!name || strlen(name) != strlen("/dev_") + sizeof address - 1)
                return -EINVAL;
        (void)snprintf(address, sizeof address, "%s", name + strlen("/dev_"));
        for (char *p = address; (p = strchr(p, '_'));)
                *p = ':';
        return l2cap_end_read(ret, address, to->public ? "public" : "random");
}

int bluez_links_call(BluezLinks *b, Link **ret, Adapter *a, const BluezListener *to)
{
        const L2capEnd *own = adapter_end(a);
        bool connected = bluez_links_connected(b, to->device);
        L2capEnd peer;
        int r;

        if (!own)
                return -ENOTCONN;
        r = bluez_read_peer(&peer, to);
        if (r < 0)
                return r;
        if (!connected)
                adapter_hush(a);
        r = l2cap_connect(ret, b->event, own, &peer, to->psm,
                          &(L2capWatch){bluez_on_link_ended, b});
        if (r < 0)
                return r;
        bluez_links_add(b, *ret, to->device, connected);
        return 0;
}
