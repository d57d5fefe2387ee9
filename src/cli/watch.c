/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"
#include "bus.h"
#include "errors.h"
#include "out.h"
#include "typing.h"
#include "src/base/loop-dbus.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>

enum { READ_SIZE = 256, SECOND_US = 1000000 };

struct Watch {
        Cli *cli;
        const WatchHandlers *handlers;
        void *userdata;
        sd_event *event;
        LoopDBus *loop;
        bool filtered;
        sd_event_source *signals[5], *terminal, *ticker;
        WatchInput input;
        Typing typing;
};

static const char owner_rule[] = "type='signal',sender='" DBUS_SERVICE_DBUS
                                 "',member='NameOwnerChanged',arg0='" HUDDLE_NAME "'";
static const char huddle_rule[] = "type='signal',sender='" HUDDLE_NAME "'";

static void watch_on_owner(Watch *w, const json_t *values)
{
        const char *new_owner = json_string_value(json_array_get(values, 2));

        if (w->handlers->daemon)
                w->handlers->daemon(w->userdata, new_owner && *new_owner);
}

static void watch_on_changed(Watch *w, const char *path, const json_t *values)
{
        const char *interface = json_string_value(json_array_get(values, 0));

        if (interface && w->handlers->changed)
                w->handlers->changed(w->userdata, path, interface, json_array_get(values, 1));
}

static void watch_on_added(Watch *w, const json_t *values)
{
        const char *path = json_string_value(json_array_get(values, 0));

        if (path && w->handlers->added)
                w->handlers->added(w->userdata, path, json_array_get(values, 1));
}

static void watch_on_removed(Watch *w, const json_t *values)
{
        const char *path = json_string_value(json_array_get(values, 0));

        if (path && w->handlers->removed)
                w->handlers->removed(w->userdata, path);
}

static DBusHandlerResult watch_on_message(DBusConnection *bus, DBusMessage *m, void *userdata)
{
        Watch *w = userdata;
        json_auto_t *values = NULL;

        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_SIGNAL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        if (dbus_message_is_signal(m, DBUS_INTERFACE_LOCAL, "Disconnected")) {
                watch_stop(w, complain_error(w->cli, DBUS_ERROR_DISCONNECTED, NULL));
                return DBUS_HANDLER_RESULT_HANDLED;
        }
        values = bus_values(m);
        if (dbus_message_is_signal(m, DBUS_INTERFACE_DBUS, "NameOwnerChanged"))
                watch_on_owner(w, values);
        else if (dbus_message_is_signal(m, DBUS_INTERFACE_PROPERTIES, "PropertiesChanged"))
                watch_on_changed(w, dbus_message_get_path(m), values);
        else if (dbus_message_is_signal(m, DBUS_OBJECTS, "InterfacesAdded"))
                watch_on_added(w, values);
        else if (dbus_message_is_signal(m, DBUS_OBJECTS, "InterfacesRemoved"))
                watch_on_removed(w, values);
        return DBUS_HANDLER_RESULT_HANDLED;
}

static int watch_on_signal(sd_event_source *s, const struct signalfd_siginfo *info, void *userdata)
{
        Watch *w = userdata;

        if (w->handlers->interrupted)
                w->handlers->interrupted(w->userdata);
        else
                watch_stop(w, EXIT_DONE);
        return 0;
}

/* SIGWINCH, and SIGCONT: the shell that was in front has put the terminal back. */
static int watch_on_screen(sd_event_source *s, const struct signalfd_siginfo *info, void *userdata)
{
        Watch *w = userdata;

        if (w->typing.keys)
                typing_begin(&w->typing, w->input == WATCH_INPUT_ECHO);
        if (w->handlers->resized)
                w->handlers->resized(w->userdata);
        return 0;
}

static void watch_take(Watch *w, const char *bytes, size_t n)
{
        size_t used = 0;

        for (; typing_take(&w->typing, bytes, n, &used); bytes += used, n -= used, used = 0) {
                char line[TYPING_MAX + 1];

                (void)snprintf(line, sizeof line, "%s", w->typing.text);
                typing_next(&w->typing);
                w->handlers->line(w->userdata, line);
        }
        if (w->typing.keys && w->handlers->typed)
                w->handlers->typed(w->userdata, w->typing.text);
}

static int watch_on_input(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        Watch *w = userdata;
        char bytes[READ_SIZE];
        ssize_t n = read(fd, bytes, sizeof bytes);

        if (n <= 0)
                return sd_event_source_set_enabled(s, SD_EVENT_OFF);
        watch_take(w, bytes, (size_t)n);
        return 0;
}

int watch_read(Watch *w, WatchInput how)
{
        int r;

        assert(w->handlers->line && !w->terminal);
        w->input = how;
        if (how == WATCH_INPUT_NONE)
                return 0;
        r = sd_event_add_io(w->event, &w->terminal, STDIN_FILENO, EPOLLIN, watch_on_input, w);
        if (r == -EPERM) /* a file: what is in it was written before we asked */
                return 0;
        if (r >= 0 && how != WATCH_INPUT_LINES)
                typing_begin(&w->typing, how == WATCH_INPUT_ECHO);
        return r < 0 ? r : 0;
}

static int watch_on_tick(sd_event_source *s, uint64_t usec, void *userdata)
{
        Watch *w = userdata;

        assert(w->handlers->tick);
        w->handlers->tick(w->userdata);
        (void)sd_event_source_set_time_relative(s, SECOND_US);
        return sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

enum { ENDING_SIGNALS = 3 };

static int watch_add_sources(Watch *w)
{
        static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT};
        sigset_t set;
        int r = 0;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_LEN(signals); i++)
                (void)sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_LEN(signals) && r >= 0; i++)
                r = sd_event_add_signal(w->event, &w->signals[i], signals[i],
                                        i < ENDING_SIGNALS ? watch_on_signal : watch_on_screen, w);
        if (r >= 0 && w->handlers->tick && isatty(STDOUT_FILENO))
                r = sd_event_add_time_relative(w->event, &w->ticker, CLOCK_MONOTONIC, SECOND_US, 0,
                                               watch_on_tick, w);
        return r < 0 ? r : 0;
}

int watch_new(Watch **ret, Cli *cli, const WatchHandlers *handlers, void *userdata)
{
        _cleanup_(watch_freep) Watch *w = calloc(1, sizeof *w);
        int r;

        if (!w)
                return -ENOMEM;
        *w = (Watch){.cli = cli, .handlers = handlers, .userdata = userdata};
        r = sd_event_new(&w->event);
        if (r < 0)
                return r;
        r = loop_dbus_new(&w->loop, cli->bus, w->event);
        if (r < 0)
                return r;
        if (!dbus_connection_add_filter(cli->bus, watch_on_message, w, NULL))
                return -ENOMEM;
        w->filtered = true;
        dbus_bus_add_match(cli->bus, owner_rule, NULL); /* we do not wait for the reply */
        dbus_bus_add_match(cli->bus, huddle_rule, NULL);
        r = watch_add_sources(w);
        if (r == 0)
                *ret = TAKE_PTR(w);
        return r;
}

Watch *watch_free(Watch *w)
{
        if (!w)
                return NULL;
        typing_end(&w->typing);
        for (size_t i = 0; i < ARRAY_LEN(w->signals); i++)
                sd_event_source_disable_unref(w->signals[i]);
        sd_event_source_disable_unref(w->terminal);
        sd_event_source_disable_unref(w->ticker);
        if (w->filtered)
                dbus_connection_remove_filter(w->cli->bus, watch_on_message, w);
        loop_dbus_free(w->loop);
        sd_event_unref(w->event);
        free(w);
        return NULL;
}

Exit watch_run(Watch *w)
{
        int r = sd_event_loop(w->event);

        /* an ended loop accepts no timer, which a blocking call would add */
        w->loop = loop_dbus_free(w->loop);
        return r < 0 ? complain(w->cli, EXIT_FAILED, NULL, "%s", strerror(-r)) : (Exit)r;
}

void watch_stop(Watch *w, Exit code)
{
        assert(code >= EXIT_DONE && code <= EXIT_NETWORK);
        (void)sd_event_exit(w->event, (int)code);
}

static void watch_on_reply(DBusPendingCall *pending, void *userdata)
{
        Watch *w = userdata;
        DBusMessage *reply = dbus_pending_call_steal_reply(pending);
        DBusError error = DBUS_ERROR_INIT;

        if (reply && dbus_set_error_from_message(&error, reply)) {
                (void)complain_error(w->cli, error.name, error.message);
                if (w->handlers->refused)
                        w->handlers->refused(w->userdata);
        }
        dbus_error_free(&error);
        if (reply)
                dbus_message_unref(reply);
}

void watch_send(Watch *w, DBusMessage *call)
{
        DBusPendingCall *pending = NULL;

        if (call && dbus_connection_send_with_reply(w->cli->bus, call, &pending, CALL_TIMEOUT_MS) &&
            pending) {
                (void)dbus_pending_call_set_notify(pending, watch_on_reply, w, NULL);
                dbus_pending_call_unref(pending);
        }
        if (call)
                dbus_message_unref(call);
}
