/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle compare: the phrase of the running or an earlier exchange, compared at leisure */
#include "bus.h"
#include "history.h"
#include "out.h"
#include "view-text.h"

#include <string.h>

static Exit compare_find(Cli *cli, const char *number, Press *ret)
{
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE && !number)
                code = press_find_running(cli, ret);
        if (code != EXIT_DONE || ret->path)
                return code;
        code = history_find(cli, number, &ret->path);
        return code == EXIT_DONE ? bus_properties(cli, ret->path, HUDDLE_EXCHANGE, &ret->properties)
                                 : code;
}

static Exit compare_say(Cli *cli, const Press *p, const char *method, bool yes)
{
        DBusMessage *call = bus_method(p->path, HUDDLE_EXCHANGE, method);
        dbus_bool_t value = yes;

        if (call && !dbus_message_append_args(call, DBUS_TYPE_BOOLEAN, &value, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        return bus_call(cli, call, NULL);
}

/* While a countdown runs it waits for the answer. */
static Exit compare_ask(Cli *cli, const Press *p, bool *ret)
{
        char line[16];
        Exit code = view_counts_down(p) ? compare_say(cli, p, "Hold", true) : EXIT_DONE;

        if (code != EXIT_DONE)
                return code;
        (void)printf("%s\n", shown(press_text(p, "Phrase")));
        (void)fflush(stdout);
        if (!read_line(line, sizeof line, _("The same on every screen? y or n: ")) ||
            (strcmp(line, "y") != 0 && strcmp(line, "n") != 0))
                return complain(cli, EXIT_USAGE, NULL, _("nothing was said: answer y or n"));
        *ret = *line == 'y';
        return EXIT_DONE;
}

static void compare_print(const Press *p)
{
        print_json(json_pack("{s:s, s:s, s:s}", "phrase", press_text(p, "Phrase"), "status",
                             press_text(p, "PhraseStatus"), "level", press_text(p, "Level")));
}

/* said: "yes", "no" or NULL. */
static Exit compare_answer(Cli *cli, const Press *p, const char *said)
{
        bool same = said && strcmp(said, "yes") == 0;
        Exit code = said ? EXIT_DONE : compare_ask(cli, p, &same);

        if (code == EXIT_DONE)
                code = compare_say(cli, p, "ConfirmPhrase", same);
        if (code == EXIT_DONE && !same)
                return complain(cli, EXIT_REFUSED, NULL,
                                _("a stranger may be among these cards, or have yours: ask the "
                                  "people themselves"));
        if (code == EXIT_DONE && said)
                return done(cli, json_pack("{s:b}", "same", 1), _("You said: it is the same."));
        return code;
}

static bool compare_is_answer(const char *text)
{
        return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0;
}

Exit command_compare(Cli *cli, int n, char **argv)
{
        const char *said = n > 0 && compare_is_answer(argv[n - 1]) ? argv[n - 1] : NULL;
        const char *number = n > (said ? 1 : 0) ? argv[0] : NULL;
        Press p = {0};
        Exit code;

        if (n == 2 && !said)
                return complain_usage(cli, "compare");
        code = compare_find(cli, number, &p);
        if (code == EXIT_DONE && cli->json && !said)
                compare_print(&p);
        else if (code == EXIT_DONE && !*press_text(&p, "Phrase"))
                code = complain(cli, EXIT_REFUSED, NULL,
                                strcmp(press_text(&p, "PhraseStatus"), "early") == 0
                                        ? _("there is no phrase yet")
                                        : _("there is no phrase: not everybody opened in time, so "
                                            "it would prove nothing"));
        else if (code == EXIT_DONE)
                code = compare_answer(cli, &p, said);
        press_done(&p);
        return code;
}
