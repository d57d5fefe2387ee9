/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chooser.h - chooses the entry of a book for a card, and plans the step in the journal */
#pragma once

#include "index.h"
#include "journal.h"
#include "sink.h"

typedef struct Chooser {
        Journal *journal;
        const Sink *sink;
        const char *name;   /* of the sink in the journal */
        const Index *index; /* of the book; NULL if it cannot be read */
        Step *step;
} Chooser;

/* By the user's wish, else by this person's history, else by what is in the book: the table in
 * huddle-agent(1). JOURNAL_E_UNDONE. */
int chooser_plan(const Chooser *ch, const Card *c);
/* A new entry beside the one that the step is planned for, whose format is not touched. */
int chooser_plan_beside(const Chooser *ch, const Card *c);
