/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-history FOLDER - an org.huddle on the session bus with a history and nothing else; prints
 * a line when it is there
 *
 * Each folder N in FOLDER is an exchange, the higher the newer, and each file in it a card as
 * its bytes are. FOLDER/own.vcf, if it is there, is the user's own card. Folders are looked at anew
 * for every call. DeleteExchange empties one and tells of it.
 */
#include "src/base/util.h"

#include <dbus/dbus.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HUDDLE "org.huddle"

enum { EXCHANGES_MAX = 64, FIRST_TIME = 1700000000, TIME_STEP = 86400 };

static const char *folder;

static void cards_of(unsigned exchange, glob_t *ret)
{
        char pattern[4096];

        (void)snprintf(pattern, sizeof pattern, "%s/%u/*", folder, exchange);
        if (glob(pattern, 0, NULL, ret) != 0)
                *ret = (glob_t){0};
}

static void add(DBusMessageIter *dict, const char *key, int type, const void *value)
{
        const char signature[] = {(char)type, '\0'};
        DBusMessageIter entry, variant;

        dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
        dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
        dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant);
        dbus_message_iter_append_basic(&variant, type, value);
        dbus_message_iter_close_container(&entry, &variant);
        dbus_message_iter_close_container(dict, &entry);
}

static void add_exchange(DBusMessageIter *list, unsigned exchange, dbus_uint32_t cards)
{
        char path[64];
        const char *p = path, *level = "proven", *none = "", *place = "47.2378, 6.0241";
        dbus_uint64_t when = FIRST_TIME + (dbus_uint64_t)exchange * TIME_STEP;
        dbus_uint32_t members = cards + 1;
        DBusMessageIter dict;

        (void)snprintf(path, sizeof path, "/org/huddle/exchange/%u", exchange);
        dbus_message_iter_open_container(list, DBUS_TYPE_ARRAY, "{sv}", &dict);
        add(&dict, "Exchange", DBUS_TYPE_OBJECT_PATH, &p);
        add(&dict, "Time", DBUS_TYPE_UINT64, &when);
        add(&dict, "Members", DBUS_TYPE_UINT32, &members);
        add(&dict, "Cards", DBUS_TYPE_UINT32, &cards);
        add(&dict, "Level", DBUS_TYPE_STRING, &level);
        add(&dict, "RecordNumber", DBUS_TYPE_STRING, &none);
        add(&dict, "Place", DBUS_TYPE_STRING, &place);
        dbus_message_iter_close_container(list, &dict);
}

static void answer_history(DBusMessage *reply)
{
        DBusMessageIter at, list;

        dbus_message_iter_init_append(reply, &at);
        dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "a{sv}", &list);
        for (unsigned exchange = EXCHANGES_MAX; exchange > 0; exchange--) {
                glob_t cards;

                cards_of(exchange, &cards);
                if (cards.gl_pathc > 0)
                        add_exchange(&list, exchange, (dbus_uint32_t)cards.gl_pathc);
                globfree(&cards);
        }
        dbus_message_iter_close_container(&at, &list);
}

/* Borrowed until the next call; empty where there is no such file. */
static const char *text_of(const char *path)
{
        static char text[16 * 1024 * 1024];
        FILE *file = fopen(path, "r");

        text[file ? fread(text, 1, sizeof text - 1, file) : 0] = '\0';
        if (file)
                (void)fclose(file);
        return text;
}

static void answer_own_card(DBusMessage *reply)
{
        char path[4096];
        const char *text;

        (void)snprintf(path, sizeof path, "%s/own.vcf", folder);
        text = text_of(path);
        if (*text)
                dbus_message_append_args(reply, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
}

static void answer_contacts(DBusMessage *reply, const char *path)
{
        DBusMessageIter at, list;
        unsigned exchange = 0;
        glob_t cards;

        (void)sscanf(path, "/org/huddle/exchange/%u", &exchange);
        cards_of(exchange, &cards);
        dbus_message_iter_init_append(reply, &at);
        dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "s", &list);
        for (size_t i = 0; i < cards.gl_pathc; i++) {
                const char *p = text_of(cards.gl_pathv[i]);

                dbus_message_iter_append_basic(&list, DBUS_TYPE_STRING, &p);
        }
        dbus_message_iter_close_container(&at, &list);
        globfree(&cards);
}

static void delete_exchange(DBusConnection *bus, DBusMessage *m)
{
        const char *path = "", *change = "deleted";
        unsigned exchange = 0;
        DBusMessage *told;
        glob_t cards;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        (void)sscanf(path, "/org/huddle/exchange/%u", &exchange);
        cards_of(exchange, &cards);
        for (size_t i = 0; i < cards.gl_pathc; i++)
                (void)unlink(cards.gl_pathv[i]);
        globfree(&cards);
        told = dbus_message_new_signal("/org/huddle", HUDDLE ".Manager1", "HistoryChanged");
        dbus_message_append_args(told, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_STRING, &change,
                                 DBUS_TYPE_INVALID);
        dbus_connection_send(bus, told, NULL);
        dbus_message_unref(told);
}

static DBusHandlerResult on_message(DBusConnection *bus, DBusMessage *m, void *userdata)
{
        DBusMessage *reply;

        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_METHOD_CALL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        reply = dbus_message_new_method_return(m);
        if (dbus_message_has_member(m, "History"))
                answer_history(reply);
        else if (dbus_message_has_member(m, "GetCard"))
                answer_own_card(reply);
        else if (dbus_message_has_member(m, "GetContacts"))
                answer_contacts(reply, dbus_message_get_path(m));
        else if (dbus_message_has_member(m, "DeleteExchange"))
                delete_exchange(bus, m);
        dbus_connection_send(bus, reply, NULL);
        dbus_message_unref(reply);
        return DBUS_HANDLER_RESULT_HANDLED;
}

int main(int argc, char **argv)
{
        DBusConnection *bus = dbus_bus_get(DBUS_BUS_SESSION, NULL);

        if (argc != 2 || !bus || !dbus_connection_add_filter(bus, on_message, NULL, NULL) ||
            dbus_bus_request_name(bus, HUDDLE, 0, NULL) != DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER)
                return 1;
        folder = argv[1];
        (void)puts("ready");
        (void)fflush(stdout);
        while (dbus_connection_read_write_dispatch(bus, -1))
                continue;
        return 0;
}
