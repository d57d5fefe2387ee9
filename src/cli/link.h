/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - a huddle: link as an argument, on standard input or in the clipboard */
#pragma once

#include "cli.h"
#include "src/protocol/huddle-link.h"

/* A link that was read; wipe it with link_text_done. */
typedef struct LinkText {
        char text[HUDDLE_LINK_SIZE]; /* as we write it */
        HuddleLink link;
} LinkText;
void link_text_done(LinkText *l);
#define _cleanup_link_text_ _cleanup_(link_text_done)

/* Reads the text, and complains if it is no link. */
Exit link_take(const Cli *cli, LinkText *ret, const char *text);
/* argument: the link, which is wiped because other users can read our arguments; "-" for standard
 * input; NULL for the clipboard. Complains. */
Exit link_read(const Cli *cli, LinkText *ret, char *argument);
