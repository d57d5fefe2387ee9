/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-bluez.h"
#include "src/base/log.h"
#include "bluez-links.h"
#include "bluez-objects.h"
#include "bluez-report.h"

#include <stdio.h>
#include <string.h>

#define ADAPTER "org.bluez.Adapter1"

enum {
        ADAPTERS_MAX = 8, /* of one machine */
        ROWS_MAX = 512,   /* devices with our service data; more are not listened to */
};

/* A device that shows our service data. One neighbour may be several: another address for each of
 * its controllers, and for each of ours. */
typedef struct Row {
        char path[BLUEZ_DEVICE_PATH_SIZE];
        Token token;
        uint8_t psm;       /* of its listener; 0: none */
        bool public;       /* its address */
        bool heard;        /* now: what bluetoothd remembers from before has no strength */
        uint64_t heard_at; /* counts what is heard */
} Row;

/* What radio_reach was asked for and has not been answered. */
typedef struct Reach Reach;
struct Reach {
        Reach *next;
        Token token;
};

typedef struct BluezRadio {
        Radio radio;
        sd_event *event;
        const char *only; /* this adapter; "": any */
        Bluez *bluez;     /* from start to stop */
        bool inviting;
        AdapterSettings adapter_settings;
        Adapter *adapters[ADAPTERS_MAX];
        size_t n_adapters;
        Beacon beacon;
        bool ready;
        Row rows[ROWS_MAX];
        size_t n_rows;
        uint64_t n_heard;
        Reach *reaches;
        sd_event_source *reached; /* tells of them */
        BluezLinks links;
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

        if (b->n_rows == ROWS_MAX || strlen(path) >= BLUEZ_DEVICE_PATH_SIZE)
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

/* Its service data, as far as it is a beacon of somebody else. */
static bool read_beacon(BluezRadio *b, Beacon *ret, const BluezReport *report)
{
        if (!report->data)
                return false;
        if (beacon_read(ret, report->data, (size_t)report->n) != 0) {
                b->garbage++;
                return false;
        }
        return memcmp(&ret->token, &b->beacon.token, sizeof ret->token) != 0;
}

static Adapter *adapter_of(const BluezRadio *b, const char *device)
{
        for (size_t i = 0; i < b->n_adapters; i++)
                if (adapter_owns(b->adapters[i], device))
                        return b->adapters[i];
        return NULL;
}

static void on_connection(BluezRadio *b, const char *device, bool joined)
{
        Adapter *a = adapter_of(b, device);
        bool ours = bluez_links_calling(&b->links, device);

        bluez_links_set_connected(&b->links, device, joined);
        if (a && joined && !ours)
                adapter_connected(a);
}

/* Of several who call a neighbour at the same address one is connected, and that address is shown
 * no more. */
static void call_no_older(BluezRadio *b, const Row *newest)
{
        for (size_t i = 0; i < b->n_rows; i++) {
                const Row *row = &b->rows[i];

                if (row != newest && memcmp(&row->token, &newest->token, sizeof row->token) == 0)
                        bluez_links_give_up(&b->links, row->path);
        }
}

static void on_device(BluezRadio *b, const char *path, DBusMessageIter *properties)
{
        Row *row = find_row(b, path);
        BluezReport report;
        Beacon beacon;

        bluez_report_read(&report, properties);
        if (report.joined || report.parted)
                on_connection(b, path, report.joined);
        if (report.has_data && !read_beacon(b, &beacon, &report)) {
                if (row)
                        drop_row(b, row);
                return;
        }
        if (!row && report.has_data) {
                row = add_row(b, path);
                if (row)
                        row->public = report.public;
        }
        if (!row)
                return;
        if (report.has_data)
                row->psm = beacon.psm;
        if (report.has_data && memcmp(&row->token, &beacon.token, sizeof row->token) != 0) {
                unhear(b, row);
                row->token = beacon.token;
                if (row->psm)
                        call_no_older(b, row);
        }
        if (report.rssi_dbm == 0)
                return;
        row->heard = true;
        row->heard_at = ++b->n_heard;
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

/* ---- links ---- */

static void on_calling(void *userdata, Adapter *a, int listening)
{
        BluezRadio *b = userdata;
        Link *link;

        while (bluez_links_accept(&b->links, &link, a, listening) >= 0)
                b->radio.events->linked(b->radio.userdata, &b->radio, NULL, link);
}

/* Rather where there is a connection, rather heard last: with each connection it takes, a listener
 * gets a new address. */
static bool is_better(const BluezRadio *b, const Row *row, const Row *than)
{
        bool one = bluez_links_connected(&b->links, row->path);
        bool other = bluez_links_connected(&b->links, than->path);

        return one != other ? one : row->heard_at > than->heard_at;
}

static const Row *find_listener(const BluezRadio *b, const Token *token)
{
        const Row *best = NULL;

        for (size_t i = 0; i < b->n_rows; i++) {
                const Row *row = &b->rows[i];

                if (row->heard && row->psm && memcmp(&row->token, token, sizeof *token) == 0 &&
                    (!best || is_better(b, row, best)))
                        best = row;
        }
        return best;
}

/* NULL: it cannot be made. */
static Link *connect_link(BluezRadio *b, const Token *token)
{
        const Row *row = find_listener(b, token);
        Adapter *a = row ? adapter_of(b, row->path) : NULL;
        Link *link;
        int r;

        if (!a)
                return NULL;
        r = bluez_links_call(&b->links, &link, a,
                             &(BluezListener){row->path, row->public, row->psm});
        if (r < 0)
                log_line(LOG_DEBUG, "RADIO=l2cap", "no link: %s", strerror(-r));
        return r < 0 ? NULL : link;
}

static int on_reached(sd_event_source *s, void *userdata)
{
        BluezRadio *b = userdata;
        Reach *reach = b->reaches;
        Token token = reach->token;

        b->reaches = reach->next;
        if (b->reaches)
                (void)sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
        free(reach);
        b->radio.events->linked(b->radio.userdata, &b->radio, &token, connect_link(b, &token));
        return 0;
}

static int bluez_radio_reach(Radio *r, const Token *token)
{
        BluezRadio *b = (BluezRadio *)r;
        Reach *reach;

        if (!find_listener(b, token))
                return -ENOENT;
        for (reach = b->reaches; reach; reach = reach->next)
                if (memcmp(&reach->token, token, sizeof *token) == 0)
                        return -EALREADY;
        reach = calloc(1, sizeof *reach);
        if (!reach)
                return -ENOMEM;
        *reach = (Reach){.next = b->reaches, .token = *token};
        b->reaches = reach;
        return sd_event_source_set_enabled(b->reached, SD_EVENT_ONESHOT);
}

static void drop_reaches(BluezRadio *b)
{
        while (b->reaches) {
                Reach *reach = b->reaches;

                b->reaches = reach->next;
                free(reach);
        }
}

/* ---- what bluetoothd tells ---- */

/* An object has its interfaces one after the other; the adapter is made with whichever comes first.
 * Devices may come before their adapter. */
static void on_shown(void *userdata, const char *path, const char *interface,
                     DBusMessageIter *properties)
{
        BluezRadio *b = userdata;
        Adapter *a;

        if (!is_wanted(b, path))
                return;
        if (strcmp(interface, BLUEZ_DEVICE) == 0) {
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

        if (!a && strcmp(interface, BLUEZ_DEVICE) == 0)
                bluez_links_set_connected(&b->links, path, false);
        if (row && strcmp(interface, BLUEZ_DEVICE) == 0)
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
        bluez_links_end(&b->links, NULL);
}

static DBusMessage *on_called(void *userdata, DBusMessage *call)
{
        BluezRadio *b = userdata;
        Beacon beacon = b->beacon;

        if (dbus_message_has_member(call, "Release"))
                for (size_t i = 0; i < b->n_adapters; i++)
                        adapter_released(b->adapters[i], dbus_message_get_path(call));
        for (size_t i = 0; i < b->n_adapters; i++)
                if (adapter_advertises(b->adapters[i], dbus_message_get_path(call), &beacon.psm))
                        break;
        return bluez_objects_answer(call, &beacon);
}

static const BluezEvents bluez_events = {on_shown, on_gone, on_here, on_called};

/* ---- radio.h ---- */

static void bluez_radio_stop(Radio *r)
{
        BluezRadio *b = (BluezRadio *)r;

        drop_reaches(b);
        bluez_links_end(&b->links, b->bluez);
        while (b->n_adapters > 0)
                adapter_free(b->adapters[--b->n_adapters]);
        b->bluez = bluez_free(b->bluez);
        (void)sd_event_source_set_enabled(b->reached, SD_EVENT_OFF);
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
        b->adapter_settings.helps = r->helps && b->inviting;
        return n;
}

static void bluez_radio_invite(Radio *r, bool on)
{
        BluezRadio *b = (BluezRadio *)r;
        bool helps = r->helps && on;

        b->inviting = on;
        if (b->adapter_settings.helps == helps)
                return;
        b->adapter_settings.helps = helps;
        for (size_t i = 0; i < b->n_adapters; i++)
                adapter_helps_changed(b->adapters[i]);
}

static bool bluez_radio_ready(const Radio *r)
{
        return ((const BluezRadio *)r)->ready;
}

static Radio *bluez_radio_free(Radio *r)
{
        BluezRadio *b = (BluezRadio *)r;

        bluez_radio_stop(r);
        sd_event_source_disable_unref(b->reached);
        sd_event_unref(b->event);
        free(b);
        return NULL;
}

static const RadioOps ops = {
        .transport = SIGHTING_BLE,
        .name = "ble",
        .dear = true,
        .start = bluez_radio_start,
        .stop = bluez_radio_stop,
        .ready = bluez_radio_ready,
        .reach = bluez_radio_reach,
        .invite = bluez_radio_invite,
        .free = bluez_radio_free,
};

int radio_bluez_new(Radio **ret, sd_event *event, const RadioBluezSettings *settings)
{
        BluezRadio *b = calloc(1, sizeof *b);
        int r;

        if (!b)
                return -ENOMEM;
        b->radio.ops = &ops;
        b->only = settings->adapter;
        b->adapter_settings = (AdapterSettings){.event = event,
                                                .changed = on_adapter_changed,
                                                .calling = on_calling,
                                                .userdata = b,
                                                .connections = settings->connections};
        r = sd_event_add_defer(event, &b->reached, on_reached, b);
        if (r >= 0)
                r = sd_event_source_set_enabled(b->reached, SD_EVENT_OFF);
        if (r < 0) {
                sd_event_source_disable_unref(b->reached);
                free(b);
                return r;
        }
        (void)sd_event_source_set_description(b->reached, "bluez-reached");
        b->event = sd_event_ref(event);
        b->links.event = b->event;
        *ret = &b->radio;
        return 0;
}
