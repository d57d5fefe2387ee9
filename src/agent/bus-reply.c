/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-reply.h"
#include "bus-values.h"
#include "src/base/text.h"

#include <string.h>

static bool reply_append_source(DBusMessageIter *list, const EdsSource *source)
{
        DBusMessageIter pair;
        bool ok;

        if (!dbus_message_iter_open_container(list, DBUS_TYPE_STRUCT, NULL, &pair))
                return false;
        ok = dbus_message_iter_append_basic(&pair, DBUS_TYPE_STRING, &source->uid) &&
             dbus_message_iter_append_basic(&pair, DBUS_TYPE_STRING, &source->name);
        return values_close(ok, list, &pair);
}

DBusMessage *reply_sources(DBusMessage *call, const EdsSource *sources, size_t n)
{
        DBusMessage *reply = dbus_message_new_method_return(call);
        DBusMessageIter at, list;
        bool ok;

        if (!reply)
                return NULL;
        dbus_message_iter_init_append(reply, &at);
        ok = dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "(ss)", &list);
        if (ok) {
                for (size_t i = 0; i < n && ok; i++)
                        ok = reply_append_source(&list, &sources[i]);
                ok = values_close(ok, &at, &list);
        }
        if (ok)
                return reply;
        dbus_message_unref(reply);
        return NULL;
}

static bool reply_append_contact(DBusMessageIter *list, const Found *found, bool alone)
{
        const char *id = text_is_utf8(found->id, strlen(found->id)) ? found->id : "";
        DBusMessageIter dict;
        bool ok;

        if (!dbus_message_iter_open_container(list, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return false;
        ok = value_text(&dict, "Kind", book_kinds[found->kind]) && value_text(&dict, "Id", id) &&
             value_text(&dict, "Name", found->name) && value_text(&dict, "Email", found->email) &&
             (!alone || value_bytes(&dict, "Vcard", found->text, strlen(found->text)));
        return values_close(ok, list, &dict);
}

static bool reply_append_contacts(DBusMessageIter *at, const Finding *found)
{
        bool alone = found->n == 1 && !found->more, ok = true;
        DBusMessageIter list;

        if (!dbus_message_iter_open_container(at, DBUS_TYPE_ARRAY, "a{sv}", &list))
                return false;
        for (size_t i = 0; i < found->n && ok; i++)
                ok = reply_append_contact(&list, &found->list[i], alone);
        return values_close(ok, at, &list);
}

DBusMessage *reply_contacts(DBusMessage *call, const Finding *found)
{
        DBusMessage *reply = dbus_message_new_method_return(call);
        const char *trouble = found->trouble;
        dbus_bool_t more = found->more;
        DBusMessageIter at;

        if (!reply)
                return NULL;
        dbus_message_iter_init_append(reply, &at);
        if (reply_append_contacts(&at, found) &&
            dbus_message_iter_append_basic(&at, DBUS_TYPE_BOOLEAN, &more) &&
            dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &trouble))
                return reply;
        dbus_message_unref(reply);
        return NULL;
}
