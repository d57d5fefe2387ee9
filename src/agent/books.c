/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "books.h"
#include "bound.h"
#include "sink-eds.h"
#include "sink-folder.h"
#include "sink-hook.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

struct Books {
        BooksDeps deps;
        Choice choice;
        Writer *writers[BOOK_KINDS];
        char *sinks;
};

static void books_on_warning(void *userdata, const char *file, unsigned line, const char *what)
{
        log_warning("%s:%u: %s", file, line, what);
}

static void books_stop(Books *b)
{
        for (BookKind k = 0; k < BOOK_KINDS; k++)
                b->writers[k] = writer_free(b->writers[k]);
        choice_done(&b->choice);
        free(b->sinks);
        b->sinks = NULL;
}

int books_sink(const Books *b, BookKind kind, Sink **ret)
{
        const char *place;

        assert(kind < BOOK_KINDS);
        place = b->choice.books[kind].place;
        *ret = NULL;
        if (!place)
                return 0;
        switch (kind) {
        case BOOK_EDS:
                return b->deps.session ? sink_eds_new(ret, b->deps.session, place) : 0;
        case BOOK_KDE:
        case BOOK_FOLDER:
                return sink_folder_new(ret, book_kinds[kind], place);
        case BOOK_HOOK:
                return sink_hook_new(ret, b->deps.event, place);
        case BOOK_KINDS:
                break;
        }
        return -EINVAL;
}

static int books_start_writer(Books *b, BookKind kind)
{
        Sink *sink;
        int r = books_sink(b, kind, &sink);

        if (r < 0 || !sink)
                return r;
        r = writer_new(&b->writers[kind], b->deps.event, b->deps.clock, b->deps.journal, sink,
                       &b->deps.events);
        if (r == 0)
                writer_set_notes(b->writers[kind], b->choice.notes);
        return r;
}

static int books_name_sinks(Books *b)
{
        char *sinks = strdup("");

        for (BookKind k = 0; k < BOOK_KINDS && sinks; k++) {
                _cleanup_free_ char *before = sinks;

                if (!b->writers[k])
                        before = NULL;
                else if (asprintf(&sinks, "%s%s\n", before, writer_sink(b->writers[k])) < 0)
                        sinks = NULL;
        }
        b->sinks = sinks;
        return sinks ? 0 : -ENOMEM;
}

int books_read(Books *b)
{
        int r;

        books_stop(b);
        r = choice_read(&b->choice, b->deps.has_eds, b->deps.folder, books_on_warning, NULL);
        for (BookKind k = 0; k < BOOK_KINDS && r == 0; k++)
                if (b->choice.books[k].used)
                        r = books_start_writer(b, k);
        if (r == 0)
                r = books_name_sinks(b);
        if (r == 0)
                books_wake(b);
        return r;
}

const Choice *books_choice(const Books *b)
{
        return &b->choice;
}

Writer *books_writer(const Books *b, BookKind kind)
{
        assert(kind < BOOK_KINDS);
        return b->writers[kind];
}

const char *books_sinks(const Books *b)
{
        return b->sinks ? b->sinks : "";
}

static int books_want_card(Books *b, const Meeting *m, const Wanted *w)
{
        int r = 0;

        for (BookKind k = 0; k < BOOK_KINDS && r == 0; k++)
                if (b->writers[k])
                        r = journal_want(b->deps.journal, m, writer_sink(b->writers[k]), w);
        return r;
}

/* Puts one card into the journal, bounded (bound.h), as vCard 4.0. */
static int books_read_card(Books *b, const Meeting *m, const char *vcard)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *text = NULL;
        char person[PERSON_HEX + 1];
        Wanted w = {.person = person};
        BoundLoss loss = {0};
        Bytes32 hash;
        size_t len;
        int r = card_read_bounded(&c, &loss, vcard);

        if (r == 0)
                r = card_write(&text, &len, c, CARD_V40);
        if (r < 0)
                return r;
        if (r > 0) {
                log_warning("a card of %s cannot be read (%d)", m->path, r);
                return 0;
        }
        w.left_out = loss.values;
        w.uid = card_uid(c);
        if (w.left_out > 0)
                log_notice("of a card of %s %u values are left out, among them %u pictures that are"
                           " too large or unreadable and %u links that would run or open"
                           " something here",
                           m->path, loss.values, loss.pictures, loss.links);
        digest_one(&hash, "agent card", vcard, strlen(vcard));
        person_name(person, card_uid(c), card_name(c), 0);
        w.card = &hash;
        w.name = card_name(c);
        w.vcard = text;
        return books_want_card(b, m, &w);
}

int books_want(Books *b, const Meeting *m, const char *const *vcards, size_t n)
{
        int r = journal_begin(b->deps.journal);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n && r == 0; i++)
                r = books_read_card(b, m, vcards[i]);
        if (r == 0)
                r = journal_take(b->deps.journal, m, books_sinks(b));
        r = journal_end(b->deps.journal, r);
        if (r == 0)
                books_wake(b);
        return r;
}

void books_wake(Books *b)
{
        for (BookKind k = 0; k < BOOK_KINDS; k++)
                if (b->writers[k])
                        writer_wake(b->writers[k]);
}

Books *books_free(Books *b)
{
        if (b)
                books_stop(b);
        free(b);
        return NULL;
}

int books_new(Books **ret, const BooksDeps *deps)
{
        _cleanup_(books_freep) Books *b = calloc(1, sizeof *b);
        int r;

        if (!b)
                return -ENOMEM;
        b->deps = *deps;
        r = books_read(b);
        if (r == 0)
                *ret = TAKE_PTR(b);
        return r;
}
