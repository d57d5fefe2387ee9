/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-mdns.h"
#include "src/base/events.h"
#include "src/base/log.h"
#include "avahi-ask.h"
#include "daemon/link/link-lan.h"
#include "loop-avahi.h"
#include "mdns-records.h"
#include "mdns-show.h"

#include <assert.h>
#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/error.h>
#include <string.h>
#include <sys/epoll.h>

enum {
        RETRY_MS = 2000, /* until the next attempt, while there is no Avahi */
        ROWS_MAX = 512,  /* heard names, for each interface and protocol; we ignore further ones */
        ACCEPTS = 4,     /* in a row, before the loop serves other sources */
};

/* One way to hear a neighbour. A network with IPv4 and IPv6 has two for each, two networks four. */
typedef struct Row {
        Token token;
        AvahiIfIndex interface;
        AvahiProtocol protocol;
} Row;

/* A radio_reach without its answer. */
typedef struct Reach Reach;
struct Reach {
        Reach *next;
        struct MdnsRadio *radio;
        Token token;
        bool asked;                     /* waits for avahi_ask */
        AvahiServiceResolver *resolver; /* NULL, and not asked: failed, or Avahi has gone */
};

typedef struct MdnsRadio {
        Radio radio;
        sd_event *event;
        AvahiPoll *poll;
        AvahiAsk *ask; /* asked before each use of the client */
        AvahiClient *client;
        AvahiServiceBrowser *browser;
        sd_event_source *again; /* replaces a failed client by a new one */
        MdnsShow show;
        bool ready;
        bool hangs; /* Avahi did not answer the last question */
        Row rows[ROWS_MAX];
        size_t n_rows;
        unsigned garbage;          /* names that were no tokens, since the start */
        sd_event_source *listener; /* owns the socket */
        sd_event_source *moves;    /* our addresses changed; owns the socket */
        Reach *reaches;
        sd_event_source *unreached; /* answers the reaches that have failed */
        unsigned turn;              /* where mdns_find_row_of starts to look */
} MdnsRadio;

/* ---- what is heard ---- */

static bool mdns_is_heard(const MdnsRadio *m, const Token *token)
{
        for (size_t i = 0; i < m->n_rows; i++)
                if (memcmp(&m->rows[i].token, token, sizeof *token) == 0)
                        return true;
        return false;
}

static Row *mdns_find_row(MdnsRadio *m, const Row *row)
{
        for (size_t i = 0; i < m->n_rows; i++)
                if (memcmp(&m->rows[i].token, &row->token, sizeof row->token) == 0 &&
                    m->rows[i].interface == row->interface && m->rows[i].protocol == row->protocol)
                        return &m->rows[i];
        return NULL;
}

static void mdns_on_appeared(MdnsRadio *m, const Row *row)
{
        bool news = !mdns_is_heard(m, &row->token);

        if (m->n_rows == ROWS_MAX || mdns_find_row(m, row))
                return;
        m->rows[m->n_rows++] = *row;
        if (news)
                m->radio.events->heard(m->radio.userdata, &m->radio, &row->token, 0);
}

static void mdns_on_vanished(MdnsRadio *m, const Row *row)
{
        Token token = row->token;
        Row *found = mdns_find_row(m, row);

        if (!found)
                return;
        assert(m->n_rows > 0);
        *found = m->rows[--m->n_rows];
        if (!mdns_is_heard(m, &token))
                m->radio.events->gone(m->radio.userdata, &m->radio, &token);
}

static void mdns_set_ready(MdnsRadio *m, bool ready)
{
        if (m->ready == ready)
                return;
        m->ready = ready;
        m->radio.events->changed(m->radio.userdata, &m->radio);
}

static void mdns_start_again(MdnsRadio *m, uint64_t delay_ms)
{
        (void)sd_event_source_set_time_relative(m->again, delay_ms * 1000);
        (void)sd_event_source_set_enabled(m->again, SD_EVENT_ONESHOT);
}

static void mdns_ask(MdnsRadio *m)
{
        if (avahi_ask(m->ask) < 0)
                mdns_start_again(m, RETRY_MS);
}

static void mdns_on_browse(AvahiServiceBrowser *b, AvahiIfIndex interface, AvahiProtocol protocol,
                           AvahiBrowserEvent event, const char *name, const char *type,
                           const char *domain, AvahiLookupResultFlags flags, void *userdata)
{
        MdnsRadio *m = userdata;
        Row row = {.interface = interface, .protocol = protocol};

        switch (event) {
        case AVAHI_BROWSER_NEW:
        case AVAHI_BROWSER_REMOVE:
                if (!mdns_token_read(&row.token, name))
                        m->garbage++;
                else if (memcmp(&row.token, &m->show.token, sizeof m->show.token) == 0)
                        return;
                else if (event == AVAHI_BROWSER_NEW)
                        mdns_on_appeared(m, &row);
                else
                        mdns_on_vanished(m, &row);
                return;
        case AVAHI_BROWSER_FAILURE:
                mdns_start_again(m, RETRY_MS);
                return;
        case AVAHI_BROWSER_ALL_FOR_NOW:
        case AVAHI_BROWSER_CACHE_EXHAUSTED:
                return;
        }
}

/* ---- what is shown ---- */

/* After a collision (a neighbour shows our random token) we are not shown, but still listen. We
 * cannot take another token, since the cloud already has this one. */
static void mdns_on_group(AvahiEntryGroup *g, AvahiEntryGroupState state, void *userdata)
{
        MdnsRadio *m = userdata;

        if (state == AVAHI_ENTRY_GROUP_COLLISION)
                log_line(LOG_WARNING, "RADIO=mdns",
                         "somebody else shows our token on the local network");
        else if (state == AVAHI_ENTRY_GROUP_FAILURE)
                mdns_start_again(m, RETRY_MS);
}

/* ---- links ---- */

static int mdns_on_caller(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        MdnsRadio *m = userdata;
        Link *link;

        for (unsigned i = 0; i < ACCEPTS && lan_accept(&link, m->event, fd) == 0; i++)
                m->radio.events->linked(m->radio.userdata, &m->radio, NULL, link);
        return 0;
}

static int mdns_listen(MdnsRadio *m)
{
        _cleanup_close_ int fd = -1;
        int r = lan_listen(&fd, &m->show.port);

        if (r == 0)
                r = sd_event_add_io(m->event, &m->listener, fd, EPOLLIN, mdns_on_caller, m);
        if (r >= 0)
                r = sd_event_source_set_io_fd_own(m->listener, true);
        if (r < 0) {
                m->listener = sd_event_source_disable_unref(m->listener);
                m->show.port = 0;
                return r;
        }
        (void)TAKE_FD(fd);
        (void)sd_event_source_set_description(m->listener, "mdns-listener");
        return 0;
}

static Reach *mdns_reach_free(Reach *reach)
{
        if (reach->resolver)
                avahi_service_resolver_free(reach->resolver);
        free(reach);
        return NULL;
}

/* Ends the attempt with its outcome. */
static void mdns_reached(Reach *reach, Link *taken)
{
        MdnsRadio *m = reach->radio;
        Token token = reach->token;
        Reach **i = &m->reaches;

        while (*i != reach)
                i = &(*i)->next;
        assert(*i == reach);
        *i = reach->next;
        mdns_reach_free(reach);
        m->radio.events->linked(m->radio.userdata, &m->radio, &token, taken);
}

static void mdns_on_resolved(AvahiServiceResolver *resolver, AvahiIfIndex interface,
                             AvahiProtocol protocol, AvahiResolverEvent event, const char *name,
                             const char *type, const char *domain, const char *host,
                             const AvahiAddress *address, uint16_t port, AvahiStringList *txt,
                             AvahiLookupResultFlags flags, void *userdata)
{
        Reach *reach = userdata;
        struct sockaddr_storage where;
        Link *link = NULL;

        if (event == AVAHI_RESOLVER_FOUND && mdns_offer_read(&where, interface, address, port, txt))
                (void)lan_connect(&link, reach->radio->event,
                                  &where); /* on failure link stays NULL */
        mdns_reached(reach, link);
}

/* A row of this neighbour; each call takes the next one in turn. */
static const Row *mdns_find_row_of(MdnsRadio *m, const Token *token)
{
        size_t n = m->n_rows;

        for (size_t i = 0; i < n; i++) {
                const Row *row = &m->rows[(m->turn + i) % n];

                if (memcmp(&row->token, token, sizeof *token) == 0) {
                        m->turn = (unsigned)((m->turn + i) % n) + 1;
                        return row;
                }
        }
        return NULL;
}

static void mdns_resolve(MdnsRadio *m, Reach *reach)
{
        const Row *row = mdns_find_row_of(m, &reach->token);
        char name[MDNS_NAME_SIZE];

        reach->asked = false;
        mdns_token_name(name, &reach->token);
        if (row)
                reach->resolver = avahi_service_resolver_new(
                        m->client, row->interface, row->protocol, name, MDNS_SERVICE, MDNS_DOMAIN,
                        row->protocol, 0, mdns_on_resolved, reach);
        if (!reach->resolver)
                (void)sd_event_source_set_enabled(m->unreached, SD_EVENT_ONESHOT);
}

static int mdns_on_unreached(sd_event_source *s, void *userdata)
{
        MdnsRadio *m = userdata;

        for (Reach *reach = m->reaches; reach; reach = reach->next)
                if (!reach->resolver && !reach->asked) {
                        /* there may be more of them */
                        (void)sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
                        mdns_reached(reach, NULL);
                        return 0;
                }
        return 0;
}

static int mdns_reach(Radio *r, const Token *token)
{
        MdnsRadio *m = (MdnsRadio *)r;
        Reach *reach;

        if (!mdns_is_heard(m, token))
                return -ENOENT;
        for (reach = m->reaches; reach; reach = reach->next)
                if (memcmp(&reach->token, token, sizeof *token) == 0)
                        return -EALREADY;
        reach = calloc(1, sizeof *reach);
        if (!reach)
                return -ENOMEM;
        *reach = (Reach){.next = m->reaches, .radio = m, .token = *token, .asked = true};
        m->reaches = reach;
        mdns_ask(m);
        return 0;
}

/* ---- the client ---- */

static void mdns_on_air(MdnsRadio *m, AvahiClient *client)
{
        int r;

        if (!m->browser)
                m->browser =
                        avahi_service_browser_new(client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                                  MDNS_SERVICE, MDNS_DOMAIN, 0, mdns_on_browse, m);
        r = mdns_show(&m->show, client, mdns_on_group, m);
        if (m->browser && r >= 0) {
                mdns_set_ready(m, true);
                return;
        }
        log_line(LOG_WARNING, "RADIO=mdns", "Avahi refuses: %s",
                 avahi_strerror(r < 0 ? r : avahi_client_errno(client)));
        mdns_start_again(m, RETRY_MS);
}

/* avahi_client_new may call this, before m->client is set. */
static void mdns_on_client(AvahiClient *client, AvahiClientState state, void *userdata)
{
        MdnsRadio *m = userdata;

        switch (state) {
        case AVAHI_CLIENT_S_RUNNING:
                mdns_on_air(m, client);
                return;
        /* Avahi or its bus has gone; a new client waits for it to come back */
        case AVAHI_CLIENT_FAILURE:
                mdns_set_ready(m, false);
                mdns_start_again(
                        m, avahi_client_errno(client) == AVAHI_ERR_DISCONNECTED ? 0 : RETRY_MS);
                return;
        case AVAHI_CLIENT_CONNECTING:
                mdns_set_ready(m, false);
                return;
        case AVAHI_CLIENT_S_REGISTERING: /* of the machine's host name, which is not ours */
        case AVAHI_CLIENT_S_COLLISION:
                return;
        }
}

static void mdns_forget_client(MdnsRadio *m)
{
        m->browser = NULL;
        mdns_show_forget(&m->show);
}

static void mdns_disconnect(MdnsRadio *m)
{
        (void)sd_event_source_set_enabled(m->again, SD_EVENT_OFF);
        for (Reach *reach = m->reaches; reach; reach = reach->next) {
                reach->asked = false;
                reach->resolver = NULL; /* freed with the client */
        }
        if (m->reaches)
                (void)sd_event_source_set_enabled(m->unreached, SD_EVENT_ONESHOT);
        if (m->client)
                /* also frees browser and groups; Avahi sends the goodbyes */
                avahi_client_free(m->client);
        m->client = NULL;
        mdns_forget_client(m);
}

static void mdns_connect(MdnsRadio *m)
{
        int error = 0;

        m->client = avahi_client_new(m->poll, AVAHI_CLIENT_NO_FAIL, mdns_on_client, m, &error);
        if (m->client)
                return;
        log_line(LOG_WARNING, EVENT_NO_AVAHI "\nRADIO=mdns", "no way to Avahi: %s",
                 avahi_strerror(error));
        mdns_forget_client(m);
        mdns_start_again(m, RETRY_MS);
}

static void mdns_on_asked(void *userdata, bool hangs)
{
        MdnsRadio *m = userdata;

        if (hangs && !m->hangs)
                log_line(LOG_WARNING, EVENT_NO_AVAHI "\nRADIO=mdns", "Avahi does not answer");
        m->hangs = hangs;
        if (hangs) {
                mdns_start_again(m, 0); /* it counts as gone */
        } else if (!m->client) {
                mdns_connect(m);
        } else {
                mdns_show_addresses(&m->show);
                for (Reach *reach = m->reaches; reach; reach = reach->next)
                        if (reach->asked)
                                mdns_resolve(m, reach);
        }
}

static int mdns_on_move(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        lan_addresses_seen(fd);
        mdns_ask(userdata);
        return 0;
}

static int mdns_watch_addresses(MdnsRadio *m)
{
        _cleanup_close_ int fd = -1;
        int r = lan_addresses_watch(&fd);

        if (r == 0)
                r = sd_event_add_io(m->event, &m->moves, fd, EPOLLIN, mdns_on_move, m);
        if (r < 0)
                return r;
        (void)sd_event_source_set_io_fd_own(m->moves, true);
        (void)TAKE_FD(fd);
        (void)sd_event_source_set_description(m->moves, "mdns-moves");
        return 0;
}

/* A freed browser does not report its neighbours as gone, so we do. */
static int mdns_on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        MdnsRadio *m = userdata;

        mdns_disconnect(m);
        mdns_set_ready(m, false);
        while (m->n_rows > 0)
                mdns_on_vanished(
                        m, &(Row){m->rows[0].token, m->rows[0].interface, m->rows[0].protocol});
        mdns_ask(m);
        return 0;
}

static void mdns_stop(Radio *r)
{
        MdnsRadio *m = (MdnsRadio *)r;

        mdns_disconnect(m);
        avahi_ask_stop(m->ask);
        (void)sd_event_source_set_enabled(m->unreached, SD_EVENT_OFF);
        while (m->reaches) {
                Reach *reach = m->reaches;

                m->reaches = reach->next;
                mdns_reach_free(reach);
        }
        m->listener = sd_event_source_disable_unref(m->listener);
        m->moves = sd_event_source_disable_unref(m->moves);
        m->show.port = 0;
        if (m->garbage > 0)
                log_line(LOG_INFO, "RADIO=mdns", "%u names on the local network were no tokens",
                         m->garbage);
        m->garbage = 0;
        m->n_rows = 0;
        m->ready = m->hangs = false;
}

static int mdns_start(Radio *r, const Token *token)
{
        MdnsRadio *m = (MdnsRadio *)r;
        int error;

        mdns_stop(r);
        m->show.token = *token;
        error = r->helps ? mdns_listen(m) : 0;
        if (error == 0 && r->helps)
                error = mdns_watch_addresses(m);
        if (error < 0) /* go on: being heard matters more */
                log_line(LOG_WARNING, "RADIO=mdns", "no help for neighbours: %s", strerror(-error));
        mdns_ask(m);
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
        sd_event_source_disable_unref(m->unreached);
        avahi_ask_free(m->ask);
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
        .reach = mdns_reach,
        .free = mdns_free,
};

int radio_mdns_new(Radio **ret, sd_event *event)
{
        MdnsRadio *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        m->radio.ops = &ops;
        m->event = event;
        r = loop_avahi_new(&m->poll, event);
        if (r >= 0)
                r = avahi_ask_new(&m->ask, event, mdns_on_asked, m);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &m->again, CLOCK_MONOTONIC, 0, 0,
                                               mdns_on_again, m);
        if (r >= 0)
                r = sd_event_source_set_enabled(m->again, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(event, &m->unreached, mdns_on_unreached, m);
        if (r >= 0)
                r = sd_event_source_set_enabled(m->unreached, SD_EVENT_OFF);
        if (r < 0) {
                mdns_free(&m->radio);
                return r;
        }
        (void)sd_event_source_set_description(m->again, "mdns-again");
        *ret = &m->radio;
        return 0;
}
