/* SPDX-License-Identifier: GPL-2.0-or-later */
/* press.h - an exchange, as its D-Bus object describes it */
#pragma once

#include "cli.h"

typedef struct Press {
        char *path;         /* NULL: no exchange */
        json_t *properties; /* of org.huddle.Exchange1, by name */
} Press;

void press_done(Press *p);

const char *press_text(const Press *p, const char *property);
const char *press_state(const Press *p);
unsigned press_count(const Press *p);
unsigned press_guests(const Press *p);     /* of the others */
bool press_is_guest(const json_t *member); /* one of Members */
/* Delivered, failed or left. */
bool press_is_over(const Press *p);
/* Whole seconds until the present state times out; 0: no deadline, or it has passed. */
unsigned press_seconds_left(const Press *p);

/* A group with our code that is not heard nearby (Others of org.huddle.Exchange1). */
typedef struct PressOther {
        const char *word;
        unsigned members;
        bool admitted, admits, same_word;
} PressOther;
/* The i-th of them; false: there are no more. Borrows from the properties. */
bool press_other(const Press *p, size_t i, PressOther *ret);
/* The call that admits a group by its word, or hides it; NULL: no memory. */
DBusMessage *press_admit_call(const Press *p, const char *word, bool yes);

/* Finds this user's running exchange; ret->path is NULL if there is none. Complains. */
Exit press_find_running(Cli *cli, Press *ret);

/* The cards received in an exchange: a list of {"name", "uid", "vcard", "TEL", "EMAIL"}, all as the
 * cards give them; print them with shown(). Complains. */
Exit press_contacts(Cli *cli, const char *path, json_t **ret);
/* Prints one line per contact, and whether it is "undone". */
void press_print_contacts(const json_t *contacts);
