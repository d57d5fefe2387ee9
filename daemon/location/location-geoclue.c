/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection to the system bus for each time that the place is asked for: GeoClue ties a
 * client to the connection that asked for it, and ends with it. On it one call after the other,
 * none of which blocks:
 *
 *   Hello → [AddAgent →] GetClient → DesktopId → RequestedAccuracyLevel → AddMatch → Start
 *   LocationUpdated → Location.GetAll, each time
 *
 * The accuracy is asked for as it is and made coarser here: at lower levels GeoClue 2.6 tells
 * nothing of an exact source.
 */
#include "location-geoclue.h"
#include "src/base/log.h"
#include "src/base/loop-dbus.h"
#include "geoclue-agent.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SERVICE "org.freedesktop.GeoClue2"
#define MANAGER_PATH "/org/freedesktop/GeoClue2/Manager"
#define CLIENT SERVICE ".Client"
#define LOCATION SERVICE ".Location"

enum { ANSWER_MS = 10 * 1000 };

typedef enum Step {
        STEP_HELLO,
        STEP_ADD_AGENT,
        STEP_GET_CLIENT,
        STEP_SET_ID,
        STEP_SET_LEVEL,
        STEP_ADD_MATCH,
        STEP_START,
        STEP_RUNNING,
} Step;

typedef struct Geoclue {
        Locator locator;
        sd_event *event;
        Clock *clock;
        bool own_agent;
        sd_event_source *end; /* disconnects, outside of libdbus, and tells the trouble */
        LocatorTrouble trouble;

        /* from start to stop */
        DBusConnection *connection;
        LoopDBus *loop;
        DBusPendingCall *pending; /* of this step; one at a time */
        Step step;
        char *owner;      /* GeoClue's unique name: whose signals count */
        char *client;     /* object paths */
        char *news;       /* a location not asked for yet */
        bool found_first; /* since the start */
} Geoclue;

static void next(Geoclue *g);

/* ---- the connection ---- */

static void cancel_pending(Geoclue *g)
{
        if (!g->pending)
                return;
        dbus_pending_call_cancel(g->pending);
        dbus_pending_call_unref(g->pending);
        g->pending = NULL;
}

static void forget(char **text)
{
        free(*text);
        *text = NULL;
}

static void disconnect(Geoclue *g)
{
        (void)sd_event_source_set_enabled(g->end, SD_EVENT_OFF);
        cancel_pending(g);
        g->loop = loop_dbus_free(g->loop);
        if (g->connection) {
                dbus_connection_close(g->connection);
                dbus_connection_unref(g->connection);
        }
        g->connection = NULL;
        forget(&g->owner);
        forget(&g->client);
        forget(&g->news);
        g->found_first = false;
        g->step = STEP_HELLO;
}

static void fail(Geoclue *g, LocatorTrouble trouble)
{
        g->trouble = trouble;
        (void)sd_event_source_set_enabled(g->end, SD_EVENT_ONESHOT);
}

static int on_end(sd_event_source *s, void *userdata)
{
        Geoclue *g = userdata;

        disconnect(g);
        g->locator.events->failed(g->locator.userdata, g->trouble);
        return 0;
}

/* ---- calls ---- */

static void on_answer(DBusPendingCall *pending, void *userdata);

/* Takes the message; NULL: there was no memory for it. */
static void call(Geoclue *g, DBusMessage *m, int timeout_ms)
{
        bool sent = m &&
                    dbus_connection_send_with_reply(g->connection, m, &g->pending, timeout_ms) &&
                    g->pending && dbus_pending_call_set_notify(g->pending, on_answer, g, NULL);

        if (m)
                dbus_message_unref(m);
        if (!sent)
                fail(g, LOCATOR_FAILED);
}

static DBusMessage *bus_method(const char *member)
{
        return dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS,
                                            member);
}

/* The message with one string, or NULL. */
static DBusMessage *with_text(DBusMessage *m, const char *text)
{
        if (!m || dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
                return m;
        dbus_message_unref(m);
        return NULL;
}

static DBusMessage *set_property(const Geoclue *g, const char *name, const char *type,
                                 const void *value)
{
        DBusMessage *m =
                dbus_message_new_method_call(SERVICE, g->client, DBUS_INTERFACE_PROPERTIES, "Set");
        const char *interface = CLIENT;
        DBusMessageIter to, variant;

        if (!m)
                return NULL;
        dbus_message_iter_init_append(m, &to);
        if (dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, &interface) &&
            dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, &name) &&
            dbus_message_iter_open_container(&to, DBUS_TYPE_VARIANT, type, &variant) &&
            dbus_message_iter_append_basic(&variant, *type, value) &&
            dbus_message_iter_close_container(&to, &variant))
                return m;
        dbus_message_unref(m);
        return NULL;
}

static DBusMessage *add_match(const Geoclue *g)
{
        char rule[512];

        if (snprintf(rule, sizeof rule,
                     "type='signal',sender='" SERVICE "',path='%s',interface='" CLIENT
                     "',member='LocationUpdated'",
                     g->client) >= (int)sizeof rule)
                return NULL;
        return with_text(bus_method("AddMatch"), rule);
}

static DBusMessage *manager_method(const char *member)
{
        return dbus_message_new_method_call(SERVICE, MANAGER_PATH, SERVICE ".Manager", member);
}

/* Begins the step that it is at; the running one when there is news. */
static void next(Geoclue *g)
{
        const char *id = GEOCLUE_ID;
        const dbus_uint32_t level = GEOCLUE_EXACT;

        switch (g->step) {
        case STEP_HELLO:
                call(g, bus_method("Hello"), ANSWER_MS);
                return;
        case STEP_ADD_AGENT:
                call(g, with_text(manager_method("AddAgent"), id), ANSWER_MS);
                return;
        case STEP_GET_CLIENT:
                call(g, manager_method("GetClient"), ANSWER_MS);
                return;
        case STEP_SET_ID:
                call(g, set_property(g, "DesktopId", "s", &id), ANSWER_MS);
                return;
        case STEP_SET_LEVEL:
                call(g, set_property(g, "RequestedAccuracyLevel", "u", &level), ANSWER_MS);
                return;
        case STEP_ADD_MATCH:
                call(g, add_match(g), ANSWER_MS);
                return;
        /* the user may be asked first, and think about it until the press is over */
        case STEP_START:
                call(g, dbus_message_new_method_call(SERVICE, g->client, CLIENT, "Start"),
                     DBUS_TIMEOUT_INFINITE);
                return;
        case STEP_RUNNING:
                if (g->news)
                        call(g,
                             with_text(dbus_message_new_method_call(SERVICE, g->news,
                                                                    DBUS_INTERFACE_PROPERTIES,
                                                                    "GetAll"),
                                       LOCATION),
                             ANSWER_MS);
                forget(&g->news);
                return;
        }
}

/* ---- a location ---- */

typedef struct Found {
        double latitude, longitude, accuracy; /* not a number: not told */
        uint64_t measured_ms;                 /* since 1970; 0: not told */
} Found;

static void read_time(Found *f, DBusMessageIter *value)
{
        DBusMessageIter fields;
        dbus_uint64_t seconds;

        dbus_message_iter_recurse(value, &fields);
        if (dbus_message_iter_get_arg_type(&fields) != DBUS_TYPE_UINT64)
                return;
        dbus_message_iter_get_basic(&fields, &seconds);
        f->measured_ms = seconds <= UINT64_MAX / 1000 ? seconds * 1000 : 0;
}

static void read_entry(Found *f, DBusMessageIter *entry)
{
        const struct {
                const char *name;
                double *to;
        } numbers[] = {{"Latitude", &f->latitude},
                       {"Longitude", &f->longitude},
                       {"Accuracy", &f->accuracy}};
        DBusMessageIter value;
        const char *name;

        dbus_message_iter_get_basic(entry, &name);
        (void)dbus_message_iter_next(entry);
        dbus_message_iter_recurse(entry, &value);
        if (strcmp(name, "Timestamp") == 0 &&
            dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_STRUCT)
                read_time(f, &value);
        if (dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_DOUBLE)
                return;
        for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
                if (strcmp(name, numbers[i].name) == 0)
                        dbus_message_iter_get_basic(&value, numbers[i].to);
}

/* False where it is no place on earth. */
static bool read_fix(Fix *ret, const Found *f)
{
        if (!(fabs(f->latitude) <= 90) || !(fabs(f->longitude) <= 180) || !(f->accuracy >= 0))
                return false;
        *ret = (Fix){
                .known = true,
                .latitude_e7 = (int32_t)lround(f->latitude * 1e7),
                .longitude_e7 = (int32_t)lround(f->longitude * 1e7),
                .accuracy_m = (uint32_t)ceil(fmin(f->accuracy, FIX_ACCURACY_MAX_M)),
        };
        return true;
}

static void take_location(Geoclue *g, DBusMessage *reply)
{
        Found f = {.latitude = NAN, .longitude = NAN, .accuracy = NAN};
        uint64_t now = clock_wall(g->clock), age = 0;
        DBusMessageIter at, array, entry;
        Fix fix;

        if (!dbus_message_has_signature(reply, "a{sv}"))
                return;
        (void)dbus_message_iter_init(reply, &at);
        for (dbus_message_iter_recurse(&at, &array);
             dbus_message_iter_get_arg_type(&array) == DBUS_TYPE_DICT_ENTRY;
             (void)dbus_message_iter_next(&array)) {
                dbus_message_iter_recurse(&array, &entry);
                read_entry(&f, &entry);
        }
        if (!read_fix(&fix, &f))
                return;
        /* The first may be what GeoClue knew before, and has a date; those that follow are new, and
         * the clocks of receiver and machine, which may differ by hours, do not matter. */
        if (!g->found_first && f.measured_ms > 0 && f.measured_ms < now)
                age = now - f.measured_ms;
        g->found_first = true;
        g->locator.events->found(g->locator.userdata, &fix, age);
}

/* ---- answers ---- */

static bool take_client(Geoclue *g, DBusMessage *reply)
{
        const char *path, *owner = dbus_message_get_sender(reply);

        if (!owner ||
            !dbus_message_get_args(reply, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID))
                return false;
        g->client = strdup(path);
        g->owner = strdup(owner);
        return g->client && g->owner;
}

static bool take_name(Geoclue *g, DBusMessage *reply)
{
        const char *name;

        return dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID) &&
               dbus_bus_set_unique_name(g->connection, name);
}

static void on_accepted(Geoclue *g, DBusMessage *reply)
{
        bool ok = true;

        switch (g->step) {
        case STEP_HELLO:
                ok = take_name(g, reply);
                if (!g->own_agent)
                        g->step = STEP_ADD_AGENT;
                break;
        case STEP_GET_CLIENT:
                ok = take_client(g, reply);
                break;
        case STEP_RUNNING:
                take_location(g, reply);
                next(g);
                return;
        case STEP_ADD_AGENT:
        case STEP_SET_ID:
        case STEP_SET_LEVEL:
        case STEP_ADD_MATCH:
        case STEP_START:
                break;
        }
        if (!ok) {
                fail(g, LOCATOR_FAILED);
                return;
        }
        g->step++;
        next(g);
}

static LocatorTrouble trouble_of(const Geoclue *g, const char *error)
{
        static const char spawn[] = "org.freedesktop.DBus.Error.Spawn.";

        if (strcmp(error, DBUS_ERROR_ACCESS_DENIED) == 0)
                return LOCATOR_DENIED;
        if (strcmp(error, DBUS_ERROR_SERVICE_UNKNOWN) == 0 ||
            strncmp(error, spawn, sizeof spawn - 1) == 0 ||
            strcmp(error, DBUS_ERROR_NAME_HAS_NO_OWNER) == 0)
                return LOCATOR_ABSENT;
        if (strcmp(error, DBUS_ERROR_NO_REPLY) == 0 && g->step == STEP_GET_CLIENT)
                return LOCATOR_SILENT;
        return g->step == STEP_HELLO ? LOCATOR_NO_BUS : LOCATOR_FAILED;
}

/* Without being allowed to be an agent we may have one all the same. A location that was asked for
 * may have been replaced meanwhile. */
static void on_refused(Geoclue *g, const char *error)
{
        log_debug("GeoClue, step %d: %s", (int)g->step, error);
        if (g->step == STEP_ADD_AGENT && strcmp(error, DBUS_ERROR_ACCESS_DENIED) == 0)
                g->step++;
        else if (g->step != STEP_RUNNING) {
                fail(g, trouble_of(g, error));
                return;
        }
        next(g);
}

static void on_answer(DBusPendingCall *pending, void *userdata)
{
        Geoclue *g = userdata;
        DBusMessage *reply = dbus_pending_call_steal_reply(pending);

        dbus_pending_call_unref(g->pending);
        g->pending = NULL;
        if (dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR)
                on_refused(g, dbus_message_get_error_name(reply));
        else
                on_accepted(g, reply);
        dbus_message_unref(reply);
}

/* ---- signals ---- */

/* Anybody may send us a signal: only GeoClue's counts. */
static void on_updated(Geoclue *g, DBusMessage *m)
{
        const char *sender = dbus_message_get_sender(m), *before, *now;

        if (!sender || !g->owner || strcmp(sender, g->owner) != 0 ||
            !dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &before, DBUS_TYPE_OBJECT_PATH,
                                   &now, DBUS_TYPE_INVALID))
                return;
        forget(&g->news);
        g->news = strdup(now);
        if (g->step == STEP_RUNNING && !g->pending)
                next(g);
}

static DBusHandlerResult on_message(DBusConnection *connection, DBusMessage *m, void *userdata)
{
        Geoclue *g = userdata;

        if (dbus_message_is_signal(m, DBUS_INTERFACE_LOCAL, "Disconnected"))
                fail(g, LOCATOR_NO_BUS);
        else if (dbus_message_is_signal(m, CLIENT, "LocationUpdated"))
                on_updated(g, m);
        else
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        return DBUS_HANDLER_RESULT_HANDLED;
}

/* ---- life ---- */

static int connect_bus(Geoclue *g)
{
        int r;

        g->connection = loop_dbus_open_system_bus();
        if (!g->connection) {
                fail(g, LOCATOR_NO_BUS);
                return 0;
        }
        if (!dbus_connection_add_filter(g->connection, on_message, g, NULL))
                return -ENOMEM;
        r = g->own_agent ? geoclue_agent_register(g->connection, GEOCLUE_ID) : 0;
        if (r == 0)
                r = loop_dbus_new(&g->loop, g->connection, g->event);
        if (r == 0)
                next(g);
        return r;
}

static int geoclue_start(Locator *l)
{
        Geoclue *g = (Geoclue *)l;
        int r = connect_bus(g);

        if (r < 0)
                disconnect(g);
        return r;
}

static void geoclue_stop(Locator *l)
{
        disconnect((Geoclue *)l);
}

static Locator *geoclue_free(Locator *l)
{
        Geoclue *g = (Geoclue *)l;

        disconnect(g);
        sd_event_source_disable_unref(g->end);
        free(g);
        return NULL;
}

int location_geoclue_new(Locator **ret, sd_event *event, Clock *clock, bool own_agent)
{
        static const LocatorOps ops = {geoclue_start, geoclue_stop, geoclue_free};
        Geoclue *g = calloc(1, sizeof *g);
        int r;

        if (!g)
                return -ENOMEM;
        *g = (Geoclue){.locator.ops = &ops, .event = event, .clock = clock, .own_agent = own_agent};
        r = sd_event_add_defer(event, &g->end, on_end, g);
        if (r >= 0)
                r = sd_event_source_set_enabled(g->end, SD_EVENT_OFF);
        if (r < 0) {
                sd_event_source_disable_unref(g->end);
                free(g);
                return r;
        }
        (void)sd_event_source_set_description(g->end, "geoclue-end");
        *ret = &g->locator;
        return 0;
}
