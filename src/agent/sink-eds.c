/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink-eds.h"
#include "lines.h"
#include "src/base/language.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FACTORY_PATH "/org/gnome/evolution/dataserver/AddressBookFactory"
#define FACTORY EDS_NAME "Factory"
#define SPAWNED "org.freedesktop.DBus.Error.Spawn."

enum {
        CALL_TIMEOUT_MS = 25 * 1000, /* of any call but loading; we ask a slower book again later */
        LOAD_TIMEOUT_MS = 120 * 1000,
        FLAGS_SINCE = 10, /* first version of the name whose calls take flags */
};

typedef struct EdsSink EdsSink;
typedef void (*OnReply)(EdsSink *e, DBusMessage *reply);

struct EdsSink {
        Sink sink;
        DBusConnection *bus;
        DBusPendingCall *pending;
        OnReply on_reply;
        DBusMessage *request; /* waits for the book to be open */
        OnReply on_request;
        unsigned version;  /* number at the end of the names; 0: unknown */
        char *path, *name; /* of the open book, else NULL */
};

/* ---- calls ---------------------------------------------------------------------------------- */

static void eds_close_book(EdsSink *e)
{
        free(e->path);
        free(e->name);
        e->path = e->name = NULL;
        e->version = 0;
}

static void eds_drop_request(EdsSink *e)
{
        if (e->request)
                dbus_message_unref(e->request);
        e->request = NULL;
}

static void eds_drop_pending(EdsSink *e)
{
        if (!e->pending)
                return;
        dbus_pending_call_cancel(e->pending);
        dbus_pending_call_unref(e->pending);
        e->pending = NULL;
}

/* Forgets the open book, as the service may be gone. The next request opens it again. */
static void eds_fail(EdsSink *e, int r, const char *why)
{
        eds_drop_request(e);
        eds_close_book(e);
        sink_fail(&e->sink, r, "Evolution Data Server: %.100s", why);
}

static bool ends_with(const char *text, const char *end)
{
        size_t len = strlen(text), end_len = strlen(end);

        return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Whether the D-Bus error name is GDBus's form of an EBookClient error. */
static bool is_book_error(const char *name, const char *code)
{
        return strstr(name, "_e_2dbook_2dclient_2derror_2dquark") && ends_with(name, code);
}

static void eds_on_error(EdsSink *e, DBusMessage *reply)
{
        const char *name = dbus_message_get_error_name(reply), *message = "";

        if (is_book_error(name, ".Code1")) { /* E_BOOK_CLIENT_ERROR_CONTACT_NOT_FOUND */
                sink_end(&e->sink, SINK_E_GONE, NULL);
                return;
        }
        if (is_book_error(name, ".Code2")) { /* E_BOOK_CLIENT_ERROR_CONTACT_ID_ALREADY_EXISTS */
                sink_end(&e->sink, SINK_E_EXISTS, NULL);
                return;
        }
        if (!dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &message, DBUS_TYPE_INVALID) ||
            !*message)
                message = name;
        eds_fail(e, -EIO,
                 strncmp(name, SPAWNED, strlen(SPAWNED)) == 0 ? N_("it could not be started")
                                                              : message);
}

static void eds_on_pending(DBusPendingCall *pending, void *userdata)
{
        EdsSink *e = userdata;
        DBusMessage *reply = dbus_pending_call_steal_reply(pending);
        OnReply on_reply = e->on_reply;

        dbus_pending_call_unref(e->pending);
        e->pending = NULL;
        if (!reply)
                eds_fail(e, -EIO, N_("no answer"));
        else if (dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR)
                eds_on_error(e, reply);
        else
                on_reply(e, reply);
        if (reply)
                dbus_message_unref(reply);
}

/* Takes the message. m may be NULL: out of memory. */
static void eds_send(EdsSink *e, DBusMessage *m, int timeout_ms, OnReply on_reply)
{
        bool sent;

        assert(!e->pending);
        sent = m && dbus_connection_send_with_reply(e->bus, m, &e->pending, timeout_ms) &&
               e->pending;
        if (m)
                dbus_message_unref(m);
        e->on_reply = on_reply;
        if (sent && dbus_pending_call_set_notify(e->pending, eds_on_pending, e, NULL))
                return;
        eds_drop_pending(e);
        eds_fail(e, -ENOMEM, N_("the bus is gone, or no memory"));
}

/* ---- opening -------------------------------------------------------------------------------- */

static void eds_send_request(EdsSink *e)
{
        DBusMessage *m = TAKE_PTR(e->request);
        int timeout =
                dbus_message_has_member(m, "GetContactList") ? LOAD_TIMEOUT_MS : CALL_TIMEOUT_MS;

        if (!dbus_message_set_path(m, e->path) || !dbus_message_set_destination(m, e->name)) {
                dbus_message_unref(m);
                m = NULL;
        }
        eds_send(e, m, timeout, e->on_request);
}

static void eds_on_open(EdsSink *e, DBusMessage *reply)
{
        eds_send_request(e);
}

static void eds_on_found(EdsSink *e, DBusMessage *reply)
{
        const char *path, *name;

        if (!dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &path, DBUS_TYPE_STRING, &name,
                                   DBUS_TYPE_INVALID) ||
            !dbus_validate_path(path, NULL) || !dbus_validate_bus_name(name, NULL)) {
                eds_fail(e, -EPROTO, N_("an answer that is not understood"));
                return;
        }
        e->path = strdup(path);
        e->name = strdup(name);
        if (!e->path || !e->name)
                eds_fail(e, -ENOMEM, N_("no memory"));
        else
                eds_send(e, dbus_message_new_method_call(name, path, EDS_NAME, "Open"),
                         CALL_TIMEOUT_MS, eds_on_open);
}

unsigned eds_version(const char *name, char *const *names, int n)
{
        size_t len = strlen(name);
        unsigned highest = 0;

        for (int i = 0; i < n; i++) {
                unsigned version;
                char rest;

                if (strncmp(names[i], name, len) == 0 &&
                    sscanf(names[i] + len, "%u%c", &version, &rest) == 1)
                        highest = MAX(highest, version);
        }
        return highest;
}

static void eds_on_names(EdsSink *e, DBusMessage *reply)
{
        char name[sizeof EDS_NAME + 12], **names = NULL;
        const char *book = e->sink.place;
        DBusMessage *m;
        int n = 0;

        if (dbus_message_get_args(reply, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &names, &n,
                                  DBUS_TYPE_INVALID))
                e->version = eds_version(EDS_NAME, names, n);
        dbus_free_string_array(names);
        if (e->version == 0) {
                eds_fail(e, -ENOENT, N_("it is not installed"));
                return;
        }
        (void)snprintf(name, sizeof name, EDS_NAME "%u", e->version);
        m = dbus_message_new_method_call(name, FACTORY_PATH, FACTORY, "OpenAddressBook");
        if (m && !dbus_message_append_args(m, DBUS_TYPE_STRING, &book, DBUS_TYPE_INVALID)) {
                dbus_message_unref(m);
                m = NULL;
        }
        eds_send(e, m, CALL_TIMEOUT_MS, eds_on_found);
}

/* Takes the message and sends it once the book is open. m may be NULL: out of memory. */
static void eds_ask(EdsSink *e, DBusMessage *m, OnReply on_reply)
{
        assert(!e->request);
        if (!m) {
                eds_fail(e, -ENOMEM, N_("no memory"));
                return;
        }
        e->request = m;
        e->on_request = on_reply;
        if (e->path)
                eds_send_request(e);
        else
                eds_send(e,
                         dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
                                                      DBUS_INTERFACE_DBUS, "ListActivatableNames"),
                         CALL_TIMEOUT_MS, eds_on_names);
}

/* ---- requests ------------------------------------------------------------------------------- */

/* Path and destination are set when the book is open. */
static DBusMessage *eds_book_call(const char *member)
{
        return dbus_message_new_method_call(NULL, "/", EDS_NAME, member);
}

static DBusMessage *eds_call_with_text(const char *member, const char *text)
{
        DBusMessage *m = eds_book_call(member);

        if (m && !dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID)) {
                dbus_message_unref(m);
                return NULL;
        }
        return m;
}

/* A call with a list of one text, and with flags in newer versions. */
static DBusMessage *eds_call_with_list(const EdsSink *e, const char *member, const char *text)
{
        DBusMessage *m = eds_book_call(member);
        dbus_uint32_t flags = 0; /* E_BOOK_OPERATION_FLAG_NONE */
        const char **list = &text;

        if (m && (!dbus_message_append_args(m, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &list, 1,
                                            DBUS_TYPE_INVALID) ||
                  ((e->version == 0 || e->version >= FLAGS_SINCE) &&
                   !dbus_message_append_args(m, DBUS_TYPE_UINT32, &flags, DBUS_TYPE_INVALID)))) {
                dbus_message_unref(m);
                return NULL;
        }
        return m;
}

static void eds_on_changed(EdsSink *e, DBusMessage *reply)
{
        sink_end(&e->sink, 0, NULL);
}

static void eds_on_contact(EdsSink *e, DBusMessage *reply)
{
        const char *text;

        if (dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
                sink_end(&e->sink, 0, text);
        else
                eds_fail(e, -EPROTO, N_("an answer that is not understood"));
}

/* The id of a contact is its UID, which EDS always sets. New; NULL: none, or out of memory. */
static char *eds_id(const char *text)
{
        _cleanup_(lines_done) Lines l = {0};
        const Line *uid = lines_read(&l, text) == 0 ? lines_find(&l, "UID", 0) : NULL;

        return uid ? line_text(uid->value) : NULL;
}

static void eds_on_contacts(EdsSink *e, DBusMessage *reply)
{
        DBusMessageIter at, contacts;
        int r = 0;

        if (!dbus_message_has_signature(reply, "as") || !dbus_message_iter_init(reply, &at)) {
                eds_fail(e, -EPROTO, N_("an answer that is not understood"));
                return;
        }
        for (dbus_message_iter_recurse(&at, &contacts);
             r == 0 && dbus_message_iter_get_arg_type(&contacts) == DBUS_TYPE_STRING;
             dbus_message_iter_next(&contacts)) {
                _cleanup_free_ char *id = NULL;
                const char *text;

                dbus_message_iter_get_basic(&contacts, &text);
                id = eds_id(text);
                if (id)
                        r = e->sink.each(e->sink.userdata, id, text);
        }
        if (r < 0)
                eds_fail(e, r, strerror(-r));
        else
                sink_end(&e->sink, 0, NULL);
}

static char *eds_name(const Sink *s, const char *person)
{
        char uid[SINK_UID_SIZE];

        sink_uid(uid, person);
        return strdup(uid);
}

static void eds_load(Sink *s)
{
        eds_ask((EdsSink *)s,
                eds_call_with_text("GetContactList", "(contains \"x-evolution-any-field\" \"\")"),
                eds_on_contacts);
}

static void eds_read(Sink *s, const char *id)
{
        eds_ask((EdsSink *)s, eds_call_with_text("GetContact", id), eds_on_contact);
}

static void eds_create(Sink *s, const char *id, const char *text)
{
        EdsSink *e = (EdsSink *)s;

        eds_ask(e, eds_call_with_list(e, "CreateContacts", text), eds_on_changed);
}

static void eds_replace(Sink *s, const char *id, const char *old, const char *text)
{
        EdsSink *e = (EdsSink *)s;

        eds_ask(e, eds_call_with_list(e, "ModifyContacts", text), eds_on_changed);
}

static void eds_remove(Sink *s, const char *id, const char *old)
{
        EdsSink *e = (EdsSink *)s;

        eds_ask(e, eds_call_with_list(e, "RemoveContacts", id), eds_on_changed);
}

/* Closes the book without waiting for the answer, so that the service can free it. */
static void eds_rest(Sink *s)
{
        EdsSink *e = (EdsSink *)s;
        DBusMessage *m =
                e->path ? dbus_message_new_method_call(e->name, e->path, EDS_NAME, "Close") : NULL;

        if (m) {
                dbus_message_set_no_reply(m, TRUE);
                (void)dbus_connection_send(e->bus, m, NULL);
                dbus_message_unref(m);
        }
        eds_close_book(e);
}

static void eds_free(Sink *s)
{
        EdsSink *e = (EdsSink *)s;

        eds_drop_pending(e);
        eds_drop_request(e);
        eds_rest(s);
        dbus_connection_unref(e->bus);
        free(e);
}

static const SinkOps eds_ops = {
        .kind = "eds",
        .dialect = CARD_EVOLUTION,
        .name = eds_name,
        .load = eds_load,
        .read = eds_read,
        .create = eds_create,
        .replace = eds_replace,
        .remove = eds_remove,
        .rest = eds_rest,
        .free = eds_free,
};

int sink_eds_new(Sink **ret, DBusConnection *bus, const char *book)
{
        EdsSink *e = calloc(1, sizeof *e);

        if (e)
                e->sink.place = strdup(book);
        if (!e || !e->sink.place) {
                free(e);
                return -ENOMEM;
        }
        e->sink.ops = &eds_ops;
        e->bus = dbus_connection_ref(bus);
        *ret = &e->sink;
        return 0;
}
