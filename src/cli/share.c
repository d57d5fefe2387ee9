/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle share: profiles that choose the shared fields of the own card */
#include "bus.h"
#include "out.h"
#include "own-card.h"

#include <string.h>

Exit get_shares(Cli *cli, json_t **ret)
{
        json_auto_t *reply = NULL;
        Exit code = bus_call(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "GetShares"), &reply);

        if (code == EXIT_DONE)
                *ret = json_incref(json_array_get(reply, 0));
        return code;
}

static Exit share_list(Cli *cli)
{
        json_auto_t *shares = NULL, *manager = NULL;
        const char *name, *chosen;
        json_t *fields;
        Exit code = get_shares(cli, &shares);

        if (code == EXIT_DONE)
                code = bus_properties(cli, HUDDLE_ROOT, HUDDLE_MANAGER, &manager);
        if (code != EXIT_DONE)
                return code;
        chosen = json_string_value(json_object_get(manager, "Share"));
        if (cli->json) {
                print_json(json_pack("{s:s*, s:O}", "Share", chosen, "Shares", shares));
                return EXIT_DONE;
        }
        json_object_foreach(shares, name, fields)(void)
                printf("%s %s %s\n", chosen && strcmp(name, chosen) == 0 ? "*" : " ",
                       padded(shown(name), 10), shown(json_string_value(fields)));
        return EXIT_DONE;
}

static Exit share_change(Cli *cli, const char *member, const char *name, const char *fields)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, member);

        if (call && (!dbus_message_append_args(call, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID) ||
                     (fields && !dbus_message_append_args(call, DBUS_TYPE_STRING, &fields,
                                                          DBUS_TYPE_INVALID)))) {
                dbus_message_unref(call);
                call = NULL;
        }
        return bus_call(cli, call, NULL);
}

Exit command_share(Cli *cli, int n, char **argv)
{
        Exit code;

        for (int i = 0; i < n; i++)
                if (!dbus_validate_utf8(argv[i], NULL))
                        return complain(cli, EXIT_USAGE, NULL, _("that is not UTF-8"));
        code = bus_connect(cli);
        if (code != EXIT_DONE)
                return code;
        if (n == 0)
                return share_list(cli);
        code = n == 1 ? share_change(cli, "ChooseShare", argv[0], NULL)
                      : share_change(cli, "DefineShare", argv[0], argv[1]);
        if (code != EXIT_DONE)
                return code;
        if (n == 1)
                return done(cli, json_pack("{s:s}", "Share", argv[0]),
                            _("From now on you share: %s"), shown(argv[0]));
        return done(cli, json_pack("{s:s, s:s}", "name", argv[0], "fields", argv[1]),
                    *argv[1] ? _("Profile %s: %s") : _("Profile %s is taken back."), shown(argv[0]),
                    shown(argv[1]));
}
