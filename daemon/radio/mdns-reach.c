/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mdns-reach.h"

#include "avahi.h"
#include "daemon/link/link-race.h"
#include "mdns-records.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

enum { KINDS = 4 }; /* of records: SRV, TXT, A, AAAA */

struct MdnsReach {
        Token token;
        sd_bus *bus; /* its own, so that all browsers go with it */
        sd_bus_slot *calls[KINDS];
        LinkRace *race;
        uint16_t port;                                /* 0: not known yet */
        bool ours;                                    /* it has our version */
        size_t n_told;                                /* kinds of which all is known */
        struct sockaddr_storage early[LINK_RACE_MAX]; /* addresses that came before the port */
        uint32_t interfaces[LINK_RACE_MAX];
        size_t n_early;
        MdnsReached done;
        void *userdata;
};

typedef struct ReachRecord {
        int32_t interface, protocol;
        const char *name;
        uint16_t class, type;
        const void *data;
        size_t len;
} ReachRecord;

static void on_reach_raced(void *userdata, Link *taken)
{
        MdnsReach *r = userdata;

        r->done(r->userdata, r, taken);
}

static void reach_set_port(struct sockaddr_storage *where, uint16_t port)
{
        if (where->ss_family == AF_INET)
                ((struct sockaddr_in *)where)->sin_port = htons(port);
        else
                ((struct sockaddr_in6 *)where)->sin6_port = htons(port);
}

static void reach_run(MdnsReach *r, struct sockaddr_storage *where, uint32_t interface)
{
        reach_set_port(where, r->port);
        link_race_add(r->race, where, interface);
}

/* Port and version are there: what has come before them may run. */
static void reach_let_go(MdnsReach *r)
{
        if (r->port == 0 || !r->ours)
                return;
        for (size_t i = 0; i < r->n_early; i++)
                reach_run(r, &r->early[i], r->interfaces[i]);
        r->n_early = 0;
}

static void reach_take_address(MdnsReach *r, const ReachRecord *record)
{
        uint32_t interface = (uint32_t)record->interface;
        struct sockaddr_storage where;

        if (!mdns_address_read(&where, interface, record->type, record->data, record->len))
                return;
        if (r->port > 0 && r->ours) {
                reach_run(r, &where, interface);
        } else if (r->n_early < ARRAY_LEN(r->early)) {
                r->interfaces[r->n_early] = interface;
                r->early[r->n_early++] = where;
        }
}

/* ---- what Avahi tells ---- */

static bool reach_read_record(ReachRecord *ret, sd_bus_message *m)
{
        return sd_bus_message_read(m, "iisqq", &ret->interface, &ret->protocol, &ret->name,
                                   &ret->class, &ret->type) > 0 &&
               sd_bus_message_read_array(m, 'y', &ret->data, &ret->len) >= 0;
}

static int on_reach_new(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        MdnsReach *r = userdata;
        ReachRecord record;

        if (!reach_read_record(&record, m))
                return 0;
        switch (record.type) {
        case DNS_SRV:
                if (r->port == 0)
                        r->port = mdns_srv_read(&r->token, record.data, record.len);
                if (r->port == 0)
                        link_race_complete(r->race); /* it helps nobody */
                reach_let_go(r);
                break;
        case DNS_TXT:
                r->ours = r->ours || mdns_txt_read(record.data, record.len);
                reach_let_go(r);
                break;
        case DNS_A:
        case DNS_AAAA:
                reach_take_address(r, &record);
                break;
        default:
                break;
        }
        return 0;
}

/* It has moved: what it had is not tried any more. */
static int on_reach_remove(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        MdnsReach *r = userdata;
        struct sockaddr_storage where;
        ReachRecord record;

        if (reach_read_record(&record, m) &&
            mdns_address_read(&where, (uint32_t)record.interface, record.type, record.data,
                              record.len)) {
                reach_set_port(&where, r->port);
                link_race_remove(r->race, &where);
        }
        return 0;
}

/* One kind is told, or Avahi has failed with it. */
static int on_reach_told(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        MdnsReach *r = userdata;

        if (++r->n_told >= KINDS)
                link_race_complete(r->race);
        return 0;
}

static int on_reach_browsing(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        return sd_bus_message_is_method_error(m, NULL) ? on_reach_told(m, userdata, error) : 0;
}

/* ---- life ---- */

static int reach_browse(MdnsReach *r, size_t i, const char *name, uint16_t type)
{
        return sd_bus_call_method_async(r->bus, &r->calls[i], AVAHI, "/", AVAHI_SERVER,
                                        "RecordBrowserNew", on_reach_browsing, r, "iisqqu",
                                        AVAHI_ANY, AVAHI_ANY, name, DNS_IN, type, 0U);
}

static int reach_ask(MdnsReach *r)
{
        static const AvahiSignal signals[] = {
                {AVAHI_RECORDS, "ItemNew", on_reach_new},
                {AVAHI_RECORDS, "ItemRemove", on_reach_remove},
                {AVAHI_RECORDS, "AllForNow", on_reach_told},
                {AVAHI_RECORDS, "Failure", on_reach_told},
        };
        char full[MDNS_FULL_SIZE], host[MDNS_HOST_SIZE];
        int result = avahi_watch(r->bus, signals, ARRAY_LEN(signals), r);

        mdns_full_name(full, &r->token);
        mdns_host_name(host, &r->token);
        if (result >= 0)
                result = reach_browse(r, 0, full, DNS_SRV);
        if (result >= 0)
                result = reach_browse(r, 1, full, DNS_TXT);
        if (result >= 0)
                result = reach_browse(r, 2, host, DNS_AAAA);
        if (result >= 0)
                result = reach_browse(r, 3, host, DNS_A);
        return MIN(result, 0);
}

int mdns_reach_new(MdnsReach **ret, sd_event *event, const Token *token, MdnsReached done,
                   void *userdata)
{
        _cleanup_(mdns_reach_freep) MdnsReach *r = calloc(1, sizeof *r);
        int result;

        assert(done);
        if (!r)
                return -ENOMEM;
        *r = (MdnsReach){.token = *token, .done = done, .userdata = userdata};
        result = link_race_new(&r->race, event, on_reach_raced, r);
        if (result == 0)
                result = avahi_open(&r->bus, event, "mdns-reach");
        if (result == 0)
                result = reach_ask(r);
        if (result < 0)
                return result;
        *ret = TAKE_PTR(r);
        return 0;
}

MdnsReach *mdns_reach_free(MdnsReach *r)
{
        if (!r)
                return NULL;
        for (size_t i = 0; i < KINDS; i++)
                sd_bus_slot_unref(r->calls[i]);
        sd_bus_close_unref(r->bus);
        link_race_free(r->race);
        free(r);
        return NULL;
}

const Token *mdns_reach_token(const MdnsReach *r)
{
        return &r->token;
}
