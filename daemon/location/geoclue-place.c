/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "geoclue-place.h"

#include <math.h>
#include <string.h>

typedef struct Found {
        double latitude, longitude, accuracy; /* NAN: not told */
        uint64_t measured_ms;                 /* since 1970; 0: not told */
} Found;

static void place_read_time(Found *f, DBusMessageIter *value)
{
        DBusMessageIter fields;
        dbus_uint64_t seconds;

        dbus_message_iter_recurse(value, &fields);
        if (dbus_message_iter_get_arg_type(&fields) != DBUS_TYPE_UINT64)
                return;
        dbus_message_iter_get_basic(&fields, &seconds);
        f->measured_ms = seconds <= UINT64_MAX / 1000 ? seconds * 1000 : 0;
}

static void place_read_entry(Found *f, DBusMessageIter *entry)
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
                place_read_time(f, &value);
        if (dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_DOUBLE)
                return;
        for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
                if (strcmp(name, numbers[i].name) == 0)
                        dbus_message_iter_get_basic(&value, numbers[i].to);
}

/* false: not a place on earth. */
static bool place_check(Fix *ret, const Found *f)
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

bool geoclue_place_read(Fix *ret, uint64_t *ret_measured_ms, DBusMessage *reply)
{
        Found f = {.latitude = NAN, .longitude = NAN, .accuracy = NAN};
        DBusMessageIter at, array, entry;

        if (!dbus_message_has_signature(reply, "a{sv}"))
                return false;
        (void)dbus_message_iter_init(reply, &at);
        for (dbus_message_iter_recurse(&at, &array);
             dbus_message_iter_get_arg_type(&array) == DBUS_TYPE_DICT_ENTRY;
             (void)dbus_message_iter_next(&array)) {
                dbus_message_iter_recurse(&array, &entry);
                place_read_entry(&f, &entry);
        }
        *ret_measured_ms = f.measured_ms;
        return place_check(ret, &f);
}
