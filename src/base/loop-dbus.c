/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop-dbus.h"

#include <fcntl.h>
#include <sys/epoll.h>

/* as in the D-Bus Specification, with /run */
#define SYSTEM_BUS "unix:path=/run/dbus/system_bus_socket"

struct LoopDBus {
        DBusConnection *connection;
        sd_event *event;
        sd_event_source *dispatch;
};

/* libdbus has two watches on one descriptor, one to read and one to write, but epoll takes a
 * descriptor only once. So each watch gets its own copy. */
typedef struct Watch {
        DBusWatch *watch;
        sd_event_source *source;
        int fd;
} Watch;

static uint32_t epoll_events(DBusWatch *watch)
{
        unsigned flags = dbus_watch_get_flags(watch);

        return (flags & DBUS_WATCH_READABLE ? EPOLLIN : 0U) |
               (flags & DBUS_WATCH_WRITABLE ? EPOLLOUT : 0U);
}

static int loop_watch_ready(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        Watch *w = userdata;
        unsigned flags = (events & EPOLLIN ? DBUS_WATCH_READABLE : 0U) |
                         (events & EPOLLOUT ? DBUS_WATCH_WRITABLE : 0U) |
                         (events & EPOLLERR ? DBUS_WATCH_ERROR : 0U) |
                         (events & EPOLLHUP ? DBUS_WATCH_HANGUP : 0U);

        (void)dbus_watch_handle(w->watch,
                                /* FALSE: no memory; epoll is level-triggered and comes back */
                                flags);
        return 0;
}

static void loop_watch_free(void *data)
{
        Watch *w = data;

        if (!w)
                return;
        sd_event_source_disable_unref(w->source);
        if (w->fd >= 0)
                (void)close(w->fd);
        free(w);
}

static void loop_watch_toggled(DBusWatch *watch, void *userdata)
{
        Watch *w = dbus_watch_get_data(watch);

        if (w)
                (void)sd_event_source_set_enabled(
                        w->source, dbus_watch_get_enabled(watch) ? SD_EVENT_ON : SD_EVENT_OFF);
}

static dbus_bool_t loop_watch_add(DBusWatch *watch, void *userdata)
{
        LoopDBus *l = userdata;
        Watch *w = calloc(1, sizeof *w);

        if (!w)
                return FALSE;
        w->watch = watch;
        w->fd = fcntl(dbus_watch_get_unix_fd(watch), F_DUPFD_CLOEXEC, 3);
        if (w->fd < 0 || sd_event_add_io(l->event, &w->source, w->fd, epoll_events(watch),
                                         loop_watch_ready, w) < 0) {
                loop_watch_free(w);
                return FALSE;
        }
        (void)sd_event_source_set_description(w->source, "dbus-watch");
        dbus_watch_set_data(watch, w, loop_watch_free);
        loop_watch_toggled(watch, l);
        return TRUE;
}

static void loop_watch_remove(DBusWatch *watch, void *userdata)
{
        dbus_watch_set_data(watch, NULL, NULL); /* frees it */
}

static int loop_timeout_arm(DBusTimeout *timeout, sd_event_source *s)
{
        int r;

        if (!dbus_timeout_get_enabled(timeout))
                return sd_event_source_set_enabled(s, SD_EVENT_OFF);
        r = sd_event_source_set_time_relative(s,
                                              (uint64_t)dbus_timeout_get_interval(timeout) * 1000);
        return r < 0 ? r : sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

static int loop_timeout_fire(sd_event_source *s, uint64_t usec, void *userdata)
{
        DBusTimeout *timeout = userdata;

        (void)loop_timeout_arm(timeout,
                               s); /* they repeat until removed; the handler may remove it */
        (void)dbus_timeout_handle(timeout);
        return 0;
}

static void loop_timeout_free(void *data)
{
        sd_event_source_disable_unref(data);
}

static dbus_bool_t loop_timeout_add(DBusTimeout *timeout, void *userdata)
{
        LoopDBus *l = userdata;
        sd_event_source *s = NULL;

        if (sd_event_add_time_relative(l->event, &s, CLOCK_MONOTONIC, 0, 0, loop_timeout_fire,
                                       timeout) < 0 ||
            loop_timeout_arm(timeout, s) < 0) {
                sd_event_source_disable_unref(s);
                return FALSE;
        }
        (void)sd_event_source_set_description(s, "dbus-timeout");
        dbus_timeout_set_data(timeout, s, loop_timeout_free);
        return TRUE;
}

static void loop_timeout_remove(DBusTimeout *timeout, void *userdata)
{
        dbus_timeout_set_data(timeout, NULL, NULL);
}

static void loop_timeout_toggled(DBusTimeout *timeout, void *userdata)
{
        sd_event_source *s = dbus_timeout_get_data(timeout);

        if (s)
                (void)loop_timeout_arm(timeout, s);
}

static int loop_dispatch(sd_event_source *s, void *userdata)
{
        LoopDBus *l = userdata;

        if (dbus_connection_dispatch(l->connection) != DBUS_DISPATCH_DATA_REMAINS)
                return sd_event_source_set_enabled(s, SD_EVENT_OFF);
        return 0;
}

static void loop_dispatch_status(DBusConnection *connection, DBusDispatchStatus status,
                                 void *userdata)
{
        LoopDBus *l = userdata;

        if (status == DBUS_DISPATCH_DATA_REMAINS)
                (void)sd_event_source_set_enabled(l->dispatch, SD_EVENT_ON);
}

DBusConnection *loop_dbus_open_system_bus(void)
{
        const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");

        return dbus_connection_open_private(address ? address : SYSTEM_BUS, NULL);
}

LoopDBus *loop_dbus_free(LoopDBus *l)
{
        if (!l)
                return NULL;
        dbus_connection_set_dispatch_status_function(l->connection, NULL, NULL, NULL);
        (void)dbus_connection_set_watch_functions(l->connection, NULL, NULL, NULL, NULL, NULL);
        (void)dbus_connection_set_timeout_functions(l->connection, NULL, NULL, NULL, NULL, NULL);
        sd_event_source_disable_unref(l->dispatch);
        dbus_connection_unref(l->connection);
        sd_event_unref(l->event);
        free(l);
        return NULL;
}

int loop_dbus_new(LoopDBus **ret, DBusConnection *connection, sd_event *event)
{
        _cleanup_(loop_dbus_freep) LoopDBus *l = calloc(1, sizeof *l);
        int r;

        if (!l)
                return -ENOMEM;
        l->connection = dbus_connection_ref(connection);
        l->event = sd_event_ref(event);
        /* enabled from the start, for what is already queued */
        r = sd_event_add_defer(event, &l->dispatch, loop_dispatch, l);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(l->dispatch, "dbus-dispatch");
        r = sd_event_source_set_enabled(l->dispatch, SD_EVENT_ON);
        if (r < 0)
                return r;
        if (!dbus_connection_set_watch_functions(connection, loop_watch_add, loop_watch_remove,
                                                 loop_watch_toggled, l, NULL) ||
            !dbus_connection_set_timeout_functions(connection, loop_timeout_add,
                                                   loop_timeout_remove, loop_timeout_toggled, l,
                                                   NULL))
                return -ENOMEM;
        dbus_connection_set_dispatch_status_function(connection, loop_dispatch_status, l, NULL);
        *ret = TAKE_PTR(l);
        return 0;
}
