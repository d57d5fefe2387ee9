/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view-text.h - what a screen says about an exchange, as paragraphs */
#pragma once

#include "page.h"
#include "press.h"

/* Paragraphs that keep their id. */
enum {
        VIEW_STATE,
        VIEW_CODE,
        VIEW_LINK,
        VIEW_SCAN,
        VIEW_HERE,
        VIEW_GUESTS,
        VIEW_TIME,
        VIEW_PHRASE,
        VIEW_LEVEL,
        VIEW_QUESTION,
        VIEW_CLOSE,
        VIEW_HINT,
        VIEW_NAMES,
        VIEW_OTHERS_MORE,
        VIEW_ELSEWHERE,
        VIEW_OTHER = 100,   /* two for each other group */
        VIEW_MEMBER = 1000, /* one for each member */
};

/* How the members stand on the page: each on a line, or these many names in one paragraph. */
enum { VIEW_NAMES_LISTED = -1 };

typedef struct ViewFacts {
        const Press *press;
        size_t near;                       /* terminals heard */
        bool lost;                         /* huddled is not running at the moment */
        bool link;                         /* say the link while it counts */
        unsigned scan_columns, scan_lines; /* of a terminal that could show its code; 0: say none */
} ViewFacts;

/* Adds all paragraphs to an empty page. names: VIEW_NAMES_LISTED, or how many names. */
void view_text(Page *page, const ViewFacts *facts, int names);

/* The meaning of the level, and of the state, in one sentence. */
const char *view_level(const Press *p);
const char *view_state(const Press *p);
/* Whether people can still join. */
bool view_is_open(const Press *p);
/* Whether the paragraph asks for an answer. */
bool view_asks(const Block *block);
/* Whether the countdown to the release runs. */
bool view_counts_down(const Press *p);
