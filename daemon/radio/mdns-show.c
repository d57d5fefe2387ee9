/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mdns-show.h"
#include "src/base/log.h"
#include "mdns-records.h"

#include <assert.h>
#include <avahi-common/error.h>
#include <stdio.h>
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

static int mdns_add_record(AvahiEntryGroup *g, const Record *record, const void *data, size_t len)
{
        return avahi_entry_group_add_record(g, record->interface, AVAHI_PROTO_UNSPEC, record->flags,
                                            record->name, AVAHI_DNS_CLASS_IN, record->type, TTL,
                                            data, len);
}

/* Many terminals share the PTR; the other records are ours alone. */
static int mdns_show_name(AvahiEntryGroup *g, const Token *token, uint16_t port)
{
        static const char txt[] = "\003v=1";
        char name[MDNS_NAME_SIZE], full[MDNS_NAME_SIZE + sizeof "." MDNS_SERVICE "." MDNS_DOMAIN];
        uint8_t ptr[128], srv[128] = {0}; /* priority and weight: 0 */
        AvahiPublishFlags unique = AVAHI_PUBLISH_UNIQUE;
        size_t ptr_len, srv_len;
        int r;

        mdns_token_name(name, token);
        (void)snprintf(full, sizeof full, "%s." MDNS_SERVICE "." MDNS_DOMAIN, name);
        ptr_len =
                mdns_wire_name(ptr, (const char *const[]){name, "_huddle", "_tcp", MDNS_DOMAIN}, 4);
        srv[4] = (uint8_t)(port >> 8);
        srv[5] = (uint8_t)port;
        srv_len = 6 + mdns_wire_name(srv + 6, (const char *const[]){name, MDNS_DOMAIN}, 2);
        r = mdns_add_record(
                g, &(Record){AVAHI_IF_UNSPEC, MDNS_SERVICE "." MDNS_DOMAIN, AVAHI_DNS_TYPE_PTR, 0},
                ptr, ptr_len);
        if (r >= 0)
                r = mdns_add_record(g, &(Record){AVAHI_IF_UNSPEC, full, AVAHI_DNS_TYPE_SRV, unique},
                                    srv, srv_len);
        if (r >= 0)
                r = mdns_add_record(g, &(Record){AVAHI_IF_UNSPEC, full, AVAHI_DNS_TYPE_TXT, unique},
                                    txt, sizeof txt - 1);
        return r < 0 ? r : avahi_entry_group_commit(g);
}

static int mdns_commit_addresses(AvahiEntryGroup *g, const Token *token,
                                 const LanAddress *addresses, size_t n)
{
        char name[MDNS_NAME_SIZE], host[MDNS_NAME_SIZE + sizeof "." MDNS_DOMAIN];
        size_t added = 0;

        mdns_token_name(name, token);
        (void)snprintf(host, sizeof host, "%s." MDNS_DOMAIN, name);
        for (size_t i = 0; i < n; i++) {
                bool four = addresses[i].family == AF_INET;
                Record record = {(AvahiIfIndex)addresses[i].interface, host,
                                 four ? AVAHI_DNS_TYPE_A : AVAHI_DNS_TYPE_AAAA,
                                 AVAHI_PUBLISH_UNIQUE};

                added += mdns_add_record(g, &record, addresses[i].bytes, four ? 4 : 16) >= 0;
        }
        return added > 0 ? avahi_entry_group_commit(g) : 0;
}

/* Withdraws all first: Avahi does not change the records of a committed group. */
void mdns_show_addresses(MdnsShow *s)
{
        LanAddress now[MDNS_ADDRESSES_MAX];
        size_t n = lan_addresses(now, MDNS_ADDRESSES_MAX);
        int r;

        if (!s->addresses || (n == s->n_shown && memcmp(now, s->shown, n * sizeof *now) == 0))
                return;
        r = avahi_entry_group_reset(s->addresses);
        if (r >= 0)
                r = mdns_commit_addresses(s->addresses, &s->token, now, n);
        if (r < 0) {
                log_line(LOG_WARNING, "RADIO=mdns", "no help for neighbours: %s",
                         avahi_strerror(r));
                n = 0;
        }
        memcpy(s->shown, now, n * sizeof *now);
        s->n_shown = n;
}

int mdns_show(MdnsShow *s, AvahiClient *client, AvahiEntryGroupCallback changed, void *userdata)
{
        int r = 0;

        assert(client);
        if (!s->name) {
                s->name = avahi_entry_group_new(client, changed, userdata);
                r = s->name ? mdns_show_name(s->name, &s->token, s->port)
                            : avahi_client_errno(client);
        }
        if (!s->addresses && s->port > 0) {
                s->addresses = avahi_entry_group_new(client, changed, userdata);
                mdns_show_addresses(s);
        }
        return r;
}

void mdns_show_forget(MdnsShow *s)
{
        s->name = s->addresses = NULL;
        s->n_shown = 0;
}
