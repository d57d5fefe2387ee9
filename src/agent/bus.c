/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus.h"
#include "bus-reply.h"
#include "bus-values.h"
#include "probe.h"
#include "src/base/log.h"
#include "src/base/text.h"

#include <stdio.h>
#include <string.h>

enum { REPORT_MAX = 4096, UNDOS_MAX = 16, PLACE_MAX = 4096 };

extern const char agent_xml[]; /* org.huddle.Agent1.xml */

/* A call of Undo that waits. */
typedef struct Undo {
        DBusMessage *call;
        uint64_t exchange;
} Undo;

struct AgentBus {
        DBusConnection *bus;
        sd_event *event;
        sd_event_source *turn; /* answers the undos that are over */
        Journal *journal;
        Books *books;
        Agent *agent;
        Probe *probe;
        DBusMessage *probe_call;
        EdsSources *sources;
        DBusMessage *sources_call;
        Finder *finder;
        DBusMessage *finder_call;
        Undo undos[UNDOS_MAX];
        size_t n_undos;
};

/* ---- answers -------------------------------------------------------------------------------- */

static const struct {
        const char *name, *message;
} errors[_AGENT_E_COUNT] = {
        [AGENT_E_ALREADY_UNDONE] = {"AlreadyUndone", "the exchange has been undone already"},
        [AGENT_E_BOOK_REFUSED] = {"BookRefused", "the address book refuses"},
        [AGENT_E_BUSY] = {"Busy", "another call of this kind is waiting for its end"},
        [AGENT_E_FAILED] = {"Failed", "huddle-agent failed: its journal says why"},
        [AGENT_E_INVALID_ARGUMENT] = {"InvalidArgument",
                                      "that is no kind of address book, or no setting for it"},
        [AGENT_E_NOT_FOUND] = {"NotFound", "there is nothing of that kind"},
};

const char *agent_error_name(AgentError e)
{
        static char name[64];

        (void)snprintf(name, sizeof name, "org.huddle.Error.%s", errors[e].name);
        return name;
}

/* Takes the reply; NULL: there was no memory for it. */
static int answer(AgentBus *b, DBusMessage *reply)
{
        bool sent = reply && dbus_connection_send(b->bus, reply, NULL);

        if (reply)
                dbus_message_unref(reply);
        return sent ? 0 : -ENOMEM;
}

static int refuse(AgentBus *b, DBusMessage *call, AgentError e, const char *message)
{
        return answer(b, dbus_message_new_error(call, agent_error_name(e),
                                                message ? message : errors[e].message));
}

/* What comes back from the inside. */
static int refuse_errno(AgentBus *b, DBusMessage *call, int r)
{
        log_error("%s: %s", dbus_message_get_member(call), strerror(-r));
        return refuse(b, call, AGENT_E_FAILED, NULL);
}

static int answer_empty(AgentBus *b, DBusMessage *call)
{
        return answer(b, dbus_message_new_method_return(call));
}

/* ---- ListBooks, SetBook --------------------------------------------------------------------- */

static bool append_book(AgentBus *b, DBusMessageIter *list, BookKind kind)
{
        const Book *book = &books_choice(b->books)->books[kind];
        const Writer *writer = books_writer(b->books, kind);
        SinkCounts counts = {0};
        char place[PLACE_MAX]; /* a path may be in any bytes, and libdbus takes UTF-8 alone */
        DBusMessageIter dict;
        bool ok;

        text_for_terminal(place, sizeof place, book->place ? book->place : "");
        if (writer)
                /* else: none to tell of */
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

static int handle_list_books(AgentBus *b, DBusMessage *m)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        DBusMessageIter at, list;
        bool ok;

        if (!reply)
                return -ENOMEM;
        dbus_message_iter_init_append(reply, &at);
        ok = dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "a{sv}", &list);
        if (ok) {
                for (BookKind k = 0; k < BOOK_KINDS && ok; k++)
                        ok = append_book(b, &list, k);
                ok = values_close(ok, &at, &list);
        }
        if (!ok) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        return answer(b, reply);
}

static int handle_set_book(AgentBus *b, DBusMessage *m)
{
        const char *name, *setting;
        BookKind kind;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &setting,
                                    DBUS_TYPE_INVALID);
        kind = book_kind(name);
        if (kind == BOOK_KINDS || choice_check(kind, setting) < 0)
                return refuse(b, m, AGENT_E_INVALID_ARGUMENT, NULL);
        r = choice_write(kind, setting);
        if (r == 0)
                r = books_read(b->books);
        agent_bus_rests(b);
        if (r < 0)
                return refuse_errno(b, m, r);
        agent_look(b->agent); /* a book that is new has no cards yet */
        return answer_empty(b, m);
}

/* ---- ListEdsBooks --------------------------------------------------------------------------- */

static void on_sources(void *userdata, const EdsSource *sources, size_t n, const char *trouble)
{
        AgentBus *b = userdata;
        DBusMessage *call = TAKE_PTR(b->sources_call);
        int r = *trouble ? refuse(b, call, AGENT_E_BOOK_REFUSED, trouble)
                         : answer(b, reply_sources(call, sources, n));

        if (r < 0)
                log_error("ListEdsBooks stays without an answer: no memory");
        dbus_message_unref(call);
        b->sources = eds_sources_free(b->sources);
}

static int handle_list_eds_books(AgentBus *b, DBusMessage *m)
{
        int r;

        if (b->sources)
                return refuse(b, m, AGENT_E_BUSY, NULL);
        r = eds_sources_new(&b->sources, b->bus, on_sources, b);
        if (r < 0)
                return refuse_errno(b, m, r);
        b->sources_call = dbus_message_ref(m);
        return 0;
}

/* ---- FindContacts --------------------------------------------------------------------------- */

static void on_found(void *userdata, int r, const Finding *found)
{
        AgentBus *b = userdata;
        DBusMessage *call = TAKE_PTR(b->finder_call);

        if (r < 0)
                r = refuse_errno(b, call, r);
        else if (found->n == 0 && *found->trouble)
                r = refuse(b, call, AGENT_E_BOOK_REFUSED, found->trouble);
        else
                r = answer(b, reply_contacts(call, found));
        if (r < 0)
                log_error("FindContacts stays without an answer: no memory");
        dbus_message_unref(call);
        b->finder = finder_free(b->finder);
}

static int handle_find_contacts(AgentBus *b, DBusMessage *m)
{
        const char *who;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &who, DBUS_TYPE_INVALID);
        if (!*who || strlen(who) > FINDER_WHO_MAX)
                return refuse(b, m, AGENT_E_INVALID_ARGUMENT,
                              "that is no name, e-mail address or UID");
        if (b->finder)
                return refuse(b, m, AGENT_E_BUSY, NULL);
        r = finder_new(&b->finder, b->event, b->books, who, on_found, b);
        if (r < 0)
                return refuse_errno(b, m, r);
        b->finder_call = dbus_message_ref(m);
        return 0;
}

/* ---- TestBook ------------------------------------------------------------------------------- */

static void on_probe(void *userdata, const char *trouble)
{
        AgentBus *b = userdata;
        DBusMessage *call = TAKE_PTR(b->probe_call);

        if ((*trouble ? refuse(b, call, AGENT_E_BOOK_REFUSED, trouble) : answer_empty(b, call)) < 0)
                log_error("TestBook stays without an answer: no memory");
        dbus_message_unref(call);
        b->probe = probe_free(b->probe);
}

static int handle_test_book(AgentBus *b, DBusMessage *m)
{
        const char *name;
        BookKind kind;
        Sink *sink;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
        kind = book_kind(name);
        if (kind == BOOK_KINDS)
                return refuse(b, m, AGENT_E_INVALID_ARGUMENT, NULL);
        if (b->probe)
                return refuse(b, m, AGENT_E_BUSY, NULL);
        r = books_sink(b->books, kind, &sink);
        if (r == 0 && !sink)
                return refuse(b, m, AGENT_E_NOT_FOUND, NULL);
        if (r == 0)
                r = probe_new(&b->probe, b->event, sink, on_probe, b);
        if (r < 0)
                return refuse_errno(b, m, r);
        b->probe_call = dbus_message_ref(m);
        return 0;
}

/* ---- ListCards ------------------------------------------------------------------------------ */

static int append_card(void *userdata, const Report *r)
{
        DBusMessageIter *list = userdata, dict;
        _cleanup_free_ char *kind = strndup(r->sink, strcspn(r->sink, ":"));
        bool ok;

        if (!kind || !dbus_message_iter_open_container(list, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return -ENOMEM;
        ok = value_path(&dict, "Exchange", r->path) && value_u64(&dict, "Time", r->time_s) &&
             value_text(&dict, "Name", r->name) && value_text(&dict, "Kind", kind) &&
             value_text(&dict, "State", r->state) && value_text(&dict, "Apart", r->apart) &&
             value_text(&dict, "ApartFrom", r->apart_from) &&
             value_u32(&dict, "LeftOut", r->left_out);
        return values_close(ok, list, &dict) ? 0 : -ENOMEM;
}

static int handle_list_cards(AgentBus *b, DBusMessage *m)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        DBusMessageIter at, list;
        int r = -ENOMEM;

        if (!reply)
                return -ENOMEM;
        dbus_message_iter_init_append(reply, &at);
        if (dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "a{sv}", &list)) {
                r = journal_report(b->journal, REPORT_MAX, append_card, &list);
                if (!values_close(r == 0, &at, &list) && r == 0)
                        r = -ENOMEM;
        }
        if (r == 0)
                return answer(b, reply);
        dbus_message_unref(reply);
        return refuse_errno(b, m, r);
}

/* ---- Undo ----------------------------------------------------------------------------------- */

static bool all_rest(const AgentBus *b)
{
        for (BookKind k = 0; k < BOOK_KINDS; k++) {
                const Writer *writer = books_writer(b->books, k);

                if (writer && !writer_is_resting(writer))
                        return false;
        }
        return true;
}

/* Answers where there is nothing more to wait for; true then. */
static bool end_undo(AgentBus *b, const Undo *u)
{
        unsigned waiting, undone, kept;
        int r = journal_count_undo(b->journal, u->exchange, &waiting, &undone, &kept);

        if (r == 0 && waiting > 0 && !all_rest(b))
                return false;
        if (r == 0) {
                dbus_uint32_t counts[] = {undone, kept, waiting};
                DBusMessage *reply = dbus_message_new_method_return(u->call);

                if (reply && !dbus_message_append_args(
                                     reply, DBUS_TYPE_UINT32, &counts[0], DBUS_TYPE_UINT32,
                                     &counts[1], DBUS_TYPE_UINT32, &counts[2], DBUS_TYPE_INVALID)) {
                        dbus_message_unref(reply);
                        reply = NULL;
                }
                r = answer(b, reply);
        } else
                r = refuse_errno(b, u->call, r);
        if (r < 0)
                log_error("Undo stays without an answer: no memory");
        dbus_message_unref(u->call);
        return true;
}

static int on_turn(sd_event_source *source, void *userdata)
{
        AgentBus *b = userdata;
        size_t left = 0;

        for (size_t i = 0; i < b->n_undos; i++)
                if (!end_undo(b, &b->undos[i]))
                        b->undos[left++] = b->undos[i];
        b->n_undos = left;
        return 0;
}

void agent_bus_rests(AgentBus *b)
{
        (void)sd_event_source_set_enabled(b->turn,
                                          /* refused: the next that rests asks again */
                                          SD_EVENT_ONESHOT);
}

static int handle_undo(AgentBus *b, DBusMessage *m)
{
        const char *path;
        uint64_t exchange;
        int r;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        if (b->n_undos == UNDOS_MAX)
                return refuse(b, m, AGENT_E_BUSY, NULL);
        r = journal_undo(b->journal, path, &exchange);
        if (r == JOURNAL_E_NONE)
                return refuse(b, m, AGENT_E_NOT_FOUND,
                              "no card of that exchange was put into an address book");
        if (r == JOURNAL_E_UNDONE)
                return refuse(b, m, AGENT_E_ALREADY_UNDONE, NULL);
        if (r < 0)
                return refuse_errno(b, m, r);
        b->undos[b->n_undos++] = (Undo){dbus_message_ref(m), exchange};
        books_wake(b->books);
        agent_bus_rests(b); /* there may be nothing to do */
        return 0;
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* org.huddle.Agent1.xml says the same; a test compares the two. */
const AgentMethod agent_methods[] = {
        {"ListBooks", "", "aa{sv}", handle_list_books},
        {"ListEdsBooks", "", "a(ss)", handle_list_eds_books},
        {"FindContacts", "s", "aa{sv}bs", handle_find_contacts},
        {"SetBook", "ss", "", handle_set_book},
        {"TestBook", "s", "", handle_test_book},
        {"ListCards", "", "aa{sv}", handle_list_cards},
        {"Undo", "o", "uuu", handle_undo},
        {0},
};

static int introspect(AgentBus *b, DBusMessage *m)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        const char *xml = agent_xml;

        if (reply && !dbus_message_append_args(reply, DBUS_TYPE_STRING, &xml, DBUS_TYPE_INVALID)) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        return answer(b, reply);
}

static int dispatch(AgentBus *b, DBusMessage *m)
{
        const char *interface = dbus_message_get_interface(m);

        if (dbus_message_is_method_call(m, DBUS_INTERFACE_INTROSPECTABLE, "Introspect"))
                return introspect(b, m);
        for (const AgentMethod *method = agent_methods; method->name; method++) {
                if (!dbus_message_has_member(m, method->name) ||
                    (interface && strcmp(interface, AGENT_INTERFACE) != 0))
                        continue;
                if (dbus_message_has_signature(m, method->in))
                        return method->handle(b, m);
                return answer(b, dbus_message_new_error(
                                         m, DBUS_ERROR_INVALID_ARGS,
                                         "the arguments have other types than the method"));
        }
        return answer(
                b, dbus_message_new_error(m, DBUS_ERROR_UNKNOWN_METHOD, "there is no such method"));
}

static DBusHandlerResult on_call(DBusConnection *bus, DBusMessage *m, void *userdata)
{
        AgentBus *b = userdata;

        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_METHOD_CALL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        return dispatch(b, m) == -ENOMEM ? DBUS_HANDLER_RESULT_NEED_MEMORY
                                         : DBUS_HANDLER_RESULT_HANDLED;
}

void agent_bus_set(AgentBus *b, Books *books, Agent *agent)
{
        b->books = books;
        b->agent = agent;
}

AgentBus *agent_bus_free(AgentBus *b)
{
        if (!b)
                return NULL;
        dbus_connection_unregister_object_path(b->bus, AGENT_PATH);
        eds_sources_free(b->sources);
        if (b->sources_call)
                dbus_message_unref(b->sources_call);
        finder_free(b->finder);
        if (b->finder_call)
                dbus_message_unref(b->finder_call);
        probe_free(b->probe);
        if (b->probe_call)
                dbus_message_unref(b->probe_call);
        for (size_t i = 0; i < b->n_undos; i++)
                dbus_message_unref(b->undos[i].call);
        sd_event_source_disable_unref(b->turn);
        dbus_connection_unref(b->bus);
        free(b);
        return NULL;
}

int agent_bus_new(AgentBus **ret, sd_event *event, DBusConnection *session, Journal *journal)
{
        static const DBusObjectPathVTable vtable = {.message_function = on_call};
        AgentBus *b = calloc(1, sizeof *b);
        int r;

        if (!b || !dbus_connection_register_object_path(session, AGENT_PATH, &vtable, b)) {
                free(b);
                return -ENOMEM;
        }
        b->bus = dbus_connection_ref(session);
        b->event = event;
        b->journal = journal;
        r = sd_event_add_defer(event, &b->turn, on_turn, b);
        if (r >= 0)
                r = sd_event_source_set_enabled(b->turn, SD_EVENT_OFF);
        if (r < 0) {
                agent_bus_free(b);
                return r;
        }
        *ret = b;
        return 0;
}
