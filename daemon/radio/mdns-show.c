/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mdns-show.h"

#include "avahi.h"
#include "mdns-records.h"

#include <string.h>

enum {
        /* Seconds. A neighbour that vanishes without a goodbye expires after this time; with
         * Avahi's usual 4500 s it would stay for 75 minutes. The price is a refresh on the
         * network every 16 s for each neighbour, while its exchange runs. */
        TTL = 20,
};

typedef struct Record {
        int32_t interface;
        const char *name;
        uint16_t type;
        uint32_t flags;
} Record;

/* Without an answer: what Avahi refuses, such as an address of a network that it leaves out, is not
 * in the group. */
static int group_add(MdnsGroup *g, const Record *record, const void *data, size_t len)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r = sd_bus_message_new_method_call(g->show->bus, &m, AVAHI, g->path, AVAHI_GROUP,
                                               "AddRecord");

        if (r >= 0)
                r = sd_bus_message_append(m, "iiusqqu", record->interface, AVAHI_ANY, record->flags,
                                          record->name, DNS_IN, record->type, (uint32_t)TTL);
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', data, len);
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(m, 0);
        return r < 0 ? r : sd_bus_send(g->show->bus, m, NULL);
}

static int group_call(MdnsGroup *g, const char *what, sd_bus_message_handler_t func)
{
        g->call = sd_bus_slot_unref(g->call);
        return sd_bus_call_method_async(g->show->bus, func ? &g->call : NULL, AVAHI, g->path,
                                        AVAHI_GROUP, what, func, g, NULL);
}

static int group_make(MdnsGroup *g, sd_bus_message_handler_t func)
{
        return sd_bus_call_method_async(g->show->bus, &g->call, AVAHI, "/", AVAHI_SERVER,
                                        "EntryGroupNew", func, g, NULL);
}

/* False: Avahi refuses, which is told. */
static bool group_made(MdnsGroup *g, sd_bus_message *m)
{
        const char *path;

        g->call = sd_bus_slot_unref(g->call);
        if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read(m, "o", &path) > 0)
                g->path = strdup(path);
        if (!g->path)
                g->show->refused(g->show->userdata, "no group");
        return g->path != NULL;
}

static void group_forget(MdnsGroup *g)
{
        g->call = sd_bus_slot_unref(g->call);
        free(TAKE_PTR(g->path));
}

/* ---- the name ---- */

/* Many terminals share the PTR; the other records are ours alone. */
static int show_add_name(MdnsShow *s)
{
        static const char txt[] = "\003v=1", service[] = MDNS_SERVICE "." MDNS_DOMAIN;
        char name[MDNS_NAME_SIZE], full[MDNS_FULL_SIZE];
        uint8_t ptr[128], srv[128] = {0}; /* priority and weight: 0 */
        size_t n_ptr, n_srv;
        int r;

        mdns_token_name(name, &s->token);
        mdns_full_name(full, &s->token);
        n_ptr = mdns_wire_name(ptr, (const char *const[]){name, "_huddle", "_tcp", MDNS_DOMAIN}, 4);
        srv[4] = (uint8_t)(s->port >> 8);
        srv[5] = (uint8_t)s->port;
        n_srv = 6 + mdns_wire_name(srv + 6, (const char *const[]){name, MDNS_DOMAIN}, 2);
        r = group_add(&s->name, &(Record){AVAHI_ANY, service, DNS_PTR, 0}, ptr, n_ptr);
        if (r >= 0)
                r = group_add(&s->name, &(Record){AVAHI_ANY, full, DNS_SRV, AVAHI_UNIQUE}, srv,
                              n_srv);
        if (r >= 0)
                r = group_add(&s->name, &(Record){AVAHI_ANY, full, DNS_TXT, AVAHI_UNIQUE}, txt,
                              sizeof txt - 1);
        return r;
}

static int on_show_name_committed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        MdnsGroup *g = userdata;
        MdnsShow *s = g->show;

        g->call = sd_bus_slot_unref(g->call);
        if (sd_bus_message_is_method_error(m, NULL))
                s->refused(s->userdata, sd_bus_message_get_error(m)->name);
        else
                s->shown(s->userdata);
        return 0;
}

static int on_show_name_made(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        MdnsGroup *g = userdata;
        MdnsShow *s = g->show;

        if (group_made(g, m) &&
            (show_add_name(s) < 0 || group_call(g, "Commit", on_show_name_committed) < 0))
                s->refused(s->userdata, "no memory");
        return 0;
}

/* ---- the addresses ---- */

static size_t show_add_addresses(MdnsShow *s)
{
        char host[MDNS_HOST_SIZE];
        size_t n = 0;

        mdns_host_name(host, &s->token);
        for (size_t i = 0; i < s->n_of; i++) {
                const LanAddress *a = &s->of[i];
                bool four = a->family == AF_INET;

                n += group_add(&s->addresses,
                               &(Record){(int32_t)a->interface, host, four ? DNS_A : DNS_AAAA,
                                         AVAHI_UNIQUE},
                               a->bytes, four ? 4 : 16) >= 0;
        }
        return n;
}

/* Withdraws all first: Avahi does not change the records of a committed group. */
void mdns_show_addresses(MdnsShow *s)
{
        LanAddress now[MDNS_ADDRESSES_MAX];
        size_t n = lan_addresses(now, MDNS_ADDRESSES_MAX);

        if (!s->addresses.path || (n == s->n_of && memcmp(now, s->of, n * sizeof *now) == 0))
                return;
        memcpy(s->of, now, n * sizeof *now);
        s->n_of = n;
        (void)group_call(&s->addresses, "Reset", NULL);
        if (show_add_addresses(s) > 0)
                (void)group_call(&s->addresses, "Commit", NULL);
}

static int on_show_addresses_made(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        MdnsGroup *g = userdata;

        if (group_made(g, m))
                mdns_show_addresses(g->show);
        return 0;
}

/* ---- both ---- */

/* After a collision (a neighbour shows our random token) we are not shown, but still listen. We
 * cannot take another token, since the cloud already has this one. */
static int on_show_state(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        MdnsShow *s = userdata;
        int32_t state;

        if (sd_bus_message_read(m, "i", &state) <= 0)
                return 0;
        if (state == AVAHI_COLLISION)
                s->taken(s->userdata);
        else if (state == AVAHI_FAILURE)
                s->refused(s->userdata, "a group has failed");
        return 0;
}

int mdns_show(MdnsShow *s, sd_bus *bus)
{
        static const AvahiSignal signals[] = {{AVAHI_GROUP, "StateChanged", on_show_state}};
        int r;

        s->bus = bus;
        s->name.show = s->addresses.show = s;
        r = avahi_watch(bus, signals, ARRAY_LEN(signals), s);
        if (r >= 0)
                r = group_make(&s->name, on_show_name_made);
        if (r >= 0 && s->port > 0)
                r = group_make(&s->addresses, on_show_addresses_made);
        return MIN(r, 0);
}

void mdns_show_forget(MdnsShow *s)
{
        group_forget(&s->name);
        group_forget(&s->addresses);
        s->bus = NULL;
        s->n_of = 0;
}
