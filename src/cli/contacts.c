/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle contacts, huddle history */
#include "bus.h"
#include "history.h"
#include "out.h"
#include "press.h"
#include "terms.h"
#include "undone.h"

#include <string.h>
#include <time.h>

static Exit history_read(Cli *cli, json_t **ret)
{
        json_auto_t *reply = NULL;
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE)
                code = bus_call(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "History"), &reply);
        if (code == EXIT_DONE)
                *ret = json_incref(json_array_get(reply, 0));
        return code;
}

static void history_print_undone(const json_t *entry)
{
        unsigned undone = (unsigned)json_integer_value(json_object_get(entry, "Undone"));

        if (undone > 0)
                (void)printf(ngettext(", %u undone", ", %u undone", undone), undone);
}

static void history_print_entry(size_t number, const json_t *entry)
{
        time_t when = (time_t)json_integer_value(json_object_get(entry, "Time"));
        const char *record = json_string_value(json_object_get(entry, "RecordNumber"));
        unsigned people = (unsigned)json_integer_value(json_object_get(entry, "Members"));
        unsigned cards = (unsigned)json_integer_value(json_object_get(entry, "Cards"));
        unsigned guests = (unsigned)json_integer_value(json_object_get(entry, "Guests"));
        struct tm tm;
        char text[32] = "?";

        if (localtime_r(&when, &tm))
                (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
        (void)printf("%3zu  %s  ", number, text);
        (void)printf(ngettext("%u person", "%u people", people), people);
        (void)printf(ngettext(", %u card", ", %u cards", cards), cards);
        if (guests > 0)
                (void)printf(ngettext(", %u guest", ", %u guests", guests), guests);
        (void)printf(_(", %s"), term(json_string_value(json_object_get(entry, "Level"))));
        if (record && *record)
                (void)printf(_(", record %s"), shown(record));
        history_print_undone(entry);
        (void)putchar('\n');
}

static bool history_parse_number(size_t *ret, const char *text)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        if (*text < '0' || *text > '9' || *end || value == 0)
                return false;
        *ret = value;
        return true;
}

Exit history_find(Cli *cli, const char *number, char **ret_path)
{
        json_auto_t *history = NULL;
        const char *path;
        size_t n = 1;
        Exit code;

        if (number && !history_parse_number(&n, number))
                return complain(cli, EXIT_USAGE, NULL,
                                _("that is not the number of an exchange in huddle history"));
        code = history_read(cli, &history);
        if (code != EXIT_DONE)
                return code;
        path = json_string_value(json_object_get(json_array_get(history, n - 1), "Exchange"));
        if (!path)
                return complain(cli, EXIT_FAILED, NULL,
                                _("the history has no such exchange: it has %zu"),
                                json_array_size(history));
        *ret_path = strdup(path);
        return *ret_path ? EXIT_DONE : complain(cli, EXIT_FAILED, NULL, _("out of memory"));
}

static Exit history_delete_all(Cli *cli)
{
        json_auto_t *reply = NULL;
        Exit code = bus_connect(cli);
        unsigned deleted, kept;

        if (code == EXIT_DONE)
                code = bus_call(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "DeleteHistory"),
                                &reply);
        if (code != EXIT_DONE)
                return code;
        deleted = (unsigned)json_integer_value(json_array_get(reply, 0));
        kept = (unsigned)json_integer_value(json_array_get(reply, 1));
        return done(cli, json_pack("{s:i, s:i}", "deleted", (int)deleted, "kept", (int)kept),
                    kept ? _("Deleted: %u. Still running, so kept: %u.")
                         : _("Deleted: %u. The address books keep their cards."),
                    deleted, kept);
}

static Exit history_delete(Cli *cli, const char *number)
{
        _cleanup_free_ char *path = NULL;
        const char *exchange;
        DBusMessage *call;
        Exit code = history_find(cli, number, &path);

        if (code != EXIT_DONE)
                return code;
        exchange = path;
        call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "DeleteExchange");
        if (call &&
            !dbus_message_append_args(call, DBUS_TYPE_OBJECT_PATH, &exchange, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        code = bus_call(cli, call, NULL);
        return code == EXIT_DONE ? done(cli, json_pack("{s:s}", "deleted", exchange),
                                        _("Deleted. The address books keep its cards."))
                                 : code;
}

/* Adds to each entry how many of its cards are undone, as far as huddle-agent can be asked. */
static void history_add_undone(const Cli *cli, json_t *history)
{
        json_auto_t *cards = undone_ask(cli);
        json_t *entry;
        size_t i;

        json_array_foreach(history, i, entry)
        {
                const char *path = json_string_value(json_object_get(entry, "Exchange"));
                unsigned all, undone;

                undone_count(cards, path, NULL, &all, &undone);
                if (all > 0)
                        (void)json_object_set_new(entry, "Undone", json_integer(undone));
        }
}

static Exit history_list(Cli *cli)
{
        json_auto_t *history = NULL;
        Exit code = history_read(cli, &history);
        size_t i;
        json_t *entry;

        if (code != EXIT_DONE)
                return code;
        history_add_undone(cli, history);
        if (cli->json)
                print_json(json_incref(history));
        else if (json_array_size(history) == 0)
                (void)puts(_("No exchange has brought cards yet."));
        else
                json_array_foreach(history, i, entry) history_print_entry(i + 1, entry);
        return EXIT_DONE;
}

Exit command_history(Cli *cli, int n, char **argv)
{
        if (!cli->delete)
                return history_list(cli);
        if (strcmp(cli->delete, "all") == 0)
                return history_delete_all(cli);
        return history_delete(cli, cli->delete);
}

Exit history_count_missing(Cli *cli, const char *path, size_t cards, unsigned *ret)
{
        json_auto_t *history = NULL;
        json_t *entry;
        size_t i;
        Exit code = history_read(cli, &history);

        *ret = 0;
        if (code != EXIT_DONE)
                return code;
        json_array_foreach(history, i, entry)
        {
                size_t others = (size_t)json_integer_value(json_object_get(entry, "Members"));
                const char *level = json_string_value(json_object_get(entry, "Level"));

                if (strcmp(json_string_value(json_object_get(entry, "Exchange")), path) != 0)
                        continue;
                /* "vouched": by others, who met without us */
                if (others > 0 && level && strcmp(level, "vouched") != 0)
                        others--;
                *ret = others > cards ? (unsigned)(others - cards) : 0;
        }
        return EXIT_DONE;
}

/* Marks the contacts whose cards are undone. */
static void contacts_add_undone(const Cli *cli, const char *path, json_t *contacts)
{
        json_auto_t *cards = undone_ask(cli);
        json_t *contact;
        size_t i;

        json_array_foreach(contacts, i, contact)
        {
                unsigned all, undone;

                undone_count(cards, path, json_string_value(json_object_get(contact, "name")), &all,
                             &undone);
                if (all > 0)
                        (void)json_object_set_new(contact, "undone", json_boolean(undone == all));
        }
}

Exit command_contacts(Cli *cli, int n, char **argv)
{
        json_auto_t *contacts = NULL;
        _cleanup_free_ char *path = NULL;
        Exit code = history_find(cli, n > 0 ? argv[0] : NULL, &path);

        if (code == EXIT_DONE)
                code = press_contacts(cli, path, &contacts);
        if (code != EXIT_DONE)
                return code;
        contacts_add_undone(cli, path, contacts);
        if (cli->json)
                print_json(json_incref(contacts));
        else
                press_print_contacts(contacts);
        return EXIT_DONE;
}
