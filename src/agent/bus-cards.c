/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-private.h"
#include "src/base/log.h"
#include "src/base/text.h"

#include <sodium.h>
#include <string.h>

enum { REPORT_MAX = 4096 };

static const char no_card[] = "card is 64 hexadecimal digits from ListExchangeCards";

/* ---- ListCards ------------------------------------------------------------------------------ */

/* The name of a file may hold any bytes, but libdbus takes only UTF-8. */
static const char *bus_id(const char *id)
{
        return text_is_utf8(id, strlen(id)) ? id : "";
}

static int bus_append_card(void *userdata, const Report *r)
{
        DBusMessageIter *list = userdata, dict;
        _cleanup_free_ char *kind = strndup(r->sink, strcspn(r->sink, ":"));
        const char *target = bus_id(r->target), *apart = bus_id(r->apart_id);
        char evidence[EVIDENCE_TEXT_MAX];
        bool ok;

        evidence_text(evidence, r->evidence);
        if (!kind || !dbus_message_iter_open_container(list, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return -ENOMEM;
        ok = value_path(&dict, "Exchange", r->path) && value_u64(&dict, "Time", r->time_s) &&
             value_text(&dict, "Name", r->name) && value_text(&dict, "Kind", kind) &&
             value_text(&dict, "State", r->state) && value_text(&dict, "Apart", r->apart) &&
             value_text(&dict, "ApartFrom", r->apart_from) &&
             value_u32(&dict, "LeftOut", r->left_out) && value_text(&dict, "Card", r->card) &&
             value_text(&dict, "Entry", target) && value_text(&dict, "Into", r->entry) &&
             value_text(&dict, "ApartEntry", apart) && value_text(&dict, "Evidence", evidence) &&
             value_bool(&dict, "Joined", r->joined);
        return values_close(ok, list, &dict) ? 0 : -ENOMEM;
}

/* path "": of all exchanges. */
static int bus_report(AgentBus *b, DBusMessage *m, const char *path)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        DBusMessageIter at, list;
        int r = -ENOMEM;

        if (!reply)
                return -ENOMEM;
        dbus_message_iter_init_append(reply, &at);
        if (dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "a{sv}", &list)) {
                r = journal_report(b->journal, path, REPORT_MAX, bus_append_card, &list);
                if (!values_close(r == 0, &at, &list) && r == 0)
                        r = -ENOMEM;
        }
        if (r == 0)
                return bus_answer(b, reply);
        dbus_message_unref(reply);
        return bus_refuse_errno(b, m, r);
}

int bus_list_cards(AgentBus *b, DBusMessage *m)
{
        return bus_report(b, m, "");
}

int bus_list_exchange_cards(AgentBus *b, DBusMessage *m)
{
        const char *path;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        return bus_report(b, m, path);
}

/* ---- Undo ----------------------------------------------------------------------------------- */

static bool undo_all_rest(const AgentBus *b)
{
        for (BookKind k = 0; k < BOOK_KINDS; k++) {
                const Writer *writer = books_writer(b->books, k);

                if (writer && !writer_is_resting(writer))
                        return false;
        }
        return true;
}

/* Up to three numbers as a reply. NULL: out of memory. */
static DBusMessage *undo_reply(const Undo *u, const dbus_uint32_t *counts, size_t n)
{
        DBusMessage *reply = dbus_message_new_method_return(u->call);
        bool ok = reply != NULL;

        for (size_t i = 0; i < n && ok; i++)
                ok = dbus_message_append_args(reply, DBUS_TYPE_UINT32, &counts[i],
                                              DBUS_TYPE_INVALID);
        if (ok)
                return reply;
        if (reply)
                dbus_message_unref(reply);
        return NULL;
}

/* Counts for the answer: cards done and, of Undo, entries kept. */
static int undo_count(const AgentBus *b, const Undo *u, unsigned *ret_waiting, unsigned *ret_done,
                      unsigned *ret_kept)
{
        const Bytes32 *card = u->one ? &u->card : NULL;

        if (u->redo)
                return journal_count_redo(b->journal, u->exchange, card, ret_waiting, ret_done);
        return journal_count_undo(b->journal, u->exchange, card, ret_waiting, ret_done, ret_kept);
}

/* Answers the call once nothing is left to wait for. Returns whether it did. */
static bool undo_end(AgentBus *b, const Undo *u)
{
        unsigned waiting = 0, done = 0, kept = 0;
        int r = undo_count(b, u, &waiting, &done, &kept);
        dbus_uint32_t undone[] = {done, kept, waiting}, redone[] = {done, waiting};

        if (r == 0 && waiting > 0 && !undo_all_rest(b))
                return false;
        if (r < 0)
                r = bus_refuse_errno(b, u->call, r);
        else
                r = bus_answer(b, u->redo ? undo_reply(u, redone, ARRAY_LEN(redone))
                                          : undo_reply(u, undone, ARRAY_LEN(undone)));
        if (r < 0)
                log_error("%s stays without an answer: no memory",
                          dbus_message_get_member(u->call));
        dbus_message_unref(u->call);
        return true;
}

int bus_on_turn(sd_event_source *source, void *userdata)
{
        AgentBus *b = userdata;
        size_t left = 0;

        for (size_t i = 0; i < b->n_undos; i++)
                if (!undo_end(b, &b->undos[i]))
                        b->undos[left++] = b->undos[i];
        b->n_undos = left;
        left = 0;
        for (size_t i = 0; i < b->n_moves; i++)
                if (!bus_move_end(b, &b->moves[i]))
                        b->moves[left++] = b->moves[i];
        b->n_moves = left;
        bus_tell_changes(b);
        return 0;
}

/* r: of the journal. undo: without its call. */
static int undo_begin(AgentBus *b, DBusMessage *m, int r, Undo undo)
{
        if (r == JOURNAL_E_NONE)
                return bus_refuse(b, m, AGENT_E_NOT_FOUND,
                                  "no such card of that exchange was put into an address book");
        if (r == JOURNAL_E_UNDONE)
                return bus_refuse(b, m, AGENT_E_ALREADY_UNDONE, NULL);
        if (r == JOURNAL_E_STANDS)
                return bus_refuse(b, m, AGENT_E_NOT_UNDONE, NULL);
        if (r < 0)
                return bus_refuse_errno(b, m, r);
        undo.call = dbus_message_ref(m);
        b->undos[b->n_undos++] = undo;
        books_wake(b->books);
        agent_bus_rests(b); /* the undo may be over already */
        return 0;
}

int bus_undo(AgentBus *b, DBusMessage *m)
{
        Undo undo = {0};
        const char *path;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        if (b->n_undos == UNDOS_MAX)
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        r = journal_undo(b->journal, path, &undo.exchange);
        return undo_begin(b, m, r, undo);
}

bool bus_read_card(Bytes32 *ret, const char *hex)
{
        size_t len;

        return strlen(hex) == 2 * sizeof ret->b &&
               sodium_hex2bin(ret->b, sizeof ret->b, hex, strlen(hex), NULL, &len, NULL) == 0 &&
               len == sizeof ret->b;
}

/* Reads the arguments of UndoCard and RedoCard. Returns false if card is none. */
static bool undo_read_card(DBusMessage *m, const char **ret_path, Bytes32 *ret)
{
        const char *card;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, ret_path, DBUS_TYPE_STRING,
                                    &card, DBUS_TYPE_INVALID);
        return bus_read_card(ret, card);
}

int bus_undo_card(AgentBus *b, DBusMessage *m)
{
        Undo undo = {.one = true};
        const char *path;
        int r;

        if (!undo_read_card(m, &path, &undo.card))
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, no_card);
        if (b->n_undos == UNDOS_MAX)
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        r = journal_undo_card(b->journal, path, &undo.card, &undo.exchange);
        return undo_begin(b, m, r, undo);
}

/* ---- Redo ----------------------------------------------------------------------------------- */

static int redo_begin(AgentBus *b, DBusMessage *m, const char *path, Undo redo)
{
        int r;

        redo.redo = true;
        if (b->n_undos == UNDOS_MAX)
                return bus_refuse(b, m, AGENT_E_BUSY, NULL);
        r = journal_redo(b->journal, path, redo.one ? &redo.card : NULL, &redo.exchange);
        if (r == 0)
                agent_look(b->agent); /* cards that came since it was undone */
        return undo_begin(b, m, r, redo);
}

int bus_redo(AgentBus *b, DBusMessage *m)
{
        const char *path;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        return redo_begin(b, m, path, (Undo){0});
}

int bus_redo_card(AgentBus *b, DBusMessage *m)
{
        Undo redo = {.one = true};
        const char *path;

        if (!undo_read_card(m, &path, &redo.card))
                return bus_refuse(b, m, AGENT_E_INVALID_ARGUMENT, no_card);
        return redo_begin(b, m, path, redo);
}
