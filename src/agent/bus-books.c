/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-private.h"
#include "src/base/log.h"
#include "src/base/text.h"

#include <string.h>

enum { PLACE_MAX = 4096 };

/* ---- ListBooks, SetBook --------------------------------------------------------------------- */

static bool bus_append_book(AgentBus *b, DBusMessageIter *list, BookKind kind)
{
        const Book *book = &books_choice(b->books)->books[kind];
        const Writer *writer = books_writer(b->books, kind);
        SinkCounts counts = {0};
        char place[PLACE_MAX]; /* a path may hold any bytes, but libdbus takes only UTF-8 */
        DBusMessageIter dict;
        bool ok;

        text_for_terminal(place, sizeof place, book->place ? book->place : "");
        if (writer)
                /* on failure we show zeros */
                (void)journal_counts(b->journal, writer_sink(writer), &counts);
        if (!dbus_message_iter_open_container(list, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return false;
        ok = value_text(&dict, "Kind", book_kinds[kind]) &&
             value_text(&dict, "Setting", book->setting) && value_text(&dict, "Place", place) &&
             value_bool(&dict, "Found", book->found) && value_bool(&dict, "Used", book->used) &&
             value_u32(&dict, "Waiting", counts.waiting) && value_u32(&dict, "Done", counts.done) &&
             value_text(&dict, "Trouble", writer ? writer_trouble(writer) : "");
        return values_close(ok, list, &dict);
}

bool bus_append_books(AgentBus *b, DBusMessageIter *at)
{
        DBusMessageIter list;
        bool ok = dbus_message_iter_open_container(at, DBUS_TYPE_ARRAY, "a{sv}", &list);

        if (!ok)
                return false;
        for (BookKind k = 0; k < BOOK_KINDS && ok; k++)
                ok = bus_append_book(b, &list, k);
        return values_close(ok, at, &list);
}

int bus_list_books(AgentBus *b, DBusMessage *m)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        DBusMessageIter at;

        if (!reply)
                return -ENOMEM;
        dbus_message_iter_init_append(reply, &at);
        if (!bus_append_books(b, &at)) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        return bus_answer(b, reply);
}

int bus_set_book(AgentBus *b, DBusMessage *m)
{
        const char *name, *setting;
        BookKind kind;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &setting,
                                    DBUS_TYPE_INVALID);
        kind = book_kind(name);
        if (kind == BOOK_KINDS || choice_check(kind, setting) < 0)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, NULL);
        r = choice_write(kind, setting);
        if (r == 0)
                r = books_read(b->books);
        agent_bus_rests(b);
        if (r < 0)
                return bus_refuse_errno(b, m, r);
        agent_look(b->agent); /* a new book has no cards yet */
        return bus_answer_empty(b, m);
}

/* ---- notes ---------------------------------------------------------------------------------- */

int bus_get_notes(AgentBus *b, DBusMessage *m)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        const char *notes = note_styles[books_choice(b->books)->notes];

        if (reply &&
            !dbus_message_append_args(reply, DBUS_TYPE_STRING, &notes, DBUS_TYPE_INVALID)) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        return bus_answer(b, reply);
}

int bus_set_notes(AgentBus *b, DBusMessage *m)
{
        const char *word;
        NoteStyle style;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &word, DBUS_TYPE_INVALID);
        style = note_style(word);
        if (style == NOTE_STYLES)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, "notes are on, no-place or off");
        r = choice_write_notes(style);
        if (r == 0)
                r = books_read(b->books);
        agent_bus_rests(b);
        return r < 0 ? bus_refuse_errno(b, m, r) : bus_answer_empty(b, m);
}

/* ---- ListEdsBooks --------------------------------------------------------------------------- */

static void bus_on_sources(void *userdata, const EdsSource *sources, size_t n, const char *trouble)
{
        AgentBus *b = userdata;
        DBusMessage *call = TAKE_PTR(b->sources_call);
        int r = *trouble ? bus_refuse(b, call, AGENT_E_BOOK_REFUSED, trouble)
                         : bus_answer(b, reply_sources(call, sources, n));

        if (r < 0)
                log_error("ListEdsBooks stays without an answer: no memory");
        dbus_message_unref(call);
        b->sources = eds_sources_free(b->sources);
}

int bus_list_eds_books(AgentBus *b, DBusMessage *m)
{
        int r;

        if (b->sources)
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        r = eds_sources_new(&b->sources, b->bus, bus_on_sources, b);
        if (r < 0)
                return bus_refuse_errno(b, m, r);
        b->sources_call = dbus_message_ref(m);
        return 0;
}

/* ---- FindContacts --------------------------------------------------------------------------- */

static void bus_on_found(void *userdata, int r, const Finding *found)
{
        AgentBus *b = userdata;
        DBusMessage *call = TAKE_PTR(b->finder_call);

        if (r < 0)
                r = bus_refuse_errno(b, call, r);
        else if (found->n == 0 && found->failed)
                r = bus_refuse(b, call, AGENT_E_BOOK_REFUSED, found->trouble);
        else
                r = bus_answer(b, reply_contacts(call, found));
        if (r < 0)
                log_error("FindContacts stays without an answer: no memory");
        dbus_message_unref(call);
        b->finder = finder_free(b->finder);
}

int bus_find_contacts(AgentBus *b, DBusMessage *m)
{
        const char *who;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &who, DBUS_TYPE_INVALID);
        if (!*who || strlen(who) > FINDER_WHO_MAX)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT,
                                  "that is no name, e-mail address or UID");
        if (b->finder)
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        r = finder_new(&b->finder, b->event, b->books, who, bus_on_found, b);
        if (r < 0)
                return bus_refuse_errno(b, m, r);
        b->finder_call = dbus_message_ref(m);
        return 0;
}

/* ---- TestBook ------------------------------------------------------------------------------- */

static void bus_on_probe(void *userdata, const char *trouble)
{
        AgentBus *b = userdata;
        DBusMessage *call = TAKE_PTR(b->probe_call);

        if ((*trouble ? bus_refuse(b, call, AGENT_E_BOOK_REFUSED, trouble)
                      : bus_answer_empty(b, call)) < 0)
                log_error("TestBook stays without an answer: no memory");
        dbus_message_unref(call);
        b->probe = probe_free(b->probe);
}

int bus_test_book(AgentBus *b, DBusMessage *m)
{
        const char *name;
        BookKind kind;
        Sink *sink;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
        kind = book_kind(name);
        if (kind == BOOK_KINDS)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, NULL);
        if (b->probe)
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        r = books_sink(b->books, kind, &sink);
        if (r == 0 && !sink)
                return bus_refuse(b, m, AGENT_E_NOT_FOUND, NULL);
        if (r == 0)
                r = probe_new(&b->probe, b->event, sink, bus_on_probe, b);
        if (r < 0)
                return bus_refuse_errno(b, m, r);
        b->probe_call = dbus_message_ref(m);
        return 0;
}
