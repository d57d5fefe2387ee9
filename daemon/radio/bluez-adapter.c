/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez-adapter.h"
#include "src/base/log.h"
#include "bluez-objects.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define ADAPTER "org.bluez.Adapter1"
#define ADVERTISING "org.bluez.LEAdvertisingManager1"
#define MONITORING "org.bluez.AdvertisementMonitorManager1"

enum {
        RETRY_US = 3 * 1000 * 1000,
        /* a connection takes half a second, an advertiser's interval included */
        HUSH_US = 4 * 1000 * 1000,
};

typedef enum Listening {
        LISTENING_NOT,
        LISTENING_MONITOR,   /* passive: half of the time, and nothing is sent for it */
        LISTENING_DISCOVERY, /* active: all the time */
} Listening;

/* An object of ours that bluetoothd advertises. */
typedef struct Advertisement {
        char *path;
        bool on;
        bool refused; /* until the next try */
} Advertisement;

struct Adapter {
        const AdapterSettings *settings;
        char *path;
        bool powered;
        bool can_advertise;
        bool can_monitor;
        char address[18], address_type[8];
        L2capEnd end;
        bool links; /* may be made */
        Advertisement token, port;
        sd_event_source *listener; /* owns the socket */
        uint8_t psm;
        Listening listening;
        bool hushed;           /* not listening for a moment, on purpose */
        bool made_way;         /* did not listen, for the port's sake */
        DBusPendingCall *call; /* one step at a time */
        Advertisement *asked;  /* what it is about, of a registration */
        sd_event_source *again;
        bool told; /* what adapter_on_air said last */
};

/* ---- calls ---- */

static DBusMessage *method(const Adapter *a, const char *interface, const char *name)
{
        return dbus_message_new_method_call(BLUEZ_NAME, a->path, interface, name);
}

/* A method that takes the path of an object of ours, and with_options an empty a{sv}. */
static DBusMessage *method_of(const Adapter *a, const char *interface, const char *name,
                              const char *path, bool with_options)
{
        DBusMessage *call = method(a, interface, name);
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

/* Whether the call has succeeded. */
static bool take_reply(Adapter *a, const char *what)
{
        DBusMessage *reply = dbus_pending_call_steal_reply(a->call);
        bool ok = reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_METHOD_RETURN;

        a->call = bluez_call_cancel(a->call);
        if (reply && !ok)
                log_line(LOG_DEBUG, "RADIO=ble", "%s: bluetoothd refuses %s: %.64s", a->path, what,
                         dbus_message_get_error_name(reply));
        if (reply)
                dbus_message_unref(reply);
        return ok;
}

static void post(Adapter *a, DBusMessage *call)
{
        (void)bluez_call(a->settings->bluez, call, NULL, NULL,
                         NULL); /* bluetoothd that is gone knows nothing */
}

static void tell(Adapter *a)
{
        bool on_air = adapter_on_air(a);

        if (a->told == on_air)
                return;
        a->told = on_air;
        a->settings->changed(a->settings->userdata, a);
}

static void start_again(Adapter *a, uint64_t after_us)
{
        (void)sd_event_source_set_time_relative(a->again, after_us);
        (void)sd_event_source_set_enabled(a->again, SD_EVENT_ONESHOT);
}

static void step(Adapter *a, DBusMessage *call, DBusPendingCallNotifyFunction done)
{
        if (bluez_call(a->settings->bluez, call, &a->call, done, a) < 0)
                start_again(a, RETRY_US);
}

/* ---- steps: advertise, then listen ---- */

static void proceed(Adapter *a);

static void settle(Adapter *a)
{
        a->hushed = false;
        if (!adapter_on_air(a) || (a->listener && !a->port.on))
                start_again(a, RETRY_US);
        tell(a);
}

static void on_discovering(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        if (take_reply(a, "to discover"))
                a->listening = LISTENING_DISCOVERY;
        settle(a);
}

static void on_filter(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        (void)take_reply(a, "the filter"); /* without it more is heard than needed */
        step(a, method(a, ADAPTER, "StartDiscovery"), on_discovering);
}

static bool append_option(DBusMessageIter *options, const char *name, int type,
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

/* Its "UUIDs" would not find us: they are compared with lists of services, and one of those does
 * not fit beside our data. */
static DBusMessage *filter(const Adapter *a)
{
        DBusMessage *call = method(a, ADAPTER, "SetDiscoveryFilter");
        const char *transport = "le";
        dbus_bool_t duplicates = TRUE; /* each report has a strength */
        DBusMessageIter at, options;

        if (!call)
                return NULL;
        dbus_message_iter_init_append(call, &at);
        if (dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &options) &&
            append_option(&options, "Transport", DBUS_TYPE_STRING, "s", &transport) &&
            append_option(&options, "DuplicateData", DBUS_TYPE_BOOLEAN, "b", &duplicates) &&
            dbus_message_iter_close_container(&at, &options))
                return call;
        dbus_message_unref(call);
        return NULL;
}

static void discover(Adapter *a)
{
        step(a, filter(a), on_filter);
}

static void on_monitoring(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        if (!take_reply(a, "to monitor")) {
                discover(a);
                return;
        }
        a->listening = LISTENING_MONITOR;
        settle(a);
}

static void listen_for_others(Adapter *a)
{
        if (a->can_monitor)
                step(a, method_of(a, MONITORING, "RegisterMonitor", BLUEZ_ROOT, false),
                     on_monitoring);
        else
                discover(a);
}

static void stop_listening(Adapter *a)
{
        if (a->listening == LISTENING_MONITOR)
                post(a, method_of(a, MONITORING, "UnregisterMonitor", BLUEZ_ROOT, false));
        else if (a->listening == LISTENING_DISCOVERY)
                post(a, method(a, ADAPTER, "StopDiscovery"));
        a->listening = LISTENING_NOT;
}

/* A controller with legacy advertising alone takes no new address while it scans, and the kernel
 * then refuses the advertisement. If that was it, the port comes first; once, until it is
 * advertised. */
static void make_way(Adapter *a)
{
        bool scans = a->port.refused && a->listening != LISTENING_NOT && !a->made_way;

        a->made_way = a->port.refused;
        if (!scans)
                return;
        stop_listening(a);
        a->port.refused = false;
}

static void on_advertising(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        a->asked->on = take_reply(a, "to advertise");
        a->asked->refused = !a->asked->on;
        if (a->asked == &a->port)
                make_way(a);
        proceed(a);
}

static void advertise(Adapter *a, Advertisement *what)
{
        a->asked = what;
        step(a, method_of(a, ADVERTISING, "RegisterAdvertisement", what->path, true),
             on_advertising);
}

static void take_back(Adapter *a, Advertisement *what)
{
        post(a, method_of(a, ADVERTISING, "UnregisterAdvertisement", what->path, false));
        what->on = what->refused = false;
}

/* First the token, then the ear: see make_way. */
static void proceed(Adapter *a)
{
        if (a->call)
                return;
        if (!a->listener && a->port.on) /* closed while it was being registered */
                take_back(a, &a->port);
        if (!a->token.on && !a->token.refused)
                advertise(a, &a->token);
        else if (a->listener && !a->port.on && !a->port.refused)
                advertise(a, &a->port);
        else if (a->listening == LISTENING_NOT)
                listen_for_others(a);
        else
                settle(a);
}

static int on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        Adapter *a = userdata;

        a->call = bluez_call_cancel(a->call);
        if (!a->token.on)
                stop_listening(a);
        a->token.refused = a->port.refused = false;
        proceed(a);
        return 0;
}

/* ---- links ---- */

static int on_caller(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        Adapter *a = userdata;

        a->settings->calling(a->settings->userdata, a, fd);
        return 0;
}

/* For bluetoothd it is still there. */
void adapter_connected(Adapter *a)
{
        if (!a->port.on)
                return;
        take_back(a, &a->port);
        if (!a->hushed)
                proceed(a);
}

void adapter_hush(Adapter *a)
{
        if (a->call || a->listening != LISTENING_DISCOVERY)
                return;
        stop_listening(a);
        a->hushed = true;
        start_again(a, HUSH_US);
}

static void open_port(Adapter *a)
{
        _cleanup_close_ int fd = -1;
        int r;

        if (!a->links || !a->settings->helps || a->listener)
                return;
        r = l2cap_listen(&fd, &a->psm, &a->end);
        if (r >= 0)
                r = sd_event_add_io(a->settings->event, &a->listener, fd, EPOLLIN, on_caller, a);
        if (r < 0) {
                log_line(LOG_INFO, "RADIO=l2cap", "%s: no listener: %s", a->path, strerror(-r));
                return;
        }
        (void)sd_event_source_set_io_fd_own(a->listener, true);
        (void)sd_event_source_set_description(a->listener, "l2cap-listener");
        fd = -1;
}

static void close_port(Adapter *a)
{
        take_back(a, &a->port);
        a->listener = sd_event_source_disable_unref(a->listener);
}

static bool is_usable(const Adapter *a)
{
        return a->powered && a->can_advertise;
}

void adapter_helps_changed(Adapter *a)
{
        if (!is_usable(a))
                return;
        if (!a->settings->helps) {
                close_port(a);
                return;
        }
        open_port(a);
        if (!a->hushed)
                proceed(a);
}

/* ---- what is told of it ---- */

static void stop(Adapter *a)
{
        (void)sd_event_source_set_enabled(a->again, SD_EVENT_OFF);
        a->call = bluez_call_cancel(a->call);
        stop_listening(a);
        a->hushed = false;
        take_back(a, &a->token);
        close_port(a);
        a->links = false;
}

static void see(Adapter *a, bool was_usable)
{
        if (was_usable == is_usable(a))
                return;
        if (is_usable(a)) {
                a->links = a->settings->connections &&
                           l2cap_end_read(&a->end, a->address, a->address_type) == 0;
                open_port(a);
                proceed(a);
        } else {
                log_line(LOG_INFO, "RADIO=ble", "%s is not there or switched off", a->path);
                stop(a);
        }
        tell(a);
}

static void read_text(char *ret, size_t size, DBusMessageIter *value)
{
        const char *text;

        if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_STRING)
                return;
        dbus_message_iter_get_basic(value, &text);
        (void)snprintf(ret, size, "%s", text);
}

static void read_adapter(Adapter *a, DBusMessageIter *properties)
{
        DBusMessageIter value;
        dbus_bool_t powered;
        const char *name;

        while (bluez_next_property(properties, &name, &value))
                if (strcmp(name, "Address") == 0)
                        read_text(a->address, sizeof a->address, &value);
                else if (strcmp(name, "AddressType") == 0)
                        read_text(a->address_type, sizeof a->address_type, &value);
                else if (strcmp(name, "Powered") == 0 &&
                         dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_BOOLEAN) {
                        dbus_message_iter_get_basic(&value, &powered);
                        a->powered = powered;
                }
}

void adapter_shown(Adapter *a, const char *interface, DBusMessageIter *properties)
{
        bool was_usable = is_usable(a);

        if (strcmp(interface, ADVERTISING) == 0)
                a->can_advertise = true;
        else if (strcmp(interface, MONITORING) == 0)
                a->can_monitor = true;
        else if (strcmp(interface, ADAPTER) == 0)
                read_adapter(a, properties);
        see(a, was_usable);
}

void adapter_hidden(Adapter *a, const char *interface)
{
        bool was_usable = is_usable(a);

        if (strcmp(interface, ADVERTISING) == 0)
                a->can_advertise = false;
        else if (strcmp(interface, MONITORING) == 0)
                a->can_monitor = false;
        else if (strcmp(interface, ADAPTER) == 0)
                a->powered = false;
        see(a, was_usable);
}

void adapter_released(Adapter *a, const char *path)
{
        if (strcmp(path, a->token.path) == 0)
                a->token.on = false;
        else if (strcmp(path, a->port.path) == 0)
                a->port.on = false;
        else if (strcmp(path, BLUEZ_MONITOR_PATH) == 0 && a->listening == LISTENING_MONITOR)
                a->listening = LISTENING_NOT;
        else
                return;
        if (is_usable(a) && !a->call)
                settle(a);
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
        return a->token.on && (a->listening != LISTENING_NOT || a->hushed);
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

static char *join(const char *a, const char *b, const char *c)
{
        char *joined;

        return asprintf(&joined, "%s%s%s", a, b, c) < 0 ? NULL : joined;
}

int adapter_new(Adapter **ret, const AdapterSettings *settings, const char *path)
{
        _cleanup_(adapter_freep) Adapter *a = calloc(1, sizeof *a);
        const char *name = strrchr(path, '/'); /* "/hci0" */
        int r;

        if (!a)
                return -ENOMEM;
        a->settings = settings;
        a->path = strdup(path);
        a->token.path = join(BLUEZ_ROOT, name, "/token");
        a->port.path = join(BLUEZ_ROOT, name, "/port");
        if (!a->path || !a->token.path || !a->port.path)
                return -ENOMEM;
        r = sd_event_add_time_relative(settings->event, &a->again, CLOCK_MONOTONIC, 0, 0, on_again,
                                       a);
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
        free(a->token.path);
        free(a->port.path);
        free(a->path);
        free(a);
        return NULL;
}
