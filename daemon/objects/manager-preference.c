/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager-preference.c - what a user switches off of what the configuration allows */
#include "manager-private.h"
#include "src/base/language.h"

#include <string.h>

enum { VETO_MAX_S = 60 }; /* as of VetoSeconds in huddled.conf */

static const struct {
        const char *name;
        Preference bit;
} preferences[] = {
        {"ble", PREFERENCE_BLE},   {"guests", PREFERENCE_GUESTS}, {"help", PREFERENCE_HELP},
        {"mdns", PREFERENCE_MDNS}, {"place", PREFERENCE_PLACE},
};

static unsigned preference_bit(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(preferences); i++)
                if (strcmp(preferences[i].name, name) == 0)
                        return preferences[i].bit;
        return 0;
}

void manager_handle_set_preference(BusCall *call, void *data)
{
        ManagerObject *o = data;
        uint32_t uid = bus_call_uid(call);
        const char *name;
        dbus_bool_t on;
        unsigned bit, off;
        int r;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_STRING, &name,
                                    DBUS_TYPE_BOOLEAN, &on, DBUS_TYPE_INVALID);
        bit = preference_bit(name);
        if (bit == 0) {
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("a preference is place, mdns, ble, help or guests"));
                return;
        }
        r = daemon_store_preferences_get(o->deps.store, uid, &off);
        if (r == 0)
                r = daemon_store_preferences_put(o->deps.store, uid, on ? off & ~bit : off | bit);
        if (r == 0)
                manager_object_changed_for(o, uid);
        bus_return_outcome(call, r);
}

static bool preference_append(DBusMessageIter *dict, const char *name, bool on)
{
        DBusMessageIter entry;
        dbus_bool_t value = on;

        return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
               bus_close(dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name) &&
                                 dbus_message_iter_append_basic(&entry, DBUS_TYPE_BOOLEAN, &value),
                         dict, &entry);
}

/* Everything is off if the store fails: then no exchange can begin either. */
bool manager_get_preferences(DBusMessageIter *to, void *data, uint32_t uid)
{
        const ManagerObject *o = data;
        DBusMessageIter dict;
        unsigned off;
        bool ok = true;

        if (daemon_store_preferences_get(o->deps.store, uid, &off) < 0)
                off = UINT32_MAX;
        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sb}", &dict))
                return false;
        for (size_t i = 0; ok && i < ARRAY_LEN(preferences); i++)
                ok = preference_append(&dict, preferences[i].name, !(off & preferences[i].bit));
        return bus_close(ok, to, &dict);
}

int manager_veto(uint32_t *ret, const ManagerObjectDeps *deps, uint32_t uid)
{
        int seconds, r = daemon_store_veto_get(deps->store, uid, &seconds);

        *ret = seconds < 0 ? deps->veto_s : (uint32_t)seconds;
        return r;
}

void manager_handle_set_veto(BusCall *call, void *data)
{
        ManagerObject *o = data;
        uint32_t uid = bus_call_uid(call);
        dbus_int32_t seconds;
        int r;

        (void)dbus_message_get_args(bus_call_message(call), NULL, DBUS_TYPE_INT32, &seconds,
                                    DBUS_TYPE_INVALID);
        if (seconds < -1 || seconds > VETO_MAX_S) {
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              N_("the countdown is 0 to 60 seconds, or -1: as configured"));
                return;
        }
        r = daemon_store_veto_put(o->deps.store, uid, seconds);
        if (r == 0)
                manager_object_changed_for(o, uid);
        bus_return_outcome(call, r);
}

bool manager_get_veto(DBusMessageIter *to, void *data, uint32_t uid)
{
        const ManagerObject *o = data;
        uint32_t veto;
        dbus_uint32_t seconds;

        (void)manager_veto(&veto, &o->deps, uid); /* if the store fails, no exchange begins */
        seconds = veto;
        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &seconds);
}

bool manager_get_unregister_text(DBusMessageIter *to, void *data, uint32_t uid)
{
        return bus_append_string(
                to,
                "Your account is deleted on the cloud: the handle, its key and the encrypted copy "
                "of your card. On this machine your own card, your profiles and preferences are "
                "deleted, and what the passwords of your records are made of. Somebody else may "
                "then take the handle. The cards that you have received stay here and in your "
                "address books, and your card stays with those who have received it.");
}
