/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-standard.c - org.freedesktop.DBus.Introspectable, .Properties and .ObjectManager; libdbus
 * answers .Peer */
#include "bus-private.h"

#include <stdio.h>
#include <string.h>

#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

/* ---- writing ---- */

bool bus_close(bool ok, DBusMessageIter *outer, DBusMessageIter *inner)
{
        if (ok)
                return dbus_message_iter_close_container(outer, inner);
        dbus_message_iter_abandon_container(outer, inner);
        return false;
}

bool bus_append_strings(DBusMessageIter *to, const char *const *strings, size_t n)
{
        DBusMessageIter array;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "s", &array))
                return false;
        for (size_t i = 0; ok && i < n; i++)
                ok = dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING, &strings[i]);
        return bus_close(ok, to, &array);
}

bool bus_append_entry(DBusMessageIter *dict, const char *key, const char *type, const void *value)
{
        DBusMessageIter entry, variant;
        bool ok;

        if (!dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return false;
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, type, &variant) &&
             bus_close(dbus_message_iter_append_basic(&variant, type[0], value), &entry, &variant);
        return bus_close(ok, dict, &entry);
}

static bool append_variant(DBusMessageIter *to, BusObject *o, const BusProperty *p, uint32_t uid)
{
        DBusMessageIter variant;

        return dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, p->type, &variant) &&
               bus_close(p->get(&variant, o->data, uid), to, &variant);
}

bool bus_append_property(DBusMessageIter *dict, BusObject *o, const BusProperty *p, uint32_t uid)
{
        DBusMessageIter entry;

        return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
               bus_close(dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &p->name) &&
                                 append_variant(&entry, o, p, uid),
                         dict, &entry);
}

static bool append_properties(DBusMessageIter *to, BusObject *o, uint32_t uid)
{
        DBusMessageIter dict;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return false;
        for (const BusProperty *p = o->interface->properties; ok && p->name; p++)
                ok = bus_append_property(&dict, o, p, uid);
        return bus_close(ok, to, &dict);
}

bool bus_append_interface(DBusMessageIter *dict, BusObject *o, uint32_t uid)
{
        DBusMessageIter entry;

        return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
               bus_close(dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING,
                                                        &o->interface->name) &&
                                 append_properties(&entry, o, uid),
                         dict, &entry);
}

/* ---- Properties ---- */

/* What a handler builds its answer of. */
typedef struct Asked {
        BusObject *o;
        const BusProperty *property;
        uint32_t uid;
} Asked;

static bool build_value(DBusMessageIter *to, void *userdata)
{
        Asked *a = userdata;

        return append_variant(to, a->o, a->property, a->uid);
}

static bool build_values(DBusMessageIter *to, void *userdata)
{
        Asked *a = userdata;

        return append_properties(to, a->o, a->uid);
}

/* Standard interfaces have no properties of their own; the empty name stands for any. */
static bool ours(const BusObject *o, const char *interface)
{
        return o && (*interface == '\0' || strcmp(interface, o->interface->name) == 0);
}

static const BusProperty *find_property(const BusObject *o, const char *name)
{
        for (const BusProperty *p = o->interface->properties; p->name; p++)
                if (strcmp(p->name, name) == 0)
                        return p;
        return NULL;
}

/* Answers with an error and returns NULL where there is no such property. */
static const BusProperty *named_property(BusCall *call, BusObject *o)
{
        const char *interface, *name;
        const BusProperty *p;
        DBusMessageIter args;

        (void)dbus_message_iter_init(call->message, &args);
        dbus_message_iter_get_basic(&args, &interface);
        (void)dbus_message_iter_next(&args);
        dbus_message_iter_get_basic(&args, &name);
        if (!ours(o, interface)) {
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_INTERFACE,
                              "the object has no such interface");
                return NULL;
        }
        p = find_property(o, name);
        if (!p)
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_PROPERTY,
                              "the interface has no such property");
        return p;
}

static void handle_get(BusCall *call, BusObject *o)
{
        Asked a = {.o = o, .uid = call->uid};

        a.property = named_property(call, o); /* without one, the call is gone */
        if (a.property)
                bus_return_built(call, build_value, &a);
}

static void handle_set(BusCall *call, BusObject *o)
{
        if (named_property(call, o))
                bus_fail_dbus(call, DBUS_ERROR_PROPERTY_READ_ONLY, "properties change by methods");
}

static void handle_get_all(BusCall *call, BusObject *o)
{
        Asked a = {.o = o, .uid = call->uid};
        DBusMessageIter args;
        const char *interface;

        (void)dbus_message_iter_init(call->message, &args);
        dbus_message_iter_get_basic(&args, &interface);
        if (ours(o, interface))
                bus_return_built(call, build_values, &a);
        else
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_INTERFACE,
                              "the object has no such interface");
}

/* ---- ObjectManager ---- */

static bool append_object(DBusMessageIter *objects, BusObject *o, uint32_t uid)
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

static bool build_objects(DBusMessageIter *to, void *userdata)
{
        BusCall *call = userdata;
        DBusMessageIter objects;
        size_t len;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{oa{sa{sv}}}", &objects))
                return false;
        for (BusObject *o = call->bus->objects; ok && o; o = o->next)
                if (bus_visible(o, call->uid) && bus_child_of(BUS_ROOT, o->path, &len))
                        ok = append_object(&objects, o, call->uid);
        return bus_close(ok, to, &objects);
}

static void handle_get_managed_objects(BusCall *call, BusObject *o)
{
        if (o && strcmp(o->path, BUS_ROOT) == 0)
                bus_return_built(call, build_objects, call);
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

/* Whether an object before o in the list has the same child of parent, so that it is written
 * already. */
static bool child_seen(Bus *b, const BusObject *o, const char *parent, uint32_t uid)
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

static void write_children(FILE *f, Bus *b, const char *parent, uint32_t uid)
{
        for (const BusObject *o = b->objects; o; o = o->next) {
                size_t len;
                const char *child =
                        bus_visible(o, uid) ? bus_child_of(parent, o->path, &len) : NULL;

                if (child && !child_seen(b, o, parent, uid))
                        fprintf(f, "  <node name=\"%.*s\"/>\n", (int)len, child);
        }
}

/* The document of the object's own interface as it is, with the standard interfaces before its last
 * line. */
static void write_introspection(FILE *f, BusCall *call, BusObject *o)
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
        write_children(f, call->bus, dbus_message_get_path(call->message), call->uid);
        fputs(tail, f);
}

static void handle_introspect(BusCall *call, BusObject *o)
{
        _cleanup_free_ char *xml = NULL;
        size_t len;
        FILE *f = open_memstream(&xml, &len);

        if (!f) {
                bus_fail_errno(call, -errno);
                return;
        }
        write_introspection(f, call, o);
        if (fclose(f) != 0) {
                bus_fail_errno(call, -ENOMEM);
                return;
        }
        bus_return(call, DBUS_TYPE_STRING, &xml, DBUS_TYPE_INVALID);
}

static const BusStandard standard[] = {
        {"org.freedesktop.DBus.Introspectable", "Introspect", "", handle_introspect},
        {DBUS_INTERFACE_PROPERTIES, "Get", "ss", handle_get},
        {DBUS_INTERFACE_PROPERTIES, "Set", "ssv", handle_set},
        {DBUS_INTERFACE_PROPERTIES, "GetAll", "s", handle_get_all},
        {OBJECT_MANAGER, "GetManagedObjects", "", handle_get_managed_objects},
};

const BusStandard *bus_standard_find(const char *interface, const char *member)
{
        for (size_t i = 0; i < ARRAY_LEN(standard); i++)
                if (strcmp(member, standard[i].member) == 0 &&
                    (!interface || strcmp(interface, standard[i].interface) == 0))
                        return &standard[i];
        return NULL;
}

/* ---- reading ---- */

static bool read_option(DBusMessageIter *entry, const BusOption *known, size_t n_known,
                        unsigned *seen)
{
        DBusMessageIter value;
        const char *key;

        dbus_message_iter_get_basic(entry, &key);
        (void)dbus_message_iter_next(entry);
        dbus_message_iter_recurse(entry, &value);
        for (size_t i = 0; i < n_known; i++) {
                if (strcmp(key, known[i].name) != 0)
                        continue;
                if (dbus_message_iter_get_arg_type(&value) != known[i].type || *seen & 1U << i)
                        return false;
                *seen |= 1U << i;
                dbus_message_iter_get_basic(&value, known[i].to);
                return true;
        }
        return false;
}

unsigned bus_read_options(DBusMessageIter *from, const BusOption *known, size_t n_known)
{
        DBusMessageIter dict;
        unsigned seen = 0, n = 0;

        for (dbus_message_iter_recurse(from, &dict);
             dbus_message_iter_get_arg_type(&dict) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&dict)) {
                DBusMessageIter entry;

                n++;
                dbus_message_iter_recurse(&dict, &entry);
                if (!read_option(&entry, known, n_known, &seen))
                        return n;
        }
        return 0;
}
