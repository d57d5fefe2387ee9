/* SPDX-License-Identifier: GPL-2.0-or-later */
/* press.h - an exchange as its D-Bus object shows it */
#pragma once

#include "cli.h"

typedef struct Press {
        char *path;         /* or NULL: there is none */
        json_t *properties; /* of org.huddle.Exchange1, by name */
} Press;

void press_done(Press *p);

const char *press_text(const Press *p, const char *property);
const char *press_state(const Press *p);
unsigned press_count(const Press *p);
/* Delivered, failed or left. */
bool press_is_over(const Press *p);
/* Whole seconds until the present state ends, 0 where it has no end or that has passed. */
unsigned press_seconds_left(const Press *p);

/* The exchange that is running for this user; p->path is NULL where there is none. Complains. */
Exit press_find_running(Cli *cli, Press *ret);

/* The cards received in an exchange: a list of {"name", "uid", "vcard", "TEL", "EMAIL"}, names as
 * the cards say, in no way made harmless. Complains. */
Exit press_contacts(Cli *cli, const char *path, json_t **ret);
/* One line for each. */
void press_print_contacts(const json_t *contacts);
