/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "announce.h"

#include "src/base/log.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define AVAHI "org.freedesktop.Avahi"
#define SERVER AVAHI ".Server"
#define GROUP AVAHI ".EntryGroup"

enum {
        RETRY_MS = 30 * 1000, /* while there is no message bus, or Avahi refuses */
        ANY = -1,             /* interface, and protocol */
        SERVER_RUNNING = 2,   /* of AvahiServerState */
        GROUP_COLLISION = 3,  /* of AvahiEntryGroupState */
        INSTANCE_SIZE = 8,    /* random bytes */
};

struct Announcer {
        sd_event *event;
        CloudAnnounce what;
        uint16_t port;
        sd_bus *bus; /* NULL: none now */
        sd_bus_slot *call;
        char *group; /* of the announcement; NULL: there is none */
        sd_event_source *again;
        bool complained; /* about Avahi, since it last took the announcement */
};

static void announce_withdraw(Announcer *a)
{
        a->call = sd_bus_slot_unref(a->call);
        if (a->group)
                (void)sd_bus_call_method_async(a->bus, NULL, AVAHI, a->group, GROUP, "Free", NULL,
                                               NULL, NULL);
        free(TAKE_PTR(a->group));
}

static void announce_retry(Announcer *a)
{
        (void)sd_event_source_set_time_relative(a->again, (uint64_t)RETRY_MS * 1000);
        (void)sd_event_source_set_enabled(a->again, SD_EVENT_ONESHOT);
}

static void announce_failed(Announcer *a, const char *why)
{
        if (!a->complained)
                log_warning("This cloud is not announced on the local network: %s", why);
        a->complained = true;
        announce_retry(a);
}

/* ---- one announcement: a group, the service in it, commit ---- */

static int on_announce_committed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        Announcer *a = userdata;

        a->call = sd_bus_slot_unref(a->call);
        if (sd_bus_message_is_method_error(m, NULL)) {
                announce_failed(a, "Avahi does not publish it");
                return 0;
        }
        a->complained = false;
        log_info("This cloud is announced on the local network");
        return 0;
}

/* The strings of the TXT record, which stand one behind the other. */
static int announce_append_txt(sd_bus_message *m, const CloudAnnounce *what)
{
        uint8_t txt[CLOUD_ANNOUNCE_SIZE];
        size_t len = cloud_announce_write(txt, what);
        int r = sd_bus_message_open_container(m, 'a', "ay");

        for (size_t at = 0; r >= 0 && at < len; at += 1U + txt[at])
                r = sd_bus_message_append_array(m, 'y', txt + at + 1, txt[at]);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A random instance: a name that a neighbour has already would be refused. Avahi adds the addresses
 * of this machine. */
static int announce_add_service(Announcer *a)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        uint8_t random[INSTANCE_SIZE];
        char instance[2 * INSTANCE_SIZE + 1];
        int r = sd_bus_message_new_method_call(a->bus, &m, AVAHI, a->group, GROUP, "AddService");

        randombytes_buf(random, sizeof random);
        (void)sodium_bin2hex(instance, sizeof instance, random, sizeof random);
        if (r >= 0)
                r = sd_bus_message_append(m, "iiussssq", ANY, ANY, 0U, instance, CLOUD_SERVICE, "",
                                          "", a->port);
        if (r >= 0)
                r = announce_append_txt(m, &a->what);
        return r < 0 ? r : sd_bus_send(a->bus, m, NULL);
}

static int on_announce_group(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        Announcer *a = userdata;
        const char *path;
        int r;

        a->call = sd_bus_slot_unref(a->call);
        if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "o", &path) < 0) {
                announce_failed(a, "there is no Avahi here, or it refuses (Debian: avahi-daemon)");
                return 0;
        }
        a->group = strdup(path);
        r = a->group ? announce_add_service(a) : -ENOMEM;
        if (r >= 0)
                r = sd_bus_call_method_async(a->bus, &a->call, AVAHI, a->group, GROUP, "Commit",
                                             on_announce_committed, a, NULL);
        if (r < 0)
                announce_failed(a, strerror(-r));
        return 0;
}

static void announce_begin(Announcer *a)
{
        int r;

        announce_withdraw(a);
        r = sd_bus_call_method_async(a->bus, &a->call, AVAHI, "/", SERVER, "EntryGroupNew",
                                     on_announce_group, a, NULL);
        if (r < 0)
                announce_failed(a, strerror(-r));
}

/* ---- what Avahi tells ---- */

/* Also when the machine has got another host name. */
static int on_announce_server(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        int32_t state;

        if (sd_bus_message_read(m, "i", &state) > 0 && state == SERVER_RUNNING)
                announce_begin(userdata);
        return 0;
}

static int on_announce_group_state(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        int32_t state;

        if (sd_bus_message_read(m, "i", &state) > 0 && state == GROUP_COLLISION)
                announce_begin(userdata);
        return 0;
}

static int on_announce_owner(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        const char *name, *old, *new;
        Announcer *a = userdata;

        if (sd_bus_message_read(m, "sss", &name, &old, &new) < 0)
                return 0;
        free(TAKE_PTR(a->group));
        if (*new)
                announce_begin(a);
        return 0;
}

static void announce_disconnect(Announcer *a)
{
        a->call = sd_bus_slot_unref(a->call);
        free(TAKE_PTR(a->group));
        a->bus = sd_bus_close_unref(a->bus);
}

static int on_announce_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        announce_failed(userdata, "the message bus has gone");
        return 0;
}

/* ---- life ---- */

static int announce_watch(Announcer *a)
{
        int r = sd_bus_match_signal_async(a->bus, NULL, "org.freedesktop.DBus.Local", NULL,
                                          "org.freedesktop.DBus.Local", "Disconnected",
                                          on_announce_disconnected, NULL, a);

        if (r >= 0)
                r = sd_bus_add_match_async(a->bus, NULL,
                                           "type='signal',sender='org.freedesktop.DBus',"
                                           "member='NameOwnerChanged',arg0='" AVAHI "'",
                                           on_announce_owner, NULL, a);
        if (r >= 0)
                r = sd_bus_match_signal_async(a->bus, NULL, AVAHI, "/", SERVER, "StateChanged",
                                              on_announce_server, NULL, a);
        if (r >= 0)
                r = sd_bus_match_signal_async(a->bus, NULL, AVAHI, NULL, GROUP, "StateChanged",
                                              on_announce_group_state, NULL, a);
        return r;
}

static int announce_connect(Announcer *a)
{
        int r = sd_bus_open_system_with_description(&a->bus, "announce");

        if (r >= 0)
                r = sd_bus_attach_event(a->bus, a->event, SD_EVENT_PRIORITY_NORMAL);
        return r < 0 ? r : announce_watch(a);
}

static int on_announce_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        Announcer *a = userdata;
        int r;

        announce_disconnect(a);
        r = announce_connect(a);
        if (r < 0)
                announce_failed(a, strerror(-r));
        else
                announce_begin(a);
        return 0;
}

int announcer_new(Announcer **ret, sd_event *event, const CloudAnnounce *what, unsigned port)
{
        Announcer *a = calloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        *a = (Announcer){.event = event, .what = *what, .port = (uint16_t)port};
        r = sd_event_add_time_relative(event, &a->again, CLOCK_MONOTONIC, 0, 0, on_announce_again,
                                       a);
        if (r < 0) {
                announcer_free(a);
                return r;
        }
        (void)sd_event_source_set_description(a->again, "announce-again");
        *ret = a;
        return 0;
}

Announcer *announcer_free(Announcer *a)
{
        if (!a)
                return NULL;
        sd_event_source_disable_unref(a->again);
        announce_disconnect(a);
        free(a);
        return NULL;
}
