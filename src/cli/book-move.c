/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "book-move.h"
#include "bus.h"
#include "out.h"
#include "own-card.h"

#include <string.h>

static const char *move_text(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "";
}

static bool move_is_in(const json_t *card)
{
        const char *state = move_text(card, "State");

        return strcmp(state, "added") == 0 || strcmp(state, "merged") == 0;
}

/* Whether the user means this card: by its name, or by the digits that JSON has. */
static bool move_is_meant(const json_t *card, const char *who)
{
        return move_is_in(card) && (strcmp(move_text(card, "Name"), who) == 0 ||
                                    strcmp(move_text(card, "Card"), who) == 0);
}

/* One person's: that, and in one entry of each book. */
static bool move_is_same(const json_t *a, const json_t *b)
{
        return strcmp(move_text(a, "Card"), move_text(b, "Card")) == 0 ||
               (strcmp(move_text(a, "Kind"), move_text(b, "Kind")) == 0 &&
                strcmp(move_text(a, "Entry"), move_text(b, "Entry")) == 0);
}

/* The newest cards that are meant, one for each book. apart: kept apart ones before others. */
static Exit move_find_cards(Cli *cli, const json_t *all, const char *who, bool apart, json_t **ret)
{
        json_t *card, *found = json_array();
        size_t i;

        json_array_foreach(all, i, card)
        {
                json_t *first = json_array_get(found, 0);

                if (!move_is_meant(card, who) || (apart && !*move_text(card, "Apart")))
                        continue;
                if (first && !move_is_same(first, card)) {
                        json_decref(found);
                        return complain(cli, EXIT_FAILED, NULL,
                                        _("several cards have this name: huddle --json book has "
                                          "the digits (Card) that tell them apart"));
                }
                if (!first || strcmp(move_text(first, "Card"), move_text(card, "Card")) == 0)
                        (void)json_array_append(found, card);
        }
        if (json_array_size(found) == 0 && apart) {
                json_decref(found);
                return move_find_cards(cli, all, who, false, ret);
        }
        *ret = found;
        return json_array_size(found) > 0
                       ? EXIT_DONE
                       : complain(cli, EXIT_FAILED, NULL,
                                  _("no card in the address books has this name: huddle contacts"));
}

static Exit move_read_cards(Cli *cli, const char *who, bool apart, json_t **ret)
{
        json_auto_t *reply = NULL;
        Exit code = bus_call(cli, bus_agent_method("ListCards", NULL, NULL), &reply);

        return code == EXIT_DONE ? move_find_cards(cli, json_array_get(reply, 0), who, apart, ret)
                                 : code;
}

/* entry NULL: SplitCard. */
static Exit move_card(Cli *cli, const json_t *card, const char *entry)
{
        const char *path = move_text(card, "Exchange"), *hash = move_text(card, "Card"),
                   *kind = move_text(card, "Kind");
        DBusMessage *call = bus_agent_method(entry ? "JoinCard" : "SplitCard", NULL, NULL);

        if (call && (!dbus_message_append_args(call, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_STRING,
                                               &hash, DBUS_TYPE_STRING, &kind, DBUS_TYPE_INVALID) ||
                     (entry && !dbus_message_append_args(call, DBUS_TYPE_STRING, &entry,
                                                         DBUS_TYPE_INVALID)))) {
                dbus_message_unref(call);
                call = NULL;
        }
        return bus_call(cli, call, NULL);
}

/* Not an entry where one of the cards is already. */
static json_t *move_without_own(const json_t *contacts, const json_t *cards)
{
        json_t *others = json_array(), *contact, *card;
        size_t i, k;

        json_array_foreach(contacts, i, contact)
        {
                bool own = false;

                json_array_foreach(cards, k, card) own =
                        own || strcmp(move_text(card, "Entry"), move_text(contact, "Id")) == 0;
                if (!own)
                        (void)json_array_append(others, contact);
        }
        return others;
}

/* The one contact that the user means. Borrowed from *ret_others. */
static Exit move_find_entry(Cli *cli, const char *entry, const json_t *cards, json_t **ret_others,
                            json_t **ret)
{
        json_auto_t *reply = NULL;
        Exit code = bus_call(cli, bus_agent_method("FindContacts", entry, NULL), &reply);

        if (code != EXIT_DONE)
                return code;
        *ret_others = move_without_own(json_array_get(reply, 0), cards);
        if (json_array_size(*ret_others) == 0)
                return complain(cli, EXIT_FAILED, NULL,
                                _("no other contact in the address books has this name, e-mail "
                                  "address or UID"));
        if (json_array_size(*ret_others) > 1 || json_is_true(json_array_get(reply, 1)))
                return complain_several_contacts(cli, *ret_others, json_array_get(reply, 1));
        *ret = json_array_get(*ret_others, 0);
        return EXIT_DONE;
}

/* In each book into the entry that the card was kept apart from. */
static Exit move_join_apart(Cli *cli, const json_t *cards)
{
        json_t *card;
        size_t i, joined = 0;
        Exit code = EXIT_DONE;

        json_array_foreach(cards, i, card) if (code == EXIT_DONE && *move_text(card, "ApartEntry"))
        {
                code = move_card(cli, card, move_text(card, "ApartEntry"));
                joined++;
        }
        return joined > 0 ? code
                          : complain(cli, EXIT_USAGE, NULL,
                                     _("that card was not kept apart from an entry: name one"));
}

static Exit move_join_entry(Cli *cli, const json_t *cards, const char *entry)
{
        json_auto_t *others = NULL;
        json_t *contact = NULL, *card;
        size_t i;
        Exit code = move_find_entry(cli, entry, cards, &others, &contact);

        if (code != EXIT_DONE)
                return code;
        json_array_foreach(cards, i,
                           card) if (strcmp(move_text(card, "Kind"), move_text(contact, "Kind")) ==
                                     0) return move_card(cli, card, move_text(contact, "Id"));
        return complain(cli, EXIT_FAILED, NULL,
                        _("that entry is in another address book than the card"));
}

/* Says where the card is now. */
static Exit move_tell(Cli *cli, const char *who)
{
        json_auto_t *cards = NULL;
        const json_t *card;
        Exit code = move_read_cards(cli, who, false, &cards);

        if (code != EXIT_DONE)
                return code;
        card = json_array_get(cards, 0);
        return done(cli,
                    json_pack("{s:s, s:s, s:s}", "card", move_text(card, "Name"), "entry",
                              move_text(card, "Entry"), "into", move_text(card, "Into")),
                    strcmp(move_text(card, "State"), "merged") == 0
                            ? _("The card is in the entry \"%s\" now.")
                            : _("The card has an entry of its own now: \"%s\"."),
                    shown(move_text(card, "Into")));
}

Exit book_join(Cli *cli, const char *who, const char *entry)
{
        json_auto_t *cards = NULL;
        Exit code = move_read_cards(cli, who, true, &cards);

        if (code == EXIT_DONE)
                code = entry ? move_join_entry(cli, cards, entry) : move_join_apart(cli, cards);
        return code == EXIT_DONE ? move_tell(cli, who) : code;
}

Exit book_split(Cli *cli, const char *who)
{
        json_auto_t *cards = NULL;
        json_t *card;
        size_t i;
        Exit code = move_read_cards(cli, who, false, &cards);

        if (code != EXIT_DONE)
                return code;
        json_array_foreach(cards, i, card) if (code == EXIT_DONE) code = move_card(cli, card, NULL);
        return code == EXIT_DONE ? move_tell(cli, who) : code;
}
