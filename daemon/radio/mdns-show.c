/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mdns-show.h"

#include "mdns-records.h"

#include <avahi-common/error.h>
#include <string.h>

enum {
        /* Seconds. A neighbour that vanishes without a goodbye expires after this time; with
         * Avahi's usual 4500 s it would stay for 75 minutes. The price is a refresh on the
         * network every 16 s for each neighbour, while its exchange runs. */
        TTL = 20,
};

typedef struct Record {
        AvahiIfIndex interface;
        const char *name;
        uint16_t type;
        AvahiPublishFlags flags;
} Record;

static int show_add(AvahiEntryGroup *g, const Record *record, const void *data, size_t len)
{
        return avahi_entry_group_add_record(g, record->interface, AVAHI_PROTO_UNSPEC, record->flags,
                                            record->name, AVAHI_DNS_CLASS_IN, record->type, TTL,
                                            data, len);
}

/* Many terminals share the PTR; the other records are ours alone. */
static int show_name(MdnsShow *s)
{
        static const char txt[] = "\003v=1", service[] = MDNS_SERVICE "." MDNS_DOMAIN;
        const AvahiIfIndex all = AVAHI_IF_UNSPEC;
        const AvahiPublishFlags unique = AVAHI_PUBLISH_UNIQUE;
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
        r = show_add(s->name, &(Record){all, service, AVAHI_DNS_TYPE_PTR, 0}, ptr, n_ptr);
        if (r >= 0)
                r = show_add(s->name, &(Record){all, full, AVAHI_DNS_TYPE_SRV, unique}, srv, n_srv);
        if (r >= 0)
                r = show_add(s->name, &(Record){all, full, AVAHI_DNS_TYPE_TXT, unique}, txt,
                             sizeof txt - 1);
        return r < 0 ? r : avahi_entry_group_commit(s->name);
}

int mdns_show(MdnsShow *s, AvahiClient *client, AvahiEntryGroupCallback changed, void *userdata)
{
        if (s->name)
                return 0;
        s->name = avahi_entry_group_new(client, changed, userdata);
        if (s->name && s->port > 0)
                s->hosts = avahi_entry_group_new(client, changed, userdata);
        return s->name && (s->hosts || s->port == 0) ? show_name(s) : avahi_client_errno(client);
}

/* What Avahi refuses, such as an address of a network that it leaves out, is not in the group. */
static size_t show_add_addresses(MdnsShow *s)
{
        char host[MDNS_HOST_SIZE];
        size_t added = 0;

        mdns_host_name(host, &s->token);
        for (size_t i = 0; i < s->shown.n; i++) {
                const LanAddress *a = &s->shown.list[i];
                bool four = a->family == AF_INET;
                Record record = {(AvahiIfIndex)a->interface, host,
                                 four ? AVAHI_DNS_TYPE_A : AVAHI_DNS_TYPE_AAAA,
                                 AVAHI_PUBLISH_UNIQUE};

                added += show_add(s->hosts, &record, a->bytes, four ? 4 : 16) >= 0;
        }
        return added;
}

/* Withdraws all first: Avahi does not change the records of a committed group. */
int mdns_show_addresses(MdnsShow *s, const MdnsAddresses *now)
{
        int r;

        if (!s->hosts || memcmp(now, &s->shown, sizeof *now) == 0)
                return 0;
        s->shown = *now;
        r = avahi_entry_group_reset(s->hosts);
        if (r >= 0 && show_add_addresses(s) > 0)
                r = avahi_entry_group_commit(s->hosts);
        if (r < 0)
                s->shown.n = 0;
        return MIN(r, 0);
}

/* The client asks Avahi each time, and remembers other answers. */
void mdns_show_wait(MdnsShow *s)
{
        if (s->name)
                (void)avahi_entry_group_is_empty(s->name);
}
