/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines.h - a vCard as its lines: adds and removes some without touching the others
 *
 * Any program may have written an address book's entry, and a Card (src/card/card.h) would write it
 * in another way. So we read entries through a Card, but change them here, byte for byte. We look
 * only at the first card of a text, and leave what follows as it is.
 */
#pragma once

#include "src/card/card.h"

typedef struct Line {
        size_t start, end; /* offsets in the text, including folds and the line end */
        char *flat;        /* unfolded: "group.NAME;PARAMETERS:value" */
        /* in capitals, without the group; empty if the line has no colon */
        char *name;
        const char *value; /* points into flat, still escaped; may be empty */
} Line;

typedef struct Lines {
        Line *list; /* those between BEGIN and END */
        size_t n, room;
        size_t end;       /* offset of END:VCARD in the text */
        unsigned version; /* 21, 30, 40; 0: another or none */
} Lines;

enum { _LINES_E_SUCCESS, LINES_E_NO_CARD };

/* LINES_E_NO_CARD: no BEGIN:VCARD, or no END:VCARD that belongs to it. */
int lines_read(Lines *ret, const char *text);
void lines_done(Lines *l);

/* First line of that name (in capitals) at index from or behind it, or NULL. */
const Line *lines_find(const Lines *l, const char *name, size_t from);

/* A value without its escapes. New. NULL: out of memory. */
char *line_text(const char *value);
/* The group of a line, or an empty text. New. NULL: out of memory. */
char *line_group(const Line *line);

/* Whether the line is Apple's label for another line of its group. */
bool line_is_label(const Line *line);
/* The offset in the text of a byte of line->flat. */
size_t line_offset(const char *text, const Line *line, size_t flat);
/* Where the fold right before that offset begins; the offset itself if there is no fold. */
size_t line_fold_before(const char *text, const Line *line, size_t offset);
/* The offset behind the last byte of the line's content. */
size_t line_content_end(const char *text, const Line *line);

/* The text with bytes start to end replaced. New. NULL: out of memory. */
char *text_splice(const char *text, size_t start, size_t end, const char *with);
/* Folds a flat line, with the same line ends as the text. New. NULL: out of memory. */
char *line_fold(const char *flat, const char *text);
/* Replaces a line of the text by a flat one, or removes it: "". -ENOMEM: the text is as it was. */
int line_replace(char **text, const Line *line, const char *flat);
