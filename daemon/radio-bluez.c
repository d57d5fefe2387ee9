/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-bluez.h"
#include "../src/log.h"
#include "bluez-adapter.h"
#include "bluez-objects.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DEVICE "org.bluez.Device1"
#define ADAPTER "org.bluez.Adapter1"

enum {
        ADAPTERS_MAX = 8, /* of one machine */
        ROWS_MAX = 512,   /* devices with our service data; more are not listened to */
        PATH_SIZE = 64,   /* "/org/bluez/hci0/dev_00_11_22_33_44_55" */
        RSSI_MIN = -127,  /* dBm: Bluetooth Core 5.3, vol 4, part E, 7.7.65.2 */
        RSSI_MAX = 20,
};

/* A device that shows our service data. One neighbour may be several: another address for each of its
 * controllers, and for each of ours. */
typedef struct Row {
        char path[PATH_SIZE];
        Token token;
        bool heard; /* now: what bluetoothd remembers from before has no strength */
} Row;

typedef struct BluezRadio {
        Radio radio;
        sd_event *event;
        const char *only; /* this adapter; "": any */
        Bluez *bluez;     /* from start to stop */
        AdapterSettings adapter_settings;
        Adapter *adapters[ADAPTERS_MAX];
        size_t n_adapters;
        Beacon beacon;
        bool ready;
        Row rows[ROWS_MAX];
        size_t n_rows;
        unsigned garbage; /* service data that is no beacon, since the start */
} BluezRadio;

/* ---- what is heard ---- */

static bool is_heard(const BluezRadio *b, const Token *token)
{
        for (size_t i = 0; i < b->n_rows; i++)
                if (b->rows[i].heard && memcmp(&b->rows[i].token, token, sizeof *token) == 0)
                        return true;
        return false;
}

static Row *find_row(BluezRadio *b, const char *path)
{
        for (size_t i = 0; i < b->n_rows; i++)
                if (strcmp(b->rows[i].path, path) == 0)
                        return &b->rows[i];
        return NULL;
}

static Row *add_row(BluezRadio *b, const char *path)
{
        Row *row;

        if (b->n_rows == ROWS_MAX || strlen(path) >= PATH_SIZE)
                return NULL;
        row = &b->rows[b->n_rows++];
        *row = (Row){0};
        (void)snprintf(row->path, sizeof row->path, "%s", path);
        return row;
}

/* The row is no longer one of its token. */
static void unhear(BluezRadio *b, Row *row)
{
        bool was_heard = row->heard;

        row->heard = false;
        if (was_heard && !is_heard(b, &row->token))
                b->radio.events->gone(b->radio.userdata, &b->radio, &row->token);
}

static void drop_row(BluezRadio *b, Row *row)
{
        unhear(b, row);
        *row = b->rows[--b->n_rows];
}

/* Of every adapter, or of one. */
static void drop_rows(BluezRadio *b, const Adapter *of)
{
        for (size_t i = b->n_rows; i-- > 0;)
                if (!of || adapter_owns(of, b->rows[i].path))
                        drop_row(b, &b->rows[i]);
}

/* ---- devices ---- */

/* What an advertisement tells; as bluetoothd passes it on, unchecked but for its types. */
typedef struct Report {
        bool has_data;
        const uint8_t *data; /* ours; NULL: it has only others' */
        int n;
        int rssi_dbm; /* 0: not told */
} Report;

/* *at stands at ServiceData, an a{sv} of UUIDs and bytes. */
static void read_service_data(Report *ret, DBusMessageIter *at)
{
        DBusMessageIter entries, value, bytes;
        const char *uuid;

        if (dbus_message_iter_get_arg_type(at) != DBUS_TYPE_ARRAY ||
            dbus_message_iter_get_element_type(at) != DBUS_TYPE_DICT_ENTRY)
                return;
        ret->has_data = true;
        dbus_message_iter_recurse(at, &entries);
        while (bluez_next_property(&entries, &uuid, &value)) {
                if (strcasecmp(uuid, BEACON_UUID) != 0 ||
                    dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_ARRAY ||
                    dbus_message_iter_get_element_type(&value) != DBUS_TYPE_BYTE)
                        continue;
                dbus_message_iter_recurse(&value, &bytes);
                dbus_message_iter_get_fixed_array(&bytes, &ret->data, &ret->n);
        }
}

static void read_report(Report *ret, DBusMessageIter *properties)
{
        DBusMessageIter value;
        dbus_int16_t rssi;
        const char *name;

        *ret = (Report){0};
        while (bluez_next_property(properties, &name, &value))
                if (strcmp(name, "ServiceData") == 0)
                        read_service_data(ret, &value);
                else if (strcmp(name, "RSSI") == 0 &&
                         dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_INT16) {
                        dbus_message_iter_get_basic(&value, &rssi);
                        ret->rssi_dbm = rssi >= RSSI_MIN && rssi <= RSSI_MAX ? rssi : 0;
                }
}

/* Its service data, as far as it is a beacon of somebody else. */
static bool read_beacon(BluezRadio *b, Beacon *ret, const Report *report)
{
        if (!report->data)
                return false;
        if (beacon_read(ret, report->data, (size_t)report->n) != 0) {
                b->garbage++;
                return false;
        }
        return memcmp(&ret->token, &b->beacon.token, sizeof ret->token) != 0;
}

static void on_device(BluezRadio *b, const char *path, DBusMessageIter *properties)
{
        Row *row = find_row(b, path);
        Report report;
        Beacon beacon;

        read_report(&report, properties);
        if (report.has_data && !read_beacon(b, &beacon, &report)) {
                if (row)
                        drop_row(b, row);
                return;
        }
        if (!row && report.has_data)
                row = add_row(b, path);
        if (!row)
                return;
        if (report.has_data && memcmp(&row->token, &beacon.token, sizeof row->token) != 0) {
                unhear(b, row);
                row->token = beacon.token;
        }
        if (report.rssi_dbm == 0)
                return;
        row->heard = true;
        b->radio.events->heard(b->radio.userdata, &b->radio, &row->token, report.rssi_dbm);
}

/* ---- adapters ---- */

static void set_ready(BluezRadio *b)
{
        bool ready = false;

        for (size_t i = 0; i < b->n_adapters; i++)
                ready = ready || adapter_on_air(b->adapters[i]);
        if (b->ready == ready)
                return;
        b->ready = ready;
        b->radio.events->changed(b->radio.userdata, &b->radio);
}

static void on_adapter_changed(void *userdata, Adapter *a)
{
        BluezRadio *b = userdata;

        if (!adapter_on_air(a))
                drop_rows(b, a); /* nobody tells when they go */
        set_ready(b);
}

static Adapter *find_adapter(const BluezRadio *b, const char *path)
{
        for (size_t i = 0; i < b->n_adapters; i++)
                if (strcmp(adapter_path(b->adapters[i]), path) == 0)
                        return b->adapters[i];
        return NULL;
}

/* Whether an object is a controller we may use, or belongs to one. */
static bool is_wanted(const BluezRadio *b, const char *path)
{
        static const char prefix[] = "/org/bluez/";
        size_t n = strlen(b->only);

        if (strncmp(path, prefix, sizeof prefix - 1) != 0)
                return false;
        path += sizeof prefix - 1;
        return n == 0 ? strncmp(path, "hci", 3) == 0
                      : strncmp(path, b->only, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool is_adapter(const char *path)
{
        return strchr(path + strlen("/org/bluez/"), '/') == NULL;
}

static Adapter *add_adapter(BluezRadio *b, const char *path)
{
        int r;

        if (b->n_adapters == ADAPTERS_MAX)
                return NULL;
        r = adapter_new(&b->adapters[b->n_adapters], &b->adapter_settings, path);
        if (r < 0) {
                log_line(LOG_WARNING, "RADIO=ble", "%s is not used: %s", path, strerror(-r));
                return NULL;
        }
        return b->adapters[b->n_adapters++];
}

static void drop_adapter(BluezRadio *b, Adapter *a)
{
        size_t i = 0;

        while (b->adapters[i] != a)
                i++;
        b->adapters[i] = b->adapters[--b->n_adapters];
        drop_rows(b, a);
        adapter_free(a);
        set_ready(b);
}

/* ---- what bluetoothd tells ---- */

/* An object has its interfaces one after the other; the adapter is made with whichever comes first. Devices
 * may come before their adapter. */
static void on_shown(void *userdata, const char *path, const char *interface, DBusMessageIter *properties)
{
        BluezRadio *b = userdata;
        Adapter *a;

        if (!is_wanted(b, path))
                return;
        if (strcmp(interface, DEVICE) == 0) {
                on_device(b, path, properties);
                return;
        }
        a = find_adapter(b, path);
        if (!a && is_adapter(path))
                a = add_adapter(b, path);
        if (a)
                adapter_shown(a, interface, properties);
}

static void on_gone(void *userdata, const char *path, const char *interface)
{
        BluezRadio *b = userdata;
        Adapter *a = find_adapter(b, path);
        Row *row = a ? NULL : find_row(b, path);

        if (row && strcmp(interface, DEVICE) == 0)
                drop_row(b, row);
        else if (a && strcmp(interface, ADAPTER) == 0)
                drop_adapter(b, a);
        else if (a)
                adapter_hidden(a, interface);
}

static void on_here(void *userdata, bool here)
{
        BluezRadio *b = userdata;

        if (here)
                return;
        log_line(LOG_INFO, "RADIO=ble", "bluetoothd has gone");
        while (b->n_adapters > 0)
                drop_adapter(b, b->adapters[0]);
        drop_rows(b, NULL);
}

static DBusMessage *on_called(void *userdata, DBusMessage *call)
{
        BluezRadio *b = userdata;

        if (dbus_message_has_member(call, "Release"))
                for (size_t i = 0; i < b->n_adapters; i++)
                        adapter_released(b->adapters[i], dbus_message_get_path(call));
        return bluez_objects_answer(call, &b->beacon, false);
}

static const BluezEvents bluez_events = {on_shown, on_gone, on_here, on_called};

/* ---- radio.h ---- */

static void bluez_radio_stop(Radio *r)
{
        BluezRadio *b = (BluezRadio *)r;

        while (b->n_adapters > 0)
                adapter_free(b->adapters[--b->n_adapters]);
        b->bluez = bluez_free(b->bluez);
        if (b->garbage > 0)
                log_line(LOG_INFO, "RADIO=ble", "%u times service data was no beacon", b->garbage);
        b->garbage = 0;
        b->n_rows = 0;
        b->ready = false;
}

static int bluez_radio_start(Radio *r, const Token *token)
{
        BluezRadio *b = (BluezRadio *)r;
        int n;

        bluez_radio_stop(r);
        b->beacon = (Beacon){.token = *token};
        n = bluez_new(&b->bluez, b->event, &bluez_events, b);
        b->adapter_settings.bluez = b->bluez;
        return n;
}

static bool bluez_radio_ready(const Radio *r)
{
        return ((const BluezRadio *)r)->ready;
}

static int bluez_radio_reach(Radio *r, const Token *token)
{
        return -ENOENT; /* no neighbour shows a listener */
}

static Radio *bluez_radio_free(Radio *r)
{
        BluezRadio *b = (BluezRadio *)r;

        bluez_radio_stop(r);
        sd_event_unref(b->event);
        free(b);
        return NULL;
}

static const RadioOps ops = {
        .transport = SIGHTING_BLE,
        .name = "ble",
        .start = bluez_radio_start,
        .stop = bluez_radio_stop,
        .ready = bluez_radio_ready,
        .reach = bluez_radio_reach,
        .free = bluez_radio_free,
};

int radio_bluez_new(Radio **ret, sd_event *event, const char *adapter)
{
        BluezRadio *b = calloc(1, sizeof *b);

        if (!b)
                return -ENOMEM;
        b->radio.ops = &ops;
        b->event = sd_event_ref(event);
        b->only = adapter;
        b->adapter_settings =
                (AdapterSettings){.event = event, .changed = on_adapter_changed, .userdata = b};
        *ret = &b->radio;
        return 0;
}
