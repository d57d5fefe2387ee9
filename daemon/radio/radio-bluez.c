/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio-bluez.h"
#include "src/base/log.h"
#include "bluez-links.h"
#include "bluez-objects.h"
#include "bluez-report.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ADAPTER "org.bluez.Adapter1"

enum {
        ADAPTERS_MAX = 8, /* of one machine */
        ROWS_MAX = 512,   /* devices with our service data; we ignore further ones */
};

/* A device that shows our service data. One neighbour may have several: one for each of its
 * controllers, and for each of ours that hears it. */
typedef struct Row {
        char path[BLUEZ_DEVICE_PATH_SIZE];
        Token token;
        uint8_t psm;       /* where it accepts links; 0: nowhere */
        bool public;       /* its type of address */
        bool heard;        /* since our start: devices that bluetoothd remembers have no strength */
        uint64_t heard_at; /* a sequence number: n_heard at its last report */
} Row;

/* A radio_reach without its answer. */
typedef struct Reach Reach;
struct Reach {
        Reach *next;
        Token token;
};

typedef struct BluezRadio {
        Radio radio;
        sd_event *event;
        const char *only; /* the configured adapter; "": any */
        Bluez *bluez;     /* from start to stop */
        bool inviting;
        AdapterDeps adapter_deps;
        Adapter *adapters[ADAPTERS_MAX];
        size_t n_adapters;
        Beacon beacon;
        bool ready;
        Row rows[ROWS_MAX];
        size_t n_rows;
        uint64_t n_heard;
        Reach *reaches;
        sd_event_source *reached; /* answers the reaches */
        BluezLinks links;
        unsigned garbage; /* service data that was no beacon, since the start */
} BluezRadio;

/* ---- what is heard ---- */

static bool bluez_is_heard(const BluezRadio *b, const Token *token)
{
        for (size_t i = 0; i < b->n_rows; i++)
                if (b->rows[i].heard && memcmp(&b->rows[i].token, token, sizeof *token) == 0)
                        return true;
        return false;
}

static Row *bluez_find_row(BluezRadio *b, const char *path)
{
        for (size_t i = 0; i < b->n_rows; i++)
                if (strcmp(b->rows[i].path, path) == 0)
                        return &b->rows[i];
        return NULL;
}

static Row *bluez_add_row(BluezRadio *b, const char *path)
{
        Row *row;

        if (b->n_rows == ROWS_MAX || strlen(path) >= BLUEZ_DEVICE_PATH_SIZE)
                return NULL;
        row = &b->rows[b->n_rows++];
        *row = (Row){0};
        (void)snprintf(row->path, sizeof row->path, "%s", path);
        return row;
}

/* The device no longer shows its token. */
static void bluez_unhear_row(BluezRadio *b, Row *row)
{
        bool was_heard = row->heard;

        row->heard = false;
        if (was_heard && !bluez_is_heard(b, &row->token))
                b->radio.events->gone(b->radio.userdata, &b->radio, &row->token);
}

static void bluez_drop_row(BluezRadio *b, Row *row)
{
        bluez_unhear_row(b, row);
        assert(b->n_rows > 0 && row < b->rows + b->n_rows);
        *row = b->rows[--b->n_rows];
}

/* of NULL: the rows of all adapters. */
static void bluez_drop_rows(BluezRadio *b, const Adapter *of)
{
        for (size_t i = b->n_rows; i-- > 0;)
                if (!of || adapter_owns(of, b->rows[i].path))
                        bluez_drop_row(b, &b->rows[i]);
}

/* ---- devices ---- */

/* The beacon in its service data. false: there is none, or it is our own. */
static bool bluez_read_beacon(BluezRadio *b, Beacon *ret, const BluezReport *report)
{
        if (!report->data)
                return false;
        if (beacon_read(ret, report->data, (size_t)report->n) != 0) {
                b->garbage++;
                return false;
        }
        return memcmp(&ret->token, &b->beacon.token, sizeof ret->token) != 0;
}

static Adapter *bluez_adapter_of(const BluezRadio *b, const char *device)
{
        for (size_t i = 0; i < b->n_adapters; i++)
                if (adapter_owns(b->adapters[i], device))
                        return b->adapters[i];
        return NULL;
}

static void bluez_on_connection(BluezRadio *b, const char *device, bool joined)
{
        Adapter *a = bluez_adapter_of(b, device);
        bool ours = bluez_links_calling(&b->links, device);

        bluez_links_set_connected(&b->links, device, joined);
        if (a && joined && !ours)
                adapter_connected(a);
}

/* A neighbour with a new address has accepted a connection at the old one, and no longer shows
 * that. So give up connecting to its older addresses. */
static void bluez_call_no_older(BluezRadio *b, const Row *newest)
{
        for (size_t i = 0; i < b->n_rows; i++) {
                const Row *row = &b->rows[i];

                if (row != newest && memcmp(&row->token, &newest->token, sizeof row->token) == 0)
                        bluez_links_give_up(&b->links, row->path);
        }
}

static void bluez_on_device(BluezRadio *b, const char *path, DBusMessageIter *properties)
{
        Row *row = bluez_find_row(b, path);
        BluezReport report;
        Beacon beacon;

        bluez_report_read(&report, properties);
        if (report.joined || report.parted)
                bluez_on_connection(b, path, report.joined);
        if (report.has_data && !bluez_read_beacon(b, &beacon, &report)) {
                if (row)
                        bluez_drop_row(b, row);
                return;
        }
        if (!row && report.has_data) {
                row = bluez_add_row(b, path);
                if (row)
                        row->public = report.public;
        }
        if (!row)
                return;
        if (report.has_data)
                row->psm = beacon.psm;
        if (report.has_data && memcmp(&row->token, &beacon.token, sizeof row->token) != 0) {
                bluez_unhear_row(b, row);
                row->token = beacon.token;
                if (row->psm)
                        bluez_call_no_older(b, row);
        }
        if (report.rssi_dbm == 0)
                return;
        row->heard = true;
        row->heard_at = ++b->n_heard;
        b->radio.events->heard(b->radio.userdata, &b->radio, &row->token, report.rssi_dbm);
}

/* ---- adapters ---- */

static void bluez_update_ready(BluezRadio *b)
{
        bool ready = false;

        for (size_t i = 0; i < b->n_adapters; i++)
                ready = ready || adapter_on_air(b->adapters[i]);
        if (b->ready == ready)
                return;
        b->ready = ready;
        b->radio.events->changed(b->radio.userdata, &b->radio);
}

static void bluez_on_adapter_changed(void *userdata, Adapter *a)
{
        BluezRadio *b = userdata;

        if (!adapter_on_air(a))
                bluez_drop_rows(b, a); /* we no longer hear when they go */
        bluez_update_ready(b);
}

static Adapter *bluez_find_adapter(const BluezRadio *b, const char *path)
{
        for (size_t i = 0; i < b->n_adapters; i++)
                if (strcmp(adapter_path(b->adapters[i]), path) == 0)
                        return b->adapters[i];
        return NULL;
}

/* Whether an object is an adapter that we may use, or belongs to one. */
static bool bluez_is_wanted(const BluezRadio *b, const char *path)
{
        static const char prefix[] = "/org/bluez/";
        size_t n = strlen(b->only);

        if (strncmp(path, prefix, sizeof prefix - 1) != 0)
                return false;
        path += sizeof prefix - 1;
        return n == 0 ? strncmp(path, "hci", 3) == 0
                      : strncmp(path, b->only, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool bluez_is_adapter(const char *path)
{
        return strchr(path + strlen("/org/bluez/"), '/') == NULL;
}

static Adapter *bluez_add_adapter(BluezRadio *b, const char *path)
{
        int r;

        if (b->n_adapters == ADAPTERS_MAX)
                return NULL;
        r = adapter_new(&b->adapters[b->n_adapters], &b->adapter_deps, path);
        if (r < 0) {
                log_line(LOG_WARNING, "RADIO=ble", "%s is not used: %s", path, strerror(-r));
                return NULL;
        }
        return b->adapters[b->n_adapters++];
}

static void bluez_drop_adapter(BluezRadio *b, Adapter *a)
{
        size_t i = 0;

        for (; b->adapters[i] != a; i++)
                assert(i + 1 < b->n_adapters);
        b->adapters[i] = b->adapters[--b->n_adapters];
        bluez_drop_rows(b, a);
        adapter_free(a);
        bluez_update_ready(b);
}

/* ---- links ---- */

static void bluez_on_calling(void *userdata, Adapter *a, int listening)
{
        BluezRadio *b = userdata;
        Link *link;

        while (bluez_links_accept(&b->links, &link, a, listening) >= 0)
                b->radio.events->linked(b->radio.userdata, &b->radio, NULL, link);
}

/* Prefer a device with a connection, then the one heard last: a listener changes its address with
 * each connection it accepts. */
static bool bluez_is_better(const BluezRadio *b, const Row *row, const Row *than)
{
        bool one = bluez_links_connected(&b->links, row->path);
        bool other = bluez_links_connected(&b->links, than->path);

        return one != other ? one : row->heard_at > than->heard_at;
}

static const Row *bluez_find_listener(const BluezRadio *b, const Token *token)
{
        const Row *best = NULL;

        for (size_t i = 0; i < b->n_rows; i++) {
                const Row *row = &b->rows[i];

                if (row->heard && row->psm && memcmp(&row->token, token, sizeof *token) == 0 &&
                    (!best || bluez_is_better(b, row, best)))
                        best = row;
        }
        return best;
}

/* NULL: the link cannot be made. */
static Link *bluez_connect_link(BluezRadio *b, const Token *token)
{
        const Row *row = bluez_find_listener(b, token);
        Adapter *a = row ? bluez_adapter_of(b, row->path) : NULL;
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

static int bluez_on_reached(sd_event_source *s, void *userdata)
{
        BluezRadio *b = userdata;
        Reach *reach = b->reaches;
        Token token;

        assert(reach);
        token = reach->token;
        b->reaches = reach->next;
        if (b->reaches)
                (void)sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
        free(reach);
        b->radio.events->linked(b->radio.userdata, &b->radio, &token,
                                bluez_connect_link(b, &token));
        return 0;
}

static int bluez_radio_reach(Radio *r, const Token *token)
{
        BluezRadio *b = (BluezRadio *)r;
        Reach *reach;

        if (!bluez_find_listener(b, token))
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

static void bluez_drop_reaches(BluezRadio *b)
{
        while (b->reaches) {
                Reach *reach = b->reaches;

                b->reaches = reach->next;
                free(reach);
        }
}

/* ---- what bluetoothd tells ---- */

/* The interfaces of an object appear one by one; the first one makes the adapter. Devices may
 * appear before their adapter. */
static void bluez_on_shown(void *userdata, const char *path, const char *interface,
                           DBusMessageIter *properties)
{
        BluezRadio *b = userdata;
        Adapter *a;

        if (!bluez_is_wanted(b, path))
                return;
        if (strcmp(interface, BLUEZ_DEVICE) == 0) {
                bluez_on_device(b, path, properties);
                return;
        }
        a = bluez_find_adapter(b, path);
        if (!a && bluez_is_adapter(path))
                a = bluez_add_adapter(b, path);
        if (a)
                adapter_shown(a, interface, properties);
}

static void bluez_on_gone(void *userdata, const char *path, const char *interface)
{
        BluezRadio *b = userdata;
        Adapter *a = bluez_find_adapter(b, path);
        Row *row = a ? NULL : bluez_find_row(b, path);

        if (!a && strcmp(interface, BLUEZ_DEVICE) == 0)
                bluez_links_set_connected(&b->links, path, false);
        if (row && strcmp(interface, BLUEZ_DEVICE) == 0)
                bluez_drop_row(b, row);
        else if (a && strcmp(interface, ADAPTER) == 0)
                bluez_drop_adapter(b, a);
        else if (a)
                adapter_hidden(a, interface);
}

static void bluez_on_here(void *userdata, bool here)
{
        BluezRadio *b = userdata;

        if (here)
                return;
        log_line(LOG_INFO, "RADIO=ble", "bluetoothd has gone");
        while (b->n_adapters > 0)
                bluez_drop_adapter(b, b->adapters[0]);
        bluez_drop_rows(b, NULL);
        bluez_links_end(&b->links, NULL);
}

static DBusMessage *bluez_on_called(void *userdata, DBusMessage *call)
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

static const BluezEvents bluez_events = {bluez_on_shown, bluez_on_gone, bluez_on_here,
                                         bluez_on_called};

/* ---- radio.h ---- */

static void bluez_radio_stop(Radio *r)
{
        BluezRadio *b = (BluezRadio *)r;

        bluez_drop_reaches(b);
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
        b->adapter_deps.bluez = b->bluez;
        b->adapter_deps.helps = r->helps && b->inviting;
        return n;
}

static void bluez_radio_invite(Radio *r, bool on)
{
        BluezRadio *b = (BluezRadio *)r;
        bool helps = r->helps && on;

        b->inviting = on;
        if (b->adapter_deps.helps == helps)
                return;
        b->adapter_deps.helps = helps;
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
        b->adapter_deps = (AdapterDeps){.event = event,
                                        .changed = bluez_on_adapter_changed,
                                        .calling = bluez_on_calling,
                                        .userdata = b,
                                        .connections = settings->connections,
                                        .silent = settings->silent,
                                        .deaf = settings->deaf};
        r = sd_event_add_defer(event, &b->reached, bluez_on_reached, b);
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
