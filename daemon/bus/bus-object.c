/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-private.h"
#include "src/base/log.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

bool bus_visible(const BusObject *o, uint32_t uid)
{
        return o->owner == BUS_EVERYONE || o->owner == uid;
}

BusObject *bus_find(Bus *b, const char *path, uint32_t uid)
{
        for (BusObject *o = b->objects; o; o = o->next)
                if (bus_visible(o, uid) && strcmp(o->path, path) == 0)
                        return o;
        return NULL;
}

const char *bus_child_of(const char *parent, const char *path, size_t *ret_len)
{
        size_t n = strcmp(parent, "/") == 0 ? 0 : strlen(parent);

        if (strncmp(parent, path, n) != 0 || path[n] != '/' || path[n + 1] == '\0')
                return NULL;
        *ret_len = strcspn(path + n + 1, "/");
        return path + n + 1;
}

bool bus_path_exists(Bus *b, const char *path, uint32_t uid)
{
        size_t len;

        for (BusObject *o = b->objects; o; o = o->next)
                if (bus_visible(o, uid) &&
                    (strcmp(path, o->path) == 0 || bus_child_of(path, o->path, &len)))
                        return true;
        return false;
}

/* ---- signals ---- */

/* BUS_EVERYONE: a broadcast. */
static int object_send_signal(BusObject *o, uint32_t to, DBusMessage *signal)
{
        if (to != BUS_EVERYONE)
                return callers_send(o->bus->callers, to, signal);
        return dbus_connection_send(o->bus->connection, signal, NULL) ? 0 : -ENOMEM;
}

static void object_log_failure(BusObject *o, int r)
{
        if (r < 0)
                log_error("a change of %s could not be announced: %s", o->interface->name,
                          strerror(-r));
}

static int object_announce_added(BusObject *o)
{
        DBusMessage *m = dbus_message_new_signal(BUS_ROOT, "org.freedesktop.DBus.ObjectManager",
                                                 "InterfacesAdded");
        DBusMessageIter top, dict;
        int r = -ENOMEM;

        if (!m)
                return -ENOMEM;
        dbus_message_iter_init_append(m, &top);
        if (dbus_message_iter_append_basic(&top, DBUS_TYPE_OBJECT_PATH, &o->path) &&
            dbus_message_iter_open_container(&top, DBUS_TYPE_ARRAY, "{sa{sv}}", &dict) &&
            bus_close(bus_append_interface(&dict, o, o->owner), &top, &dict))
                r = object_send_signal(o, o->owner, m);
        dbus_message_unref(m);
        return r;
}

static int object_announce_removed(BusObject *o)
{
        DBusMessage *m = dbus_message_new_signal(BUS_ROOT, "org.freedesktop.DBus.ObjectManager",
                                                 "InterfacesRemoved");
        const char *const names[] = {o->interface->name};
        DBusMessageIter top;
        int r = -ENOMEM;

        if (!m)
                return -ENOMEM;
        dbus_message_iter_init_append(m, &top);
        if (dbus_message_iter_append_basic(&top, DBUS_TYPE_OBJECT_PATH, &o->path) &&
            bus_append_strings(&top, names, ARRAY_LEN(names)))
                r = object_send_signal(o, o->owner, m);
        dbus_message_unref(m);
        return r;
}

static bool object_append_some(DBusMessageIter *dict, BusObject *o, unsigned which, uint32_t uid)
{
        for (size_t i = 0; o->interface->properties[i].name; i++)
                if (which & 1U << i &&
                    !bus_append_property(dict, o, &o->interface->properties[i], uid))
                        return false;
        return true;
}

/* Announces the properties whose bit is set, each with its new value. */
static int object_announce_changed(BusObject *o, unsigned which, uint32_t to)
{
        DBusMessage *m =
                dbus_message_new_signal(o->path, DBUS_INTERFACE_PROPERTIES, "PropertiesChanged");
        DBusMessageIter top, dict;
        int r = -ENOMEM;

        if (!m)
                return -ENOMEM;
        dbus_message_iter_init_append(m, &top);
        if (dbus_message_iter_append_basic(&top, DBUS_TYPE_STRING, &o->interface->name) &&
            dbus_message_iter_open_container(&top, DBUS_TYPE_ARRAY, "{sv}", &dict) &&
            bus_close(object_append_some(&dict, o, which, to), &top, &dict) &&
            bus_append_strings(&top, NULL, 0))
                r = object_send_signal(o, to, m);
        dbus_message_unref(m);
        return r;
}

static const BusSignal *object_find_signal(const BusObject *o, const char *name)
{
        const BusSignal *s = o->interface->signals;

        while (s && s->name && strcmp(s->name, name) != 0)
                s++;
        return s && s->name ? s : NULL;
}

void bus_object_emit(BusObject *o, uint32_t uid, const char *signal, int first_type, ...)
{
        DBusMessage *m = dbus_message_new_signal(o->path, o->interface->name, signal);
        const BusSignal *s = object_find_signal(o, signal);
        bool built = false;
        va_list values;

        assert(s);
        if (m) {
                va_start(values, first_type);
                built = dbus_message_append_args_valist(m, first_type, values);
                va_end(values);
        }
        assert(!built || dbus_message_has_signature(m, s->args));
        object_log_failure(o, built ? object_send_signal(o, uid, m) : -ENOMEM);
        if (m)
                dbus_message_unref(m);
}

/* ---- what has changed ---- */

static int object_value_digest(uint8_t ret[static BUS_VALUE_DIGEST], BusObject *o,
                               const BusProperty *p)
{
        DBusMessage *m = dbus_message_new(DBUS_MESSAGE_TYPE_METHOD_RETURN);
        DBusMessageIter to;
        char *bytes = NULL;
        int len;

        if (!m)
                return -ENOMEM;
        dbus_message_iter_init_append(m, &to);
        (void)dbus_message_set_reply_serial(m, 1);
        if (p->get(&to, o->data, o->owner) && dbus_message_marshal(m, &bytes, &len))
                crypto_generichash(ret, BUS_VALUE_DIGEST, (const uint8_t *)bytes, (size_t)len, NULL,
                                   0);
        dbus_message_unref(m);
        if (!bytes)
                return -ENOMEM;
        dbus_free(bytes);
        return 0;
}

/* Remembers the present values. *ret: a bit for each one that differs from what was sent last. */
static int object_compare_values(BusObject *o, unsigned *ret)
{
        unsigned which = 0;

        for (size_t i = 0; o->interface->properties[i].name; i++) {
                uint8_t now[BUS_VALUE_DIGEST];
                int r;

                assert(i < BUS_PROPERTIES_MAX);
                if (o->interface->properties[i].announce != BUS_ANNOUNCED)
                        continue;
                r = object_value_digest(now, o, &o->interface->properties[i]);
                if (r < 0)
                        return r;
                if (memcmp(now, o->sent[i], sizeof now) != 0)
                        which |= 1U << i;
                memcpy(o->sent[i], now, sizeof now);
        }
        *ret = which;
        return 0;
}

static int object_announce_pending(BusObject *o)
{
        unsigned which;
        int r = object_compare_values(o, &which);

        if (r < 0)
                return r;
        if (!o->announced) {
                o->announced = true;
                return strcmp(o->path, BUS_ROOT) == 0 ? 0 : object_announce_added(o);
        }
        return which ? object_announce_changed(o, which, o->owner) : 0;
}

int bus_announce(sd_event_source *s, void *userdata)
{
        Bus *b = userdata;

        (void)sd_event_source_set_enabled(s, SD_EVENT_OFF);
        for (BusObject *o = b->objects; o; o = o->next)
                if (o->changed) {
                        o->changed = false;
                        object_log_failure(o, object_announce_pending(o));
                }
        return 0;
}

void bus_object_changed(BusObject *o)
{
        o->changed = true;
        (void)sd_event_source_set_enabled(o->bus->announce, SD_EVENT_ONESHOT);
}

void bus_object_changed_for(BusObject *o, uint32_t uid)
{
        unsigned which = 0;

        for (size_t i = 0; o->interface->properties[i].name; i++)
                if (o->interface->properties[i].announce == BUS_PER_CALLER)
                        which |= 1U << i;
        object_log_failure(o, object_announce_changed(o, which, uid));
}

static void object_changed_for_caller(void *userdata, uint32_t uid)
{
        bus_object_changed_for(userdata, uid);
}

void bus_object_changed_for_all(BusObject *o)
{
        callers_walk_users(o->bus->callers, object_changed_for_caller, o);
}

/* ---- life ---- */

const char *bus_object_path(const BusObject *o)
{
        return o->path;
}

int bus_object_new(BusObject **ret, Bus *b, const char *path, const BusInterface *interface,
                   uint32_t owner, void *data)
{
        BusObject *o = calloc(1, sizeof *o);

        assert(*path == '/' && interface->methods && interface->properties);
        if (!o)
                return -ENOMEM;
        *o = (BusObject){.bus = b,
                         .interface = interface,
                         .owner = owner,
                         .data = data,
                         .path = strdup(path)};
        if (!o->path) {
                free(o);
                return -ENOMEM;
        }
        o->next = b->objects;
        b->objects = o;
        bus_object_changed(o);
        *ret = o;
        return 0;
}

BusObject *bus_object_free(BusObject *o)
{
        BusObject **p;

        if (!o)
                return NULL;
        p = &o->bus->objects;
        while (*p != o)
                p = &(*p)->next;
        *p = o->next;
        if (o->announced && !o->bus->ending)
                object_log_failure(o, object_announce_removed(o));
        free(o->path);
        free(o);
        return NULL;
}
