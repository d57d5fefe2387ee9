/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writer.h"
#include "bound.h"
#include "chooser.h"
#include "src/base/events.h"
#include "src/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { RETRY_FIRST_MS = 250, RETRY_MAX_MS = 60 * 1000 };

/* The request that the sink is carrying out. */
typedef enum Asked {
        ASKED_NOTHING,
        ASKED_LOAD,
        ASKED_ENTRY, /* to see what it lacks, or still has */
        ASKED_CREATE,
        ASKED_REPLACE,
        ASKED_STORED, /* to read back what was written */
        ASKED_REMOVE,
        ASKED_WITHOUT, /* to write the entry without what we remove */
} Asked;

struct Writer {
        sd_event_source *turn; /* runs once after each wake-up and each answer */
        Clock *clock;
        Timer *retry;
        uint64_t retry_ms;
        Journal *journal;
        Sink *sink;
        NoteStyle notes;
        char *name;
        WriterEvents events;
        Index *index; /* while there are steps */
        Step step;    /* the present one; id 0: none */
        Asked asked;
        bool answered;
        int answer;
        char *text; /* of the entry, as last read */
        char trouble[160];
};

/* ---- beginning and ending ------------------------------------------------------------------- */

static void writer_take_turn(Writer *w)
{
        int r = sd_event_source_set_enabled(w->turn, SD_EVENT_ONESHOT);

        if (r < 0)
                log_error("%s: the loop refuses: %s", w->name, strerror(-r));
}

static void writer_drop_step(Writer *w)
{
        step_done(&w->step);
        free(w->text);
        w->text = NULL;
        w->asked = ASKED_NOTHING;
}

static void writer_rest(Writer *w)
{
        writer_drop_step(w);
        w->index = index_free(w->index);
        if (journal_sync(w->journal) < 0)
                log_error("the journal cannot be written");
        if (w->sink->ops->rest)
                w->sink->ops->rest(w->sink);
        w->events.rests(w->events.userdata, w);
}

static void writer_on_retry(void *userdata)
{
        Writer *w = userdata;

        w->retry = timer_free(w->retry);
        writer_take_turn(w);
}

static void writer_fail(Writer *w, int r)
{
        w->retry_ms = w->retry_ms ? MIN(2 * w->retry_ms, (uint64_t)RETRY_MAX_MS) : RETRY_FIRST_MS;
        (void)snprintf(w->trouble, sizeof w->trouble, "%s",
                       *w->sink->trouble ? w->sink->trouble : strerror(-r));
        log_line(LOG_WARNING, EVENT_BOOK_REFUSES, "%s: %s; to be tried again", w->sink->ops->kind,
                 w->trouble);
        if (w->step.id && journal_fail(w->journal, &w->step) < 0)
                log_error("the journal cannot be written");
        if (clock_restart(w->clock, &w->retry, w->retry_ms, writer_on_retry, w) < 0)
                log_error("%s: no timer; the next card that comes tries again", w->sink->ops->kind);
        writer_rest(w);
}

/* Ends the present step. */
static void writer_advance(Writer *w)
{
        w->retry_ms = 0;
        w->trouble[0] = '\0';
        writer_drop_step(w);
        writer_take_turn(w);
}

/* ---- asking the sink ------------------------------------------------------------------------ */

static int writer_on_each(void *userdata, const char *id, const char *text)
{
        Writer *w = userdata;

        return index_add(w->index, id, text);
}

static void writer_on_done(void *userdata, int r, const char *text)
{
        Writer *w = userdata;

        free(w->text);
        w->text = text ? strdup(text) : NULL;
        w->answer = text && !w->text ? -ENOMEM : r;
        w->answered = true;
        writer_take_turn(w);
}

static void writer_load(Writer *w)
{
        int r = index_new(&w->index);

        w->asked = ASKED_LOAD;
        if (r < 0)
                writer_fail(w, r);
        else
                w->sink->ops->load(w->sink);
}

static void writer_read_entry(Writer *w, Asked asked)
{
        assert(w->step.target && !w->sink->ops->write_only);
        w->asked = asked;
        w->sink->ops->read(w->sink, w->step.target);
}

/* ---- adding --------------------------------------------------------------------------------- */

static int writer_parse_step(const Writer *w, Card **ret)
{
        int r = w->step.vcard ? card_parse(ret, w->step.vcard, strlen(w->step.vcard), NULL, NULL)
                              : CARD_E_NO_CARD;

        if (r == 0 && w->sink->ops->dialect == CARD_KCONTACTS)
                r = card_suit_kcontacts(*ret);
        return r > 0 ? -EBADMSG : r; /* we wrote this text */
}

/* The id of a new entry is its UID, or a file name made of the UID's digits. */
static void entry_uid(char ret[SINK_UID_SIZE], const char *id)
{
        if (strncmp(id, "urn:uuid:", strlen("urn:uuid:")) == 0)
                (void)snprintf(ret, SINK_UID_SIZE, "%s", id);
        else
                sink_uid(ret, id);
}

static void writer_create(Writer *w)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_(pieces_done) Pieces pieces = {0};
        _cleanup_free_ char *text = NULL;
        char uid[SINK_UID_SIZE];
        int r = writer_parse_step(w, &c);

        assert(w->step.created && w->step.target);
        entry_uid(uid, w->step.target);
        if (r == 0)
                r = merge_create(&text, &pieces, c, uid, &w->step.occasion);
        if (r == 0)
                r = journal_plan_pieces(w->journal, &w->step, &pieces);
        if (r != 0) {
                writer_fail(w, error_or(r, -EBADMSG));
                return;
        }
        w->asked = ASKED_CREATE;
        w->sink->ops->create(w->sink, w->step.target, text);
}

/* Chooses an entry for the card, and plans the step. */
static int writer_choose(Writer *w)
{
        _cleanup_(card_freep) Card *c = NULL;
        const Chooser chooser = {w->journal, w->sink, w->name, w->index, &w->step};
        int r = writer_parse_step(w, &c);

        return r == 0 ? chooser_plan(&chooser, c) : r;
}

static void writer_begin_planned(Writer *w)
{
        if (w->sink->ops->write_only)
                writer_create(w);
        else
                writer_read_entry(w, ASKED_ENTRY);
}

static void writer_begin_wanted(Writer *w)
{
        int r;

        if (!w->index && !w->sink->ops->write_only) {
                writer_load(w);
                return;
        }
        r = writer_choose(w);
        if (r < 0)
                writer_fail(w, r);
        else if (r == JOURNAL_E_UNDONE)
                writer_advance(w);
        else if (w->step.created)
                writer_create(w);
        else
                writer_read_entry(w, ASKED_ENTRY);
}

/* The entry is gone: chooses another. */
static void writer_choose_anew(Writer *w)
{
        int r;

        if (w->index)
                index_remove(w->index, w->step.target);
        r = journal_restart(w->journal, &w->step);
        if (r < 0)
                writer_fail(w, r);
        else {
                writer_drop_step(w);
                writer_take_turn(w);
        }
}

/* We cannot add to this entry's format: the card gets its own entry. */
static void writer_go_beside(Writer *w)
{
        _cleanup_(card_freep) Card *c = NULL;
        const Chooser chooser = {w->journal, w->sink, w->name, w->index, &w->step};
        int r = writer_parse_step(w, &c);

        if (r == 0 && !w->index) { /* we need the ids in it */
                writer_choose_anew(w);
                return;
        }
        if (r == 0)
                r = chooser_plan_beside(&chooser, c);
        if (r < 0)
                writer_fail(w, r);
        else if (r == JOURNAL_E_UNDONE)
                writer_advance(w);
        else
                writer_create(w);
}

static void writer_finish(Writer *w)
{
        _cleanup_(pieces_done) Pieces stored = {0};
        _cleanup_(card_freep) Card *c = NULL; /* a format that we cannot read has no name */
        CardReading how = {.max = BOUND_READ_MAX, .forgiving = true};
        int r = 0;

        if (w->text)
                r = merge_list(&stored, w->text);
        if (r >= 0 && w->text)
                r = card_parse_as(&c, w->text, strlen(w->text), &how, NULL, NULL);
        if (r >= 0)
                r = journal_finish(w->journal, &w->step, &stored, c ? card_name(c) : NULL);
        if (r == 0 && w->index && w->text)
                r = index_put(w->index, w->step.target, w->text);
        if (r < 0)
                writer_fail(w, r);
        else
                writer_advance(w);
}

static void writer_add_to(Writer *w)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_(pieces_done) Pieces pieces = {0}, ours = {0};
        _cleanup_free_ char *text = NULL;
        int r = writer_parse_step(w, &c);

        assert(w->text && !w->step.created);
        if (r == 0)
                r = journal_ours(w->journal, w->name, &w->step, &ours);
        if (r == 0)
                r = merge_add(&text, &pieces, w->text, c, &w->step.occasion, &ours);
        if (r == MERGE_E_FORMAT) {
                writer_go_beside(w);
                return;
        }
        if (r == 0)
                r = journal_plan_pieces(w->journal, &w->step, &pieces);
        if (r != 0) {
                writer_fail(w, error_or(r, -EBADMSG));
                return;
        }
        if (!text) {
                writer_finish(w);
                return;
        }
        w->asked = ASKED_REPLACE;
        w->sink->ops->replace(w->sink, w->step.target, w->text, text);
}

/* ---- undoing -------------------------------------------------------------------------------- */

static void writer_finish_undo(Writer *w, bool kept)
{
        int r = journal_finish_undo(w->journal, w->name, &w->step, kept);

        if (r < 0) {
                writer_fail(w, r);
                return;
        }
        w->index = index_free(w->index); /* it may list values that are gone */
        writer_advance(w);
}

static void writer_begin_undo(Writer *w)
{
        if (!w->sink->ops->write_only)
                writer_read_entry(w, ASKED_ENTRY);
        else if (w->step.shared)
                writer_finish_undo(w, false); /* a later card of the same person stands */
        else {
                w->asked = ASKED_REMOVE;
                w->sink->ops->remove(w->sink, w->step.target, NULL);
        }
}

static void writer_take_from(Writer *w)
{
        _cleanup_(pieces_done) Pieces remove = {0}, ours = {0};
        _cleanup_free_ char *text = NULL;
        bool rest_is_there = true;
        int r = journal_pieces(w->journal, &w->step, &remove);

        assert(w->text);
        if (r == 0)
                r = journal_ours(w->journal, w->name, &w->step, &ours);
        if (r == 0)
                r = merge_remove(&text, &rest_is_there, w->text, &remove, &ours);
        if (r < 0) {
                writer_fail(w, r);
                return;
        }
        if (r == 0 && w->step.created && !w->step.shared && !rest_is_there) {
                w->asked = ASKED_REMOVE;
                w->sink->ops->remove(w->sink, w->step.target, w->text);
        } else if (r > 0 ||
                   /* none of it is left, or the entry is unreadable */
                   strcmp(text, w->text) == 0)
                writer_finish_undo(w, w->step.created && !w->step.shared);
        else {
                w->asked = ASKED_WITHOUT;
                w->sink->ops->replace(w->sink, w->step.target, w->text, text);
        }
}

/* ---- answers -------------------------------------------------------------------------------- */

static void writer_on_entry(Writer *w, int r)
{
        if (w->step.state == STEP_UNDOING) {
                if (r == SINK_E_GONE)
                        writer_finish_undo(w, false);
                else
                        writer_take_from(w);
        } else if (r != SINK_E_GONE) {
                if (w->step.created)
                        writer_finish(w); /* we wrote it before we were killed */
                else
                        writer_add_to(w);
        } else if (w->step.created)
                writer_create(w);
        else
                writer_choose_anew(w);
}

/* GONE, CHANGED: another program was faster, so we read the entry again. */
static void writer_on_written(Writer *w, int r)
{
        if (r == SINK_E_GONE || r == SINK_E_CHANGED)
                writer_read_entry(w, ASKED_ENTRY);
        else if (w->sink->ops->write_only)
                writer_finish(w);
        else
                writer_read_entry(w, ASKED_STORED);
}

static void writer_on_answer(Writer *w)
{
        int r = w->answer;

        w->answered = false;
        if (r < 0) {
                writer_fail(w, r);
                return;
        }
        switch (w->asked) {
        case ASKED_LOAD:
                writer_begin_wanted(w);
                return;
        case ASKED_ENTRY:
                writer_on_entry(w, r);
                return;
        case ASKED_CREATE:
        case ASKED_REPLACE:
                writer_on_written(w, r);
                return;
        case ASKED_STORED:
                if (r == SINK_E_GONE)
                        writer_choose_anew(w);
                else
                        writer_finish(w);
                return;
        case ASKED_REMOVE:
        case ASKED_WITHOUT:
                if (r == SINK_E_CHANGED)
                        writer_read_entry(w, ASKED_ENTRY);
                else
                        writer_finish_undo(w, w->asked == ASKED_WITHOUT && w->step.created &&
                                                      !w->step.shared);
                return;
        case ASKED_NOTHING:
                return;
        }
}

static void writer_begin_step(Writer *w)
{
        int r;

        assert(w->step.id == 0);
        r = journal_next(w->journal, w->name, &w->step);
        if (r == JOURNAL_E_NONE) {
                w->trouble[0] = '\0';
                writer_rest(w);
                return;
        }
        if (r < 0) {
                writer_fail(w, r);
                return;
        }
        w->step.occasion.dialect = w->sink->ops->dialect;
        w->step.occasion.notes = w->notes;
        switch (w->step.state) {
        case STEP_WANTED:
                writer_begin_wanted(w);
                return;
        case STEP_PLANNED:
                writer_begin_planned(w);
                return;
        case STEP_UNDOING:
                writer_begin_undo(w);
                return;
        case STEP_DONE:
        case STEP_UNDONE:
                return;
        }
}

static int writer_on_turn(sd_event_source *source, void *userdata)
{
        Writer *w = userdata;

        if (w->answered)
                writer_on_answer(w);
        else if (w->asked == ASKED_NOTHING && !w->retry)
                writer_begin_step(w);
        return 0;
}

/* ---- the outside ---------------------------------------------------------------------------- */

void writer_wake(Writer *w)
{
        w->retry = timer_free(w->retry);
        writer_take_turn(w);
}

const char *writer_sink(const Writer *w)
{
        return w->name;
}

const char *writer_kind(const Writer *w)
{
        return w->sink->ops->kind;
}

bool writer_is_blind(const Writer *w)
{
        return w->sink->ops->write_only;
}

bool writer_is_resting(const Writer *w)
{
        int enabled = SD_EVENT_OFF;

        (void)sd_event_source_get_enabled(w->turn, &enabled);
        return w->asked == ASKED_NOTHING && (w->retry || enabled == SD_EVENT_OFF);
}

const char *writer_trouble(const Writer *w)
{
        return w->trouble;
}

void writer_set_notes(Writer *w, NoteStyle notes)
{
        w->notes = notes;
}

Writer *writer_free(Writer *w)
{
        if (!w)
                return NULL;
        sink_free(w->sink);
        sd_event_source_disable_unref(w->turn);
        timer_free(w->retry);
        writer_drop_step(w);
        index_free(w->index);
        free(w->name);
        free(w);
        return NULL;
}

int writer_new(Writer **ret, sd_event *event, Clock *clock, Journal *journal, Sink *sink,
               const WriterEvents *events)
{
        _cleanup_(writer_freep) Writer *w = calloc(1, sizeof *w);
        int r;

        if (!w) {
                sink_free(sink);
                return -ENOMEM;
        }
        w->clock = clock;
        w->journal = journal;
        w->events = *events;
        w->sink = sink;
        sink->each = writer_on_each;
        sink->done = writer_on_done;
        sink->userdata = w;
        if (asprintf(&w->name, "%s:%s", sink->ops->kind, sink->place) < 0) {
                w->name = NULL;
                return -ENOMEM;
        }
        r = sd_event_add_defer(event, &w->turn, writer_on_turn, w);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(w->turn, "writer");
        r = sd_event_source_set_enabled(w->turn, SD_EVENT_OFF);
        if (r == 0)
                *ret = TAKE_PTR(w);
        return r < 0 ? r : 0;
}
