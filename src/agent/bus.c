/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "bus-private.h"
#include "src/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Grows by one when a member is added; see the rule in org.huddle.Manager1.xml. */
enum { AGENT_API_LEVEL = 1 };

extern const char agent_xml[]; /* made from org.huddle.Agent1.xml */

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
        [AGENT_E_NOT_UNDONE] = {"NotUndone", "nothing of the exchange has been undone"},
};

const char *agent_error_name(AgentError e)
{
        static char name[64];

        assert(e < _AGENT_E_COUNT);
        (void)snprintf(name, sizeof name, "org.huddle.Error.%s", errors[e].name);
        return name;
}

int bus_answer(AgentBus *b, DBusMessage *reply)
{
        bool sent = reply && dbus_connection_send(b->bus, reply, NULL);

        if (reply)
                dbus_message_unref(reply);
        return sent ? 0 : -ENOMEM;
}

int bus_refuse(AgentBus *b, DBusMessage *call, AgentError e, const char *message)
{
        return bus_answer(b, dbus_message_new_error(call, agent_error_name(e),
                                                    message ? message : errors[e].message));
}

int bus_refuse_errno(AgentBus *b, DBusMessage *call, int r)
{
        log_error("%s: %s", dbus_message_get_member(call), strerror(-r));
        return bus_refuse(b, call, AGENT_E_FAILED, NULL);
}

int bus_answer_empty(AgentBus *b, DBusMessage *call)
{
        return bus_answer(b, dbus_message_new_method_return(call));
}

static int bus_get_version(AgentBus *b, DBusMessage *m)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        const char *version = PACKAGE_VERSION;
        dbus_uint32_t level = AGENT_API_LEVEL;

        if (reply && !dbus_message_append_args(reply, DBUS_TYPE_STRING, &version, DBUS_TYPE_UINT32,
                                               &level, DBUS_TYPE_INVALID)) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        return bus_answer(b, reply);
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* Must match org.huddle.Agent1.xml; a test compares the two. */
const AgentMethod agent_methods[] = {
        {"ListBooks", "", "aa{sv}", bus_list_books},
        {"ListEdsBooks", "", "a(ss)", bus_list_eds_books},
        {"FindContacts", "s", "aa{sv}bs", bus_find_contacts},
        {"SetBook", "ss", "", bus_set_book},
        {"TestBook", "s", "", bus_test_book},
        {"GetNotes", "", "s", bus_get_notes},
        {"SetNotes", "s", "", bus_set_notes},
        {"ListCards", "", "aa{sv}", bus_list_cards},
        {"ListExchangeCards", "o", "aa{sv}", bus_list_exchange_cards},
        {"Undo", "o", "uuu", bus_undo},
        {"UndoCard", "os", "uuu", bus_undo_card},
        {"Redo", "o", "uu", bus_redo},
        {"RedoCard", "os", "uu", bus_redo_card},
        {"JoinCard", "osss", "b", bus_join_card},
        {"SplitCard", "oss", "b", bus_split_card},
        {"ShrinkPicture", "hddd", "ay", bus_shrink_picture},
        {"DrawPicture", "su", "uuay", bus_draw_picture},
        {"PrepareCard", "ays", "ss", bus_prepare_card},
        {"GetVersion", "", "su", bus_get_version},
        {0},
};

static int bus_introspect(AgentBus *b, DBusMessage *m)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        const char *xml = agent_xml;

        if (reply && !dbus_message_append_args(reply, DBUS_TYPE_STRING, &xml, DBUS_TYPE_INVALID)) {
                dbus_message_unref(reply);
                reply = NULL;
        }
        return bus_answer(b, reply);
}

static int bus_dispatch(AgentBus *b, DBusMessage *m)
{
        const char *interface = dbus_message_get_interface(m);

        if (dbus_message_is_method_call(m, DBUS_INTERFACE_INTROSPECTABLE, "Introspect"))
                return bus_introspect(b, m);
        for (const AgentMethod *method = agent_methods; method->name; method++) {
                if (!dbus_message_has_member(m, method->name) ||
                    (interface && strcmp(interface, AGENT_INTERFACE) != 0))
                        continue;
                if (dbus_message_has_signature(m, method->in))
                        return method->handle(b, m);
                return bus_answer(b, dbus_message_new_error(
                                             m, DBUS_ERROR_INVALID_ARGS,
                                             "the arguments have other types than the method"));
        }
        return bus_answer(
                b, dbus_message_new_error(m, DBUS_ERROR_UNKNOWN_METHOD, "there is no such method"));
}

static DBusHandlerResult bus_on_call(DBusConnection *bus, DBusMessage *m, void *userdata)
{
        AgentBus *b = userdata;

        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_METHOD_CALL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        return bus_dispatch(b, m) == -ENOMEM ? DBUS_HANDLER_RESULT_NEED_MEMORY
                                             : DBUS_HANDLER_RESULT_HANDLED;
}

void agent_bus_rests(AgentBus *b)
{
        (void)sd_event_source_set_enabled(b->turn,
                                          /* on failure the next writer that rests tries again */
                                          SD_EVENT_ONESHOT);
}

void agent_bus_set(AgentBus *b, Books *books, Agent *agent)
{
        b->books = books;
        b->agent = agent;
        agent_bus_rests(b); /* what is there now need not be told */
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
        for (size_t i = 0; i < b->n_moves; i++)
                bus_move_done(&b->moves[i]);
        bus_pictures_done(b);
        sd_event_source_disable_unref(b->turn);
        dbus_connection_unref(b->bus);
        free(b);
        return NULL;
}

int agent_bus_new(AgentBus **ret, sd_event *event, DBusConnection *session, Journal *journal)
{
        static const DBusObjectPathVTable vtable = {.message_function = bus_on_call};
        AgentBus *b = calloc(1, sizeof *b);
        int r;

        if (!b || !dbus_connection_register_object_path(session, AGENT_PATH, &vtable, b)) {
                free(b);
                return -ENOMEM;
        }
        b->bus = dbus_connection_ref(session);
        b->event = event;
        b->journal = journal;
        r = sd_event_add_defer(event, &b->turn, bus_on_turn, b);
        if (r >= 0)
                r = sd_event_source_set_enabled(b->turn, SD_EVENT_OFF);
        if (r < 0) {
                agent_bus_free(b);
                return r;
        }
        *ret = b;
        return 0;
}
