/* SPDX-License-Identifier: GPL-2.0-or-later */
/* own-card.h - what the commands around the own card share */
#pragma once

#include "src/card/card.h"
#include "cli.h"

/* r: an outcome of card.h, or -errno. */
Exit complain_card(const Cli *cli, int r, unsigned line);
/* Makes it the own card and says so; with --json "name", "vcard" and what more holds (taken; NULL
 * is fine). */
Exit send_card(Cli *cli, const Card *c, json_t *more);
/* All profiles: fields by name. */
Exit get_shares(Cli *cli, json_t **ret);
/* The own card, to change; *ret NULL where there is none and name is NULL, else a new one of that
 * name. Complains. */
Exit own_card(Cli *cli, Card **ret, const char *name);
/* card picture: the file's picture takes the place of the card's. */
Exit set_picture(Cli *cli, const char *path);
/* card import: path is a file, a folder of files, or "-"; who of them, or NULL for the first. */
Exit import_card(Cli *cli, const char *path, const char *who);
/* card import --book: a contact of the user's address books. */
Exit import_contact(Cli *cli, const char *who);
/* The one contact of the address books that who means, as FindContacts gives it. Asks huddle-agent
 * and goes back to the bus of huddled. Complains. */
Exit find_contact(Cli *cli, const char *who, json_t **ret);
