/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines.h - a vCard as the lines it is written in: to add some and take some without touching
 * the others
 *
 * An address book's entry may be of any program and hold what a Card (src/card/card.h) would
 * write in another way. So what is in it is read through a Card, but it is changed here, byte
 * for byte. Only the first card of a text is looked at; what is behind it stays.
 */
#pragma once

#include "src/card/card.h"

typedef struct Line {
        size_t start, end; /* in the text, with folds and the end of the line */
        char *flat;        /* unfolded: "group.NAME;PARAMETERS:value" */
        /* in capitals, without the group; empty where the line is none of a vCard's */
        char *name;
        const char *value; /* in flat, escaped as it stands there; empty where there is none */
} Line;

typedef struct Lines {
        Line *list; /* between BEGIN and END */
        size_t n;
        size_t end;       /* in the text: where END:VCARD begins */
        unsigned version; /* 21, 30, 40; 0: it says something else or nothing */
} Lines;

enum { _LINES_E_SUCCESS, LINES_E_NO_CARD };

/* LINES_E_NO_CARD: no BEGIN:VCARD, or no END:VCARD that belongs to it. */
int lines_read(Lines *ret, const char *text);
void lines_done(Lines *l);

/* First line of that name (in capitals) from the one numbered from on, or NULL. */
const Line *lines_find(const Lines *l, const char *name, size_t from);

/* A value without its escapes. New. NULL: out of memory. */
char *line_text(const char *value);
/* The group of a line, new; empty where it has none. NULL: out of memory. */
char *line_group(const Line *line);

/* Text whose bytes from start to end are replaced. New. NULL: out of memory. */
char *text_splice(const char *text, size_t start, size_t end, const char *with);
/* A flat line folded, with the end of line that the text has. New. NULL: out of memory. */
char *line_fold(const char *flat, const char *text);
