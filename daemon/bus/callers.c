/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "callers.h"
#include "src/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct Caller Caller;
struct Caller {
        Callers *callers;
        Caller *next; /* the one that spoke last comes first */
        char *name;
        bool known;
        uint32_t uid;
        DBusPendingCall *asking;
        DBusMessage *waiting[CALLERS_WAITING_MAX];
        size_t n_waiting, waiting_bytes;
};

struct Callers {
        DBusConnection *connection;
        CallersFunc admitted;
        void *userdata;
        Caller *first;
        size_t n, waiting_bytes;
};

static void caller_match_rule(char ret[static 256], const Caller *caller)
{
        (void)snprintf(ret, 256,
                       "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                       "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%.64s'",
                       caller->name);
}

static Caller *caller_free(Caller *caller)
{
        if (!caller)
                return NULL;
        if (caller->asking) {
                dbus_pending_call_cancel(caller->asking);
                dbus_pending_call_unref(caller->asking);
        }
        for (size_t i = 0; i < caller->n_waiting; i++)
                dbus_message_unref(caller->waiting[i]);
        free(caller->name);
        free(caller);
        return NULL;
}
DEFINE_CLEANUP(Caller *, caller_free);

static Caller *callers_unlink(Callers *c, Caller *caller)
{
        Caller **p = &c->first;

        assert(c->n > 0);
        while (*p != caller)
                p = &(*p)->next;
        *p = caller->next;
        c->n--;
        return caller;
}

static void callers_link_first(Callers *c, Caller *caller)
{
        assert(c->n < CALLERS_MAX);
        caller->next = c->first;
        c->first = caller;
        c->n++;
}

static void callers_forget(Callers *c, Caller *caller)
{
        char rule[256];

        caller_match_rule(rule, caller);
        dbus_bus_remove_match(c->connection, rule, NULL);
        c->waiting_bytes -= caller->waiting_bytes;
        caller_free(callers_unlink(c, caller));
}

static Caller *callers_find(Callers *c, const char *name)
{
        for (Caller *i = c->first; i; i = i->next)
                if (strcmp(i->name, name) == 0)
                        return i;
        return NULL;
}

static void callers_forget_oldest(Callers *c, uint32_t uid)
{
        Caller *oldest = NULL;
        size_t n = 0;

        for (Caller *i = c->first; i; i = i->next)
                if (i->known && i->uid == uid) {
                        oldest = i;
                        n++;
                }
        if (n > CALLERS_UID_MAX)
                callers_forget(c, oldest);
}

/* a{sv} with "UnixUserID" u */
static bool caller_read_uid(DBusMessage *reply, uint32_t *ret)
{
        DBusMessageIter top, dict;

        if (dbus_message_get_type(reply) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
            !dbus_message_has_signature(reply, "a{sv}") || !dbus_message_iter_init(reply, &top))
                return false;
        for (dbus_message_iter_recurse(&top, &dict);
             dbus_message_iter_get_arg_type(&dict) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&dict)) {
                DBusMessageIter entry, value;
                const char *key;

                dbus_message_iter_recurse(&dict, &entry);
                dbus_message_iter_get_basic(&entry, &key);
                dbus_message_iter_next(&entry);
                dbus_message_iter_recurse(&entry, &value);
                if (strcmp(key, "UnixUserID") != 0 ||
                    dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_UINT32)
                        continue;
                dbus_message_iter_get_basic(&value, ret);
                return true;
        }
        return false;
}

static void on_caller_credentials(DBusPendingCall *pending, void *userdata)
{
        Caller *caller = userdata;
        Callers *c = caller->callers;
        DBusMessage *waiting[CALLERS_WAITING_MAX];
        DBusMessage *reply = dbus_pending_call_steal_reply(pending);
        size_t n = caller->n_waiting;
        uint32_t uid = 0;
        bool known = reply && caller_read_uid(reply, &uid);

        if (reply)
                dbus_message_unref(reply);
        if (!known) { /* it has vanished already */
                callers_forget(c, caller);
                return;
        }
        dbus_pending_call_unref(TAKE_PTR(caller->asking));
        caller->known = true;
        caller->uid = uid;
        caller->n_waiting = 0;
        c->waiting_bytes -= caller->waiting_bytes;
        caller->waiting_bytes = 0;
        memcpy(waiting, caller->waiting, sizeof waiting);
        callers_forget_oldest(c, uid);
        /* a message may free the caller: do not touch it any more */
        for (size_t i = 0; i < n; i++) {
                c->admitted(c->userdata, waiting[i], uid);
                dbus_message_unref(waiting[i]);
        }
}

/* Add the match before asking: a caller that vanishes after it is noticed, and one that vanished
 * before it has no credentials. */
static int caller_ask(Caller *caller)
{
        DBusConnection *connection = caller->callers->connection;
        DBusMessage *m = dbus_message_new_method_call(
                DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "GetConnectionCredentials");
        char rule[256];
        bool ok;

        caller_match_rule(rule, caller);
        ok = m && dbus_message_append_args(m, DBUS_TYPE_STRING, &caller->name, DBUS_TYPE_INVALID);
        if (ok)
                dbus_bus_add_match(connection, rule, NULL);
        ok = ok &&
             dbus_connection_send_with_reply(connection, m, &caller->asking,
                                             DBUS_TIMEOUT_USE_DEFAULT) &&
             caller->asking &&
             dbus_pending_call_set_notify(caller->asking, on_caller_credentials, caller, NULL);
        if (m)
                dbus_message_unref(m);
        return ok ? 0 : -ENOMEM;
}

static int callers_meet(Callers *c, const char *name, Caller **ret)
{
        _cleanup_(caller_freep) Caller *caller = NULL;
        int r;

        if (c->n >= CALLERS_MAX)
                return CALLERS_E_FULL;
        caller = calloc(1, sizeof *caller);
        if (!caller)
                return -ENOMEM;
        caller->callers = c;
        caller->name = strdup(name);
        if (!caller->name)
                return -ENOMEM;
        r = caller_ask(caller);
        if (r < 0)
                return r;
        *ret = caller;
        callers_link_first(c, TAKE_PTR(caller));
        return 0;
}

int callers_admit(Callers *c, DBusMessage *call, size_t size)
{
        const char *sender = dbus_message_get_sender(call);
        Caller *caller = callers_find(c, sender ? sender : "");
        int r;

        if (!sender)
                return -EINVAL;
        if (!caller) {
                r = callers_meet(c, sender, &caller);
                if (r != 0)
                        return r;
        }
        if (caller->known) {
                callers_link_first(c, callers_unlink(c, caller));
                c->admitted(c->userdata, call, caller->uid);
                return 0;
        }
        if (caller->n_waiting == CALLERS_WAITING_MAX ||
            size > CALLERS_WAITING_BYTES - c->waiting_bytes)
                return CALLERS_E_FULL;
        caller->waiting_bytes += size;
        c->waiting_bytes += size;
        caller->waiting[caller->n_waiting++] = dbus_message_ref(call);
        return 0;
}

bool callers_signal(Callers *c, DBusMessage *signal)
{
        const char *name, *old, *new;
        Caller *caller;

        if (!dbus_message_is_signal(signal, DBUS_INTERFACE_DBUS, "NameOwnerChanged") ||
            !dbus_message_has_sender(signal, DBUS_SERVICE_DBUS) ||
            !dbus_message_get_args(signal, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &old,
                                   DBUS_TYPE_STRING, &new, DBUS_TYPE_INVALID))
                return false;
        caller = callers_find(c, name);
        if (caller && *new == '\0')
                callers_forget(c, caller);
        return caller != NULL;
}

int callers_send(Callers *c, uint32_t uid, DBusMessage *signal)
{
        for (Caller *i = c->first; i; i = i->next) {
                DBusMessage *copy;
                bool sent;

                if (!i->known || i->uid != uid)
                        continue;
                copy = dbus_message_copy(signal);
                sent = copy && dbus_message_set_destination(copy, i->name) &&
                       dbus_connection_send(c->connection, copy, NULL);
                if (copy)
                        dbus_message_unref(copy);
                if (!sent)
                        return -ENOMEM;
        }
        return 0;
}

int callers_new(Callers **ret, DBusConnection *connection, CallersFunc admitted, void *userdata)
{
        Callers *c = calloc(1, sizeof *c);

        if (!c)
                return -ENOMEM;
        *c = (Callers){.connection = connection, .admitted = admitted, .userdata = userdata};
        *ret = c;
        return 0;
}

Callers *callers_free(Callers *c)
{
        if (!c)
                return NULL;
        while (c->first)
                caller_free(callers_unlink(c, c->first));
        free(c);
        return NULL;
}

static bool callers_has_before(const Callers *c, const Caller *end, uint32_t uid)
{
        const Caller *caller = c->first;

        while (caller != end && !(caller->known && caller->uid == uid))
                caller = caller->next;
        return caller != end;
}

void callers_walk_users(const Callers *c, void (*func)(void *userdata, uint32_t uid),
                        void *userdata)
{
        for (const Caller *caller = c->first; caller; caller = caller->next)
                if (caller->known && !callers_has_before(c, caller, caller->uid))
                        func(userdata, caller->uid);
}
