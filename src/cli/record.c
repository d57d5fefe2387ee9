/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle record, huddle fetch: cards for absent people */
#include "bus.h"
#include "cloud.h"
#include "errors.h"
#include "history.h"
#include "link.h"
#include "out.h"
#include "press.h"
#include "qr.h"
#include "screen.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- record ---- */

typedef struct Shown {
        LinkText link;
        char password[RECORD_PASSWORD_TEXT];
        json_t *fetches; /* [[seconds, …]] */
} Shown;

static void record_shown_done(Shown *s)
{
        json_decref(s->fetches);
        sodium_memzero(s, sizeof *s);
}

static const char *record_text_at(const json_t *list, size_t i)
{
        const char *text = json_string_value(json_array_get(list, i));

        return text ? text : "";
}

static Exit record_ask(Cli *cli, const char *path, Shown *ret)
{
        json_auto_t *link = NULL;
        Exit code = bus_call(cli, bus_method(path, HUDDLE_EXCHANGE, "GetRecordLink"), &link);

        if (code == EXIT_DONE)
                code = link_take(cli, &ret->link, record_text_at(link, 0));
        if (code != EXIT_DONE)
                return code;
        record_password_format(ret->password, &ret->link.link.password);
        return bus_call(cli, bus_method(path, HUDDLE_EXCHANGE, "GetFetches"), &ret->fetches);
}

static Exit record_write_files(Cli *cli, const Qr *qr)
{
        int r = cli->png ? qr_write_png(qr, cli->png) : 0;

        if (r < 0)
                return complain(cli, EXIT_FAILED, NULL, "%s: %s", shown(cli->png), strerror(-r));
        r = cli->svg ? qr_write_svg(qr, cli->svg) : 0;
        if (r < 0)
                return complain(cli, EXIT_FAILED, NULL, "%s: %s", shown(cli->svg), strerror(-r));
        return EXIT_DONE;
}

static void record_print_fetches(const json_t *times)
{
        size_t n = json_array_size(times);
        time_t last = (time_t)json_integer_value(json_array_get(times, n - 1));
        char text[32] = "?";
        struct tm tm;

        if (n > 0 && localtime_r(&last, &tm))
                (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
        if (n == 0)
                print_field(_("Fetched"), "%s", _("not yet"));
        else
                print_field(_("Fetched"), _("by %zu, last at %s"), n, text);
}

static void print_record(const Cli *cli, const Shown *s)
{
        print_field(_("Number"), "%s", s->link.link.number);
        print_field(_("Password"), "%s", s->password);
        print_field(_("Link"), "%s", s->link.text);
        record_print_fetches(json_array_get(s->fetches, 0));
        if (!cli->plain && isatty(STDOUT_FILENO) && !screen_is_plain())
                qr_show(s->link.text);
}

static Exit show_record(Cli *cli, const char *path)
{
        _cleanup_(record_shown_done) Shown s = {0};
        _cleanup_(qr_freep) Qr *qr = NULL;
        Exit code = record_ask(cli, path, &s);

        if (code != EXIT_DONE)
                return code;
        qr = qr_new(s.link.text);
        if (!qr)
                return complain(cli, EXIT_FAILED, NULL, _("out of memory"));
        code = record_write_files(cli, qr);
        if (code == EXIT_DONE && cli->json)
                print_json(json_pack("{s:s, s:s, s:s, s:O}", "number", s.link.link.number,
                                     "password", s.password, "link", s.link.text, "fetched",
                                     json_array_get(s.fetches, 0)));
        else if (code == EXIT_DONE)
                print_record(cli, &s);
        return code;
}

static Exit revoke_record(Cli *cli, const char *path)
{
        Exit code = bus_call(cli, bus_method(path, HUDDLE_EXCHANGE, "RevokeRecord"), NULL);

        return code == EXIT_DONE
                       ? done(cli, json_pack("{s:b}", "revoked", 1),
                              _("The record is revoked: nobody can fetch these cards any more."))
                       : code;
}

Exit command_record(Cli *cli, int n, char **argv)
{
        _cleanup_free_ char *path = NULL;
        Exit code;

        if (cli->revoke && (cli->png || cli->svg))
                return complain(cli, EXIT_USAGE, NULL, _("what is revoked has no QR code"));
        code = history_find(cli, n > 0 ? argv[0] : NULL, &path);
        if (code != EXIT_DONE)
                return code;
        return cli->revoke ? revoke_record(cli, path) : show_record(cli, path);
}

/* ---- fetch ---- */

static DBusMessage *fetch_call_new(const char *number, const char *password)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "Fetch");

        if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &number, DBUS_TYPE_STRING,
                                              &password, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                return NULL;
        }
        return call;
}

/* We check the password here too, so that a slip costs no attempt at the cloud. */
static Exit fetch_read_password(Cli *cli, char ret[static RECORD_PASSWORD_TEXT])
{
        _cleanup_record_password_ RecordPassword password = {};
        Exit code = EXIT_DONE;
        char text[128];
        unsigned at = 0;
        int r;

        if (!read_secret(text, sizeof text, _("Record password: ")))
                return complain(cli, EXIT_USAGE, NULL, _("no record password was given"));
        r = record_password_parse(&password, text, &at);
        if (r == RECORD_E_SYMBOL)
                code = complain(cli, EXIT_USAGE, NULL,
                                _("character %u is in no record password: they have 2-9 and "
                                  "letters but I and O"),
                                at);
        else if (r != 0)
                code = complain(cli, EXIT_USAGE, NULL,
                                _("a record password has 16 letters and digits"));
        else
                record_password_format(ret, &password);
        sodium_memzero(text, sizeof text);
        return code;
}

static Exit fetch_print(Cli *cli, const char *path)
{
        json_auto_t *contacts = NULL;
        unsigned missing = 0;
        Exit code = press_contacts(cli, path, &contacts);

        if (code == EXIT_DONE)
                code = history_count_missing(cli, path, json_array_size(contacts), &missing);
        if (code != EXIT_DONE)
                return code;
        if (cli->json)
                print_json(json_pack("{s:s, s:O, s:i}", "exchange", path, "contacts", contacts,
                                     "missing", (int)missing));
        else {
                press_print_contacts(contacts);
                if (missing > 0)
                        (void)fprintf(stderr,
                                      ngettext("%u card is missing: somebody gave none, or the "
                                               "cloud left it out.\n",
                                               "%u cards are missing: somebody gave none, or the "
                                               "cloud left them out.\n",
                                               missing),
                                      missing);
                (void)fprintf(stderr, "%s\n",
                              _("Vouched for: these are the cards of whoever gave you the "
                                "password, and of their group."));
        }
        return EXIT_DONE;
}

static DBusMessage *fetch_link_call_new(const char *link)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "FetchLink");

        if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &link, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                return NULL;
        }
        return call;
}

static Exit fetch_by_link(Cli *cli, char *argument, json_t **ret)
{
        _cleanup_link_text_ LinkText link = {};
        _cleanup_free_ char *error = NULL, *message = NULL;
        Exit code = link_read(cli, &link, argument);

        if (code == EXIT_DONE && link.link.kind != HUDDLE_LINK_RECORD)
                code = complain(cli, EXIT_USAGE, NULL, _("this is no link to a record"));
        if (code == EXIT_DONE)
                code = bus_connect(cli);
        if (code == EXIT_DONE)
                code = cloud_accept(cli, &link);
        if (code != EXIT_DONE)
                return code;
        cli->patient = true;
        code = bus_try(cli, fetch_link_call_new(link.text), ret, &error, &message);
        if (!error)
                return code;
        if (strcmp(error, "org.huddle.Error.NotRegistered") != 0)
                return complain_error(cli, error, message);
        code = cloud_register(cli, link.link.has_cloud ? link.link.url : NULL, error, message);
        return code == EXIT_DONE ? bus_call(cli, fetch_link_call_new(link.text), ret) : code;
}

static Exit fetch_by_number(Cli *cli, int n, char **argv, json_t **ret)
{
        char number[RECORD_NUMBER_SIZE], password[RECORD_PASSWORD_TEXT] = "";
        Exit code;

        if (n > 1 && strcmp(argv[1], "-") != 0)
                return complain(
                        cli, EXIT_USAGE, NULL,
                        _("the password is not an argument: others on this machine could read it"));
        if (!record_number_parse(number, argv[0]))
                return complain(cli, EXIT_USAGE, NULL,
                                _("that is not a record number: 11 digits, of which the last "
                                  "follows from the others"));
        code = fetch_read_password(cli, password);
        if (code == EXIT_DONE)
                code = bus_connect(cli);
        cli->patient = true;
        if (code == EXIT_DONE)
                code = bus_call(cli, fetch_call_new(number, password), ret);
        sodium_memzero(password, sizeof password);
        return code;
}

Exit command_fetch(Cli *cli, int n, char **argv)
{
        json_auto_t *reply = NULL;
        Exit code;

        if (cli->clipboard != (n == 0))
                return complain(
                        cli, EXIT_USAGE, NULL,
                        _("name a record number or a link, or --clipboard for a link there"));
        if (n == 0 || (n == 1 && (strcmp(argv[0], "-") == 0 || huddle_link_is(argv[0]))))
                code = fetch_by_link(cli, n == 0 ? NULL : argv[0], &reply);
        else
                code = fetch_by_number(cli, n, argv, &reply);
        return code == EXIT_DONE ? fetch_print(cli, record_text_at(reply, 0)) : code;
}
