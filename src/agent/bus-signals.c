/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-signals.c - tells of changes of the address books, and of the cards in them */
#include "bus-private.h"
#include "src/base/log.h"
#include "src/base/text.h"
#include "src/protocol/digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const AgentSignal agent_signals[] = {
        {"BooksChanged", ""},
        {"BookWaits", "ss"},
        {"CardsChanged", "ouuuuu"},
        {0},
};

static void bus_signal(AgentBus *b, const char *name, int first_type, ...)
{
        DBusMessage *m = dbus_message_new_signal(AGENT_PATH, AGENT_INTERFACE, name);
        va_list values;
        bool sent = false;

        if (m) {
                va_start(values, first_type);
                sent = dbus_message_append_args_valist(m, first_type, values) &&
                       dbus_connection_send(b->bus, m, NULL);
                va_end(values);
                dbus_message_unref(m);
        }
        if (!sent)
                log_error("%s is not told: no memory", name);
}

/* ---- cards ---- */

/* The exchanges as they are now, newest first. */
typedef struct Saying {
        AgentBus *b;
        Said now[SAID_MAX];
        size_t n;
} Saying;

static bool said_same(const Said *a, const Said *b)
{
        return strcmp(a->path, b->path) == 0 && a->tally.added == b->tally.added &&
               a->tally.merged == b->tally.merged && a->tally.apart == b->tally.apart &&
               a->tally.waiting == b->tally.waiting && a->tally.undone == b->tally.undone;
}

static bool said_already(const AgentBus *b, const Said *s)
{
        for (size_t i = 0; i < b->n_said; i++)
                if (said_same(&b->said[i], s))
                        return true;
        return false;
}

static int said_note(void *userdata, const Tally *t)
{
        Saying *s = userdata;
        Said *to = &s->now[s->n++];
        dbus_uint32_t n[] = {t->added, t->merged, t->apart, t->waiting, t->undone};
        const char *path = t->path;

        *to = (Said){.tally = *t};
        to->tally.path = NULL;
        (void)snprintf(to->path, sizeof to->path, "%s", t->path);
        if (s->b->says && !said_already(s->b, to))
                bus_signal(s->b, "CardsChanged", DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_UINT32,
                           &n[0], DBUS_TYPE_UINT32, &n[1], DBUS_TYPE_UINT32, &n[2],
                           DBUS_TYPE_UINT32, &n[3], DBUS_TYPE_UINT32, &n[4], DBUS_TYPE_INVALID);
        return 0;
}

static void bus_tell_cards(AgentBus *b)
{
        Saying *s = calloc(1, sizeof *s);
        int r = s ? 0 : -ENOMEM;

        if (r == 0) {
                s->b = b;
                r = journal_tally(b->journal, SAID_MAX, said_note, s);
        }
        if (r == 0) {
                memcpy(b->said, s->now, s->n * sizeof *s->now);
                b->n_said = s->n;
        } else
                log_error("changes of cards are not told: %s", strerror(-r));
        free(s);
}

/* ---- books ---- */

/* A hash of all that ListBooks answers. */
static int bus_hash_books(AgentBus *b, Bytes32 *ret)
{
        DBusMessage *m = dbus_message_new(DBUS_MESSAGE_TYPE_METHOD_RETURN);
        DBusMessageIter at;
        char *bytes = NULL;
        int len = 0;

        if (!m)
                return -ENOMEM;
        dbus_message_iter_init_append(m, &at);
        (void)dbus_message_set_reply_serial(m, 1);
        if (bus_append_books(b, &at) && dbus_message_marshal(m, &bytes, &len))
                digest_one(ret, "agent books", bytes, (size_t)len);
        dbus_message_unref(m);
        if (!bytes)
                return -ENOMEM;
        dbus_free(bytes);
        return 0;
}

static void bus_tell_trouble(AgentBus *b, BookKind k)
{
        const Writer *w = books_writer(b->books, k);
        const char *kind = book_kinds[k], *why = b->troubles[k];
        char now[TROUBLE_MAX];

        text_for_terminal(now, sizeof now, w ? writer_trouble(w) : "");
        if (strcmp(now, b->troubles[k]) == 0)
                return;
        memcpy(b->troubles[k], now, sizeof now);
        if (b->says)
                bus_signal(b, "BookWaits", DBUS_TYPE_STRING, &kind, DBUS_TYPE_STRING, &why,
                           DBUS_TYPE_INVALID);
}

static void bus_tell_books(AgentBus *b)
{
        Bytes32 now = {0};
        int r = bus_hash_books(b, &now);

        if (r < 0) {
                log_error("changes of books are not told: %s", strerror(-r));
                return;
        }
        if (memcmp(&now, &b->books_said, sizeof now) != 0 && b->says)
                bus_signal(b, "BooksChanged", DBUS_TYPE_INVALID);
        b->books_said = now;
        for (BookKind k = 0; k < BOOK_KINDS; k++)
                bus_tell_trouble(b, k);
}

void bus_tell_changes(AgentBus *b)
{
        bus_tell_books(b);
        bus_tell_cards(b);
        b->says = true;
}
