/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle close, admit, leave: control the running exchange; huddle words: list the secret words */
#include "bus.h"
#include "errors.h"
#include "out.h"
#include "press.h"

#include "src/protocol/code.h"

#include <stdio.h>

static Exit control_running(Cli *cli, const char *method)
{
        Press running = {0};
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE)
                code = press_find_running(cli, &running);
        if (code == EXIT_DONE && !running.path)
                code = complain(cli, EXIT_FAILED, NULL, _("no exchange is running"));
        else if (code == EXIT_DONE)
                code = bus_call(cli, bus_method(running.path, HUDDLE_EXCHANGE, method), NULL);
        press_done(&running);
        return code;
}

Exit command_close(Cli *cli, int n, char **argv)
{
        Exit code = control_running(cli, "Close");

        if (code != EXIT_DONE)
                return code;
        return done(cli, json_pack("{s:b}", "closing", 1),
                    _("The group closes. Should you be asked about somebody, answer first."));
}

static const char *control_other_status(const PressOther *o)
{
        if (o->same_word)
                return _("another group shows this word too: one has to start again");
        if (o->admitted)
                return _("let in; they have not let you in yet");
        return o->admits ? _("they have let you in") : _("not heard nearby");
}

static Exit control_list_others(Cli *cli, const Press *p)
{
        PressOther o;

        if (cli->json) {
                const json_t *others = json_object_get(p->properties, "Others");

                print_json(json_pack("{s:s, s:O?}", "OwnWord", press_text(p, "OwnWord"), "Others",
                                     others));
                return EXIT_DONE;
        }
        if (!press_other(p, 0, &o)) {
                (void)puts(_("Nobody waits."));
                return EXIT_DONE;
        }
        (void)printf(_("Your screens say %s.\n"), shown(press_text(p, "OwnWord")));
        for (size_t i = 0; press_other(p, i, &o); i++)
                (void)printf("%-8s %u  %s\n", shown(o.word), o.members, control_other_status(&o));
        return EXIT_DONE;
}

static Exit control_admit(Cli *cli, const Press *p, const char *word)
{
        Exit code = bus_call(cli, press_admit_call(p, word, !cli->no), NULL);

        if (code != EXIT_DONE)
                return code;
        return done(cli, json_pack("{s:b}", "admitted", !cli->no),
                    cli->no ? _("They are not let in.")
                            : _("They are in as soon as they let you in too."));
}

Exit command_admit(Cli *cli, int n, char **argv)
{
        Press running = {0};
        Exit code = bus_connect(cli);

        if (code == EXIT_DONE)
                code = press_find_running(cli, &running);
        if (code == EXIT_DONE && !running.path)
                code = complain(cli, EXIT_FAILED, NULL, _("no exchange is running"));
        else if (code == EXIT_DONE && n == 0)
                code = control_list_others(cli, &running);
        else if (code == EXIT_DONE && words_find(argv[0]) < 0)
                code = complain_error(cli, "org.huddle.Error.NoOtherGroup", NULL);
        else if (code == EXIT_DONE)
                code = control_admit(cli, &running, argv[0]);
        press_done(&running);
        return code;
}

Exit command_leave(Cli *cli, int n, char **argv)
{
        Exit code = control_running(cli, "Leave");

        return code == EXIT_DONE
                       ? done(cli, json_pack("{s:b}", "left", 1), _("You have left the exchange."))
                       : code;
}

/* Prints every word; shell completion filters by prefix itself. */
Exit command_words(Cli *cli, int n, char **argv)
{
        json_auto_t *all = json_array();

        for (unsigned i = 0; i < WORDS_COUNT; i++)
                if (cli->json)
                        (void)json_array_append_new(all, json_string(words_get(i)));
                else
                        (void)puts(words_get(i));
        if (cli->json)
                print_json(json_incref(all));
        return EXIT_DONE;
}
