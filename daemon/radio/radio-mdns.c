/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-mdns.h"
#include "src/base/events.h"
#include "src/base/log.h"
#include "avahi.h"
#include "daemon/link/link-lan.h"
#include "mdns-reach.h"
#include "mdns-records.h"
#include "mdns-show.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>

enum {
        RETRY_MS = 2000,  /* until the next attempt, while there is no Avahi */
        ROWS_MAX = 512,   /* heard names, for each interface and protocol; we ignore further ones */
        REACHES_MAX = 16, /* at a time */
        ACCEPTS = 4,      /* in a row, before the loop serves other sources */
};

/* One way to hear a neighbour. A network with IPv4 and IPv6 has two for each, two networks four. */
typedef struct Row {
        Token token;
        int32_t interface, protocol;
} Row;

typedef struct MdnsRadio {
        Radio radio;
        sd_event *event;
        sd_bus *bus;            /* NULL: not started */
        sd_bus_slot *call;      /* the question whose answer is awaited, in mdns_ask or later */
        bool browsing;          /* and shown, or on the way to it */
        sd_event_source *again; /* makes a new connection */
        MdnsShow show;
        bool ready;
        bool hangs; /* Avahi did not answer the last question */
        Row rows[ROWS_MAX];
        size_t n_rows;
        unsigned garbage;          /* names that were no tokens, since the start */
        sd_event_source *listener; /* owns the socket */
        sd_event_source *moves;    /* our addresses changed; owns the socket */
        MdnsReach *reaches[REACHES_MAX];
        size_t n_reaches;
        sd_event_source *unreached; /* answers the reaches that ended with the connection */
        Token lost[REACHES_MAX];
        size_t n_lost;
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

/* False: it is not one of a neighbour's. */
static bool mdns_read_row(MdnsRadio *m, Row *ret, sd_bus_message *message)
{
        const char *name;

        if (sd_bus_message_read(message, "iis", &ret->interface, &ret->protocol, &name) <= 0)
                return false;
        if (!mdns_token_read(&ret->token, name)) {
                m->garbage++;
                return false;
        }
        return memcmp(&ret->token, &m->show.token, sizeof m->show.token) != 0;
}

static int on_mdns_item_new(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        MdnsRadio *m = userdata;
        Row row;

        if (mdns_read_row(m, &row, message))
                mdns_on_appeared(m, &row);
        return 0;
}

static int on_mdns_item_remove(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        MdnsRadio *m = userdata;
        Row row;

        if (mdns_read_row(m, &row, message))
                mdns_on_vanished(m, &row);
        return 0;
}

static int on_mdns_browser_failure(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        mdns_start_again(userdata, RETRY_MS);
        return 0;
}

/* ---- what is shown ---- */

static void on_mdns_shown(void *userdata)
{
        mdns_set_ready(userdata, true);
}

static void on_mdns_refused(void *userdata, const char *why)
{
        log_line(LOG_WARNING, "RADIO=mdns", "Avahi refuses: %s", why);
        mdns_start_again(userdata, RETRY_MS);
}

static void on_mdns_taken(void *userdata)
{
        log_line(LOG_WARNING, "RADIO=mdns", "somebody else shows our token on the local network");
}

/* ---- Avahi ---- */

/* It hangs, or refuses what it has to do: it counts as gone, and we try again. */
static void mdns_on_no_answer(MdnsRadio *m, sd_bus_message *message)
{
        bool hangs = sd_bus_message_is_method_error(message, SD_BUS_ERROR_NO_REPLY) > 0;

        if (hangs && !m->hangs)
                log_line(LOG_WARNING, EVENT_NO_AVAHI "\nRADIO=mdns", "Avahi does not answer");
        m->hangs = hangs;
        mdns_start_again(m, hangs ? 0 : RETRY_MS);
}

static int on_mdns_answer(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        MdnsRadio *m = userdata;

        m->call = sd_bus_slot_unref(m->call);
        if (sd_bus_message_is_method_error(message, NULL))
                mdns_on_no_answer(m, message);
        else
                m->hangs = false;
        return 0;
}

/* Whether it still answers, before somebody waits for it in vain. */
static void mdns_ask(MdnsRadio *m)
{
        if (m->bus && !m->call &&
            sd_bus_call_method_async(m->bus, &m->call, AVAHI, "/", "org.freedesktop.DBus.Peer",
                                     "Ping", on_mdns_answer, m, NULL) < 0)
                mdns_start_again(m, RETRY_MS);
}

/* Its server runs: browses and shows. */
static void mdns_on_air(MdnsRadio *m)
{
        int r;

        if (m->browsing)
                return;
        m->browsing = true;
        m->call = sd_bus_slot_unref(m->call);
        r = sd_bus_call_method_async(m->bus, &m->call, AVAHI, "/", AVAHI_SERVER,
                                     "ServiceBrowserNew", on_mdns_answer, m, "iissu", AVAHI_ANY,
                                     AVAHI_ANY, MDNS_SERVICE, MDNS_DOMAIN, 0U);
        if (r >= 0)
                r = mdns_show(&m->show, m->bus);
        if (r < 0)
                mdns_start_again(m, RETRY_MS);
}

/* Its own host name may collide, which is none of our business. */
static int on_mdns_server(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        int32_t state;

        if (sd_bus_message_read(message, "i", &state) > 0 && state == AVAHI_RUNNING)
                mdns_on_air(userdata);
        return 0;
}

/* While there is no Avahi, we wait for its name. */
static int on_mdns_server_state(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        MdnsRadio *m = userdata;

        m->call = sd_bus_slot_unref(m->call);
        if (sd_bus_message_is_method_error(message, SD_BUS_ERROR_NO_REPLY))
                mdns_on_no_answer(m, message);
        else if (!sd_bus_message_is_method_error(message, NULL))
                (void)on_mdns_server(message, m, error);
        return 0;
}

static int mdns_ask_state(MdnsRadio *m)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r = sd_bus_message_new_method_call(m->bus, &message, AVAHI, "/", AVAHI_SERVER,
                                               "GetState");

        if (r >= 0) /* the service manager starts it, or nobody */
                r = sd_bus_message_set_auto_start(message, 0);
        return r < 0 ? r : sd_bus_call_async(m->bus, &m->call, message, on_mdns_server_state, m, 0);
}

/* Also when it came only now. */
static int on_mdns_owner(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        const char *name, *old, *new;

        if (sd_bus_message_read(message, "sss", &name, &old, &new) > 0)
                mdns_start_again(userdata, 0);
        return 0;
}

static int on_mdns_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        mdns_start_again(userdata, RETRY_MS);
        return 0;
}

static int mdns_watch(MdnsRadio *m)
{
        static const AvahiSignal signals[] = {
                {AVAHI_SERVER, "StateChanged", on_mdns_server},
                {AVAHI_BROWSER, "ItemNew", on_mdns_item_new},
                {AVAHI_BROWSER, "ItemRemove", on_mdns_item_remove},
                {AVAHI_BROWSER, "Failure", on_mdns_browser_failure},
        };
        int r = sd_bus_match_signal_async(m->bus, NULL, "org.freedesktop.DBus.Local", NULL,
                                          "org.freedesktop.DBus.Local", "Disconnected",
                                          on_mdns_disconnected, NULL, m);

        if (r >= 0)
                r = avahi_watch_owner(m->bus, on_mdns_owner, m);
        return r < 0 ? r : avahi_watch(m->bus, signals, ARRAY_LEN(signals), m);
}

static void mdns_connect(MdnsRadio *m)
{
        int r = avahi_open(&m->bus, m->event, "radio-mdns");

        if (r >= 0)
                r = mdns_watch(m);
        if (r >= 0)
                r = mdns_ask_state(m);
        if (r >= 0)
                return;
        log_line(LOG_WARNING, EVENT_NO_AVAHI "\nRADIO=mdns", "no way to Avahi: %s", strerror(-r));
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

static void on_mdns_reached(void *userdata, MdnsReach *reach, Link *taken)
{
        MdnsRadio *m = userdata;
        Token token = *mdns_reach_token(reach);
        size_t i = 0;

        while (m->reaches[i] != reach)
                i++;
        assert(i < m->n_reaches);
        m->reaches[i] = m->reaches[--m->n_reaches];
        mdns_reach_free(reach);
        m->radio.events->linked(m->radio.userdata, &m->radio, &token, taken);
}

/* The connection goes, and with it all attempts: they are answered from the loop. */
static void mdns_give_up_reaches(MdnsRadio *m)
{
        while (m->n_reaches > 0) {
                MdnsReach *reach = m->reaches[--m->n_reaches];

                if (m->n_lost < ARRAY_LEN(m->lost))
                        m->lost[m->n_lost++] = *mdns_reach_token(reach);
                mdns_reach_free(reach);
        }
        if (m->n_lost > 0)
                (void)sd_event_source_set_enabled(m->unreached, SD_EVENT_ONESHOT);
}

static int on_mdns_unreached(sd_event_source *s, void *userdata)
{
        MdnsRadio *m = userdata;
        Token token;

        if (m->n_lost == 0)
                return 0;
        token = m->lost[--m->n_lost];
        if (m->n_lost > 0)
                (void)sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
        m->radio.events->linked(m->radio.userdata, &m->radio, &token, NULL);
        return 0;
}

static bool mdns_is_reached_for(const MdnsRadio *m, const Token *token)
{
        for (size_t i = 0; i < m->n_reaches; i++)
                if (memcmp(mdns_reach_token(m->reaches[i]), token, sizeof *token) == 0)
                        return true;
        for (size_t i = 0; i < m->n_lost; i++)
                if (memcmp(&m->lost[i], token, sizeof *token) == 0)
                        return true;
        return false;
}

static int mdns_reach(Radio *r, const Token *token)
{
        MdnsRadio *m = (MdnsRadio *)r;
        int result;

        if (!mdns_is_heard(m, token))
                return -ENOENT;
        if (mdns_is_reached_for(m, token))
                return -EALREADY;
        if (m->n_reaches == REACHES_MAX)
                return -EBUSY;
        result = mdns_reach_new(&m->reaches[m->n_reaches], m->event, token, on_mdns_reached, m);
        if (result < 0)
                return result;
        m->n_reaches++;
        mdns_ask(m);
        return 0;
}

/* ---- life ---- */

static int on_mdns_move(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        MdnsRadio *m = userdata;

        lan_addresses_seen(fd);
        mdns_show_addresses(&m->show);
        return 0;
}

static int mdns_watch_addresses(MdnsRadio *m)
{
        _cleanup_close_ int fd = -1;
        int r = lan_addresses_watch(&fd);

        if (r == 0)
                r = sd_event_add_io(m->event, &m->moves, fd, EPOLLIN, on_mdns_move, m);
        if (r < 0)
                return r;
        (void)sd_event_source_set_io_fd_own(m->moves, true);
        (void)TAKE_FD(fd);
        (void)sd_event_source_set_description(m->moves, "mdns-moves");
        return 0;
}

static void mdns_disconnect(MdnsRadio *m)
{
        (void)sd_event_source_set_enabled(m->again, SD_EVENT_OFF);
        mdns_show_forget(&m->show);
        m->call = sd_bus_slot_unref(m->call);
        m->bus = sd_bus_close_unref(m->bus); /* Avahi sends the goodbyes */
        m->browsing = false;
}

/* A browser that has gone does not report its neighbours as gone, so we do. */
static int on_mdns_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        MdnsRadio *m = userdata;

        mdns_disconnect(m);
        mdns_give_up_reaches(m);
        mdns_set_ready(m, false);
        while (m->n_rows > 0)
                mdns_on_vanished(
                        m, &(Row){m->rows[0].token, m->rows[0].interface, m->rows[0].protocol});
        mdns_connect(m);
        return 0;
}

static void mdns_stop(Radio *r)
{
        MdnsRadio *m = (MdnsRadio *)r;

        mdns_disconnect(m);
        mdns_give_up_reaches(m);
        (void)sd_event_source_set_enabled(m->unreached, SD_EVENT_OFF);
        m->n_lost = 0;
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
        mdns_connect(m);
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
        m->show.shown = on_mdns_shown;
        m->show.refused = on_mdns_refused;
        m->show.taken = on_mdns_taken;
        m->show.userdata = m;
        r = sd_event_add_time_relative(event, &m->again, CLOCK_MONOTONIC, 0, 0, on_mdns_again, m);
        if (r >= 0)
                r = sd_event_source_set_enabled(m->again, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(event, &m->unreached, on_mdns_unreached, m);
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
