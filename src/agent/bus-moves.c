/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-private.h"
#include "src/base/log.h"

#include <string.h>

/* The writer of the book that the call names, where entries can be changed. NULL: it is refused. */
static const Writer *move_writer(AgentBus *b, const char *kind)
{
        BookKind k = book_kind(kind);
        const Writer *writer = k == BOOK_KINDS ? NULL : books_writer(b->books, k);

        return writer && !writer_is_blind(writer) ? writer : NULL;
}

static int move_answer(AgentBus *b, const Move *m, const Where *where)
{
        dbus_bool_t waiting = where->open;
        DBusMessage *reply;

        if (!waiting && !where->as_wished)
                return bus_refuse(b, m->call, AGENT_E_NOT_FOUND,
                                  "the address book has no such entry");
        reply = dbus_message_new_method_return(m->call);
        if (reply &&
            !dbus_message_append_args(reply, DBUS_TYPE_BOOLEAN, &waiting, DBUS_TYPE_INVALID)) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        return bus_answer(b, reply);
}

bool bus_move_end(AgentBus *b, const Move *m)
{
        const Writer *writer = books_writer(b->books, m->kind);
        Where where = {0};
        int r = journal_where(b->journal, m->exchange, &m->card, m->sink, &where);

        if (r == 0 && where.open && writer && !writer_is_resting(writer))
                return false;
        r = r == 0 ? move_answer(b, m, &where) : bus_refuse_errno(b, m->call, error_or(r, -ENOENT));
        if (r < 0)
                log_error("%s stays without an answer: no memory",
                          dbus_message_get_member(m->call));
        bus_move_done(m);
        return true;
}

void bus_move_done(const Move *m)
{
        dbus_message_unref(m->call);
        free(m->sink);
}

/* r: of journal_move. */
static int move_begin(AgentBus *b, DBusMessage *m, int r, Move move)
{
        if (r == 0 && !(move.sink = strdup(move.sink)))
                r = -ENOMEM;
        if (r == JOURNAL_E_NONE)
                return bus_refuse(b, m, AGENT_E_NOT_FOUND,
                                  "that address book has no such card of the exchange, or what it"
                                  " said is not kept any more");
        if (r == JOURNAL_E_UNDONE)
                return bus_refuse(b, m, AGENT_E_ALREADY_UNDONE, NULL);
        if (r < 0)
                return bus_refuse_errno(b, m, r);
        move.call = dbus_message_ref(m);
        b->moves[b->n_moves++] = move;
        books_wake(b->books);
        agent_bus_rests(b); /* it may be there already */
        return 0;
}

static int move_start(AgentBus *b, DBusMessage *m, const char *path, const char *card,
                      const char *kind, const char *entry)
{
        const Writer *writer = move_writer(b, kind);
        Move move = {.kind = book_kind(kind)};
        int r;

        if (!bus_read_card(&move.card, card))
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT,
                                  "card is 64 hexadecimal digits from ListExchangeCards");
        if (!writer)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT,
                                  "that is no address book in use whose entries can be changed");
        if (b->n_moves == UNDOS_MAX)
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        move.sink = (char *)(uintptr_t)writer_sink(writer); /* copied once it has begun */
        r = journal_move(b->journal, path, &move.card, move.sink, entry, &move.exchange);
        return move_begin(b, m, r, move);
}

int bus_join_card(AgentBus *b, DBusMessage *m)
{
        const char *path, *card, *kind, *entry;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_STRING, &card,
                                    DBUS_TYPE_STRING, &kind, DBUS_TYPE_STRING, &entry,
                                    DBUS_TYPE_INVALID);
        if (!*entry)
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, "entry is empty");
        return move_start(b, m, path, card, kind, entry);
}

int bus_split_card(AgentBus *b, DBusMessage *m)
{
        const char *path, *card, *kind;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_STRING, &card,
                                    DBUS_TYPE_STRING, &kind, DBUS_TYPE_INVALID);
        return move_start(b, m, path, card, kind, "");
}
