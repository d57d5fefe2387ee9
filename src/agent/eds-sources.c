/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "eds-sources.h"
#include "sink-eds.h"
#include "src/base/array.h"
#include "src/base/language.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define NAME "org.gnome.evolution.dataserver.Sources"
#define PATH "/org/gnome/evolution/dataserver/SourceManager"
#define INTERFACE "org.gnome.evolution.dataserver.Source"
#define OBJECTS DBUS_INTERFACE_DBUS ".ObjectManager"

enum { TIMEOUT_MS = 25 * 1000, SOURCES_MAX = 256 };

struct EdsSources {
        DBusConnection *bus;
        DBusPendingCall *pending;
        ARRAY(EdsSource) sources;
        EdsSourcesDone done;
        void *userdata;
};

/* ---- what a source says of itself ----------------------------------------------------------- */

/* Value of the first line "key=…" of a key file. *ret_len is 0 if there is none. */
static const char *source_key_value(const char *data, const char *key, size_t *ret_len)
{
        size_t key_len = strlen(key);

        for (const char *line = data; line;
             line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
                if (strncmp(line, key, key_len) == 0 && line[key_len] == '=') {
                        *ret_len = strcspn(line + key_len + 1, "\n");
                        return line + key_len + 1;
                }
        *ret_len = 0;
        return "";
}

static int sources_add_source(EdsSources *s, const char *uid, const char *data)
{
        EdsSource new;
        const char *name;
        size_t len;

        if (!uid || !data || !strstr(data, "[Address Book]") || s->sources.n == SOURCES_MAX)
                return 0;
        name = source_key_value(data, "DisplayName", &len);
        new = (EdsSource){strdup(uid), strndup(name, len)};
        if (new.uid &&new.name && array_add(&s->sources, new) == 0)
                return 0;
        free(new.uid);
        free(new.name);
        return -ENOMEM;
}

/* Reads one source, an a{sv}. */
static int sources_read_source(EdsSources *s, DBusMessageIter *at)
{
        DBusMessageIter entries, entry, value;
        const char *uid = NULL, *data = NULL, *key;

        for (dbus_message_iter_recurse(at, &entries);
             dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&entries)) {
                dbus_message_iter_recurse(&entries, &entry);
                dbus_message_iter_get_basic(&entry, &key);
                dbus_message_iter_next(&entry);
                dbus_message_iter_recurse(&entry, &value);
                if (dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_STRING)
                        continue;
                if (strcmp(key, "UID") == 0)
                        dbus_message_iter_get_basic(&value, &uid);
                else if (strcmp(key, "Data") == 0)
                        dbus_message_iter_get_basic(&value, &data);
        }
        return sources_add_source(s, uid, data);
}

/* Reads the interfaces of one object, an a{sa{sv}}. */
static int sources_read_object(EdsSources *s, DBusMessageIter *at)
{
        DBusMessageIter interfaces, interface;
        const char *name;
        int r = 0;

        for (dbus_message_iter_recurse(at, &interfaces);
             r == 0 && dbus_message_iter_get_arg_type(&interfaces) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&interfaces)) {
                dbus_message_iter_recurse(&interfaces, &interface);
                dbus_message_iter_get_basic(&interface, &name);
                dbus_message_iter_next(&interface);
                if (strcmp(name, INTERFACE) == 0)
                        r = sources_read_source(s, &interface);
        }
        return r;
}

static int sources_read_objects(EdsSources *s, DBusMessage *reply)
{
        DBusMessageIter at, objects, object;
        int r = 0;

        if (!dbus_message_has_signature(reply, "a{oa{sa{sv}}}") ||
            !dbus_message_iter_init(reply, &at))
                return -EPROTO;
        for (dbus_message_iter_recurse(&at, &objects);
             r == 0 && dbus_message_iter_get_arg_type(&objects) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&objects)) {
                dbus_message_iter_recurse(&objects, &object);
                dbus_message_iter_next(&object);
                r = sources_read_object(s, &object);
        }
        return r;
}

/* ---- asking --------------------------------------------------------------------------------- */

static void sources_end(EdsSources *s, const char *trouble)
{
        s->done(s->userdata, s->sources.list, *trouble ? 0 : s->sources.n, trouble);
}

/* The caller unrefs the reply. NULL: it is an error. */
static DBusMessage *sources_take_reply(EdsSources *s)
{
        DBusMessage *reply = dbus_pending_call_steal_reply(s->pending);

        dbus_pending_call_unref(s->pending);
        s->pending = NULL;
        if (reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR) {
                dbus_message_unref(reply);
                return NULL;
        }
        return reply;
}

static int sources_ask(EdsSources *s, DBusMessage *m, DBusPendingCallNotifyFunction on_reply)
{
        bool sent;

        assert(!s->pending);
        sent = m && dbus_connection_send_with_reply(s->bus, m, &s->pending, TIMEOUT_MS) &&
               s->pending;

        if (m)
                dbus_message_unref(m);
        return sent && dbus_pending_call_set_notify(s->pending, on_reply, s, NULL) ? 0 : -ENOMEM;
}

static void sources_on_objects(DBusPendingCall *pending, void *userdata)
{
        EdsSources *s = userdata;
        DBusMessage *reply = sources_take_reply(s);
        int r = reply ? sources_read_objects(s, reply) : -EIO;

        if (reply)
                dbus_message_unref(reply);
        sources_end(s, r < 0 ? N_("Evolution Data Server does not tell its address books") : "");
}

static void sources_on_names(DBusPendingCall *pending, void *userdata)
{
        EdsSources *s = userdata;
        DBusMessage *reply = sources_take_reply(s);
        char **names = NULL, name[sizeof NAME + 12];
        unsigned version = 0;
        int n = 0;

        if (reply && dbus_message_get_args(reply, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &names,
                                           &n, DBUS_TYPE_INVALID))
                version = eds_version(NAME, names, n);
        dbus_free_string_array(names);
        if (reply)
                dbus_message_unref(reply);
        (void)snprintf(name, sizeof name, NAME "%u", version);
        if (version == 0)
                sources_end(s, N_("Evolution Data Server is not installed"));
        else if (sources_ask(s,
                             dbus_message_new_method_call(name, PATH, OBJECTS, "GetManagedObjects"),
                             sources_on_objects) < 0)
                sources_end(s, "no memory");
}

EdsSources *eds_sources_free(EdsSources *s)
{
        if (!s)
                return NULL;
        if (s->pending) {
                dbus_pending_call_cancel(s->pending);
                dbus_pending_call_unref(s->pending);
        }
        for (size_t i = 0; i < s->sources.n; i++) {
                free(s->sources.list[i].uid);
                free(s->sources.list[i].name);
        }
        array_done(&s->sources);
        dbus_connection_unref(s->bus);
        free(s);
        return NULL;
}

int eds_sources_new(EdsSources **ret, DBusConnection *bus, EdsSourcesDone done, void *userdata)
{
        EdsSources *s = calloc(1, sizeof *s);
        int r;

        if (!s)
                return -ENOMEM;
        *s = (EdsSources){.bus = dbus_connection_ref(bus), .done = done, .userdata = userdata};
        r = sources_ask(s,
                        dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
                                                     DBUS_INTERFACE_DBUS, "ListActivatableNames"),
                        sources_on_names);
        if (r < 0) {
                eds_sources_free(s);
                return r;
        }
        *ret = s;
        return 0;
}
