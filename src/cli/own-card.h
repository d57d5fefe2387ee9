/* SPDX-License-Identifier: GPL-2.0-or-later */
/* own-card.h - shared by the commands that handle the own card */
#pragma once

#include "src/card/card.h"
#include "cli.h"

/* r: an outcome of card.h, or -errno. */
Exit complain_card(const Cli *cli, int r, unsigned line);
/* Makes c the own card and says so. With --json it prints "name", "vcard" and the members of more
 * (takes it; may be NULL). */
Exit send_card(Cli *cli, const Card *c, json_t *more);
/* All profiles: fields by name. */
Exit get_shares(Cli *cli, json_t **ret);
/* The own card, for changing. If there is none, *ret is a new card with that name, or NULL if name
 * is NULL. Complains. */
Exit own_card(Cli *cli, Card **ret, const char *name);
/* card picture: replaces the card's picture by the file's. */
Exit set_picture(Cli *cli, const char *path);
/* card import: path is a file, a folder of files, or "-". query selects one card, NULL
 * the first. */
Exit import_card(Cli *cli, const char *path, const char *query);
/* card import --book: a contact of the user's address books. */
Exit import_contact(Cli *cli, const char *query);
/* Lists the contacts that fit, from FindContacts. */
Exit complain_several_contacts(const Cli *cli, json_t *contacts, json_t *more);
/* Finds the only contact that fits the query, in the form of FindContacts. Asks huddle-agent, then
 * goes back to the bus of huddled. Complains. */
Exit find_contact(Cli *cli, const char *query, json_t **ret);
