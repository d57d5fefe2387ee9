/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-lines.h - the logical lines of a vCard: unfolded, with soft line breaks and stray base64
 * lines joined */
#pragma once

#include "card.h"

/* In place of a blank at the begin of a piece of a quoted-printable value: it is text, or was added
 * by folding. No line holds this character otherwise. */
#define CARD_LINES_BLANK '\r'

typedef struct CardLines {
        const char *text, *next, *end; /* all of it, and the rest */
        const char *start;             /* of the logical line */
        unsigned indent;               /* blanks before each line of this card */
        unsigned line;                 /* number of physical lines read */
        bool keep_fold_space; /* vCard 2.1: white space after a fold is part of the value */
        char *buf;            /* the logical line, not decoded; borrowed */
        size_t len;
        size_t colon;        /* index of the colon before the value; len: there is none */
        unsigned first_line; /* number of its first physical line, from 1 */
} CardLines;

/* Borrows text. */
int card_lines_init(CardLines *l, const char *text, size_t len);
void card_lines_done(CardLines *l);

/* Reads the next non-empty line. False: there is none. */
bool card_lines_next(CardLines *l);

/* Goes back before the line that was read last. */
void card_lines_back(CardLines *l);

/* The value without blanks around it: not NUL-terminated, empty where the line has no colon.
 * Borrowed until the next step. Look at a value through this alone. */
const char *card_lines_value(const CardLines *l, size_t *ret_len);

/* Whether the line is "keyword:…", case-insensitive, without group and parameters. */
bool card_lines_is_named(const CardLines *l, const char *keyword);
/* Whether it is "keyword:value", case-insensitive, blanks around the value ignored. */
bool card_lines_is(const CardLines *l, const char *keyword, const char *value);
