/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal.h - which card goes into which address book, what has gone there, and how to take it back
 * (SQLite)
 *
 * A step is one card of one exchange on its way into one address book (sink). We save each step
 * before anything happens, and again before each change that others can see. So a process that is
 * killed at any moment can go on from there:
 *
 *     wanted ──> planned ──> done ──> undoing ──> undone
 *
 * A card that the user moves to another entry is taken out (undoing) and wanted again, with a wish.
 *
 * A wanted step has its card. A planned step knows its entry and what it adds to it; reading the
 * entry tells whether that has happened. Pieces (merge.h) record what a step has added to an entry
 * (own), or would have added if an earlier step had not. When that earlier step is undone, its
 * pieces are handed on.
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
        char *person; /* hash of the sender's UID and name: 32 hexadecimal digits */
        char *vcard;
        char *target; /* the entry's id in the sink, or NULL */
        char *wish;   /* the entry that the user has chosen, empty: its own; NULL: nothing chosen */
        bool created; /* this step created the entry */
        bool shared;  /* other planned or done steps have this entry too */
        Occasion occasion;
        char level[16], place[32];
} Step;

void step_done(Step *s);

enum {
        _JOURNAL_E_SUCCESS,
        JOURNAL_E_NONE,    /* no such exchange, or no step left */
        JOURNAL_E_IN_USE,  /* another process has the file open */
        JOURNAL_E_UNKNOWN, /* a later version of Huddle wrote it */
        JOURNAL_E_UNDONE,  /* it has been undone already */
        JOURNAL_E_STANDS,  /* nothing of it has been undone */
};

int journal_open(Journal **ret, const char *path);
Journal *journal_free(Journal *j);
DEFINE_CLEANUP(Journal *, journal_free);

/* ---- what is wanted ---- */

typedef struct Meeting {
        uint64_t key; /* identifies the exchange, even if huddled's store was started anew */
        const char *path;
        uint64_t time_s;
        uint32_t people, cards;
        const char *level, *place;
} Meeting;

/* *ret: we need no cards of this exchange. It has been undone, or that many cards have been taken
 * for these sinks. */
int journal_is_taken(Journal *j, const Meeting *m, const char *sinks, bool *ret);

typedef struct Wanted {
        const Bytes32 *card; /* hash of the card as it arrived */
        const char *person, *name, *vcard;
        unsigned left_out; /* values dropped or cut, see bound.h */
        const char *uid;   /* of the card */
} Wanted;

/* A transaction. journal_end commits if r is 0, else rolls back. Returns r, or why the commit
 * failed. */
int journal_begin(Journal *j);
int journal_end(Journal *j, int r);
/* What steps have done so far outlives a power cut from here on. */
int journal_sync(Journal *j);
/* Call these two inside a transaction. An existing step stays as it is. */
int journal_want(Journal *j, const Meeting *m, const char *sink, const Wanted *w);
int journal_take(Journal *j, const Meeting *m, const char *sinks);

/* ---- forgetting ---- */

/* Forgets the exchanges of that time and later that are not among these: their cards and what was
 * done with them. The address books keep what they have, as the user's own. What is on its way into
 * a book or out of it gets there first. */
int journal_keep(Journal *j, const uint64_t *keys, size_t n, uint64_t since_s);

/* ---- steps ---- */

/* The next step of a sink: the one with fewest failures, then what is taken out before what goes
 * in, then the oldest. JOURNAL_E_NONE. */
int journal_next(Journal *j, const char *sink, Step *ret);

typedef struct Plan {
        const char *target;
        bool created;
        const char *apart;      /* why the card gets its own entry beside a similar one, or NULL */
        const char *apart_from; /* the name of the similar entry */
        const char *apart_id;   /* its id */
        unsigned evidence;      /* what the card and that entry, or its own, have in common */
} Plan;

/* The next functions leave a step alone that has been set to undoing since it was read. */
/* Saves the choice of the entry. JOURNAL_E_UNDONE. */
int journal_plan(Journal *j, Step *s, const Plan *p);
/* Saves what the step is about to add. May be repeated. */
int journal_plan_pieces(Journal *j, const Step *s, const Pieces *pieces);
/* Marks the step done. stored: what the entry holds now, as read back from its sink. name: of the
 * entry, for people, or NULL. */
int journal_finish(Journal *j, const Step *s, const Pieces *stored, const char *name);
/* Sets the step back to wanted, as its entry is gone or may not be touched. */
int journal_restart(Journal *j, Step *s);
/* Counts a failure. */
int journal_fail(Journal *j, const Step *s);

/* The entry that this person's last card went to. *ret is new, or NULL. */
int journal_entry_of(Journal *j, const char *sink, const char *person, char **ret);
/* *ret: another card of the step's exchange went to that entry, so it is another person's. */
int journal_is_of_other(Journal *j, const char *sink, const Step *s, const char *target, bool *ret);

typedef int (*OtherFunc)(void *userdata, const char *uid, const char *name);
/* Tells UID (empty where it is not known) and name of each card of other persons that is in that
 * entry. */
int journal_each_other(Journal *j, const char *sink, const Step *s, const char *target,
                       OtherFunc func, void *userdata);

/* ---- moving ---- */

/* Moves a card to another entry of its sink; target empty: to one of its own. The cards of this
 * person that are in the same entry go with it. JOURNAL_E_NONE: the card is not in that sink, or
 * what it said is not kept (it came before this could be done); JOURNAL_E_UNDONE. */
int journal_move(Journal *j, const char *path, const Bytes32 *card, const char *sink,
                 const char *target, uint64_t *ret_key);
/* Where a card is on its way. JOURNAL_E_NONE. */
typedef struct Where {
        bool open;      /* on its way */
        bool as_wished; /* in the entry that the user has chosen */
} Where;
int journal_where(Journal *j, uint64_t key, const Bytes32 *card, const char *sink, Where *ret);

/* ---- undoing ---- */

/* Starts undoing the newest exchange with that path. JOURNAL_E_NONE, JOURNAL_E_UNDONE. */
int journal_undo(Journal *j, const char *path, uint64_t *ret_key);
/* The same for one card of it, in every sink. JOURNAL_E_NONE: it has no such card. */
int journal_undo_card(Journal *j, const char *path, const Bytes32 *card, uint64_t *ret_key);
/* What to remove from the entry of an undoing step. */
int journal_pieces(Journal *j, const Step *s, Pieces *ret);
/* All that our steps have put into the entry of a step. */
int journal_ours(Journal *j, const char *sink, const Step *s, Pieces *ret);
/* Marks the step undone. kept: the step created the entry, but the entry stays. */
int journal_finish_undo(Journal *j, const char *sink, const Step *s, bool kept);
/* Counts the steps of an exchange that are still to be undone, that are undone, and those of them
 * whose entry was kept. card: only those of this card; NULL: all. */
int journal_count_undo(Journal *j, uint64_t key, const Bytes32 *card, unsigned *ret_waiting,
                       unsigned *ret_undone, unsigned *ret_kept);

/* ---- redoing ---- */

/* Wants the cards of an undone exchange again, or one of them (card, else NULL), in every sink.
 * JOURNAL_E_NONE, JOURNAL_E_STANDS. Cards that an older version did not keep are to be taken from
 * huddled once more. */
int journal_redo(Journal *j, const char *path, const Bytes32 *card, uint64_t *ret_key);
/* Counts the steps that wait, and those that are done. */
int journal_count_redo(Journal *j, uint64_t key, const Bytes32 *card, unsigned *ret_waiting,
                       unsigned *ret_done);

/* ---- for people ---- */

typedef struct SinkCounts {
        unsigned waiting, done;
} SinkCounts;
int journal_counts(Journal *j, const char *sink, SinkCounts *ret);

/* A step as shown to the user; everything is borrowed. */
typedef struct Report {
        const char *path; /* path of the exchange */
        uint64_t time_s;
        const char *name, *sink, *state; /* added, merged, waiting, undone, kept */
        const char *apart, *apart_from;  /* both empty if not kept apart */
        unsigned left_out;
        const char *card;     /* its hash: 64 hexadecimal digits */
        const char *target;   /* the entry's id in the sink; empty while there is none */
        const char *entry;    /* the name of that entry; empty before the card is in it */
        const char *apart_id; /* the id of the entry that it was kept apart from, or empty */
        unsigned evidence;    /* Evidence: why it is in its entry, or like that other one */
        bool joined;          /* the user has put it into this entry */
} Report;
typedef int (*ReportFunc)(void *userdata, const Report *r);
/* Newest first, at most max. path: of one exchange; "": of all. */
int journal_report(Journal *j, const char *path, unsigned max, ReportFunc func, void *userdata);

/* How many cards of an exchange went where. path is borrowed. */
typedef struct Tally {
        const char *path;
        uint32_t added, merged, waiting, undone;
        uint32_t apart; /* of the added: beside an entry that resembles it */
} Tally;
typedef int (*TallyFunc)(void *userdata, const Tally *t);
/* Of the newest exchanges that have cards, at most max, newest first. */
int journal_tally(Journal *j, unsigned max, TallyFunc func, void *userdata);
