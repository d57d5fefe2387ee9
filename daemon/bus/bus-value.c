/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-value.c - writes values, properties and interfaces into messages, and reads options */
#include "bus-private.h"

#include <assert.h>
#include <string.h>

/* ---- writing ---- */

bool bus_close(bool ok, DBusMessageIter *outer, DBusMessageIter *inner)
{
        if (ok)
                return dbus_message_iter_close_container(outer, inner);
        dbus_message_iter_abandon_container(outer, inner);
        return false;
}

bool bus_append_string(DBusMessageIter *to, const char *text)
{
        return dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &text);
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

bool bus_append_variant(DBusMessageIter *to, BusObject *o, const BusProperty *p, uint32_t uid)
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
                                 bus_append_variant(&entry, o, p, uid),
                         dict, &entry);
}

bool bus_append_properties(DBusMessageIter *to, BusObject *o, uint32_t uid)
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
                                 bus_append_properties(&entry, o, uid),
                         dict, &entry);
}

/* ---- reading ---- */

static bool bus_read_option(DBusMessageIter *entry, const BusOption *known, size_t n_known,
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

        assert(n_known <= 8 * sizeof seen);
        for (dbus_message_iter_recurse(from, &dict);
             dbus_message_iter_get_arg_type(&dict) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&dict)) {
                DBusMessageIter entry;

                n++;
                dbus_message_iter_recurse(&dict, &entry);
                if (!bus_read_option(&entry, known, n_known, &seen))
                        return n;
        }
        return 0;
}

/* ---- sizes ---- */

static size_t bus_values_size(DBusMessageIter *i, size_t max)
{
        size_t size = 0;
        int type;

        /* libdbus bounds the depth; an element costs 8, so that empty ones count too */
        for (; size <= max && (type = dbus_message_iter_get_arg_type(i)) != DBUS_TYPE_INVALID;
             dbus_message_iter_next(i)) {
                DBusMessageIter inner;
                const char *text;

                size += 8;
                if (type == DBUS_TYPE_STRING || type == DBUS_TYPE_OBJECT_PATH ||
                    type == DBUS_TYPE_SIGNATURE) {
                        dbus_message_iter_get_basic(i, &text);
                        size += strlen(text);
                } else if (dbus_type_is_container(type)) {
                        dbus_message_iter_recurse(i, &inner);
                        size += bus_values_size(&inner, max - MIN(size, max));
                }
        }
        return size;
}

size_t bus_arguments_size(DBusMessage *m, size_t max)
{
        DBusMessageIter top;

        return dbus_message_iter_init(m, &top) ? bus_values_size(&top, max) : 0;
}
