/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle exchange: starts an exchange, shows its progress, prints the cards */
#include "around.h"
#include "bus.h"
#include "cloud.h"
#include "errors.h"
#include "out.h"
#include "press.h"
#include "screen.h"
#include "terms.h"
#include "typing.h"
#include "view.h"
#include "watch.h"
#include "src/protocol/code.h"

#include <assert.h>
#include <string.h>

enum { CODE_LINE_MAX = HUDDLE_LINK_MAX + 2 };

typedef enum Style {
        STYLE_LIVE,  /* redrawn in place */
        STYLE_PLAIN, /* in lines, for people */
        STYLE_LINES, /* in lines, for programs */
        STYLE_JSON,
} Style;

typedef struct Session {
        Cli *cli;
        Watch *watch;
        Style style;
        View view;
        Press press;
        json_t *peers; /* the keys are the paths of terminals heard */
        bool lost;     /* huddled is not running at the moment */
        bool leaving;
        bool asks; /* somebody can answer */
        char typed[TYPING_MAX + 1];
} Session;

/* ---- output --------------------------------------------------------------------------------- */

static void exchange_say(const char *what, const char *text)
{
        if (*text)
                (void)printf("%s %s\n", what, shown(text));
}

static void exchange_print_member(const json_t *member, const char *name)
{
        const char *state = json_string_value(json_array_get(member, 2));

        if (press_is_guest(member))
                (void)printf("guest %s %s\n", shown(state), shown(name));
        else
                (void)printf("member %s %s\n", shown(state), shown(name));
}

/* Line style: prints the properties that changed. */
static void exchange_print_progress(const Session *s, const json_t *changed)
{
        const Press now = {.properties = (json_t *)changed};
        PressOther other;
        json_t *member;
        size_t i;

        exchange_say("code", press_text(&now, "Code"));
        exchange_say("state", press_text(&now, "State"));
        if (press_count(&now) > 0)
                (void)printf("members %u\n", press_count(&now));
        for (size_t at = 0; press_other(&now, at, &other); at++)
                (void)printf("waiting %u %s%s\n", other.members, shown(other.word),
                             other.same_word ? " same-word" : "");
        exchange_say("own-word", press_text(&now, "OwnWord"));
        exchange_say("elsewhere", press_text(&now, "Elsewhere"));
        exchange_say("phrase", press_text(&now, "Phrase"));
        json_array_foreach(json_object_get(changed, "Members"), i, member)
        {
                const char *name = json_string_value(json_array_get(member, 1));

                if (name && *name)
                        exchange_print_member(member, name);
        }
        (void)fflush(stdout);
}

static ViewFacts exchange_facts(const Session *s)
{
        return (ViewFacts){
                .press = &s->press,
                .near = json_object_size(s->peers),
                .lost = s->lost,
                .link = s->cli->qr,
        };
}

static void exchange_draw(Session *s)
{
        ViewFacts facts = exchange_facts(s);

        if (s->style == STYLE_LIVE)
                view_draw(&s->view, &facts, s->typed);
        else
                view_say(&s->view, &facts);
}

/* In a pipe the lines are for programs; the user at the keyboard is asked beside them. */
static void exchange_ask_beside(Session *s)
{
        ViewFacts facts = exchange_facts(s);

        if (s->asks)
                view_ask(&s->view, &facts, stderr);
}

static void exchange_show(Session *s, const char *event, json_t *changed)
{
        if (s->style == STYLE_JSON)
                print_json(json_pack("{s:s, s:s, s:O}", "event", event, "exchange", s->press.path,
                                     "properties", changed));
        else if (s->style == STYLE_LINES) {
                exchange_print_progress(s, changed);
                exchange_ask_beside(s);
        } else
                exchange_draw(s);
}

static void exchange_show_near(Session *s)
{
        size_t near = json_object_size(s->peers);

        if (s->style == STYLE_JSON)
                print_json(json_pack("{s:s, s:s, s:I}", "event", "near", "exchange", s->press.path,
                                     "near", (json_int_t)near));
        else if (s->style == STYLE_LINES)
                (void)printf("near %zu\n", near);
        else
                exchange_draw(s);
        (void)fflush(stdout);
}

/* ---- end of the exchange -------------------------------------------------------------------- */

/* In a pipe it is English, like the lines above it. */
static void exchange_print_heading(const Session *s, size_t n)
{
        const char *level = press_text(&s->press, "Level");

        if (s->style == STYLE_LINES)
                (void)printf("%zu %s (%s):\n", n, n == 1 ? "card" : "cards", shown(level));
        else
                (void)printf(ngettext("%zu card (%s):\n", "%zu cards (%s):\n", n), n, term(level));
}

static Exit exchange_end_delivered(Session *s)
{
        json_auto_t *contacts = NULL;
        Exit code = press_contacts(s->cli, s->press.path, &contacts);

        if (code != EXIT_DONE)
                return code;
        if (s->style == STYLE_JSON) {
                print_json(json_pack("{s:s, s:s, s:O}", "event", "contacts", "exchange",
                                     s->press.path, "contacts", contacts));
                return EXIT_DONE;
        }
        exchange_print_heading(s, json_array_size(contacts));
        press_print_contacts(contacts);
        return EXIT_DONE;
}

static Exit exchange_end(Session *s)
{
        const char *error = press_text(&s->press, "Error");
        Exit code;

        assert(s->press.path);
        if (strcmp(press_state(&s->press), "delivered") == 0)
                code = exchange_end_delivered(s);
        else if (*error)
                code = complain_error(s->cli, error, press_text(&s->press, "ErrorMessage"));
        else
                code = complain(
                        s->cli, EXIT_FAILED, NULL, "%s",
                        json_is_true(json_object_get(s->press.properties, "CardReleased"))
                                ? _("you left, but your card was out already: see huddle history")
                                : _("you left; your card was not released"));
        if (s->style == STYLE_JSON)
                print_json(json_pack("{s:s, s:s, s:s, s:s, s:i}", "event", "ended", "exchange",
                                     s->press.path, "State", press_state(&s->press), "Level",
                                     press_text(&s->press, "Level"), "exit", (int)code));
        return code;
}

static void exchange_stop_when_over(Session *s)
{
        if (press_is_over(&s->press))
                watch_stop(s->watch, EXIT_DONE);
}

/* ---- signals from huddled ------------------------------------------------------------------- */

static void exchange_on_changed(void *userdata, const char *path, const char *interface,
                                json_t *properties)
{
        Session *s = userdata;

        if (strcmp(path, s->press.path) != 0 || strcmp(interface, HUDDLE_EXCHANGE) != 0)
                return;
        (void)json_object_update(s->press.properties, properties);
        exchange_show(s, "changed", properties);
        exchange_stop_when_over(s);
}

static void exchange_on_added(void *userdata, const char *path, json_t *interfaces)
{
        Session *s = userdata;

        if (!json_object_get(interfaces, HUDDLE_PEER))
                return;
        (void)json_object_set_new(s->peers, path, json_true());
        exchange_show_near(s);
}

static void exchange_on_removed(void *userdata, const char *path)
{
        Session *s = userdata;

        if (strcmp(path, s->press.path) == 0) {
                (void)complain_error(s->cli, DBUS_ERROR_UNKNOWN_OBJECT, NULL);
                watch_stop(s->watch, EXIT_FAILED);
        } else if (json_object_del(s->peers, path) == 0)
                exchange_show_near(s);
}

/* Reads the present state. This call also subscribes our connection to its user's signals. */
static Exit exchange_look(Session *s)
{
        json_auto_t *objects = NULL;
        const char *path;
        json_t *interfaces, *properties;
        Exit code = bus_objects(s->cli, &objects);

        if (code != EXIT_DONE)
                return code;
        properties = json_object_get(json_object_get(objects, s->press.path), HUDDLE_EXCHANGE);
        if (!properties)
                return complain_error(s->cli, DBUS_ERROR_UNKNOWN_OBJECT, NULL);
        json_decref(s->press.properties);
        s->press.properties = json_incref(properties);
        (void)json_object_clear(s->peers);
        json_object_foreach(objects, path,
                            interfaces) if (json_object_get(interfaces, HUDDLE_PEER))(void)
                json_object_set_new(s->peers, path, json_true());
        return EXIT_DONE;
}

static void exchange_on_daemon(void *userdata, bool here)
{
        Session *s = userdata;
        Exit code;

        s->lost = !here;
        if (!here && s->style > STYLE_PLAIN)
                note(_("huddled is away; waiting for it to come back"));
        if (here) {
                code = exchange_look(s);
                if (code != EXIT_DONE) {
                        watch_stop(s->watch, code);
                        return;
                }
        }
        exchange_show(s, here ? "daemon-came" : "daemon-went", s->press.properties);
        exchange_stop_when_over(s);
}

/* ---- user input ----------------------------------------------------------------------------- */

static void exchange_on_interrupted(void *userdata)
{
        Session *s = userdata;

        if (s->leaving || s->lost) {
                (void)complain(s->cli, EXIT_FAILED, NULL,
                               _("gone without waiting for huddled's answer"));
                watch_stop(s->watch, EXIT_FAILED);
                return;
        }
        s->leaving = true;
        watch_send(s->watch, bus_method(s->press.path, HUDDLE_EXCHANGE, "Leave"));
}

static void exchange_send_bool(Session *s, const char *method, bool yes)
{
        DBusMessage *call = bus_method(s->press.path, HUDDLE_EXCHANGE, method);
        dbus_bool_t value = yes;

        if (call && !dbus_message_append_args(call, DBUS_TYPE_BOOLEAN, &value, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        watch_send(s->watch, call);
}

/* "WORD" admits the group that shows it, "no WORD" hides it. */
static void exchange_admit(Session *s, const char *line)
{
        bool no = strncmp(line, "no ", 3) == 0;
        const char *word = no ? line + 3 : line;
        PressOther other;

        for (size_t i = 0; press_other(&s->press, i, &other); i++)
                if (strcmp(other.word, word) == 0) {
                        watch_send(s->watch, press_admit_call(&s->press, word, !no));
                        return;
                }
}

static void exchange_on_line(void *userdata, const char *line)
{
        Session *s = userdata;
        bool asked = *press_text(&s->press, "Phrase") != '\0';

        if (strcmp(line, "c") == 0 && json_is_true(json_object_get(s->press.properties, "Opener")))
                watch_send(s->watch, bus_method(s->press.path, HUDDLE_EXCHANGE, "Close"));
        else if (asked && (strcmp(line, "y") == 0 || strcmp(line, "n") == 0))
                exchange_send_bool(s, "ConfirmPhrase", *line == 'y');
        else if (asked && strcmp(line, "h") == 0)
                exchange_send_bool(s, "Hold", true);
        else
                exchange_admit(s, line);
}

/* The countdown does not overtake a user that begins to answer. */
static void exchange_on_typed(void *userdata, const char *text)
{
        Session *s = userdata;

        if (!*s->typed && *text && *press_text(&s->press, "Phrase") && view_counts_down(&s->press))
                exchange_send_bool(s, "Hold", true);
        (void)snprintf(s->typed, sizeof s->typed, "%s", text);
        if (s->style == STYLE_LIVE)
                exchange_draw(s);
}

/* The page begins anew below what was printed. */
static void exchange_on_refused(void *userdata)
{
        Session *s = userdata;

        s->view.drawn = 0;
        if (s->style == STYLE_LIVE)
                exchange_draw(s);
}

static void exchange_on_tick(void *userdata)
{
        Session *s = userdata;

        if (s->style == STYLE_LIVE)
                exchange_draw(s);
}

static const WatchHandlers handlers = {
        .added = exchange_on_added,
        .removed = exchange_on_removed,
        .changed = exchange_on_changed,
        .daemon = exchange_on_daemon,
        .interrupted = exchange_on_interrupted,
        .line = exchange_on_line,
        .typed = exchange_on_typed,
        .refused = exchange_on_refused,
        .resized = exchange_on_tick,
        .tick = exchange_on_tick,
};

/* ---- start of the exchange ------------------------------------------------------------------ */

/* Joins the arguments to a code, or reads it from standard input ("-"). Without arguments the code
 * is empty and huddled draws one. An empty argument is refused: it is likely an unset variable of a
 * script, not a wish for a drawn code. */
static bool exchange_read_code(char *ret, size_t size, int n, char **argv)
{
        size_t used = 0;

        if (n == 1 && strcmp(argv[0], "-") == 0)
                return read_line(ret, size, _("Code or link: ")) && *ret;
        *ret = '\0';
        for (int i = 0; i < n; i++) {
                int len = snprintf(ret + used, size - used, "%s%s", i ? " " : "", argv[i]);

                if (len < 0 || (size_t)len >= size - used)
                        return false;
                used += (size_t)len;
        }
        return n == 0 || *ret;
}

static bool exchange_add_options(DBusMessageIter *options, const Cli *cli)
{
        dbus_bool_t yes = TRUE;
        dbus_bool_t guests = cli->guests && strcmp(cli->guests, "yes") == 0;
        dbus_uint32_t window = cli->window, words = cli->words;

        return (!window || bus_add_option(options, "window", DBUS_TYPE_UINT32, &window)) &&
               (!words || bus_add_option(options, "words", DBUS_TYPE_UINT32, &words)) &&
               (!cli->automatic || bus_add_option(options, "auto", DBUS_TYPE_BOOLEAN, &yes)) &&
               (!cli->party || bus_add_option(options, "party", DBUS_TYPE_BOOLEAN, &yes)) &&
               (!cli->receive || bus_add_option(options, "receive", DBUS_TYPE_BOOLEAN, &yes)) &&
               (!cli->guests || bus_add_option(options, "guests", DBUS_TYPE_BOOLEAN, &guests)) &&
               (!cli->cloud || bus_add_option(options, "cloud", DBUS_TYPE_STRING, &cli->cloud)) &&
               (!cli->share || bus_add_option(options, "share", DBUS_TYPE_STRING, &cli->share));
}

static DBusMessage *exchange_start_call(const Cli *cli, const char *code)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "StartExchange");
        DBusMessageIter at, options;

        if (!call)
                return NULL;
        dbus_message_iter_init_append(call, &at);
        if (dbus_message_iter_append_basic(&at, DBUS_TYPE_STRING, &code) &&
            dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &options) &&
            exchange_add_options(&options, cli) && dbus_message_iter_close_container(&at, &options))
                return call;
        dbus_message_unref(call);
        return NULL;
}

/* At the first press there may be no account: registers, then presses again. */
static Exit exchange_call_start(Cli *cli, const char *code, const char *url, json_t **ret)
{
        _cleanup_free_ char *error = NULL, *message = NULL;
        Exit r = bus_try(cli, exchange_start_call(cli, code), ret, &error, &message);

        if (!error)
                return r;
        if (strcmp(error, "org.huddle.Error.NotRegistered") != 0)
                return complain_error(cli, error, message);
        r = cloud_register(cli, url, error, message);
        return r == EXIT_DONE ? bus_call(cli, exchange_start_call(cli, code), ret) : r;
}

static Exit exchange_start(Session *s, const char *code, const char *url)
{
        json_auto_t *reply = NULL;
        const char *path;
        Exit r = exchange_call_start(s->cli, code, url, &reply);

        if (r != EXIT_DONE)
                return r;
        path = json_string_value(json_array_get(reply, 0));
        s->press.path = path ? strdup(path) : NULL;
        return s->press.path ? exchange_look(s)
                             : complain(s->cli, EXIT_FAILED, NULL, _("out of memory"));
}

static Style exchange_style(const Cli *cli)
{
        if (cli->json)
                return STYLE_JSON;
        if (cli->plain)
                return STYLE_PLAIN;
        if (!isatty(STDOUT_FILENO))
                return STYLE_LINES;
        return screen_is_plain() ? STYLE_PLAIN : STYLE_LIVE;
}

/* With --plain answers may come from a pipe, too. */
static WatchInput exchange_input(const Session *s)
{
        bool keyboard = isatty(STDIN_FILENO);

        if (s->style == STYLE_JSON || (!keyboard && !s->cli->plain))
                return WATCH_INPUT_NONE;
        if (!keyboard || !isatty(STDOUT_FILENO))
                return WATCH_INPUT_LINES;
        return s->style == STYLE_LIVE ? WATCH_INPUT_KEYS : WATCH_INPUT_ECHO;
}

static Exit exchange_run(Session *s, const char *code, const char *url)
{
        Exit r = exchange_start(s, code, url);
        WatchInput input = exchange_input(s);
        int err;

        if (r != EXIT_DONE)
                return r;
        err = watch_read(s->watch, input);
        if (err < 0)
                return complain(s->cli, EXIT_FAILED, NULL, "%s", strerror(-err));
        s->asks = input != WATCH_INPUT_NONE;
        exchange_show(s, "started", s->press.properties);
        exchange_stop_when_over(s);
        r = watch_run(s->watch);
        return r == EXIT_DONE ? exchange_end(s) : r;
}

/* *ret_url: of the link's cloud, else of --cloud; borrowed. */
static Exit exchange_connect(Cli *cli, const char *code, LinkText *link, const char **ret_url)
{
        Exit r = huddle_link_is(code) ? link_take(cli, link, code) : EXIT_DONE;

        *ret_url = cli->cloud;
        if (r == EXIT_DONE && huddle_link_is(code) && link->link.kind != HUDDLE_LINK_JOIN)
                r = complain(cli, EXIT_USAGE, NULL, _("this is no link to an exchange"));
        if (r == EXIT_DONE)
                r = bus_connect(cli);
        if (r == EXIT_DONE && !huddle_link_is(code) && !cli->cloud)
                r = around_offer(cli);
        if (r != EXIT_DONE || !huddle_link_is(code))
                return r;
        *ret_url = link->link.url;
        return cloud_accept(cli, link);
}

static Exit exchange_read(Cli *cli, char code[static CODE_LINE_MAX], int n, char **argv)
{
        _cleanup_link_text_ LinkText link = {};
        Exit r;

        if (n == 0 && cli->clipboard) {
                r = link_read(cli, &link, NULL);
                (void)snprintf(code, CODE_LINE_MAX, "%s", link.text);
                return r;
        }
        if (!exchange_read_code(code, CODE_LINE_MAX, n, argv) || !dbus_validate_utf8(code, NULL))
                return complain_error(cli, "org.huddle.Error.InvalidCode", NULL);
        return EXIT_DONE;
}

/* With one word of two somebody would wait for a minute, alone. */
static Exit exchange_check(const Cli *cli, const char *text)
{
        _cleanup_code_ Code code = {};

        if (cli->party && cli->words)
                return complain(cli, EXIT_USAGE, NULL,
                                _("a party has no secret words: leave out --party or --words"));
        if (cli->share && cli->receive)
                return complain(cli, EXIT_USAGE, NULL,
                                _("who only receives shares nothing: leave out --share or "
                                  "--receive-only"));
        if (cli->guests && strcmp(cli->guests, "yes") != 0 && strcmp(cli->guests, "no") != 0)
                return complain(cli, EXIT_USAGE, NULL, _("--guests is yes or no"));
        if (code_parse(&code, text, NULL) == 0 && code.n_words == 1)
                return complain(cli, EXIT_USAGE, "org.huddle.Error.InvalidCode",
                                _("that is one secret word, but a code has two or three, or none: "
                                  "ask for the whole code"));
        return EXIT_DONE;
}

Exit command_exchange(Cli *cli, int n, char **argv)
{
        Session s = {.cli = cli, .peers = json_object()};
        _cleanup_link_text_ LinkText link = {};
        char code[CODE_LINE_MAX];
        const char *url;
        Exit r = exchange_read(cli, code, n, argv);
        int err;

        s.style = exchange_style(cli);
        if (r == EXIT_DONE)
                r = exchange_check(cli, code);
        if (r == EXIT_DONE)
                r = exchange_connect(cli, code, &link, &url);
        if (r == EXIT_DONE) {
                err = watch_new(&s.watch, cli, &handlers, &s);
                r = err ? complain(cli, EXIT_FAILED, NULL, "%s", strerror(-err))
                        : exchange_run(&s, code, url);
        }
        sodium_memzero(code, sizeof code);
        watch_free(s.watch);
        view_done(&s.view);
        press_done(&s.press);
        json_decref(s.peers);
        return r;
}
