/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal.h - what is to go into which address book, what has gone there, and how it is taken
 * back (SQLite)
 *
 * One step is one card of one exchange on its way into one address book (sink). It is written
 * down before anything happens, and again before each thing that others see, so that whoever is
 * killed at whatever moment goes on from there:
 *
 *     wanted ──> planned ──> done ──> undoing ──> undone
 *
 * A wanted step has its card; a planned one knows its entry and what it adds to it; looking at
 * the entry tells whether that has happened. Pieces (merge.h) say what of an entry a step has
 * added (own), or would have added if an earlier one had not; when that one is undone, they are
 * handed on.
 */
#pragma once

#include "src/protocol/digest.h"
#include "merge.h"

typedef struct Journal Journal;

typedef enum StepState {
        STEP_WANTED,
        STEP_PLANNED,
        STEP_DONE,
        STEP_UNDOING,
        STEP_UNDONE
} StepState;

typedef struct Step {
        int64_t id;
        uint64_t exchange;
        StepState state;
        char *person; /* hash of what the sender calls himself: 32 hexadecimal digits */
        char *vcard;  /* NULL once it is done */
        char *target; /* the entry, as the sink names it, or NULL */
        bool created; /* the entry is of this step's making */
        bool shared;  /* other steps that count have put something into it */
        Occasion occasion;
        char level[16], place[32];
} Step;

void step_done(Step *s);

enum {
        _JOURNAL_E_SUCCESS,
        JOURNAL_E_NONE,    /* no such exchange, no step left */
        JOURNAL_E_IN_USE,  /* another process has it */
        JOURNAL_E_UNKNOWN, /* a later version of Huddle wrote it */
        JOURNAL_E_UNDONE,  /* already */
};

int journal_open(Journal **ret, const char *path);
Journal *journal_free(Journal *j);
DEFINE_CLEANUP(Journal *, journal_free);

/* ---- what is wanted ---- */

typedef struct Meeting {
        uint64_t key; /* tells the exchange from any other, also after huddled's store began anew */
        const char *path;
        uint64_t time_s;
        uint32_t people, cards;
        const char *level, *place;
} Meeting;

/* Whether so many cards of it have been taken for these sinks, or it has been undone: nothing to
 * ask for. */
int journal_is_taken(Journal *j, const Meeting *m, const char *sinks, bool *ret);

typedef struct Wanted {
        const Bytes32 *card; /* hash of the card as it came */
        const char *person, *name, *vcard;
        unsigned left_out; /* values, see bound.h */
} Wanted;

/* Between these two nothing is written; what ends with another r than 0 never was. r, or why it
 * could not be written. */
int journal_begin(Journal *j);
int journal_end(Journal *j, int r);
/* Both within. A step that is there stays. */
int journal_want(Journal *j, const Meeting *m, const char *sink, const Wanted *w);
int journal_take(Journal *j, const Meeting *m, const char *sinks);

/* ---- steps ---- */

/* What is to be done next for a sink: what failed less often first, then the oldest.
 * JOURNAL_E_NONE. */
int journal_next(Journal *j, const char *sink, Step *ret);

typedef struct Plan {
        const char *target;
        bool created;
        const char *apart;      /* why it is kept apart from another entry, or NULL */
        const char *apart_from; /* the name of that */
} Plan;

/* These three pass over a step that is being undone since it was read; its undoing comes next. */
/* The entry is chosen. JOURNAL_E_UNDONE. */
int journal_plan(Journal *j, Step *s, const Plan *p);
/* It is about to get these; may be said again. */
int journal_plan_pieces(Journal *j, const Step *s, const Pieces *pieces);
/* It has got them. stored: what the entry has now, as its sink tells it. */
int journal_finish(Journal *j, const Step *s, const Pieces *stored);
/* Its entry is gone, or may not be touched: to be chosen anew. */
int journal_restart(Journal *j, Step *s);
/* It did not work this time. */
int journal_fail(Journal *j, const Step *s);

/* Entry that a card of that person went to, new; NULL where there is none. */
int journal_entry_of(Journal *j, const char *sink, const char *person, char **ret);
/* Whether another card of the step's exchange went to that entry: two cards of one exchange are of
 * two people. */
int journal_is_of_other(Journal *j, const char *sink, const Step *s, const char *target, bool *ret);

/* ---- undoing ---- */

/* JOURNAL_E_NONE, JOURNAL_E_UNDONE. *ret_key is the exchange of that path, the newest of them. */
int journal_undo(Journal *j, const char *path, uint64_t *ret_key);
/* What to take from the entry of an undoing step, and all that steps have put there. */
int journal_pieces(Journal *j, const char *sink, const Step *s, Pieces *ret_remove,
                   Pieces *ret_ours);
/* Its pieces have been taken back; kept: the entry stays, though it is of our making. */
int journal_finish_undo(Journal *j, const char *sink, const Step *s, bool kept);
/* How many steps of an exchange are still to be undone, have been, and of those how many entries
 * were kept. */
int journal_count_undo(Journal *j, uint64_t key, unsigned *ret_waiting, unsigned *ret_undone,
                       unsigned *ret_kept);

/* ---- for people ---- */

typedef struct SinkCounts {
        unsigned waiting, done;
} SinkCounts;
int journal_counts(Journal *j, const char *sink, SinkCounts *ret);

/* A step as people see it; everything is borrowed. */
typedef struct Report {
        const char *path; /* of the exchange */
        uint64_t time_s;
        const char *name, *sink, *state; /* added, merged, waiting, undone, kept */
        const char *apart, *apart_from;  /* or empty */
        unsigned left_out;
} Report;
typedef int (*ReportFunc)(void *userdata, const Report *r);
/* Newest first, at most max. */
int journal_report(Journal *j, unsigned max, ReportFunc func, void *userdata);
