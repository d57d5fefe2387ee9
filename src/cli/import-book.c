/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle card import --book: takes a contact that huddle-agent finds in an address book */
#include "bus.h"
#include "out.h"
#include "said.h"
#include "own-card.h"

#include <string.h>

enum { QUERY_MAX = 1024 }; /* bytes; the limit of FindContacts */

static const char *contact_text(const json_t *contact, const char *key)
{
        return json_string_value(json_object_get(contact, key));
}

Exit complain_several_contacts(const Cli *cli, json_t *contacts, json_t *more)
{
        size_t i;
        json_t *contact;

        if (cli->json) {
                print_json(json_pack("{s:s, s:i, s:O, s:O}", "message", "several contacts fit",
                                     "exit", (int)EXIT_FAILED, "contacts", contacts, "more", more));
                return EXIT_FAILED;
        }
        (void)complain(
                cli, EXIT_FAILED, NULL,
                _("several contacts fit: say more of the name, the e-mail address, or the id"));
        json_array_foreach(contacts, i, contact)
        {
                const char *email = contact_text(contact, "Email");

                (void)fprintf(stderr, "  %s%s%s  %s %s\n", shown(contact_text(contact, "Name")),
                              email && *email ? ", " : "", shown(email),
                              shown(contact_text(contact, "Kind")),
                              shown(contact_text(contact, "Id")));
        }
        if (json_is_true(more))
                (void)fputs(_("  and others\n"), stderr);
        return EXIT_FAILED;
}

/* reply: the answer of FindContacts. */
static Exit import_choose(Cli *cli, const json_t *reply, json_t **ret)
{
        json_t *contacts = json_array_get(reply, 0), *more = json_array_get(reply, 1);
        const char *trouble = json_string_value(json_array_get(reply, 2));

        if (!cli->json && trouble && *trouble)
                note(_("not all in the address books could be read: %s"), said(trouble));
        if (json_array_size(contacts) == 0)
                return complain(
                        cli, EXIT_FAILED, NULL,
                        _("no contact in the address books has this name, e-mail address or UID"));
        if (json_array_size(contacts) > 1 || json_is_true(more))
                return complain_several_contacts(cli, contacts, more);
        *ret = json_incref(json_array_get(contacts, 0));
        if (trouble && *trouble)
                (void)json_object_set_new(*ret, "Trouble", json_string(trouble));
        return EXIT_DONE;
}

Exit find_contact(Cli *cli, const char *query, json_t **ret)
{
        json_auto_t *reply = NULL;
        Exit code;

        if (!*query || strlen(query) > QUERY_MAX || !dbus_validate_utf8(query, NULL))
                return complain(cli, EXIT_USAGE, NULL,
                                _("--book takes a name, an e-mail address or a UID"));
        bus_disconnect(cli);
        code = bus_connect_agent(cli);
        cli->patient = true; /* a book on a network may be slow */
        if (code == EXIT_DONE)
                code = bus_call(cli, bus_agent_method("FindContacts", query, NULL), &reply);
        if (code == EXIT_DONE)
                code = import_choose(cli, reply, ret);
        cli->patient = false;
        bus_disconnect(cli);
        return code == EXIT_DONE ? bus_connect(cli) : code;
}
