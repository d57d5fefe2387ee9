/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez-adapter.h"
#include "../src/log.h"
#include "bluez-objects.h"

#include <stdio.h>
#include <string.h>

#define ADAPTER "org.bluez.Adapter1"
#define ADVERTISING "org.bluez.LEAdvertisingManager1"
#define MONITORING "org.bluez.AdvertisementMonitorManager1"

enum { RETRY_US = 3 * 1000 * 1000 };

typedef enum Listening {
        LISTENING_NOT,
        LISTENING_MONITOR,   /* passive: half of the time, and nothing is sent for it */
        LISTENING_DISCOVERY, /* active: all the time */
} Listening;

struct Adapter {
        const AdapterSettings *settings;
        char *path;
        char *advertisement; /* path of our object */
        bool powered;
        bool can_advertise;
        bool can_monitor;
        bool advertising;
        Listening listening;
        DBusPendingCall *call; /* one step at a time */
        sd_event_source *again;
        bool told; /* what adapter_on_air said last */
};

/* ---- calls ---- */

static DBusMessage *method(const Adapter *a, const char *interface, const char *name)
{
        return dbus_message_new_method_call(BLUEZ_NAME, a->path, interface, name);
}

/* A method that takes the path of an object of ours, and with_options an empty a{sv}. */
static DBusMessage *method_of(const Adapter *a, const char *interface, const char *name, const char *path,
                              bool with_options)
{
        DBusMessage *call = method(a, interface, name);
        DBusMessageIter at, options;

        if (!call)
                return NULL;
        dbus_message_iter_init_append(call, &at);
        if (dbus_message_iter_append_basic(&at, DBUS_TYPE_OBJECT_PATH, &path) &&
            (!with_options || (dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &options) &&
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

static void send(Adapter *a, DBusMessage *call)
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

static void start_again(Adapter *a)
{
        (void)sd_event_source_set_time_relative(a->again, RETRY_US);
        (void)sd_event_source_set_enabled(a->again, SD_EVENT_ONESHOT);
}

static void step(Adapter *a, DBusMessage *call, DBusPendingCallNotifyFunction done)
{
        if (bluez_call(a->settings->bluez, call, &a->call, done, a) < 0)
                start_again(a);
}

/* ---- steps: advertise, then listen ---- */

static void settle(Adapter *a)
{
        if (!adapter_on_air(a))
                start_again(a);
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

static bool append_option(DBusMessageIter *options, const char *name, int type, const char *signature,
                          const void *value)
{
        DBusMessageIter entry, variant;

        return dbus_message_iter_open_container(options, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
               dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name) &&
               dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant) &&
               dbus_message_iter_append_basic(&variant, type, value) &&
               dbus_message_iter_close_container(&entry, &variant) &&
               dbus_message_iter_close_container(options, &entry);
}

/* Its "UUIDs" would not find us: they are compared with lists of services, and one of those does not fit
 * beside our data. */
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
                step(a, method_of(a, MONITORING, "RegisterMonitor", BLUEZ_ROOT, false), on_monitoring);
        else
                discover(a);
}

static void on_advertising(DBusPendingCall *pending, void *userdata)
{
        Adapter *a = userdata;

        a->advertising = take_reply(a, "to advertise");
        listen_for_others(a);
}

static void stop_listening(Adapter *a)
{
        if (a->listening == LISTENING_MONITOR)
                send(a, method_of(a, MONITORING, "UnregisterMonitor", BLUEZ_ROOT, false));
        else if (a->listening == LISTENING_DISCOVERY)
                send(a, method(a, ADAPTER, "StopDiscovery"));
        a->listening = LISTENING_NOT;
}

/* First the advertisement, then the ear: a controller with legacy advertising alone takes no new address
 * while it scans, and the kernel then refuses the advertisement. */
static void proceed(Adapter *a)
{
        if (a->advertising)
                listen_for_others(a);
        else
                step(a, method_of(a, ADVERTISING, "RegisterAdvertisement", a->advertisement, true),
                     on_advertising);
}

static int on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        Adapter *a = userdata;

        a->call = bluez_call_cancel(a->call);
        stop_listening(a);
        proceed(a);
        return 0;
}

/* ---- what is told of it ---- */

static bool is_usable(const Adapter *a)
{
        return a->powered && a->can_advertise;
}

static void stop(Adapter *a)
{
        (void)sd_event_source_set_enabled(a->again, SD_EVENT_OFF);
        a->call = bluez_call_cancel(a->call);
        stop_listening(a);
        send(a, method_of(a, ADVERTISING, "UnregisterAdvertisement", a->advertisement, false));
        a->advertising = false;
}

static void see(Adapter *a, bool was_usable)
{
        if (was_usable == is_usable(a))
                return;
        if (is_usable(a))
                proceed(a);
        else {
                log_line(LOG_INFO, "RADIO=ble", "%s is not there or switched off", a->path);
                stop(a);
        }
        tell(a);
}

void adapter_shown(Adapter *a, const char *interface, DBusMessageIter *properties)
{
        bool was_usable = is_usable(a);
        const char *name;
        DBusMessageIter value;
        dbus_bool_t powered;

        if (strcmp(interface, ADVERTISING) == 0)
                a->can_advertise = true;
        else if (strcmp(interface, MONITORING) == 0)
                a->can_monitor = true;
        else if (strcmp(interface, ADAPTER) == 0)
                while (bluez_next_property(properties, &name, &value))
                        if (strcmp(name, "Powered") == 0 &&
                            dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_BOOLEAN) {
                                dbus_message_iter_get_basic(&value, &powered);
                                a->powered = powered;
                        }
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
        if (strcmp(path, a->advertisement) == 0)
                a->advertising = false;
        else if (strcmp(path, BLUEZ_MONITOR_PATH) == 0 && a->listening == LISTENING_MONITOR)
                a->listening = LISTENING_NOT;
        else
                return;
        if (is_usable(a) && !a->call)
                settle(a);
}

bool adapter_on_air(const Adapter *a)
{
        return a->advertising && a->listening != LISTENING_NOT;
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

int adapter_new(Adapter **ret, const AdapterSettings *settings, const char *path)
{
        _cleanup_(adapter_freep) Adapter *a = calloc(1, sizeof *a);
        const char *name = strrchr(path, '/');
        int r;

        if (!a)
                return -ENOMEM;
        a->settings = settings;
        a->path = strdup(path);
        if (!a->path || asprintf(&a->advertisement, BLUEZ_ROOT "%s", name ? name : "") < 0) {
                a->advertisement = NULL;
                return -ENOMEM;
        }
        r = sd_event_add_time_relative(settings->event, &a->again, CLOCK_MONOTONIC, 0, 0, on_again, a);
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
        free(a->advertisement);
        free(a->path);
        free(a);
        return NULL;
}
