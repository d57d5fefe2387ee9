/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "client.h"

#include <string.h>

#define DAEMON_NAME "org.huddle"
#define DAEMON_ROOT "/org/huddle"
#define AGENT_NAME "org.huddle.Agent"
#define AGENT_PATH "/org/huddle/Agent"
#define DBUS_NAME "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

struct _HuddleClient {
        GObject parent;
        ClientBus bus;
        ClientState state;
        GCancellable *cancellable;   /* of the present search */
        GDBusConnection *connection; /* to the bus of huddled */
        guint name_watch;            /* 0: none */
        GDBusObjectManager *objects; /* NULL: huddled is away */
        BusManager1 *manager;
        BusAgent1 *agent;
};

G_DEFINE_FINAL_TYPE(HuddleClient, huddle_client, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void client_set_state(HuddleClient *c, ClientState state)
{
        c->state = state;
        g_signal_emit(c, signals[SIGNAL_CHANGED], 0);
}

static void client_tell(HuddleClient *c)
{
        g_signal_emit(c, signals[SIGNAL_CHANGED], 0);
}

static void client_drop_daemon(HuddleClient *c)
{
        if (c->manager)
                g_signal_handlers_disconnect_by_data(c->manager, c);
        if (c->objects)
                g_signal_handlers_disconnect_by_data(c->objects, c);
        g_clear_object(&c->manager);
        g_clear_object(&c->objects);
}

/* A new search or a new daemon: answers to the old one must not arrive any more. */
static GCancellable *client_start_over(HuddleClient *c)
{
        g_cancellable_cancel(c->cancellable);
        g_clear_object(&c->cancellable);
        c->cancellable = g_cancellable_new();
        return c->cancellable;
}

/* ---- the daemon ------------------------------------------------------------------------------ */

/* What we need of its interfaces, as it grows in Manager1's ApiLevel. A later one has it, too. */
enum { API_LEVEL = 1 };

static void client_on_objects(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GDBusObjectManager) objects =
                bus_object_manager_client_new_finish(result, &error);
        HuddleClient *c = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return; /* c may be gone */
        if (!objects) {
                client_set_state(c, CLIENT_OTHER_VERSION);
                return;
        }
        c->objects = g_steal_pointer(&objects);
        g_signal_connect_swapped(c->objects, "object-added", G_CALLBACK(client_tell), c);
        g_signal_connect_swapped(c->objects, "object-removed", G_CALLBACK(client_tell), c);
        g_signal_connect_swapped(c->objects, "interface-proxy-properties-changed",
                                 G_CALLBACK(client_tell), c);
        client_set_state(c, bus_manager1_get_api_level(c->manager) >= API_LEVEL
                                    ? CLIENT_READY
                                    : CLIENT_OTHER_VERSION);
}

/* The root is not among its own managed objects. */
static void client_on_manager(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(BusManager1) manager = bus_manager1_proxy_new_finish(result, &error);
        HuddleClient *c = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        client_drop_daemon(c);
        if (!manager) {
                client_set_state(c, CLIENT_ABSENT);
                return;
        }
        c->manager = g_steal_pointer(&manager);
        g_signal_connect_swapped(c->manager, "g-properties-changed", G_CALLBACK(client_tell), c);
        g_signal_connect_swapped(c->manager, "history-changed", G_CALLBACK(client_tell), c);
        bus_object_manager_client_new(
                c->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, DAEMON_NAME,
                DAEMON_ROOT, c->cancellable, client_on_objects, c);
}

static void client_on_appeared(GDBusConnection *connection, const char *name, const char *owner,
                               gpointer userdata)
{
        HuddleClient *c = userdata;

        bus_manager1_proxy_new(connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, DAEMON_NAME,
                               DAEMON_ROOT, client_start_over(c), client_on_manager, c);
}

static void client_on_vanished(GDBusConnection *connection, const char *name, gpointer userdata)
{
        HuddleClient *c = userdata;

        client_start_over(c);
        client_drop_daemon(c);
        client_set_state(c, CLIENT_ABSENT);
}

static void client_watch(HuddleClient *c, GDBusConnection *connection)
{
        g_set_object(&c->connection, connection);
        g_dbus_connection_set_exit_on_close(connection, FALSE);
        c->name_watch = g_bus_watch_name_on_connection(
                connection, DAEMON_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START, client_on_appeared,
                client_on_vanished, c, NULL);
}

/* ---- which bus ------------------------------------------------------------------------------- */

static void client_on_session(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GDBusConnection) connection = g_bus_get_finish(result, &error);
        HuddleClient *c = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (connection)
                client_watch(c, connection);
        else
                client_set_state(c, CLIENT_ABSENT);
}

static void client_use_session(HuddleClient *c)
{
        g_bus_get(G_BUS_TYPE_SESSION, c->cancellable, client_on_session, c);
}

static gboolean client_names_huddle(GVariant *reply)
{
        g_autofree const char **names = NULL;

        g_variant_get(reply, "(^a&s)", &names);
        return g_strv_contains(names, DAEMON_NAME);
}

static void client_on_activatable(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        GDBusConnection *connection = G_DBUS_CONNECTION(source);
        g_autoptr(GVariant) reply = g_dbus_connection_call_finish(connection, result, &error);
        HuddleClient *c = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (reply && client_names_huddle(reply))
                client_watch(c, connection);
        else
                client_use_session(c);
}

static void client_ask_names(HuddleClient *c, GDBusConnection *connection, const char *method,
                             GAsyncReadyCallback on_reply)
{
        g_dbus_connection_call(connection, DBUS_NAME, DBUS_PATH, DBUS_NAME, method, NULL,
                               G_VARIANT_TYPE("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, c->cancellable,
                               on_reply, c);
}

static void client_on_names(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        GDBusConnection *connection = G_DBUS_CONNECTION(source);
        g_autoptr(GVariant) reply = g_dbus_connection_call_finish(connection, result, &error);
        HuddleClient *c = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (reply && client_names_huddle(reply))
                client_watch(c, connection);
        else
                client_ask_names(c, connection, "ListActivatableNames", client_on_activatable);
}

static void client_on_system(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GDBusConnection) connection = g_bus_get_finish(result, &error);
        HuddleClient *c = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (connection && c->bus == CLIENT_BUS_SYSTEM)
                client_watch(c, connection);
        else if (connection)
                client_ask_names(c, connection, "ListNames", client_on_names);
        else if (c->bus == CLIENT_BUS_CHOOSE)
                client_use_session(c);
        else
                client_set_state(c, CLIENT_ABSENT);
}

static void client_look(HuddleClient *c)
{
        client_start_over(c);
        if (c->bus == CLIENT_BUS_SESSION)
                client_use_session(c);
        else
                g_bus_get(G_BUS_TYPE_SYSTEM, c->cancellable, client_on_system, c);
}

/* ---- the agent ------------------------------------------------------------------------------- */

/* Without properties and without starting the agent nothing waits here. */
static void client_connect_agent(HuddleClient *c)
{
        c->agent = bus_agent1_proxy_new_for_bus_sync(
                G_BUS_TYPE_SESSION,
                G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES |
                        G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START_AT_CONSTRUCTION,
                AGENT_NAME, AGENT_PATH, NULL, NULL);
}

/* ---- for pages ------------------------------------------------------------------------------- */

HuddleClient *huddle_client_new(ClientBus bus)
{
        HuddleClient *c = g_object_new(HUDDLE_TYPE_CLIENT, NULL);

        c->bus = bus;
        client_connect_agent(c);
        client_look(c);
        return c;
}

ClientBus huddle_client_get_bus(HuddleClient *c)
{
        return c->bus;
}

ClientState huddle_client_get_state(HuddleClient *c)
{
        return c->state;
}

void huddle_client_retry(HuddleClient *c)
{
        if (c->name_watch)
                g_bus_unwatch_name(c->name_watch);
        c->name_watch = 0;
        client_drop_daemon(c);
        client_set_state(c, CLIENT_LOOKING);
        client_look(c);
}

GDBusConnection *huddle_client_get_connection(HuddleClient *c)
{
        return c->state == CLIENT_READY ? c->connection : NULL;
}

BusManager1 *huddle_client_get_manager(HuddleClient *c)
{
        return c->state == CLIENT_READY ? c->manager : NULL;
}

BusAgent1 *huddle_client_get_agent(HuddleClient *c)
{
        return c->agent;
}

/* The object manager keeps the proxy as long as the object is listed, so we may lend it. */
static BusExchange1 *client_lend_exchange(GDBusInterface *exchange)
{
        if (exchange)
                g_object_unref(exchange);
        return exchange ? BUS_EXCHANGE1(exchange) : NULL;
}

BusExchange1 *huddle_client_get_exchange(HuddleClient *c, const char *path)
{
        if (c->state != CLIENT_READY)
                return NULL;
        return client_lend_exchange(
                g_dbus_object_manager_get_interface(c->objects, path, "org.huddle.Exchange1"));
}

gboolean huddle_client_is_over(const char *state)
{
        static const char *const over[] = {"delivered", "failed", "left", NULL};

        return state && g_strv_contains(over, state);
}

typedef gboolean (*ClientObjectFunc)(GDBusObject *object, gpointer userdata);

/* Calls func for each object, until it says TRUE. */
static void client_each_object(HuddleClient *c, ClientObjectFunc func, gpointer userdata)
{
        GList *objects =
                c->state == CLIENT_READY ? g_dbus_object_manager_get_objects(c->objects) : NULL;

        for (GList *at = objects; at; at = at->next)
                if (func(at->data, userdata))
                        break;
        g_list_free_full(objects, g_object_unref);
}

static gboolean client_find_running(GDBusObject *object, gpointer userdata)
{
        BusExchange1 **ret = userdata;
        BusExchange1 *exchange =
                client_lend_exchange(g_dbus_object_get_interface(object, "org.huddle.Exchange1"));

        if (!exchange || huddle_client_is_over(bus_exchange1_get_state(exchange)))
                return FALSE;
        *ret = exchange;
        return TRUE;
}

BusExchange1 *huddle_client_get_running(HuddleClient *c)
{
        BusExchange1 *running = NULL;

        client_each_object(c, client_find_running, &running);
        return running;
}

static gboolean client_count_peer(GDBusObject *object, gpointer userdata)
{
        GDBusInterface *peer = g_dbus_object_get_interface(object, "org.huddle.Peer1");

        if (peer)
                ++*(guint *)userdata;
        g_clear_object(&peer);
        return FALSE;
}

guint huddle_client_count_near(HuddleClient *c)
{
        guint near = 0;

        client_each_object(c, client_count_peer, &near);
        return near;
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_client_dispose(GObject *object)
{
        HuddleClient *c = HUDDLE_CLIENT(object);

        if (c->cancellable)
                g_cancellable_cancel(c->cancellable);
        if (c->name_watch)
                g_bus_unwatch_name(c->name_watch);
        c->name_watch = 0;
        client_drop_daemon(c);
        g_clear_object(&c->cancellable);
        g_clear_object(&c->connection);
        g_clear_object(&c->agent);
        G_OBJECT_CLASS(huddle_client_parent_class)->dispose(object);
}

static void huddle_client_class_init(HuddleClientClass *klass)
{
        G_OBJECT_CLASS(klass)->dispose = huddle_client_dispose;
        signals[SIGNAL_CHANGED] = g_signal_new("changed", HUDDLE_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0,
                                               NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void huddle_client_init(HuddleClient *c)
{
}
