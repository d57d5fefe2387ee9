/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-mdns.h"
#include "src/base/events.h"
#include "src/base/log.h"
#include "avahi-thread.h"
#include "daemon/link/link-lan.h"
#include "mdns-reach.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>

enum {
        RETRY_MS = 2000,  /* until the next attempt, while there is no Avahi */
        ROWS_MAX = 512,   /* heard names, for each interface and protocol; we ignore further ones */
        REACHES_MAX = 16, /* at a time */
        ACCEPTS = 4,      /* in a row, before the loop serves other sources */
};

typedef struct MdnsRadio {
        Radio radio;
        sd_event *event;
        Token token;
        uint16_t port;          /* 0: we do not help */
        AvahiThread *thread;    /* NULL: not started, or too many are left */
        sd_event_source *again; /* starts a new one */
        bool ready;
        bool hangs; /* Avahi did not answer the last question */
        MdnsRow rows[ROWS_MAX];
        size_t n_rows;
        unsigned garbage;          /* names that were no tokens, since the start */
        sd_event_source *listener; /* owns the socket */
        sd_event_source *moves;    /* our addresses changed; owns the socket */
        MdnsReach *reaches[REACHES_MAX];
        size_t n_reaches;
        sd_event_source *unreached; /* answers the reaches that ended with Avahi */
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

static MdnsRow *mdns_find_row(MdnsRadio *m, const MdnsRow *row)
{
        for (size_t i = 0; i < m->n_rows; i++)
                if (memcmp(&m->rows[i].token, &row->token, sizeof row->token) == 0 &&
                    m->rows[i].interface == row->interface && m->rows[i].protocol == row->protocol)
                        return &m->rows[i];
        return NULL;
}

static void mdns_on_appeared(MdnsRadio *m, const MdnsRow *row)
{
        bool news = !mdns_is_heard(m, &row->token);

        if (m->n_rows == ROWS_MAX || mdns_find_row(m, row))
                return;
        m->rows[m->n_rows++] = *row;
        if (news)
                m->radio.events->heard(m->radio.userdata, &m->radio, &row->token, 0);
}

static void mdns_on_vanished(MdnsRadio *m, const MdnsRow *row)
{
        Token token = row->token;
        MdnsRow *found = mdns_find_row(m, row);

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

/* ---- Avahi ---- */

static void mdns_on_no_way(MdnsRadio *m, const char *why)
{
        log_line(LOG_WARNING, EVENT_NO_AVAHI "\nRADIO=mdns", "no way to Avahi: %s", why);
        mdns_start_again(m, RETRY_MS);
}

static void mdns_on_hang(MdnsRadio *m)
{
        if (!m->hangs)
                log_line(LOG_WARNING, EVENT_NO_AVAHI "\nRADIO=mdns", "Avahi does not answer");
        m->hangs = true;
        mdns_start_again(m, 0); /* it counts as gone */
}

static void on_mdns_news(void *userdata, const AvahiNews *news)
{
        MdnsRadio *m = userdata;

        switch (news->told) {
        case AVAHI_THREAD_SHOWN:
                m->hangs = false;
                mdns_set_ready(m, true);
                return;
        case AVAHI_THREAD_UNSEEN:
                log_line(LOG_WARNING, "RADIO=mdns", "Avahi does not show us: %s", news->why);
                m->hangs = false;
                mdns_set_ready(m, true);
                return;
        case AVAHI_THREAD_TAKEN:
                log_line(LOG_WARNING, "RADIO=mdns",
                         "somebody else shows our token on the local network");
                return;
        case AVAHI_THREAD_NO_HELP:
                log_line(LOG_WARNING, "RADIO=mdns", "no help for neighbours: %s", news->why);
                return;
        case AVAHI_THREAD_APPEARED:
                mdns_on_appeared(m, &news->row);
                return;
        case AVAHI_THREAD_VANISHED:
                mdns_on_vanished(m, &news->row);
                return;
        case AVAHI_THREAD_GARBAGE:
                m->garbage++;
                return;
        case AVAHI_THREAD_ANSWERED:
                return;
        case AVAHI_THREAD_GONE:
                mdns_start_again(m, 0); /* the next thread waits for it to come back */
                return;
        case AVAHI_THREAD_NO_WAY:
                mdns_on_no_way(m, news->why);
                return;
        case AVAHI_THREAD_REFUSED:
                log_line(LOG_WARNING, "RADIO=mdns", "Avahi refuses: %s", news->why);
                mdns_start_again(m, RETRY_MS);
                return;
        case AVAHI_THREAD_HANGS:
                mdns_on_hang(m);
                return;
        }
}

/* Whether it still answers, before somebody waits for it in vain. */
static void mdns_ask(MdnsRadio *m)
{
        MdnsAddresses addresses = {0};

        if (m->port > 0)
                addresses.n = lan_addresses(addresses.list, MDNS_ADDRESSES_MAX);
        if (m->thread)
                avahi_thread_ask(m->thread, &addresses);
}

static void mdns_connect(MdnsRadio *m)
{
        int r = avahi_thread_new(&m->thread, m->event, &m->token, m->port, on_mdns_news, m);

        if (r == -EBUSY) /* they wait for an Avahi that hangs */
                mdns_start_again(m, RETRY_MS);
        else if (r < 0)
                mdns_on_no_way(m, strerror(-r));
        else
                mdns_ask(m);
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
        int r = lan_listen(&fd, &m->port);

        if (r == 0)
                r = sd_event_add_io(m->event, &m->listener, fd, EPOLLIN, mdns_on_caller, m);
        if (r >= 0)
                r = sd_event_source_set_io_fd_own(m->listener, true);
        if (r < 0) {
                m->listener = sd_event_source_disable_unref(m->listener);
                m->port = 0;
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

/* Avahi goes, and with it all attempts: they are answered from the loop. */
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
        mdns_ask(m);
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
        m->thread = avahi_thread_free(m->thread);
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
                        m, &(MdnsRow){m->rows[0].token, m->rows[0].interface, m->rows[0].protocol});
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
        m->port = 0;
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
        m->token = *token;
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
