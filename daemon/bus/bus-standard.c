/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-standard.c - org.freedesktop.DBus.Introspectable, .Properties and .ObjectManager; libdbus
 * answers .Peer */
#include "bus-private.h"

#include <stdio.h>
#include <string.h>

#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

/* ---- Properties ---- */

/* What the builder of an answer needs. */
typedef struct PropertyQuery {
        BusObject *o;
        const BusProperty *property;
        uint32_t uid;
} PropertyQuery;

static bool standard_build_value(DBusMessageIter *to, void *userdata)
{
        PropertyQuery *a = userdata;

        return bus_append_variant(to, a->o, a->property, a->uid);
}

static bool standard_build_values(DBusMessageIter *to, void *userdata)
{
        PropertyQuery *a = userdata;

        return bus_append_properties(to, a->o, a->uid);
}

/* Standard interfaces have no properties of their own; the empty name stands for any. */
static bool standard_is_ours(const BusObject *o, const char *interface)
{
        return o && (*interface == '\0' || strcmp(interface, o->interface->name) == 0);
}

static const BusProperty *standard_find_property(const BusObject *o, const char *name)
{
        for (const BusProperty *p = o->interface->properties; p->name; p++)
                if (strcmp(p->name, name) == 0)
                        return p;
        return NULL;
}

/* Answers with an error and returns NULL where there is no such property. */
static const BusProperty *standard_named_property(BusCall *call, BusObject *o)
{
        const char *interface, *name;
        const BusProperty *p;
        DBusMessageIter args;

        (void)dbus_message_iter_init(call->message, &args);
        dbus_message_iter_get_basic(&args, &interface);
        (void)dbus_message_iter_next(&args);
        dbus_message_iter_get_basic(&args, &name);
        if (!standard_is_ours(o, interface)) {
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_INTERFACE,
                              "the object has no such interface");
                return NULL;
        }
        p = standard_find_property(o, name);
        if (!p)
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_PROPERTY,
                              "the interface has no such property");
        return p;
}

static void standard_get(BusCall *call, BusObject *o)
{
        PropertyQuery a = {.o = o, .uid = call->uid};

        a.property = standard_named_property(call, o); /* without one, the call is gone */
        if (a.property)
                bus_return_built(call, standard_build_value, &a);
}

static void standard_set(BusCall *call, BusObject *o)
{
        if (standard_named_property(call, o))
                bus_fail_dbus(call, DBUS_ERROR_PROPERTY_READ_ONLY, "properties change by methods");
}

static void standard_get_all(BusCall *call, BusObject *o)
{
        PropertyQuery a = {.o = o, .uid = call->uid};
        DBusMessageIter args;
        const char *interface;

        (void)dbus_message_iter_init(call->message, &args);
        dbus_message_iter_get_basic(&args, &interface);
        if (standard_is_ours(o, interface))
                bus_return_built(call, standard_build_values, &a);
        else
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_INTERFACE,
                              "the object has no such interface");
}

/* ---- ObjectManager ---- */

static bool standard_append_object(DBusMessageIter *objects, BusObject *o, uint32_t uid)
{
        DBusMessageIter entry, interfaces;
        bool ok;

        if (!dbus_message_iter_open_container(objects, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return false;
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_OBJECT_PATH, &o->path) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_ARRAY, "{sa{sv}}", &interfaces) &&
             bus_close(bus_append_interface(&interfaces, o, uid), &entry, &interfaces);
        return bus_close(ok, objects, &entry);
}

static bool standard_build_objects(DBusMessageIter *to, void *userdata)
{
        BusCall *call = userdata;
        DBusMessageIter objects;
        size_t len;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{oa{sa{sv}}}", &objects))
                return false;
        for (BusObject *o = call->bus->objects; ok && o; o = o->next)
                if (bus_visible(o, call->uid) && bus_child_of(BUS_ROOT, o->path, &len))
                        ok = standard_append_object(&objects, o, call->uid);
        return bus_close(ok, to, &objects);
}

static void standard_get_managed_objects(BusCall *call, BusObject *o)
{
        if (o && strcmp(o->path, BUS_ROOT) == 0)
                bus_return_built(call, standard_build_objects, call);
        else
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_INTERFACE,
                              "the ObjectManager is at " BUS_ROOT);
}

/* ---- Introspectable ---- */

static const char head[] = DBUS_INTROSPECT_1_0_XML_DOCTYPE_DECL_NODE "<node>\n";
static const char introspectable[] =
        "  <interface name=\"org.freedesktop.DBus.Introspectable\">\n"
        "    <method name=\"Introspect\"><arg name=\"xml\" type=\"s\" direction=\"out\"/>"
        "</method>\n"
        "  </interface>\n";
static const char peer[] = "  <interface name=\"org.freedesktop.DBus.Peer\">\n"
                           "    <method name=\"Ping\"/>\n"
                           "    <method name=\"GetMachineId\"><arg name=\"id\" type=\"s\" "
                           "direction=\"out\"/></method>\n"
                           "  </interface>\n";
static const char properties[] =
        "  <interface name=\"org.freedesktop.DBus.Properties\">\n"
        "    <method name=\"Get\"><arg name=\"interface\" type=\"s\" direction=\"in\"/>"
        "<arg name=\"property\" type=\"s\" direction=\"in\"/><arg name=\"value\" type=\"v\" "
        "direction=\"out\"/></method>\n"
        "    <method name=\"Set\"><arg name=\"interface\" type=\"s\" direction=\"in\"/>"
        "<arg name=\"property\" type=\"s\" direction=\"in\"/><arg name=\"value\" type=\"v\" "
        "direction=\"in\"/></method>\n"
        "    <method name=\"GetAll\"><arg name=\"interface\" type=\"s\" direction=\"in\"/>"
        "<arg name=\"values\" type=\"a{sv}\" direction=\"out\"/></method>\n"
        "    <signal name=\"PropertiesChanged\"><arg name=\"interface\" type=\"s\"/>"
        "<arg name=\"changed\" type=\"a{sv}\"/><arg name=\"invalidated\" type=\"as\"/></signal>\n"
        "  </interface>\n";
static const char object_manager[] =
        "  <interface name=\"" OBJECT_MANAGER "\">\n"
        "    <method name=\"GetManagedObjects\"><arg name=\"objects\" type=\"a{oa{sa{sv}}}\" "
        "direction=\"out\"/></method>\n"
        "    <signal name=\"InterfacesAdded\"><arg name=\"object\" type=\"o\"/>"
        "<arg name=\"interfaces\" type=\"a{sa{sv}}\"/></signal>\n"
        "    <signal name=\"InterfacesRemoved\"><arg name=\"object\" type=\"o\"/>"
        "<arg name=\"interfaces\" type=\"as\"/></signal>\n"
        "  </interface>\n";

/* Whether an object before o in the list has the same child of parent: then it is written
 * already. */
static bool standard_child_seen(Bus *b, const BusObject *o, const char *parent, uint32_t uid)
{
        size_t len, other_len;
        const char *child = bus_child_of(parent, o->path, &len);

        for (const BusObject *i = b->objects; i != o; i = i->next) {
                const char *other =
                        bus_visible(i, uid) ? bus_child_of(parent, i->path, &other_len) : NULL;

                if (other && other_len == len && memcmp(other, child, len) == 0)
                        return true;
        }
        return false;
}

static void standard_write_children(FILE *f, Bus *b, const char *parent, uint32_t uid)
{
        for (const BusObject *o = b->objects; o; o = o->next) {
                size_t len;
                const char *child =
                        bus_visible(o, uid) ? bus_child_of(parent, o->path, &len) : NULL;

                if (child && !standard_child_seen(b, o, parent, uid))
                        fprintf(f, "  <node name=\"%.*s\"/>\n", (int)len, child);
        }
}

/* Writes the XML of the object's own interface, with the standard interfaces before its last
 * line. */
static void standard_write_introspection(FILE *f, BusCall *call, BusObject *o)
{
        static const char tail[] = "</node>\n";

        if (o) {
                const char *xml = o->interface->xml;

                (void)fwrite(xml, 1, strlen(xml) - strlen(tail), f);
                fputs(introspectable, f);
                fputs(peer, f);
                fputs(properties, f);
                if (o->path && strcmp(o->path, BUS_ROOT) == 0)
                        fputs(object_manager, f);
        } else {
                fputs(head, f);
                fputs(introspectable, f);
                fputs(peer, f);
        }
        standard_write_children(f, call->bus, dbus_message_get_path(call->message), call->uid);
        fputs(tail, f);
}

static void standard_introspect(BusCall *call, BusObject *o)
{
        _cleanup_free_ char *xml = NULL;
        size_t len;
        FILE *f = open_memstream(&xml, &len);

        if (!f) {
                bus_fail_errno(call, -errno);
                return;
        }
        standard_write_introspection(f, call, o);
        if (fclose(f) != 0) {
                bus_fail_errno(call, -ENOMEM);
                return;
        }
        bus_return(call, DBUS_TYPE_STRING, &xml, DBUS_TYPE_INVALID);
}

static const BusStandard standard[] = {
        {"org.freedesktop.DBus.Introspectable", "Introspect", "", standard_introspect},
        {DBUS_INTERFACE_PROPERTIES, "Get", "ss", standard_get},
        {DBUS_INTERFACE_PROPERTIES, "Set", "ssv", standard_set},
        {DBUS_INTERFACE_PROPERTIES, "GetAll", "s", standard_get_all},
        {OBJECT_MANAGER, "GetManagedObjects", "", standard_get_managed_objects},
};

const BusStandard *bus_standard_find(const char *interface, const char *member)
{
        for (size_t i = 0; i < ARRAY_LEN(standard); i++)
                if (strcmp(member, standard[i].member) == 0 &&
                    (!interface || strcmp(interface, standard[i].interface) == 0))
                        return &standard[i];
        return NULL;
}
