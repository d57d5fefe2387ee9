/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle close, huddle leave: control the running exchange; huddle words: list the secret words */
#include "bus.h"
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
                code = complain(cli, EXIT_FAILED, NULL, "no exchange is running");
        else if (code == EXIT_DONE)
                code = bus_call(cli, bus_method(running.path, HUDDLE_EXCHANGE, method), NULL);
        press_done(&running);
        return code;
}

Exit command_close(Cli *cli, int n, char **argv)
{
        Exit code = control_running(cli, "Close");

        return code == EXIT_DONE
                       ? done(cli, json_pack("{s:b}", "closed", 1), "The window is closed.")
                       : code;
}

Exit command_leave(Cli *cli, int n, char **argv)
{
        Exit code = control_running(cli, "Leave");

        return code == EXIT_DONE
                       ? done(cli, json_pack("{s:b}", "left", 1), "You have left the exchange.")
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
