/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each start opens a connection of its own to the system bus: GeoClue ties a client to its
 * connection and drops it with that. The calls follow each other and never block:
 *
 *   Hello → [AddAgent →] GetClient → DesktopId → RequestedAccuracyLevel → AddMatch → Start
 *   LocationUpdated → Location.GetAll, each time
 *
 * We request the exact place and round it ourselves: at lower levels GeoClue 2.6 reports nothing
 * from an exact source.
 */
#include "location-geoclue.h"
#include "src/base/log.h"
#include "src/base/loop-dbus.h"
#include "geoclue-agent.h"
#include "geoclue-place.h"

#include <assert.h>
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
        sd_event_source *end; /* disconnects and reports the trouble, outside of libdbus */
        LocatorTrouble trouble;

        /* from start to stop */
        DBusConnection *connection;
        LoopDBus *loop;
        DBusPendingCall *pending; /* the call of this step; one at a time */
        Step step;
        char *owner;      /* GeoClue's unique name: only its signals count */
        char *client;     /* object path */
        char *news;       /* object path of a location that we have not read yet */
        bool found_first; /* a place was found since the start */
} Geoclue;

static void geoclue_next(Geoclue *g);

/* ---- the connection ---- */

static void geoclue_cancel_pending(Geoclue *g)
{
        if (!g->pending)
                return;
        dbus_pending_call_cancel(g->pending);
        dbus_pending_call_unref(g->pending);
        g->pending = NULL;
}

static void geoclue_forget(char **text)
{
        free(*text);
        *text = NULL;
}

static void geoclue_disconnect(Geoclue *g)
{
        (void)sd_event_source_set_enabled(g->end, SD_EVENT_OFF);
        geoclue_cancel_pending(g);
        g->loop = loop_dbus_free(g->loop);
        if (g->connection) {
                dbus_connection_close(g->connection);
                dbus_connection_unref(g->connection);
        }
        g->connection = NULL;
        geoclue_forget(&g->owner);
        geoclue_forget(&g->client);
        geoclue_forget(&g->news);
        g->found_first = false;
        g->step = STEP_HELLO;
}

static void geoclue_fail(Geoclue *g, LocatorTrouble trouble)
{
        g->trouble = trouble;
        (void)sd_event_source_set_enabled(g->end, SD_EVENT_ONESHOT);
}

static int geoclue_on_end(sd_event_source *s, void *userdata)
{
        Geoclue *g = userdata;

        geoclue_disconnect(g);
        g->locator.events->failed(g->locator.userdata, g->trouble);
        return 0;
}

/* ---- calls ---- */

static void geoclue_on_answer(DBusPendingCall *pending, void *userdata);

/* Takes m. NULL: it could not be allocated. */
static void geoclue_call(Geoclue *g, DBusMessage *m, int timeout_ms)
{
        bool sent;

        assert(g->connection && !g->pending);
        sent = m && dbus_connection_send_with_reply(g->connection, m, &g->pending, timeout_ms) &&
               g->pending && dbus_pending_call_set_notify(g->pending, geoclue_on_answer, g, NULL);
        if (m)
                dbus_message_unref(m);
        if (!sent)
                geoclue_fail(g, LOCATOR_FAILED);
}

static DBusMessage *geoclue_bus_method(const char *member)
{
        return dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS,
                                            member);
}

/* Appends text to m and returns m. Out of memory: frees m, returns NULL. */
static DBusMessage *geoclue_with_text(DBusMessage *m, const char *text)
{
        if (!m || dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
                return m;
        dbus_message_unref(m);
        return NULL;
}

static DBusMessage *geoclue_set_property(const Geoclue *g, const char *name, const char *type,
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

static DBusMessage *geoclue_add_match(const Geoclue *g)
{
        char rule[512];

        if (snprintf(rule, sizeof rule,
                     "type='signal',sender='" SERVICE "',path='%s',interface='" CLIENT
                     "',member='LocationUpdated'",
                     g->client) >= (int)sizeof rule)
                return NULL;
        return geoclue_with_text(geoclue_bus_method("AddMatch"), rule);
}

static DBusMessage *geoclue_manager_method(const char *member)
{
        return dbus_message_new_method_call(SERVICE, MANAGER_PATH, SERVICE ".Manager", member);
}

/* Makes the call of the current step. While running: reads the news, if any. */
static void geoclue_next(Geoclue *g)
{
        const char *id = GEOCLUE_ID;
        const dbus_uint32_t level = GEOCLUE_EXACT;

        switch (g->step) {
        case STEP_HELLO:
                geoclue_call(g, geoclue_bus_method("Hello"), ANSWER_MS);
                return;
        case STEP_ADD_AGENT:
                geoclue_call(g, geoclue_with_text(geoclue_manager_method("AddAgent"), id),
                             ANSWER_MS);
                return;
        case STEP_GET_CLIENT:
                geoclue_call(g, geoclue_manager_method("GetClient"), ANSWER_MS);
                return;
        case STEP_SET_ID:
                geoclue_call(g, geoclue_set_property(g, "DesktopId", "s", &id), ANSWER_MS);
                return;
        case STEP_SET_LEVEL:
                geoclue_call(g, geoclue_set_property(g, "RequestedAccuracyLevel", "u", &level),
                             ANSWER_MS);
                return;
        case STEP_ADD_MATCH:
                geoclue_call(g, geoclue_add_match(g), ANSWER_MS);
                return;
        /* GeoClue may ask the user first, and the answer may come after the press */
        case STEP_START:
                geoclue_call(g, dbus_message_new_method_call(SERVICE, g->client, CLIENT, "Start"),
                             DBUS_TIMEOUT_INFINITE);
                return;
        case STEP_RUNNING:
                if (g->news)
                        geoclue_call(g,
                                     geoclue_with_text(dbus_message_new_method_call(
                                                               SERVICE, g->news,
                                                               DBUS_INTERFACE_PROPERTIES, "GetAll"),
                                                       LOCATION),
                                     ANSWER_MS);
                geoclue_forget(&g->news);
                return;
        }
}

/* ---- a location ---- */

static void geoclue_take_location(Geoclue *g, DBusMessage *reply)
{
        uint64_t now = clock_wall(g->clock), age = 0, measured_ms;
        Fix fix;

        if (!geoclue_place_read(&fix, &measured_ms, reply))
                return;
        /* GeoClue may start with a remembered place; only its date tells. Later ones are new,
         * and we ignore their dates: the clock of the receiver may be hours off. */
        if (!g->found_first && measured_ms > 0 && measured_ms < now)
                age = now - measured_ms;
        g->found_first = true;
        g->locator.events->found(g->locator.userdata, &fix, age);
}

/* ---- answers ---- */

static bool geoclue_take_client(Geoclue *g, DBusMessage *reply)
{
        const char *path, *owner = dbus_message_get_sender(reply);

        if (!owner ||
            !dbus_message_get_args(reply, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID))
                return false;
        g->client = strdup(path);
        g->owner = strdup(owner);
        return g->client && g->owner;
}

static bool geoclue_take_name(Geoclue *g, DBusMessage *reply)
{
        const char *name;

        return dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID) &&
               dbus_bus_set_unique_name(g->connection, name);
}

static void geoclue_on_accepted(Geoclue *g, DBusMessage *reply)
{
        bool ok = true;

        switch (g->step) {
        case STEP_HELLO:
                ok = geoclue_take_name(g, reply);
                if (!g->own_agent)
                        g->step = STEP_ADD_AGENT;
                break;
        case STEP_GET_CLIENT:
                ok = geoclue_take_client(g, reply);
                break;
        case STEP_RUNNING:
                geoclue_take_location(g, reply);
                geoclue_next(g);
                return;
        case STEP_ADD_AGENT:
        case STEP_SET_ID:
        case STEP_SET_LEVEL:
        case STEP_ADD_MATCH:
        case STEP_START:
                break;
        }
        if (!ok) {
                geoclue_fail(g, LOCATOR_FAILED);
                return;
        }
        g->step++;
        geoclue_next(g);
}

static LocatorTrouble geoclue_trouble_of(const Geoclue *g, const char *error)
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

/* Two refusals are harmless: we may not be an agent, but there may be another one; and the location
 * that we wanted to read may have been replaced. */
static void geoclue_on_refused(Geoclue *g, const char *error)
{
        log_debug("GeoClue, step %d: %s", (int)g->step, error);
        if (g->step == STEP_ADD_AGENT && strcmp(error, DBUS_ERROR_ACCESS_DENIED) == 0)
                g->step++;
        else if (g->step != STEP_RUNNING) {
                geoclue_fail(g, geoclue_trouble_of(g, error));
                return;
        }
        geoclue_next(g);
}

static void geoclue_on_answer(DBusPendingCall *pending, void *userdata)
{
        Geoclue *g = userdata;
        DBusMessage *reply = dbus_pending_call_steal_reply(pending);

        dbus_pending_call_unref(g->pending);
        g->pending = NULL;
        if (dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR)
                geoclue_on_refused(g, dbus_message_get_error_name(reply));
        else
                geoclue_on_accepted(g, reply);
        dbus_message_unref(reply);
}

/* ---- signals ---- */

/* Any process may send us signals. Only those of GeoClue count. */
static void geoclue_on_updated(Geoclue *g, DBusMessage *m)
{
        const char *sender = dbus_message_get_sender(m), *before, *now;

        if (!sender || !g->owner || strcmp(sender, g->owner) != 0 ||
            !dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &before, DBUS_TYPE_OBJECT_PATH,
                                   &now, DBUS_TYPE_INVALID))
                return;
        geoclue_forget(&g->news);
        g->news = strdup(now);
        if (g->step == STEP_RUNNING && !g->pending)
                geoclue_next(g);
}

static DBusHandlerResult geoclue_on_message(DBusConnection *connection, DBusMessage *m,
                                            void *userdata)
{
        Geoclue *g = userdata;

        if (dbus_message_is_signal(m, DBUS_INTERFACE_LOCAL, "Disconnected"))
                geoclue_fail(g, LOCATOR_NO_BUS);
        else if (dbus_message_is_signal(m, CLIENT, "LocationUpdated"))
                geoclue_on_updated(g, m);
        else
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        return DBUS_HANDLER_RESULT_HANDLED;
}

/* ---- life ---- */

static int geoclue_connect_bus(Geoclue *g)
{
        int r;

        g->connection = loop_dbus_open_system_bus();
        if (!g->connection) {
                geoclue_fail(g, LOCATOR_NO_BUS);
                return 0;
        }
        if (!dbus_connection_add_filter(g->connection, geoclue_on_message, g, NULL))
                return -ENOMEM;
        r = g->own_agent ? geoclue_agent_register(g->connection, GEOCLUE_ID) : 0;
        if (r == 0)
                r = loop_dbus_new(&g->loop, g->connection, g->event);
        if (r == 0)
                geoclue_next(g);
        return r;
}

static int geoclue_start(Locator *l)
{
        Geoclue *g = (Geoclue *)l;
        int r = geoclue_connect_bus(g);

        if (r < 0)
                geoclue_disconnect(g);
        return r;
}

static void geoclue_stop(Locator *l)
{
        geoclue_disconnect((Geoclue *)l);
}

static Locator *geoclue_free(Locator *l)
{
        Geoclue *g = (Geoclue *)l;

        geoclue_disconnect(g);
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
        r = sd_event_add_defer(event, &g->end, geoclue_on_end, g);
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
