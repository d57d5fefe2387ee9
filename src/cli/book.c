/* SPDX-License-Identifier: GPL-2.0-or-later */
/* huddle book, huddle undo, huddle redo: the address books, through huddle-agent */
#include "book-move.h"
#include "bus.h"
#include "history.h"
#include "out.h"
#include "said.h"

#include <string.h>
#include <time.h>

enum { REMARKABLE_MAX = 100 /* lines about cards that were kept apart or cut; --json shows all */ };

static const char *book_text(const json_t *object, const char *key)
{
        return json_string_value(json_object_get(object, key));
}

static unsigned book_number(const json_t *object, const char *key)
{
        return (unsigned)json_integer_value(json_object_get(object, key));
}

/* ---- list ----------------------------------------------------------------------------------- */

static const char *book_use_text(const json_t *book)
{
        if (json_is_true(json_object_get(book, "Used")))
                return _("used");
        if (json_is_true(json_object_get(book, "Found")))
                return _("not used");
        return *shown(book_text(book, "Place")) ? _("not found") : _("not set");
}

static void print_book(const json_t *book)
{
        const char *place = book_text(book, "Place"), *trouble = book_text(book, "Trouble");
        unsigned waiting = book_number(book, "Waiting"), done = book_number(book, "Done");

        (void)printf("%-7s %s %s", shown(book_text(book, "Kind")), padded(book_use_text(book), 10),
                     shown(place));
        if (json_is_true(json_object_get(book, "Used")))
                (void)printf(ngettext("  (%u card)", "  (%u cards)", done), done);
        (void)putchar('\n');
        if (waiting > 0)
                (void)printf(_("        %u waiting%s%s\n"), waiting,
                             trouble && *trouble ? ": " : "", said(trouble));
}

/* words: between the name of the card and that of the other entry. evidence NULL: any. */
static const struct {
        const char *apart, *evidence, *words;
} reasons[] = {
        {"claims", "email", N_("has an e-mail address of another entry")},
        {"claims", "number", N_("has a number of another entry")},
        {"claims", "email,number", N_("has an e-mail address and a number of another entry")},
        {"claims", "", N_("has the UID, address or number of another entry")}, /* of old */
        {"claims", NULL, N_("has the identifier (UID) of another entry")},
        {"taken", NULL, N_("fits an entry that another person's card went to")},
        {"several", NULL, N_("fits several entries, one of them")},
        {"name", NULL, N_("has the name of another entry and nothing else in common")},
        {"format", NULL, N_("belongs to an entry that is not touched (vCard 2.1, or not UTF-8)")},
        {"unreadable", NULL, N_("is named in an entry that cannot be read")},
};

static const char *book_reason_text(const json_t *card)
{
        const char *apart = book_text(card, "Apart"), *evidence = book_text(card, "Evidence");

        for (size_t i = 0; apart && i < ARRAY_LEN(reasons); i++)
                if (strcmp(apart, reasons[i].apart) == 0 &&
                    (!reasons[i].evidence || !evidence ||
                     strcmp(evidence, reasons[i].evidence) == 0))
                        return _(reasons[i].words);
        return NULL;
}

static void book_print_remarkable(const json_t *card)
{
        time_t when = (time_t)json_integer_value(json_object_get(card, "Time"));
        const char *reason = book_reason_text(card);
        unsigned left_out = book_number(card, "LeftOut");
        struct tm tm;
        char day[16] = "?";

        if (localtime_r(&when, &tm))
                (void)strftime(day, sizeof day, "%Y-%m-%d", &tm);
        if (reason)
                (void)printf(_("  %s: \"%s\" %s: \"%s\"\n"), day, shown(book_text(card, "Name")),
                             reason, shown(book_text(card, "ApartFrom")));
        if (left_out > 0)
                (void)printf(ngettext("  %s: \"%s\" had %u value that was left out\n",
                                      "  %s: \"%s\" had %u values that were left out\n", left_out),
                             day, shown(book_text(card, "Name")), left_out);
}

static bool book_is_remarkable(const json_t *card)
{
        const char *state = book_text(card, "State");

        return (!state || strcmp(state, "undone") != 0) &&
               (book_reason_text(card) || book_number(card, "LeftOut") > 0);
}

/* Prints the newest only; --json has all. */
static void book_print_cards(const json_t *cards)
{
        unsigned n = 0;
        size_t i;
        json_t *card;

        json_array_foreach(cards, i, card)
        {
                if (!book_is_remarkable(card))
                        continue;
                if (n++ == 0)
                        (void)puts(_("\nKept apart, or cut:"));
                if (n <= REMARKABLE_MAX)
                        book_print_remarkable(card);
        }
        if (n > REMARKABLE_MAX)
                (void)printf(ngettext("  and %u older one\n", "  and %u older ones\n",
                                      n - REMARKABLE_MAX),
                             n - REMARKABLE_MAX);
}

static Exit book_list(Cli *cli)
{
        json_auto_t *books = NULL, *cards = NULL;
        size_t i;
        json_t *book;
        Exit code = bus_call(cli, bus_agent_method("ListBooks", NULL, NULL), &books);

        if (code == EXIT_DONE)
                code = bus_call(cli, bus_agent_method("ListCards", NULL, NULL), &cards);
        if (code != EXIT_DONE)
                return code;
        if (cli->json) {
                print_json(json_pack("{s:O, s:O}", "books", json_array_get(books, 0), "cards",
                                     json_array_get(cards, 0)));
                return EXIT_DONE;
        }
        json_array_foreach(json_array_get(books, 0), i, book) print_book(book);
        book_print_cards(json_array_get(cards, 0));
        return EXIT_DONE;
}

/* Lists the books of Evolution Data Server. */
static Exit book_list_eds(Cli *cli)
{
        json_auto_t *reply = NULL;
        size_t i;
        json_t *book;
        Exit code = bus_call(cli, bus_agent_method("ListEdsBooks", NULL, NULL), &reply);

        if (code != EXIT_DONE)
                return code;
        if (cli->json) {
                print_json(json_incref(json_array_get(reply, 0)));
                return EXIT_DONE;
        }
        json_array_foreach(json_array_get(reply, 0), i, book)(void)
                printf("%-44s %s\n", shown(json_string_value(json_array_get(book, 0))),
                       shown(json_string_value(json_array_get(book, 1))));
        return EXIT_DONE;
}

/* ---- choose, test --------------------------------------------------------------------------- */

/* An absolute path, because the agent has another working directory. New; NULL: out of memory. */
static char *book_place_absolute(const char *place)
{
        _cleanup_free_ char *here = NULL;
        char *path;

        if (!strchr(place, '/') || *place == '/' || strncmp(place, "~/", 2) == 0)
                return strdup(place);
        here = getcwd(NULL, 0);
        return here && asprintf(&path, "%s/%s", here, place) >= 0 ? path : NULL;
}

static Exit book_set(Cli *cli, const char *kind, const char *setting)
{
        _cleanup_free_ char *full = book_place_absolute(setting);
        Exit code;

        if (!full || !dbus_validate_utf8(kind, NULL) || !dbus_validate_utf8(full, NULL))
                return complain(cli, EXIT_USAGE, NULL,
                                _("that is not the name of an address book"));
        code = bus_call(cli, bus_agent_method("SetBook", kind, full), NULL);
        return code == EXIT_DONE ? book_list(cli) : code;
}

/* word NULL: shows what entries tell of an exchange. */
static Exit book_notes(Cli *cli, const char *word)
{
        static const char *const words[] = {"on", "no-place", "off"};
        static const char *const told[] = {
                N_("Entries tell when, where and with how many people you met.\n"),
                N_("Entries tell when and with how many people you met, but not where.\n"),
                N_("Entries tell nothing of the exchange.\n"),
        };
        json_auto_t *reply = NULL;
        const char *now;
        Exit code = EXIT_DONE;

        if (word && !dbus_validate_utf8(word, NULL))
                word = "";
        if (word)
                code = bus_call(cli, bus_agent_method("SetNotes", word, NULL), NULL);
        if (code == EXIT_DONE)
                code = bus_call(cli, bus_agent_method("GetNotes", NULL, NULL), &reply);
        if (code != EXIT_DONE)
                return code;
        now = json_string_value(json_array_get(reply, 0));
        if (cli->json)
                print_json(json_pack("{s:s}", "notes", now));
        for (size_t i = 0; i < ARRAY_LEN(words) && !cli->json; i++)
                if (strcmp(words[i], now) == 0)
                        (void)fputs(_(told[i]), stdout);
        return EXIT_DONE;
}

/* Tests one book, or all that are used. */
static Exit book_test(Cli *cli, const char *kind)
{
        json_auto_t *books = NULL;
        size_t i;
        json_t *book;
        Exit code = bus_call(cli, bus_agent_method("ListBooks", NULL, NULL), &books);

        if (code != EXIT_DONE)
                return code;
        if (kind && !dbus_validate_utf8(kind, NULL))
                return complain(cli, EXIT_USAGE, NULL,
                                _("that is not the name of an address book"));
        if (kind) {
                code = bus_call(cli, bus_agent_method("TestBook", kind, NULL), NULL);
                return code == EXIT_DONE ? done(cli, json_pack("{s:s}", "works", kind),
                                                _("%s works."), shown(kind))
                                         : code;
        }
        json_array_foreach(json_array_get(books, 0), i, book)
        {
                Exit one;

                if (!json_is_true(json_object_get(book, "Used")))
                        continue;
                one = book_test(cli, book_text(book, "Kind"));
                code = one == EXIT_DONE ? code : one;
        }
        return code;
}

Exit command_book(Cli *cli, int n, char **argv)
{
        const char *verb = n > 0 ? argv[0] : "list";
        Exit code = bus_connect_agent(cli);

        if (code != EXIT_DONE)
                return code;
        cli->patient = true;
        if (strcmp(verb, "list") == 0 && n <= 1)
                return book_list(cli);
        if (strcmp(verb, "list") == 0 && n == 2 && strcmp(argv[1], "eds") == 0)
                return book_list_eds(cli);
        if (strcmp(verb, "test") == 0 && n <= 2)
                return book_test(cli, n == 2 ? argv[1] : NULL);
        if (strcmp(verb, "use") == 0 && (n == 2 || n == 3))
                return book_set(cli, argv[1], n == 3 ? argv[2] : "yes");
        if (strcmp(verb, "drop") == 0 && n == 2)
                return book_set(cli, argv[1], "no");
        if (strcmp(verb, "auto") == 0 && n == 2)
                return book_set(cli, argv[1], "auto");
        if (strcmp(verb, "notes") == 0 && n <= 2)
                return book_notes(cli, n == 2 ? argv[1] : NULL);
        if (strcmp(verb, "join") == 0 && (n == 2 || n == 3))
                return book_join(cli, argv[1], n == 3 ? argv[2] : NULL);
        if (strcmp(verb, "split") == 0 && n == 2)
                return book_split(cli, argv[1]);
        return complain_usage(cli, "book");
}

/* ---- undo ----------------------------------------------------------------------------------- */

static void book_print_waiting(unsigned waiting)
{
        if (waiting > 0)
                (void)printf(ngettext("%u card waits until the address book can be reached, or is "
                                      "used again: huddle book.\n",
                                      "%u cards wait until the address book can be reached, or is "
                                      "used again: huddle book.\n",
                                      waiting),
                             waiting);
}

static void book_print_undone(unsigned undone, unsigned kept, unsigned waiting)
{
        unsigned out = undone - kept;

        (void)printf(ngettext("%u card is taken out of the address books.\n",
                              "%u cards are taken out of the address books.\n", out),
                     out);
        if (kept > 0)
                (void)printf(ngettext("%u entry stays, without what the exchange brought, because "
                                      "you have added to it.\n",
                                      "%u entries stay, without what the exchange brought, because "
                                      "you have added to them.\n",
                                      kept),
                             kept);
        book_print_waiting(waiting);
}

/* A call about the exchange. card NULL: about all of it. */
static DBusMessage *book_exchange_call(const char *member, const char *path, const char *card)
{
        DBusMessage *call = bus_agent_method(member, NULL, NULL);

        if (call &&
            (!dbus_message_append_args(call, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID) ||
             (card &&
              !dbus_message_append_args(call, DBUS_TYPE_STRING, &card, DBUS_TYPE_INVALID)))) {
                dbus_message_unref(call);
                call = NULL;
        }
        return call;
}

/* The card of this person in the exchange; borrowed from *ret_cards. */
static Exit book_find_card(Cli *cli, const char *path, const char *who, json_t **ret_cards,
                           const char **ret)
{
        json_t *card;
        size_t i;
        Exit code = bus_call(cli, book_exchange_call("ListExchangeCards", path, NULL), ret_cards);

        *ret = NULL;
        if (code != EXIT_DONE)
                return code;
        json_array_foreach(json_array_get(*ret_cards, 0), i, card)
        {
                if (strcmp(book_text(card, "Name"), who) != 0)
                        continue;
                if (*ret && strcmp(*ret, book_text(card, "Card")) != 0)
                        return complain(cli, EXIT_FAILED, NULL,
                                        _("the exchange has several cards of this name"));
                *ret = book_text(card, "Card");
        }
        return *ret ? EXIT_DONE
                    : complain(cli, EXIT_FAILED, NULL, _("the exchange has no card of this name"));
}

/* Asks the agent about an exchange, or about one card of it: about the N-th last, with a name. */
static Exit book_change(Cli *cli, int n, char **argv, const char *all, const char *one,
                        json_t **ret)
{
        _cleanup_free_ char *path = NULL;
        json_auto_t *cards = NULL;
        const char *card = NULL;
        Exit code = history_find(cli, argv[0], &path);

        if (code == EXIT_DONE) {
                bus_disconnect(cli);
                code = bus_connect_agent(cli);
        }
        if (code != EXIT_DONE)
                return code;
        cli->patient = true;
        if (n > 1)
                code = book_find_card(cli, path, argv[1], &cards, &card);
        if (code == EXIT_DONE)
                code = bus_call(cli, book_exchange_call(card ? one : all, path, card), ret);
        return code;
}

static unsigned book_count(const json_t *reply, size_t i)
{
        return (unsigned)json_integer_value(json_array_get(reply, i));
}

Exit command_undo(Cli *cli, int n, char **argv)
{
        json_auto_t *reply = NULL;
        unsigned undone, kept, waiting;
        Exit code = book_change(cli, n, argv, "Undo", "UndoCard", &reply);

        if (code != EXIT_DONE)
                return code;
        undone = book_count(reply, 0);
        kept = book_count(reply, 1);
        waiting = book_count(reply, 2);
        if (cli->json)
                print_json(json_pack("{s:i, s:i, s:i}", "undone", (int)undone, "kept", (int)kept,
                                     "waiting", (int)waiting));
        else
                book_print_undone(undone, kept, waiting);
        return EXIT_DONE;
}

/* ---- redo ----------------------------------------------------------------------------------- */

static void book_print_redone(unsigned done, unsigned waiting)
{
        (void)printf(ngettext("%u card of the exchange is in the address books.\n",
                              "%u cards of the exchange are in the address books.\n", done),
                     done);
        book_print_waiting(waiting);
}

Exit command_redo(Cli *cli, int n, char **argv)
{
        json_auto_t *reply = NULL;
        Exit code = book_change(cli, n, argv, "Redo", "RedoCard", &reply);

        if (code != EXIT_DONE)
                return code;
        if (cli->json)
                print_json(json_pack("{s:i, s:i}", "done", (int)book_count(reply, 0), "waiting",
                                     (int)book_count(reply, 1)));
        else
                book_print_redone(book_count(reply, 0), book_count(reply, 1));
        return EXIT_DONE;
}
