/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status, consent, register, confirm, unregister, prefer */
#include "bus.h"
#include "errors.h"
#include "out.h"
#include "press.h"
#include "said.h"
#include "terms.h"
#include "src/protocol/handle.h"

#include <string.h>

enum {
        SKEW_UNSAID = 60, /* seconds that do not matter */
        SPAN_SIZE = 64,
};

static const char *manager_text(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "";
}

static void status_print_radios(const json_t *radios)
{
        size_t i;
        json_t *radio;

        (void)printf("%s%s", label(_("Radios")), json_array_size(radios) ? "" : _("none"));
        json_array_foreach(radios, i, radio)(void)
                printf("%s%s", i ? _(", ") : "", shown(json_string_value(radio)));
        (void)putchar('\n');
}

/* After a start that is so, and no error. */
static void status_print_cloud(const json_t *manager)
{
        static const char fresh[] = "nothing has been asked of it yet"; /* as huddled says it */
        const char *address = manager_text(manager, "CloudAddress");    /* of several */
        const char *url = *address ? address : manager_text(manager, "CloudUrl");
        const char *error = manager_text(manager, "CloudError");
        const char *state = manager_text(manager, "CloudState");

        if (!*url)
                print_field(_("Cloud"), "%s",
                            _("none: huddle cloud find, or huddle cloud add LINK"));
        else if (strcmp(error, fresh) == 0)
                print_field(_("Cloud"), _("%s, %s"), shown(url), said(error));
        else if (*error)
                print_field(_("Cloud"), _("%s, %s: %s"), shown(url), term(state), said(error));
        else
                print_field(_("Cloud"), _("%s, %s"), shown(url), term(state));
}

/* As people would say it: rounded, for three days less a second are no two days. */
static void status_span(char ret[static SPAN_SIZE], long long s)
{
        long long m = (s + 30) / 60, h = (s + 1800) / 3600, d = (s + 43200) / 86400;

        if (m < 2)
                (void)snprintf(ret, SPAN_SIZE, ngettext("%lld second", "%lld seconds", s), s);
        else if (h < 2)
                (void)snprintf(ret, SPAN_SIZE, ngettext("%lld minute", "%lld minutes", m), m);
        else if (d < 2)
                (void)snprintf(ret, SPAN_SIZE, ngettext("%lld hour", "%lld hours", h), h);
        else
                (void)snprintf(ret, SPAN_SIZE, ngettext("%lld day", "%lld days", d), d);
}

static void status_print_skew(json_int_t seconds)
{
        char span[SPAN_SIZE];

        if (llabs(seconds) <= SKEW_UNSAID)
                return;
        status_span(span, llabs(seconds));
        print_field(_("Clock"),
                    seconds > 0 ? _("%s ahead of the cloud's") : _("%s behind the cloud's"), span);
}

/* Into which books cards go, which is huddle-agent's business. */
static void status_print_books(const json_t *books)
{
        bool any = false;
        json_t *book;
        size_t i;

        json_array_foreach(books, i, book)
        {
                if (!json_is_true(json_object_get(book, "Used")))
                        continue;
                print_field(any ? "" : _("Books"), "%s  %s", shown(manager_text(book, "Kind")),
                            shown(manager_text(book, "Place")));
                any = true;
        }
        if (!books)
                print_field(_("Books"), "%s",
                            _("huddle-agent is not running: cards wait here until it is"));
        else if (!any)
                print_field(_("Books"), "%s", _("none in use: see huddle book"));
}

static void status_print(const json_t *manager, const Press *running, const json_t *books)
{
        if (json_is_true(json_object_get(manager, "Registered")))
                print_field(_("Account"), "%s", shown(manager_text(manager, "Handle")));
        else if (*manager_text(manager, "Handle"))
                print_field(_("Account"), _("%s, not confirmed yet"),
                            shown(manager_text(manager, "Handle")));
        else
                print_field(_("Account"), "%s", _("none: huddle register HANDLE"));
        status_print_cloud(manager);
        status_print_skew(json_integer_value(json_object_get(manager, "ClockSkew")));
        status_print_radios(json_object_get(manager, "Radios"));
        print_field(_("Place"), "%s", said(manager_text(manager, "Place")));
        if (json_is_true(json_object_get(manager, "Registered")))
                print_field(_("Shares"), "%s", shown(manager_text(manager, "Share")));
        status_print_books(books);
        if (running)
                print_field(_("Exchange"), _("%s, %u in the group"), term(press_state(running)),
                            press_count(running));
        print_field("huddled", "%s", shown(manager_text(manager, "Version")));
}

Exit command_status(Cli *cli, int n, char **argv)
{
        json_auto_t *manager = NULL, *books = NULL;
        Press running = {0};
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE)
                code = bus_properties(cli, HUDDLE_ROOT, HUDDLE_MANAGER, &manager);
        if (code == EXIT_DONE)
                code = press_find_running(cli, &running);
        if (code != EXIT_DONE)
                return code;
        books = bus_ask_agent(cli, "ListBooks");
        if (cli->json) {
                (void)json_object_set(manager, "Books", books ? books : json_null());
                (void)json_object_set(manager, "Exchange",
                                      running.path ? running.properties : json_null());
                print_json(json_incref(manager));
        } else
                status_print(manager, running.path ? &running : NULL, books);
        press_done(&running);
        return EXIT_DONE;
}

/* A call about the account at a cloud of Manager1: first, if not NULL, then the URL of --cloud, or
 * "" for the default. NULL: no memory. */
static DBusMessage *account_call_new(const Cli *cli, const char *method, const char *first)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, method);
        const char *cloud = cli->cloud ? cli->cloud : "";

        if (call &&
            (!first ||
             dbus_message_append_args(call, DBUS_TYPE_STRING, &first, DBUS_TYPE_INVALID)) &&
            dbus_message_append_args(call, DBUS_TYPE_STRING, &cloud, DBUS_TYPE_INVALID))
                return call;
        if (call)
                dbus_message_unref(call);
        return NULL;
}

/* What the cloud asks of its users. *ret is [version, text, whether it confirms handles]. */
static Exit get_consent(Cli *cli, json_t **ret)
{
        return bus_call(cli, account_call_new(cli, "GetConsent", NULL), ret);
}

Exit command_consent(Cli *cli, int n, char **argv)
{
        json_auto_t *terms = NULL;
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE)
                code = get_consent(cli, &terms);
        if (code != EXIT_DONE)
                return code;
        if (cli->json)
                print_json(json_pack("{s:O, s:O, s:O}", "version", json_array_get(terms, 0), "text",
                                     json_array_get(terms, 1), "confirms",
                                     json_array_get(terms, 2)));
        else
                print_lines(stdout, json_string_value(json_array_get(terms, 1)));
        return EXIT_DONE;
}

DBusMessage *register_call_new(const char *handle, const char *url, bool consent,
                               dbus_uint32_t version)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "Register");
        dbus_bool_t yes = TRUE;
        DBusMessageIter at, entries;

        if (!call)
                return NULL;
        dbus_message_iter_init_append(call, &at);
        if (dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &handle) &&
            dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &entries) &&
            (!consent || bus_add_option(&entries, "consent", DBUS_TYPE_BOOLEAN, &yes)) &&
            (!url || bus_add_option(&entries, "cloud", DBUS_TYPE_STRING, &url)) &&
            (!version || bus_add_option(&entries, "version", DBUS_TYPE_UINT32, &version)) &&
            dbus_message_iter_close_container(&at, &entries))
                return call;
        dbus_message_unref(call);
        return NULL;
}

/* Shows the consent text and asks for a yes. Without a terminal it names the option instead. */
static Exit register_ask_consent(Cli *cli, const char *name, dbus_uint32_t *ret_version)
{
        json_auto_t *terms = NULL;
        Exit code = get_consent(cli, &terms);
        const char *text = json_string_value(json_array_get(terms, 1));

        if (code != EXIT_DONE)
                return code;
        *ret_version = (dbus_uint32_t)json_integer_value(json_array_get(terms, 0));
        if (cli->json)
                return complain(cli, EXIT_REFUSED, name, "%s", text);
        print_lines(stderr, text);
        if (!isatty(STDIN_FILENO))
                return complain(cli, EXIT_REFUSED, name,
                                _("nothing was sent; --consent accepts the text above"));
        if (!ask_yes(_("\nDo you accept this? [y/N] ")))
                return complain_error(cli, name, NULL);
        return EXIT_DONE;
}

static Exit register_tell(Cli *cli, const char *handle)
{
        json_auto_t *manager = NULL;
        Exit code = bus_properties(cli, HUDDLE_ROOT, HUDDLE_MANAGER, &manager);
        bool registered = json_is_true(json_object_get(manager, "Registered"));

        if (code != EXIT_DONE)
                return code;
        return done(cli, json_pack("{s:s, s:b}", "Handle", handle, "Registered", registered),
                    registered ? _("You are registered as %s.")
                               : _("A code was sent to %s: huddle confirm CODE finishes the "
                                   "registration."),
                    shown(handle));
}

Exit command_register(Cli *cli, int n, char **argv)
{
        _cleanup_free_ char *error = NULL, *message = NULL;
        char handle[HANDLE_SIZE];
        dbus_uint32_t version = 0;
        Exit code;

        if (!dbus_validate_utf8(argv[0], NULL))
                return complain(cli, EXIT_USAGE, NULL, _("the handle is not UTF-8"));
        if (handle_tidy(handle, argv[0]) != 0)
                return complain(cli, EXIT_USAGE, NULL,
                                _("this is no handle: give a phone number, an e-mail address or a "
                                  "nickname"));
        code = bus_connect(cli);
        if (code != EXIT_DONE)
                return code;
        code = bus_try(cli, register_call_new(handle, NULL, cli->consent, 0), NULL, &error,
                       &message);
        if (error && strcmp(error, "org.huddle.Error.ConsentRequired") == 0) {
                code = register_ask_consent(cli, error, &version);
                if (code == EXIT_DONE)
                        code = bus_call(cli, register_call_new(handle, NULL, true, version), NULL);
        } else if (error)
                code = complain_error(cli, error, message);
        return code == EXIT_DONE ? register_tell(cli, handle) : code;
}

Exit command_confirm(Cli *cli, int n, char **argv)
{
        char line[128];
        const char *confirmation = n > 0 ? argv[0] : line;
        Exit code;

        if (n == 0 && !read_line(line, sizeof line, _("Code: ")))
                return complain(cli, EXIT_USAGE, NULL, _("no code was given"));
        if (!dbus_validate_utf8(confirmation, NULL))
                return complain(cli, EXIT_USAGE, NULL, _("the code is not UTF-8"));
        code = bus_connect(cli);
        if (code != EXIT_DONE)
                return code;
        code = bus_call(cli, account_call_new(cli, "Confirm", confirmation), NULL);
        return code == EXIT_DONE
                       ? done(cli, json_pack("{s:b}", "Registered", 1), _("You are registered."))
                       : code;
}

/* A program says --yes. */
static Exit unregister_ask(Cli *cli)
{
        json_auto_t *manager = NULL;
        Exit code = bus_properties(cli, HUDDLE_ROOT, HUDDLE_MANAGER, &manager);

        if (code != EXIT_DONE || cli->yes || !json_is_true(json_object_get(manager, "Registered")))
                return code;
        if (cli->json || !isatty(STDIN_FILENO))
                return complain(cli, EXIT_REFUSED, NULL,
                                _("nothing was deleted; --yes deletes the account"));
        (void)fprintf(stderr,
                      _("The account %s at %s is deleted, with your card, your profiles and the "
                        "records of your exchanges. The cards you received stay.\n"),
                      shown(manager_text(manager, "Handle")),
                      shown(manager_text(manager, "CloudUrl")));
        return ask_yes(_("Delete it? [y/N] "))
                       ? EXIT_DONE
                       : complain(cli, EXIT_REFUSED, NULL, _("nothing was deleted"));
}

Exit command_unregister(Cli *cli, int n, char **argv)
{
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE)
                code = unregister_ask(cli);
        if (code == EXIT_DONE)
                code = bus_call(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "Unregister"), NULL);
        if (code != EXIT_DONE)
                return code;
        return done(cli, json_pack("{s:b}", "Registered", 0),
                    _("Your account is gone, here and on the cloud. The cards you received stay."));
}

/* ---- prefer ---- */

enum { PREFER_VETO_MAX = 60 };

static long long prefer_veto(const json_t *manager)
{
        return json_integer_value(json_object_get(manager, "VetoSeconds"));
}

static Exit prefer_list(Cli *cli)
{
        json_auto_t *manager = NULL;
        json_t *preferences, *on;
        const char *name;
        Exit code = bus_properties(cli, HUDDLE_ROOT, HUDDLE_MANAGER, &manager);

        if (code != EXIT_DONE)
                return code;
        preferences = json_object_get(manager, "Preferences");
        if (cli->json) {
                (void)json_object_set_new(preferences, "veto", json_integer(prefer_veto(manager)));
                print_json(json_incref(preferences));
        }
        json_object_foreach(preferences, name, on) if (!cli->json)(void)
                printf("%-6s %s\n", shown(name), json_is_true(on) ? _("on") : _("off"));
        if (!cli->json)
                (void)printf(_("%-6s %lld s\n"), "veto", prefer_veto(manager));
        return EXIT_DONE;
}

/* "default" is -1. False: it is no number. */
static bool prefer_parse_veto(dbus_int32_t *ret, const char *text)
{
        char *end;
        long value = strtol(text, &end, 10);
        bool number = *text >= '0' && *text <= '9' && !*end && value <= PREFER_VETO_MAX;

        *ret = number ? (dbus_int32_t)value : -1;
        return number || strcmp(text, "default") == 0;
}

static Exit prefer_set_veto(Cli *cli, const char *text)
{
        DBusMessage *call;
        dbus_int32_t seconds;
        Exit code;

        if (!prefer_parse_veto(&seconds, text))
                return complain(cli, EXIT_USAGE, NULL,
                                _("veto takes 0 to %d seconds, or \"default\""), PREFER_VETO_MAX);
        code = bus_connect(cli);
        if (code != EXIT_DONE)
                return code;
        call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "SetVetoSeconds");
        if (call && !dbus_message_append_args(call, DBUS_TYPE_INT32, &seconds, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        code = bus_call(cli, call, NULL);
        return code == EXIT_DONE ? prefer_list(cli) : code;
}

Exit command_prefer(Cli *cli, int n, char **argv)
{
        dbus_bool_t on = n == 2 && strcmp(argv[1], "on") == 0;
        DBusMessage *call;
        Exit code;

        if (n == 2 && strcmp(argv[0], "veto") == 0)
                return prefer_set_veto(cli, argv[1]);
        if (n == 1 || (n == 2 && !on && strcmp(argv[1], "off") != 0) ||
            (n > 0 && !dbus_validate_utf8(argv[0], NULL)))
                return complain_usage(cli, "prefer");
        code = bus_connect(cli);
        if (code != EXIT_DONE || n == 0)
                return code == EXIT_DONE ? prefer_list(cli) : code;
        call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "SetPreference");
        if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &argv[0], DBUS_TYPE_BOOLEAN,
                                              &on, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        code = bus_call(cli, call, NULL);
        return code == EXIT_DONE ? prefer_list(cli) : code;
}
