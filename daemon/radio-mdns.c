/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-mdns.h"
#include "../src/log.h"
#include "loop-avahi.h"

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/error.h>
#include <stdio.h>
#include <string.h>

#define SERVICE "_huddle._tcp"
#define DOMAIN "local"

enum {
        /* Seconds. A neighbour that vanishes without a goodbye is gone within this time (with Avahi's 4500 s
         * for such records it would be there for 75 minutes); each one costs a refresh on the network every
         * 16 s, and only while its exchange runs. */
        TTL = 20,
        RETRY_MS = 2000, /* until the next try to reach a bus without Avahi */
        ROWS_MAX = 512,  /* name, interface and protocol heard; more are not listened to */
        NAME_SIZE = 2 * TOKEN_SIZE + 1,
};

/* What is heard: a network with IPv4 and IPv6 shows each neighbour twice, two networks four times. */
typedef struct Row {
        Token token;
        AvahiIfIndex interface;
        AvahiProtocol protocol;
} Row;

typedef struct MdnsRadio {
        Radio radio;
        AvahiPoll *poll;
        AvahiClient *client; /* from start to stop */
        AvahiEntryGroup *group;
        AvahiServiceBrowser *browser;
        sd_event_source *again; /* frees a client that has failed and makes a new one */
        Token token;
        bool ready;
        Row rows[ROWS_MAX];
        size_t n_rows;
        unsigned garbage; /* names that are no tokens, since the start */
} MdnsRadio;

/* ---- names ---- */

static void token_name(char ret[static NAME_SIZE], const Token *token)
{
        (void)sodium_bin2hex(ret, NAME_SIZE, token->b, sizeof token->b);
}

/* Exactly what token_name writes, so that a neighbour has one name only. */
static bool token_read(Token *ret, const char *name)
{
        char again[NAME_SIZE];
        Token token;
        size_t len;

        if (sodium_hex2bin(token.b, sizeof token.b, name, strlen(name), NULL, &len, NULL) != 0 ||
            len != sizeof token.b)
                return false;
        token_name(again, &token);
        if (strcmp(again, name) != 0)
                return false;
        *ret = token;
        return true;
}

/* A name in wire form (RFC 1035, 3.1); every label is shorter than 64 bytes. Returns its length. */
static size_t wire_name(uint8_t *ret, const char *const *labels, size_t n)
{
        size_t len = 0;

        for (size_t i = 0; i < n; i++) {
                size_t l = strlen(labels[i]);

                ret[len++] = (uint8_t)l;
                memcpy(ret + len, labels[i], l);
                len += l;
        }
        ret[len++] = 0;
        return len;
}

/* ---- what is heard ---- */

static bool is_heard(const MdnsRadio *m, const Token *token)
{
        for (size_t i = 0; i < m->n_rows; i++)
                if (memcmp(&m->rows[i].token, token, sizeof *token) == 0)
                        return true;
        return false;
}

static Row *find_row(MdnsRadio *m, const Row *row)
{
        for (size_t i = 0; i < m->n_rows; i++)
                if (memcmp(&m->rows[i].token, &row->token, sizeof row->token) == 0 &&
                    m->rows[i].interface == row->interface && m->rows[i].protocol == row->protocol)
                        return &m->rows[i];
        return NULL;
}

static void appeared(MdnsRadio *m, const Row *row)
{
        bool news = !is_heard(m, &row->token);

        if (m->n_rows == ROWS_MAX || find_row(m, row))
                return;
        m->rows[m->n_rows++] = *row;
        if (news)
                m->radio.events->heard(m->radio.userdata, &m->radio, &row->token, 0);
}

static void vanished(MdnsRadio *m, const Row *row)
{
        Token token = row->token;
        Row *found = find_row(m, row);

        if (!found)
                return;
        *found = m->rows[--m->n_rows];
        if (!is_heard(m, &token))
                m->radio.events->gone(m->radio.userdata, &m->radio, &token);
}

static void set_ready(MdnsRadio *m, bool ready)
{
        if (m->ready == ready)
                return;
        m->ready = ready;
        m->radio.events->changed(m->radio.userdata, &m->radio);
}

static void start_again(MdnsRadio *m, uint64_t delay_ms)
{
        (void)sd_event_source_set_time_relative(m->again, delay_ms * 1000);
        (void)sd_event_source_set_enabled(m->again, SD_EVENT_ONESHOT);
}

static void on_browse(AvahiServiceBrowser *b, AvahiIfIndex interface, AvahiProtocol protocol,
                      AvahiBrowserEvent event, const char *name, const char *type, const char *domain,
                      AvahiLookupResultFlags flags, void *userdata)
{
        MdnsRadio *m = userdata;
        Row row = {.interface = interface, .protocol = protocol};

        switch (event) {
        case AVAHI_BROWSER_NEW:
        case AVAHI_BROWSER_REMOVE:
                if (!token_read(&row.token, name))
                        m->garbage++;
                else if (memcmp(&row.token, &m->token, sizeof m->token) == 0)
                        return;
                else if (event == AVAHI_BROWSER_NEW)
                        appeared(m, &row);
                else
                        vanished(m, &row);
                return;
        case AVAHI_BROWSER_FAILURE:
                start_again(m, RETRY_MS);
                return;
        case AVAHI_BROWSER_ALL_FOR_NOW:
        case AVAHI_BROWSER_CACHE_EXHAUSTED:
                return;
        }
}

/* ---- what is shown ---- */

static int add_record(MdnsRadio *m, const char *name, uint16_t type, AvahiPublishFlags flags,
                      const uint8_t *data, size_t len)
{
        return avahi_entry_group_add_record(m->group, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, flags, name,
                                            AVAHI_DNS_CLASS_IN, type, TTL, data, len);
}

/* The SRV and TXT records belong to us alone, the PTR is one of many. */
static int publish(MdnsRadio *m)
{
        static const uint8_t txt[] = "\003v=1";
        char name[NAME_SIZE], full[NAME_SIZE + sizeof "." SERVICE "." DOMAIN];
        uint8_t ptr[128], srv[128] = {0}; /* priority, weight and port: 0 */
        size_t ptr_len, srv_len;
        int r;

        token_name(name, &m->token);
        (void)snprintf(full, sizeof full, "%s." SERVICE "." DOMAIN, name);
        ptr_len = wire_name(ptr, (const char *const[]){name, "_huddle", "_tcp", DOMAIN}, 4);
        srv_len = 6 + wire_name(srv + 6, (const char *const[]){name, DOMAIN}, 2);
        r = add_record(m, SERVICE "." DOMAIN, AVAHI_DNS_TYPE_PTR, 0, ptr, ptr_len);
        if (r >= 0)
                r = add_record(m, full, AVAHI_DNS_TYPE_SRV, AVAHI_PUBLISH_UNIQUE, srv, srv_len);
        if (r >= 0)
                r = add_record(m, full, AVAHI_DNS_TYPE_TXT, AVAHI_PUBLISH_UNIQUE, txt, sizeof txt - 1);
        return r < 0 ? r : avahi_entry_group_commit(m->group);
}

/* A collision (somebody shows our random token) leaves us unseen by it and listening: there is nothing
 * better to do, since the token has been given to the cloud. */
static void on_group(AvahiEntryGroup *g, AvahiEntryGroupState state, void *userdata)
{
        MdnsRadio *m = userdata;

        if (state == AVAHI_ENTRY_GROUP_COLLISION)
                log_line(LOG_WARNING, "RADIO=mdns", "somebody else shows our token on the local network");
        else if (state == AVAHI_ENTRY_GROUP_FAILURE)
                start_again(m, RETRY_MS);
}

/* ---- the client ---- */

static void on_air(MdnsRadio *m, AvahiClient *client)
{
        int r = 0;

        if (!m->browser)
                m->browser = avahi_service_browser_new(client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, SERVICE,
                                                       DOMAIN, 0, on_browse, m);
        if (!m->group) {
                m->group = avahi_entry_group_new(client, on_group, m);
                r = m->group ? publish(m) : 0;
        }
        if (m->browser && m->group && r >= 0) {
                set_ready(m, true);
                return;
        }
        log_line(LOG_WARNING, "RADIO=mdns", "Avahi refuses: %s",
                 avahi_strerror(r < 0 ? r : avahi_client_errno(client)));
        start_again(m, RETRY_MS);
}

/* May be called from within avahi_client_new, before m->client is set. */
static void on_client(AvahiClient *client, AvahiClientState state, void *userdata)
{
        MdnsRadio *m = userdata;

        switch (state) {
        case AVAHI_CLIENT_S_RUNNING:
                on_air(m, client);
                return;
        case AVAHI_CLIENT_FAILURE: /* Avahi or its bus has gone; a fresh client waits for it to come back */
                set_ready(m, false);
                start_again(m, avahi_client_errno(client) == AVAHI_ERR_DISCONNECTED ? 0 : RETRY_MS);
                return;
        case AVAHI_CLIENT_CONNECTING:
                set_ready(m, false);
                return;
        case AVAHI_CLIENT_S_REGISTERING: /* of the machine's host name, which is not ours */
        case AVAHI_CLIENT_S_COLLISION:
                return;
        }
}

static void disconnect(MdnsRadio *m)
{
        (void)sd_event_source_set_enabled(m->again, SD_EVENT_OFF);
        if (m->client)
                avahi_client_free(m->client); /* with browser and group; Avahi says goodbye for us */
        m->client = NULL;
        m->browser = NULL;
        m->group = NULL;
}

static void connect_avahi(MdnsRadio *m)
{
        int error = 0;

        m->client = avahi_client_new(m->poll, AVAHI_CLIENT_NO_FAIL, on_client, m, &error);
        if (m->client)
                return;
        log_line(LOG_WARNING, "RADIO=mdns", "no way to Avahi: %s", avahi_strerror(error));
        m->browser = NULL;
        m->group = NULL;
        start_again(m, RETRY_MS);
}

/* No browser tells that who it found has gone with it. */
static int on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        MdnsRadio *m = userdata;

        disconnect(m);
        set_ready(m, false);
        while (m->n_rows > 0)
                vanished(m, &(Row){m->rows[0].token, m->rows[0].interface, m->rows[0].protocol});
        connect_avahi(m);
        return 0;
}

static void mdns_stop(Radio *r)
{
        MdnsRadio *m = (MdnsRadio *)r;

        disconnect(m);
        if (m->garbage > 0)
                log_line(LOG_INFO, "RADIO=mdns", "%u names on the local network were no tokens", m->garbage);
        m->garbage = 0;
        m->n_rows = 0;
        m->ready = false;
}

static int mdns_start(Radio *r, const Token *token)
{
        MdnsRadio *m = (MdnsRadio *)r;

        mdns_stop(r);
        m->token = *token;
        connect_avahi(m);
        return 0;
}

static bool mdns_ready(const Radio *r)
{
        return ((const MdnsRadio *)r)->ready;
}

static Radio *mdns_free(Radio *r)
{
        MdnsRadio *m = (MdnsRadio *)r;

        mdns_stop(r);
        sd_event_source_disable_unref(m->again);
        loop_avahi_free(m->poll);
        free(m);
        return NULL;
}

static const RadioOps ops = {
        .transport = SIGHTING_MDNS,
        .name = "mdns",
        .start = mdns_start,
        .stop = mdns_stop,
        .ready = mdns_ready,
        .free = mdns_free,
};

int radio_mdns_new(Radio **ret, sd_event *event)
{
        MdnsRadio *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        m->radio.ops = &ops;
        r = loop_avahi_new(&m->poll, event);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &m->again, CLOCK_MONOTONIC, 0, 0, on_again, m);
        if (r >= 0)
                r = sd_event_source_set_enabled(m->again, SD_EVENT_OFF);
        if (r < 0) {
                loop_avahi_free(m->poll);
                sd_event_source_disable_unref(m->again);
                free(m);
                return r;
        }
        (void)sd_event_source_set_description(m->again, "mdns-again");
        *ret = &m->radio;
        return 0;
}
