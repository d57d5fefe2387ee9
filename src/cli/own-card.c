/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle card show, huddle card set */
#include "bus.h"
#include "errors.h"
#include "out.h"
#include "own-card.h"
#include "src/card/card-check.h"

#include <string.h>
#include <strings.h>

enum { FIELDS_MAX = 64 };

static const char no_card[] = "org.huddle.Error.NoCard";

Exit complain_card(const Cli *cli, int r, unsigned line)
{
        if (r < 0)
                return complain(cli, EXIT_FAILED, NULL, "%s", strerror(-r));
        if (line > 0)
                return complain(cli, EXIT_FAILED, NULL, _("%s in line %u"), _(card_complaint(r)),
                                line);
        return complain(cli, EXIT_FAILED, NULL, "%s", _(card_complaint(r)));
}

/* ---- show ----------------------------------------------------------------------------------- */

/* *ret is a list that holds only the vCard; NULL if there is no card. */
static Exit get_card(Cli *cli, json_t **ret)
{
        _cleanup_free_ char *error = NULL, *message = NULL;
        json_t *reply = NULL;
        Exit code = bus_try(cli, bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "GetCard"), &reply, &error,
                            &message);

        *ret = reply;
        if (error && strcmp(error, no_card) == 0)
                return EXIT_DONE;
        return error ? complain_error(cli, error, message) : code;
}

/* What an exchange would share of the card. *ret is [vCard, the fields that are left out]. */
static Exit card_preview(Cli *cli, json_t **ret)
{
        DBusMessage *call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "PreviewShare");
        _cleanup_free_ char *error = NULL, *message = NULL;
        Exit code;

        if (call &&
            !dbus_message_append_args(call, DBUS_TYPE_STRING, &cli->share, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        code = bus_try(cli, call, ret, &error, &message);
        if (error && strcmp(error, "org.huddle.Error.InvalidArgument") == 0)
                return complain(cli, EXIT_USAGE, NULL,
                                _("--share takes a profile, or fields like TEL,EMAIL/work"));
        return error ? complain_error(cli, error, message) : code;
}

static void card_print_left_out(const json_t *left_out)
{
        size_t i;
        json_t *field;

        if (json_array_size(left_out) == 0)
                return;
        (void)fputs(_("Not shared:"), stderr);
        json_array_foreach(left_out, i, field)(void)
                fprintf(stderr, " %s", shown(json_string_value(field)));
        (void)fputc('\n', stderr);
}

static Exit card_show(Cli *cli)
{
        json_auto_t *reply = NULL;
        const char *vcard;
        Exit code = cli->share ? card_preview(cli, &reply) : get_card(cli, &reply);

        if (code != EXIT_DONE)
                return code;
        vcard = json_string_value(json_array_get(reply, 0));
        if (!vcard)
                return complain_error(cli, no_card, NULL);
        if (cli->json)
                print_json(json_pack("{s:s, s:O*}", "vcard", vcard, "left_out",
                                     json_array_get(reply, 1)));
        else if (isatty(STDOUT_FILENO))
                print_lines(stdout, vcard);
        else
                (void)fputs(vcard, stdout);
        if (!cli->json)
                card_print_left_out(json_array_get(reply, 1));
        return EXIT_DONE;
}

/* ---- set ------------------------------------------------------------------------------------ */

Exit send_card(Cli *cli, const Card *c, json_t *more)
{
        _cleanup_free_ char *vcard = NULL;
        const char *text;
        json_auto_t *told = more ? more : json_object();
        DBusMessage *call;
        size_t len;
        Exit code;
        int r;

        r = card_write(&vcard, &len, c, CARD_V40);
        if (r)
                return complain_card(cli, r, 0);
        text = vcard;
        call = bus_method(HUDDLE_ROOT, HUDDLE_MANAGER, "SetCard");
        if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        code = bus_call(cli, call, NULL);
        if (code != EXIT_DONE)
                return code;
        (void)json_object_set_new(told, "name", json_string(card_name(c)));
        (void)json_object_set_new(told, "vcard", json_string(vcard));
        return done(cli, json_incref(told), _("Your card: %s"), shown(card_name(c)));
}

/* Splits FIELD=VALUE in place and returns the value; NULL: there is no field or no '='. */
static char *card_split_field(char *argument)
{
        char *equals = strchr(argument, '=');

        if (!equals || equals == argument)
                return NULL;
        *equals = '\0';
        return equals + 1;
}

static bool card_field_was_set(char **fields, int n, const char *name)
{
        for (int i = 0; i < n; i++)
                if (strcasecmp(fields[i], name) == 0)
                        return true;
        return false;
}

/* Sets a field: the first argument for it replaces the card's values, further ones add to it. */
static int card_set_field(Card *c, char **fields, char **values, int i)
{
        return card_field_was_set(fields, i, fields[i]) ? card_append(c, fields[i], values[i])
                                                        : card_set(c, fields[i], values[i]);
}

/* Fields with a type come last: TEL replaces all values, also those of TEL/work. */
static int card_set_fields(Card *c, char **fields, char **values, int n)
{
        int r = 0;

        for (int typed = 0; typed < 2; typed++)
                for (int i = 0; i < n && r == 0; i++)
                        if ((strchr(fields[i], '/') != NULL) == typed)
                                r = card_set_field(c, fields, values, i);
        if (r == 0 && card_field_was_set(fields, n, "FN") && !card_field_was_set(fields, n, "N"))
                r = card_set(c, "N", ""); /* derive it from FN again */
        return r;
}

static const char *const faults[] = {
        [CARD_FAULT_NAME] = N_("vCards have no such field; your own begin with X-"),
        [CARD_FAULT_TYPE] = N_("a type is written TEL/work: letters, digits and dashes"),
        [CARD_FAULT_DATE] = N_("a day is written 1985-03-12, or --03-12 without the year"),
        [CARD_FAULT_EMAIL] = N_("an e-mail address is written name@example.org"),
        [CARD_FAULT_GENDER] = N_("that is M, F, O, N or U, and a text behind a semicolon"),
        [CARD_FAULT_KIND] = N_("your card is that of an individual, or of an org"),
        [CARD_FAULT_LANGUAGE] = N_("a language is written de or zh-Hant-TW"),
        [CARD_FAULT_MEDIA] = N_("that is a link (https:, data:); huddle card picture takes a file"),
        [CARD_FAULT_PHONE] = N_("there is no digit in this number"),
        [CARD_FAULT_PLACE] = N_("a place is written geo:48.2010,16.3695"),
        [CARD_FAULT_URI] = N_("that is no link (https://example.org, xmpp:name@example.org)"),
};

/* Refuses by its name what cannot be a field or value. */
static Exit card_check_fields(const Cli *cli, char **fields, char **values, int n)
{
        for (int i = 0; i < n; i++) {
                CardFault fault = card_check(fields[i], values[i]);

                if (fault != CARD_FAULT_NONE)
                        return complain(cli, EXIT_USAGE, NULL, "%.60s: %s", shown(fields[i]),
                                        _(faults[fault]));
        }
        return EXIT_DONE;
}

Exit own_card(Cli *cli, Card **ret, const char *name)
{
        json_auto_t *reply = NULL;
        const char *vcard;
        Exit code = get_card(cli, &reply);
        int r;

        if (code != EXIT_DONE)
                return code;
        vcard = json_string_value(json_array_get(reply, 0));
        if (!vcard && !name)
                return complain(cli, EXIT_USAGE, NULL,
                                _("a new card needs a name: huddle card set FN=\"Your Name\""));
        r = vcard ? card_parse(ret, vcard, strlen(vcard), NULL, NULL) : card_new(ret, name);
        return r ? complain_card(cli, r, 0) : EXIT_DONE;
}

static Exit card_set_command(Cli *cli, int n, char **fields)
{
        _cleanup_(card_freep) Card *c = NULL;
        char *values[FIELDS_MAX];
        const char *name = NULL;
        Exit code;
        int r;

        for (int i = 0; i < n; i++) {
                values[i] =
                        dbus_validate_utf8(fields[i], NULL) ? card_split_field(fields[i]) : NULL;
                if (!values[i])
                        return complain(cli, EXIT_USAGE, NULL,
                                        _("a field is written FIELD=VALUE: TEL=+4312345"));
                if (strcasecmp(fields[i], "FN") == 0 && *values[i])
                        name = values[i];
        }
        code = card_check_fields(cli, fields, values, n);
        if (code == EXIT_DONE)
                code = own_card(cli, &c, name);
        if (code != EXIT_DONE)
                return code;
        r = card_set_fields(c, fields, values, n);
        if (r == -EINVAL)
                return complain(cli, EXIT_USAGE, NULL,
                                _("that is no field of a vCard, or not a value for it"));
        return r ? complain_card(cli, r, 0) : send_card(cli, c, NULL);
}

Exit command_card(Cli *cli, int n, char **argv)
{
        bool shows = strcmp(argv[0], "show") == 0 && n == 1;
        bool sets = strcmp(argv[0], "set") == 0 && n >= 2 && n <= FIELDS_MAX;
        bool pictures = strcmp(argv[0], "picture") == 0 && n == 2;
        bool imports = strcmp(argv[0], "import") == 0 && (cli->book ? n == 1 : n == 2 || n == 3);
        Exit code;

        if (!shows && !sets && !pictures && !imports)
                return complain_usage(cli, "card");
        code = bus_connect(cli);
        if (code != EXIT_DONE)
                return code;
        if (shows)
                return card_show(cli);
        if (pictures)
                return set_picture(cli, argv[1]);
        if (sets)
                return card_set_command(cli, n - 1, argv + 1);
        return cli->book ? import_contact(cli, cli->book) : import_card(cli, argv[1], argv[2]);
}
