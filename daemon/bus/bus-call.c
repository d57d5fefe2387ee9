/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-call.c - open calls: how many there may be, and how each is answered */
#include "bus-private.h"
#include "src/base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- open calls ---- */

bool bus_call_has_room(const Bus *b, uint32_t uid)
{
        size_t n = 0, n_uid = 0;

        for (const BusCall *i = b->calls; i; i = i->next) {
                n++;
                n_uid += i->uid == uid;
        }
        return n < BUS_CALLS_MAX && n_uid < BUS_CALLS_UID_MAX;
}

BusCall *bus_call_new(Bus *b, DBusMessage *m, uint32_t uid)
{
        BusCall *call = calloc(1, sizeof *call);

        if (!call)
                return NULL;
        *call = (BusCall){.bus = b, .next = b->calls, .message = dbus_message_ref(m), .uid = uid};
        b->calls = call;
        return call;
}

/* ---- answers ---- */

uint32_t bus_call_uid(const BusCall *call)
{
        return call->uid;
}

DBusMessage *bus_call_message(BusCall *call)
{
        return call->message;
}

void bus_call_drop(BusCall *call)
{
        BusCall **p = &call->bus->calls;

        while (*p != call)
                p = &(*p)->next;
        *p = call->next;
        dbus_message_unref(call->message);
        free(call);
}

/* Takes the reply; NULL: there was no memory to build it. */
static void bus_call_answer(BusCall *call, DBusMessage *reply)
{
        bool wanted = !dbus_message_get_no_reply(call->message);

        if (!reply && wanted)
                reply = dbus_message_new_error(call->message, DBUS_ERROR_NO_MEMORY,
                                               "no memory for the answer");
        if (wanted && (!reply || !dbus_connection_send(call->bus->connection, reply, NULL)))
                log_error("a D-Bus call stays without an answer: no memory");
        if (reply)
                dbus_message_unref(reply);
        bus_call_drop(call);
}

static DBusMessage *bus_reply_free(DBusMessage *m)
{
        if (m)
                dbus_message_unref(m);
        return NULL;
}
DEFINE_CLEANUP(DBusMessage *, bus_reply_free);

void bus_return(BusCall *call, int first_type, ...)
{
        _cleanup_(bus_reply_freep) DBusMessage *reply =
                dbus_message_new_method_return(call->message);
        bool ok = reply != NULL;
        va_list ap;

        va_start(ap, first_type);
        ok = ok && dbus_message_append_args_valist(reply, first_type, ap);
        va_end(ap);
        bus_call_answer(call, ok ? TAKE_PTR(reply) : NULL);
}

void bus_return_built(BusCall *call, bool (*build)(DBusMessageIter *to, void *userdata),
                      void *userdata)
{
        _cleanup_(bus_reply_freep) DBusMessage *reply =
                dbus_message_new_method_return(call->message);
        DBusMessageIter to;

        if (reply)
                dbus_message_iter_init_append(reply, &to);
        bus_call_answer(call, reply && build(&to, userdata) ? TAKE_PTR(reply) : NULL);
}

void bus_fail_dbus(BusCall *call, const char *name, const char *message)
{
        bus_call_answer(call, dbus_message_new_error(call->message, name, message));
}

void bus_fail(BusCall *call, Outcome outcome)
{
        assert(outcome != OUTCOME_OK);
        bus_fail_dbus(call, outcome_name(outcome), outcome_message(outcome));
}

void bus_fail_with(BusCall *call, Outcome outcome, const char *format, ...)
{
        char message[8192];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(message, sizeof message, format, ap);
        va_end(ap);
        bus_fail_dbus(call, outcome_name(outcome), message);
}

void bus_fail_errno(BusCall *call, int r)
{
        assert(r < 0);
        if (r == -ENOMEM)
                bus_fail_dbus(call, DBUS_ERROR_NO_MEMORY, "no memory");
        else {
                log_error("a D-Bus call (%s) failed: %s", dbus_message_get_member(call->message),
                          strerror(-r));
                bus_fail(call, r == -ENOSPC || r == -EROFS ? OUTCOME_NOT_SAVED : OUTCOME_FAILED);
        }
}

void bus_return_outcome(BusCall *call, int r)
{
        if (r == 0)
                bus_return(call, DBUS_TYPE_INVALID);
        else if (r < 0)
                bus_fail_errno(call, r);
        else
                bus_fail(call, (Outcome)r);
}
