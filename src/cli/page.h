/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.h - paragraphs for a screen of any size
 *
 * They are wrapped between words, by the columns that a terminal gives each letter. Where there are
 * too few lines, the less important paragraphs become shorter, and then go. */
#pragma once

#include "cli.h"
#include "src/base/array.h"

#include <stdio.h>

/* The lower, the more important. */
typedef enum Rank {
        RANK_ALWAYS, /* never left out */
        RANK_HIGH,
        RANK_MIDDLE,
        RANK_LOW,
        RANK_LEAST,
} Rank;

typedef struct Block {
        unsigned id; /* the same paragraph has it each time */
        Rank rank;
        char *label; /* "": it goes on below the label before, NULL: none */
        char *text;
        char *brief; /* instead of both where there is little room, or NULL */
        bool solid;  /* no line breaks of ours, so that it is copied as one line; without a label */
        bool is_brief, hidden;
} Block;

typedef struct Page {
        ARRAY(Block) blocks;
} Page;

void page_done(Page *page);

/* Adds a paragraph. label, brief: or NULL. Without memory it is missing. */
void page_add(Page *page, unsigned id, Rank rank, const char *label, const char *brief,
              const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Marks the last paragraph as solid. */
void page_make_solid(Page *page);

/* Its lines at this width. */
unsigned page_count(const Page *page, unsigned columns);
/* Makes it fit into this many columns and lines, as far as possible. Returns its lines. */
unsigned page_fit(Page *page, unsigned columns, unsigned lines);
/* Writes it, at most this many lines. Returns how many. */
unsigned page_write(const Page *page, FILE *to, unsigned columns, unsigned lines);

/* The paragraph with this id; NULL: there is none. */
const Block *page_find(const Page *page, unsigned id);
/* The end of a text, as much as fits into this many columns. */
const char *page_tail(const char *text, unsigned columns);
/* A paragraph as one line, however long. */
void page_say(const Block *block, FILE *to);
