/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez-adapter.h"
#include "src/base/log.h"
#include "bluez-objects.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define ADAPTER "org.bluez.Adapter1"
#define ADVERTISING "org.bluez.LEAdvertisingManager1"
#define MONITORING "org.bluez.AdvertisementMonitorManager1"

enum {
        RETRY_US = 3 * 1000 * 1000,
        /* to connect takes half a second, including the advertiser's interval */
        HUSH_US = 4 * 1000 * 1000,
};

typedef enum Listening {
        LISTENING_NOT,
        LISTENING_MONITOR,   /* passive: listens half of the time, sends nothing */
        LISTENING_DISCOVERY, /* active: listens all the time */
} Listening;

/* One of our objects that bluetoothd advertises. */
typedef struct Advertisement {
        char *path;
        bool on;
        bool refused; /* do not try again before the next retry */
} Advertisement;

struct Adapter {
        const AdapterDeps *deps;
        char *path;
        char *folder; /* of our objects for it */
        char *monitor;
        bool powered;
        bool can_advertise;
        bool can_monitor;
        char address[18], address_type[8];
        L2capEnd end;
        bool links; /* we may make links, and know our address */
        Advertisement token, port;
        sd_event_source *listener; /* owns the socket */
        uint8_t psm;
        Listening listening;
        bool hushed;           /* we pause listening on purpose (adapter_hush) */
        bool made_way;         /* we stopped listening so that the port could be advertised */
        DBusPendingCall *call; /* the current step */
        Advertisement *asked;  /* the advertisement being registered */
        sd_event_source *again;
        bool told; /* the last reported adapter_on_air */
};

/* ---- calls ---- */

static DBusMessage *adapter_method(const Adapter *a, const char *interface, const char *name)
{
        return dbus_message_new_method_call(BLUEZ_NAME, a->path, interface, name);
}

/* A call with the path of one of our objects, and with_options an empty a{sv}. */
static DBusMessage *adapter_method_of(const Adapter *a, const char *interface, const char *name,
                                      const char *path, bool with_options)
{
        DBusMessage *call = adapter_method(a, interface, name);
        DBusMessageIter at, options;

        if (!call)
                return NULL;
        dbus_message_iter_init_append(call, &at);
        if (dbus_message_iter_append_basic(&at, DBUS_TYPE_OBJECT_PATH, &path) &&
            (!with_options ||
             (dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &options) &&
              dbus_message_iter_close_container(&at, &options))))
                return call;
        dbus_message_unref(call);
        return NULL;
}

/* Takes the reply of the current step. Returns whether it succeeded. */
static bool adapter_take_reply(Adapter *a, const char *what)
{
        DBusMessage *reply;
        bool ok;

        assert(a->call);
        reply = dbus_pending_call_steal_reply(a->call);
        ok = reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN;
        a->call = bluez_call_cancel(a->call);
        if (reply && !ok)
                log_line(LOG_DEBUG, "RADIO=ble", "%s: bluetoothd refuses %s: %.64s", a->path, what,
                         dbus_message_get_error_name(reply));
        if (reply)
                dbus_message_unref(reply);
        return ok;
}

static void adapter_post(Adapter *a, DBusMessage *call)
{
        /* if bluetoothd has gone, there is nothing to undo */
        (void)bluez_call(a->deps->bluez, call, NULL, NULL, NULL);
}

static void adapter_notify(Adapter *a)
{
        bool on_air = adapter_on_air(a);

        if (a->told == on_air)
                return;
        a->told = on_air;
        a->deps->changed(a->deps->userdata, a);
}

static void adapter_start_again(Adapter *a, uint64_t after_us)
{
        (void)sd_event_source_set_time_relative(a->again, after_us);
        (void)sd_event_source_set_enabled(a->again, SD_EVENT_ONESHOT);
}

static void adapter_step(Adapter *a, DBusMessage *call, DBusPendingCallNotifyFunction done)
{
        if (bluez_call(a->deps->bluez, call, &a->call, done, a) < 0)
                adapter_start_again(a, RETRY_US);
}

/* ---- steps: advertise, then listen ---- */

static void adapter_proceed(Adapter *a);

static void adapter_settle(Adapter *a)
{
        a->hushed = false;
        if (!adapter_on_air(a) || (a->listener && !a->port.on))
                adapter_start_again(a, RETRY_US);
        adapter_notify(a);
}

static void adapter_on_discovering(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        if (adapter_take_reply(a, "to discover"))
                a->listening = LISTENING_DISCOVERY;
        adapter_settle(a);
}

static void adapter_on_filter(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        (void)adapter_take_reply(a, "the filter"); /* without it we hear more than needed */
        adapter_step(a, adapter_method(a, ADAPTER, "StartDiscovery"), adapter_on_discovering);
}

static bool adapter_append_option(DBusMessageIter *options, const char *name, int type,
                                  const char *signature, const void *value)
{
        DBusMessageIter entry, variant;

        return dbus_message_iter_open_container(options, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
               dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name) &&
               dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant) &&
               dbus_message_iter_append_basic(&variant, type, value) &&
               dbus_message_iter_close_container(&entry, &variant) &&
               dbus_message_iter_close_container(options, &entry);
}

/* The filter's "UUIDs" would not find our neighbours: bluetoothd compares them with lists of
 * services, and our advertisement has no room for one. */
static DBusMessage *adapter_filter(const Adapter *a)
{
        DBusMessage *call = adapter_method(a, ADAPTER, "SetDiscoveryFilter");
        const char *transport = "le";
        dbus_bool_t duplicates = TRUE; /* one report, with a strength, for each advertisement */
        DBusMessageIter at, options;

        if (!call)
                return NULL;
        dbus_message_iter_init_append(call, &at);
        if (dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &options) &&
            adapter_append_option(&options, "Transport", DBUS_TYPE_STRING, "s", &transport) &&
            adapter_append_option(&options, "DuplicateData", DBUS_TYPE_BOOLEAN, "b", &duplicates) &&
            dbus_message_iter_close_container(&at, &options))
                return call;
        dbus_message_unref(call);
        return NULL;
}

static void adapter_discover(Adapter *a)
{
        adapter_step(a, adapter_filter(a), adapter_on_filter);
}

static void adapter_on_monitoring(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        if (!adapter_take_reply(a, "to monitor")) {
                adapter_discover(a);
                return;
        }
        a->listening = LISTENING_MONITOR;
        adapter_settle(a);
}

static void adapter_listen(Adapter *a)
{
        if (a->can_monitor)
                adapter_step(a,
                             adapter_method_of(a, MONITORING, "RegisterMonitor", a->folder, false),
                             adapter_on_monitoring);
        else
                adapter_discover(a);
}

static void adapter_stop_listening(Adapter *a)
{
        if (a->listening == LISTENING_MONITOR)
                adapter_post(
                        a, adapter_method_of(a, MONITORING, "UnregisterMonitor", a->folder, false));
        else if (a->listening == LISTENING_DISCOVERY)
                adapter_post(a, adapter_method(a, ADAPTER, "StopDiscovery"));
        a->listening = LISTENING_NOT;
}

/* A controller with legacy advertising only cannot change its address while it scans, and the
 * kernel then refuses the advertisement. So after a refusal, stop listening and try the port
 * again: once, until it is advertised. */
static void adapter_make_way(Adapter *a)
{
        bool scans = a->port.refused && a->listening != LISTENING_NOT && !a->made_way;

        a->made_way = a->port.refused;
        if (!scans)
                return;
        adapter_stop_listening(a);
        a->port.refused = false;
}

static void adapter_on_advertising(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        assert(a->asked == &a->token || a->asked == &a->port);
        a->asked->on = adapter_take_reply(a, "to advertise");
        a->asked->refused = !a->asked->on;
        if (a->asked == &a->port)
                adapter_make_way(a);
        adapter_proceed(a);
}

static void adapter_advertise(Adapter *a, Advertisement *what)
{
        a->asked = what;
        adapter_step(a,
                     adapter_method_of(a, ADVERTISING, "RegisterAdvertisement", what->path, true),
                     adapter_on_advertising);
}

static void adapter_unadvertise(Adapter *a, Advertisement *what)
{
        adapter_post(
                a, adapter_method_of(a, ADVERTISING, "UnregisterAdvertisement", what->path, false));
        what->on = what->refused = false;
}

/* Starts the next step, if none is under way: advertise the token, advertise the port, listen. The
 * order matters: see adapter_make_way. */
static void adapter_proceed(Adapter *a)
{
        if (a->call)
                return;
        if (!a->listener && a->port.on) /* the port closed while it was being registered */
                adapter_unadvertise(a, &a->port);
        if (!a->deps->silent && !a->token.on && !a->token.refused)
                adapter_advertise(a, &a->token);
        else if (a->listener && !a->port.on && !a->port.refused)
                adapter_advertise(a, &a->port);
        else if (!a->deps->deaf && a->listening == LISTENING_NOT)
                adapter_listen(a);
        else
                adapter_settle(a);
}

static int adapter_on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        Adapter *a = userdata;

        a->call = bluez_call_cancel(a->call);
        if (!a->deps->silent && !a->token.on)
                adapter_stop_listening(a);
        a->token.refused = a->port.refused = false;
        adapter_proceed(a);
        return 0;
}

/* ---- links ---- */

static int adapter_on_caller(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        Adapter *a = userdata;

        a->deps->calling(a->deps->userdata, a, fd);
        return 0;
}

/* bluetoothd does not notice that the advertisement has ended, so we take it back. */
void adapter_connected(Adapter *a)
{
        if (!a->port.on)
                return;
        adapter_unadvertise(a, &a->port);
        if (!a->hushed)
                adapter_proceed(a);
}

void adapter_hush(Adapter *a)
{
        if (a->call || a->listening != LISTENING_DISCOVERY)
                return;
        adapter_stop_listening(a);
        a->hushed = true;
        adapter_start_again(a, HUSH_US);
}

static void adapter_open_port(Adapter *a)
{
        _cleanup_close_ int fd = -1;
        int r;

        if (!a->links || !a->deps->helps || a->listener)
                return;
        r = l2cap_listen(&fd, &a->psm, &a->end);
        if (r >= 0)
                r = sd_event_add_io(a->deps->event, &a->listener, fd, EPOLLIN, adapter_on_caller,
                                    a);
        if (r < 0) {
                log_line(LOG_INFO, "RADIO=l2cap", "%s: no listener: %s", a->path, strerror(-r));
                return;
        }
        (void)sd_event_source_set_io_fd_own(a->listener, true);
        (void)sd_event_source_set_description(a->listener, "l2cap-listener");
        fd = -1;
}

static void adapter_close_port(Adapter *a)
{
        adapter_unadvertise(a, &a->port);
        a->listener = sd_event_source_disable_unref(a->listener);
}

static bool adapter_is_usable(const Adapter *a)
{
        return a->powered && a->can_advertise;
}

void adapter_helps_changed(Adapter *a)
{
        if (!adapter_is_usable(a))
                return;
        if (!a->deps->helps) {
                adapter_close_port(a);
                return;
        }
        adapter_open_port(a);
        if (!a->hushed)
                adapter_proceed(a);
}

/* ---- what bluetoothd tells about it ---- */

static void adapter_stop(Adapter *a)
{
        (void)sd_event_source_set_enabled(a->again, SD_EVENT_OFF);
        a->call = bluez_call_cancel(a->call);
        adapter_stop_listening(a);
        a->hushed = false;
        adapter_unadvertise(a, &a->token);
        adapter_close_port(a);
        a->links = false;
}

static void adapter_usable_changed(Adapter *a, bool was_usable)
{
        if (was_usable == adapter_is_usable(a))
                return;
        if (adapter_is_usable(a)) {
                a->links = a->deps->connections &&
                           l2cap_end_read(&a->end, a->address, a->address_type) == 0;
                adapter_open_port(a);
                adapter_proceed(a);
        } else {
                log_line(LOG_INFO, "RADIO=ble", "%s is not there or switched off", a->path);
                adapter_stop(a);
        }
        adapter_notify(a);
}

static void adapter_read_text(char *ret, size_t size, DBusMessageIter *value)
{
        const char *text;

        if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_STRING)
                return;
        dbus_message_iter_get_basic(value, &text);
        (void)snprintf(ret, size, "%s", text);
}

static void adapter_read_properties(Adapter *a, DBusMessageIter *properties)
{
        DBusMessageIter value;
        dbus_bool_t powered;
        const char *name;

        while (bluez_next_property(properties, &name, &value))
                if (strcmp(name, "Address") == 0)
                        adapter_read_text(a->address, sizeof a->address, &value);
                else if (strcmp(name, "AddressType") == 0)
                        adapter_read_text(a->address_type, sizeof a->address_type, &value);
                else if (strcmp(name, "Powered") == 0 &&
                         dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_BOOLEAN) {
                        dbus_message_iter_get_basic(&value, &powered);
                        a->powered = powered;
                }
}

void adapter_shown(Adapter *a, const char *interface, DBusMessageIter *properties)
{
        bool was_usable = adapter_is_usable(a);

        if (strcmp(interface, ADVERTISING) == 0)
                a->can_advertise = true;
        else if (strcmp(interface, MONITORING) == 0)
                a->can_monitor = true;
        else if (strcmp(interface, ADAPTER) == 0)
                adapter_read_properties(a, properties);
        adapter_usable_changed(a, was_usable);
}

void adapter_hidden(Adapter *a, const char *interface)
{
        bool was_usable = adapter_is_usable(a);

        if (strcmp(interface, ADVERTISING) == 0)
                a->can_advertise = false;
        else if (strcmp(interface, MONITORING) == 0)
                a->can_monitor = false;
        else if (strcmp(interface, ADAPTER) == 0)
                a->powered = false;
        adapter_usable_changed(a, was_usable);
}

void adapter_released(Adapter *a, const char *path)
{
        if (strcmp(path, a->token.path) == 0)
                a->token.on = false;
        else if (strcmp(path, a->port.path) == 0)
                a->port.on = false;
        else if (strcmp(path, a->monitor) == 0 && a->listening == LISTENING_MONITOR)
                a->listening = LISTENING_NOT;
        else
                return;
        if (adapter_is_usable(a) && !a->call)
                adapter_settle(a);
}

bool adapter_advertises(const Adapter *a, const char *path, uint8_t *ret_psm)
{
        bool port = strcmp(path, a->port.path) == 0;

        *ret_psm = port ? a->psm : 0;
        return port || strcmp(path, a->token.path) == 0;
}

const L2capEnd *adapter_end(const Adapter *a)
{
        return a->links ? &a->end : NULL;
}

bool adapter_on_air(const Adapter *a)
{
        bool advertises = a->deps->silent || a->token.on;
        bool listens = a->deps->deaf || a->listening != LISTENING_NOT || a->hushed;

        return adapter_is_usable(a) && advertises && listens;
}

const char *adapter_path(const Adapter *a)
{
        return a->path;
}

bool adapter_owns(const Adapter *a, const char *path)
{
        size_t n = strlen(a->path);

        return strncmp(path, a->path, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* ---- life ---- */

static char *adapter_join_path(const char *a, const char *b, const char *c)
{
        char *joined;

        return asprintf(&joined, "%s%s%s", a, b, c) < 0 ? NULL : joined;
}

int adapter_new(Adapter **ret, const AdapterDeps *deps, const char *path)
{
        _cleanup_(adapter_freep) Adapter *a = calloc(1, sizeof *a);
        const char *name = strrchr(path, '/'); /* "/hci0" */
        int r;

        if (!a)
                return -ENOMEM;
        assert(name && deps->bluez);
        a->deps = deps;
        a->path = strdup(path);
        a->folder = adapter_join_path(BLUEZ_ROOT, name, "");
        a->monitor = adapter_join_path(BLUEZ_ROOT, name, BLUEZ_MONITOR_NAME);
        a->token.path = adapter_join_path(BLUEZ_ROOT, name, "/token");
        a->port.path = adapter_join_path(BLUEZ_ROOT, name, "/port");
        if (!a->path || !a->folder || !a->monitor || !a->token.path || !a->port.path)
                return -ENOMEM;
        r = sd_event_add_time_relative(deps->event, &a->again, CLOCK_MONOTONIC, 0, 0,
                                       adapter_on_again, a);
        if (r >= 0)
                r = sd_event_source_set_enabled(a->again, SD_EVENT_OFF);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(a->again, "bluez-adapter-again");
        *ret = TAKE_PTR(a);
        return 0;
}

Adapter *adapter_free(Adapter *a)
{
        if (!a)
                return NULL;
        bluez_call_cancel(a->call);
        sd_event_source_disable_unref(a->again);
        sd_event_source_disable_unref(a->listener);
        free(a->folder);
        free(a->monitor);
        free(a->token.path);
        free(a->port.path);
        free(a->path);
        free(a);
        return NULL;
}
