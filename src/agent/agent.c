/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"
#include "src/base/array.h"
#include "src/base/clock.h"
#include "src/protocol/digest.h"
#include "src/base/log.h"
#include "src/phone/phone.h"

#include <assert.h>
#include <string.h>

#define HUDDLE "org.huddle"
#define EXCHANGE HUDDLE ".Exchange1"
#define MANAGER HUDDLE ".Manager1"
#define OBJECTS DBUS_INTERFACE_DBUS ".ObjectManager"

enum {
        RETRY_FIRST_MS = 500, /* after a failed round; doubles each time */
        RETRY_MAX_MS = 60 * 1000,
        HISTORY_MAX = 4096, /* exchanges that one round looks at */
};

/* An exchange of the history. */
typedef struct Source {
        char *path, *level, *place;
        Meeting meeting; /* its path, level and place point to those above */
} Source;

typedef ARRAY(Source) Sources;

/* A round asks for the user's own card, for the history, then for the cards of each exchange that
 * has more than we took. */
struct Agent {
        sd_event *event;
        DBusConnection *bus;
        Books *books;
        Journal *journal;
        Clock *clock;
        Timer *retry;
        DBusPendingCall *call;
        /* newest first; we take from the end, and while call is set the last one is being asked
         * about */
        Sources todo;
        bool again;  /* something happened during the round */
        bool failed; /* part of the round is to be tried again */
        uint64_t retry_ms;
};

static const char *const rules[] = {
        "type='signal',sender='" DBUS_SERVICE_DBUS "',member='NameOwnerChanged',arg0='" HUDDLE "'",
        "type='signal',sender='" HUDDLE "',interface='" DBUS_INTERFACE_PROPERTIES
        "',arg0='" EXCHANGE "'",
        "type='signal',sender='" HUDDLE "',interface='" OBJECTS "',member='InterfacesAdded'",
        "type='signal',sender='" HUDDLE "',interface='" MANAGER "',member='HistoryChanged'",
};

static void source_done(Source *s)
{
        free(s->path);
        free(s->level);
        free(s->place);
}

static void sources_clear(Sources *s)
{
        for (size_t i = 0; i < s->n; i++)
                source_done(&s->list[i]);
        array_done(s);
}

/* Takes the contents of new, also on failure. */
static int sources_add(Sources *s, Source *new)
{
        int r = s->n < HISTORY_MAX ? array_add(s, *new) : -ENOMEM;

        if (r < 0)
                source_done(new);
        return r;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static void agent_drop_call(Agent *a)
{
        if (!a->call)
                return;
        dbus_pending_call_cancel(a->call);
        dbus_pending_call_unref(a->call);
        a->call = NULL;
}

/* Does not start huddled by the bus: where it does not run, there is nothing new. */
static int agent_call(Agent *a, const char *path, const char *interface, const char *member,
                      DBusPendingCallNotifyFunction on_reply)
{
        DBusMessage *m = dbus_message_new_method_call(HUDDLE, path, interface, member);
        DBusPendingCall *pending = NULL;
        bool sent;

        assert(!a->call);
        if (!m)
                return -ENOMEM;
        dbus_message_set_auto_start(m, FALSE);
        sent = dbus_connection_send_with_reply(a->bus, m, &pending, -1);
        dbus_message_unref(m);
        if (!sent || !pending)
                return -ENOTCONN;
        a->call = pending;
        if (dbus_pending_call_set_notify(pending, on_reply, a, NULL))
                return 0;
        agent_drop_call(a);
        return -ENOMEM;
}

/* The caller unrefs the reply. NULL: it is an error. */
static DBusMessage *agent_take_reply(Agent *a)
{
        DBusMessage *reply = dbus_pending_call_steal_reply(a->call);

        agent_drop_call(a);
        if (reply && dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR) {
                log_debug("huddled: %s", dbus_message_get_error_name(reply));
                dbus_message_unref(reply);
                return NULL;
        }
        return reply;
}

/* ---- cards ---------------------------------------------------------------------------------- */

static int agent_put_cards(Agent *a, const Source *from, DBusMessage *reply)
{
        char **vcards = NULL;
        int n = 0, r;

        if (!dbus_message_get_args(reply, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &vcards, &n,
                                   DBUS_TYPE_INVALID))
                return -EPROTO;
        r = books_want(a->books, &from->meeting, (const char *const *)vcards, (size_t)n);
        dbus_free_string_array(vcards);
        if (r < 0)
                log_error("the cards of %s cannot be taken: %s", from->path, strerror(-r));
        return r;
}

static void agent_start_round(Agent *a);
static void agent_next_source(Agent *a);

static void agent_on_retry(void *userdata)
{
        agent_start_round(userdata);
}

static void agent_end_round(Agent *a)
{
        sources_clear(&a->todo);
        a->retry_ms = !a->failed    ? 0
                      : a->retry_ms ? MIN(2 * a->retry_ms, (uint64_t)RETRY_MAX_MS)
                                    : RETRY_FIRST_MS;
        if (a->failed && clock_restart(a->clock, &a->retry, a->retry_ms, agent_on_retry, a) < 0)
                log_error("no timer; the next card that comes tries again");
        if (a->again)
                agent_start_round(a);
}

static void agent_fail_round(Agent *a)
{
        a->failed = true;
        agent_end_round(a);
}

static void agent_on_contacts(DBusPendingCall *pending, void *userdata)
{
        Agent *a = userdata;
        Source from;
        DBusMessage *reply = agent_take_reply(a);

        assert(a->todo.n > 0);
        from = a->todo.list[--a->todo.n];
        if (!reply || agent_put_cards(a, &from, reply) < 0)
                a->failed = true;
        if (reply)
                dbus_message_unref(reply);
        source_done(&from);
        agent_next_source(a);
}

/* Oldest first: of two cards of one person, the newer is added to the older. */
static void agent_next_source(Agent *a)
{
        while (a->todo.n > 0) {
                Source *s = &a->todo.list[a->todo.n - 1];
                bool taken;

                if (journal_is_taken(a->journal, &s->meeting, books_sinks(a->books), &taken) < 0) {
                        agent_fail_round(a);
                        return;
                }
                if (!taken) {
                        if (agent_call(a, s->path, EXCHANGE, "GetContacts", agent_on_contacts) < 0)
                                agent_fail_round(a);
                        return;
                }
                source_done(s);
                a->todo.n--;
        }
        agent_end_round(a);
}

/* ---- history -------------------------------------------------------------------------------- */

static uint64_t source_key(const char *path, uint64_t time)
{
        Digest d;
        Bytes32 hash;
        uint64_t key;

        digest_begin(&d, "agent exchange");
        digest_field(&d, path, strlen(path));
        digest_u64(&d, time);
        digest_end(&d, &hash);
        memcpy(&key, hash.b, sizeof key);
        return key;
}

/* Borrowed from the reply. */
typedef struct Texts {
        const char *path, *level, *place;
} Texts;

/* Reads one value of an exchange. A value of another type than documented is ignored. */
static void source_read_value(Source *s, Texts *t, const char *name, DBusMessageIter *value)
{
        int type = dbus_message_iter_get_arg_type(value);

        if (strcmp(name, "Exchange") == 0 && type == DBUS_TYPE_OBJECT_PATH)
                dbus_message_iter_get_basic(value, &t->path);
        else if (strcmp(name, "Time") == 0 && type == DBUS_TYPE_UINT64)
                dbus_message_iter_get_basic(value, &s->meeting.time_s);
        else if (strcmp(name, "Cards") == 0 && type == DBUS_TYPE_UINT32)
                dbus_message_iter_get_basic(value, &s->meeting.cards);
        else if (strcmp(name, "Members") == 0 && type == DBUS_TYPE_UINT32)
                dbus_message_iter_get_basic(value, &s->meeting.people);
        else if (strcmp(name, "Level") == 0 && type == DBUS_TYPE_STRING)
                dbus_message_iter_get_basic(value, &t->level);
        else if (strcmp(name, "Place") == 0 && type == DBUS_TYPE_STRING)
                dbus_message_iter_get_basic(value, &t->place);
}

/* Reads one exchange, an a{sv}. */
static int sources_read_entry(Sources *to, DBusMessageIter *dict)
{
        DBusMessageIter entries, entry, variant;
        Texts t = {.level = "", .place = ""};
        const char *name;
        Source s = {0};

        for (dbus_message_iter_recurse(dict, &entries);
             dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&entries)) {
                dbus_message_iter_recurse(&entries, &entry);
                dbus_message_iter_get_basic(&entry, &name);
                dbus_message_iter_next(&entry);
                dbus_message_iter_recurse(&entry, &variant);
                source_read_value(&s, &t, name, &variant);
        }
        if (!t.path)
                return -EPROTO;
        s.path = strdup(t.path);
        s.level = strdup(t.level);
        s.place = strdup(t.place);
        if (!s.path || !s.level || !s.place) {
                source_done(&s);
                return -ENOMEM;
        }
        s.meeting.key = source_key(s.path, s.meeting.time_s);
        s.meeting.path = s.path;
        s.meeting.level = s.level;
        s.meeting.place = s.place;
        return sources_add(to, &s);
}

static int sources_read_history(Sources *to, DBusMessage *reply)
{
        DBusMessageIter at, dicts;
        int r = 0;

        if (!dbus_message_has_signature(reply, "aa{sv}") || !dbus_message_iter_init(reply, &at))
                return -EPROTO;
        for (dbus_message_iter_recurse(&at, &dicts);
             dbus_message_iter_get_arg_type(&dicts) == DBUS_TYPE_ARRAY && r == 0;
             dbus_message_iter_next(&dicts))
                r = sources_read_entry(to, &dicts);
        return r;
}

/* Forgets what is not in the history any more. What is older than all that huddled answers may be
 * there still. */
static int agent_forget(Agent *a)
{
        _cleanup_free_ uint64_t *keys = reallocarray(NULL, a->todo.n + 1, sizeof *keys);
        uint64_t since_s = 0;

        if (!keys)
                return -ENOMEM;
        for (size_t i = 0; i < a->todo.n; i++)
                keys[i] = a->todo.list[i].meeting.key;
        if (a->todo.n == HISTORY_MAX)
                since_s = a->todo.list[a->todo.n - 1].meeting.time_s + 1;
        return journal_keep(a->journal, keys, a->todo.n, since_s);
}

static void agent_on_history(DBusPendingCall *pending, void *userdata)
{
        Agent *a = userdata;
        DBusMessage *reply = agent_take_reply(a);
        int r;

        if (!reply) {
                agent_end_round(a); /* huddled does not run; its start begins the next round */
                return;
        }
        r = sources_read_history(&a->todo, reply);
        dbus_message_unref(reply);
        if (r == 0)
                r = agent_forget(a);
        if (r < 0)
                agent_fail_round(a);
        else
                agent_next_source(a);
}

static void agent_ask_history(Agent *a)
{
        if (agent_call(a, "/org/huddle", MANAGER, "History", agent_on_history) < 0)
                agent_fail_round(a);
}

/* ---- the user's own card -------------------------------------------------------------------- */

/* The locale that says how the user's phone numbers look, or NULL. */
static const char *agent_locale(void)
{
        static const char *const names[] = {"LC_ALL", "LC_TELEPHONE", "LANG"};
        const char *locale = NULL;

        for (size_t i = 0; i < ARRAY_LEN(names) && (!locale || !*locale); i++)
                locale = getenv(names[i]);
        return locale;
}

/* The first international number of the user's own card tells where national ones are from. */
static void agent_set_home(const Card *own)
{
        const char *number, *locale = agent_locale();
        bool tells = phone_set_home(NULL, locale);

        for (size_t i = 0; own && !tells && (number = card_value(own, "TEL", i)); i++)
                tells = phone_set_home(number, locale);
}

static void agent_on_own_card(DBusPendingCall *pending, void *userdata)
{
        Agent *a = userdata;
        DBusMessage *reply = agent_take_reply(a);
        _cleanup_(card_freep) Card *own = NULL;
        const char *vcard;

        if (reply &&
            dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &vcard, DBUS_TYPE_INVALID))
                (void)card_parse(&own, vcard, strlen(vcard), NULL, NULL);
        if (reply)
                dbus_message_unref(reply);
        agent_set_home(own);
        agent_ask_history(a);
}

static void agent_start_round(Agent *a)
{
        if (a->call) {
                a->again = true;
                return;
        }
        a->again = a->failed = false;
        a->retry = timer_free(a->retry);
        if (agent_call(a, "/org/huddle", MANAGER, "GetCard", agent_on_own_card) < 0)
                agent_fail_round(a);
}

/* ---- life ----------------------------------------------------------------------------------- */

static bool is_huddled_back(DBusMessage *m)
{
        const char *name, *old, *new;

        return dbus_message_is_signal(m, DBUS_INTERFACE_DBUS, "NameOwnerChanged") &&
               dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &old,
                                     DBUS_TYPE_STRING, &new, DBUS_TYPE_INVALID) &&
               strcmp(name, HUDDLE) == 0 && *new;
}

/* A fetched exchange appears with all its cards at once. Neighbours (other paths) come and go. */
static bool is_new_exchange(DBusMessage *m)
{
        static const char parent[] = "/org/huddle/exchange/";
        const char *path;

        return dbus_message_is_signal(m, OBJECTS, "InterfacesAdded") &&
               dbus_message_get_args(m, NULL, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID) &&
               strncmp(path, parent, strlen(parent)) == 0;
}

static DBusHandlerResult agent_on_message(DBusConnection *bus, DBusMessage *m, void *userdata)
{
        Agent *a = userdata;
        const char *interface;

        if (dbus_message_is_signal(m, DBUS_INTERFACE_LOCAL, "Disconnected"))
                (void)sd_event_exit(a->event, -ENOTCONN);
        else if (is_huddled_back(m) || is_new_exchange(m) ||
                 dbus_message_is_signal(m, MANAGER, "HistoryChanged"))
                agent_start_round(a);
        else if (dbus_message_is_signal(m, DBUS_INTERFACE_PROPERTIES, "PropertiesChanged") &&
                 dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &interface, DBUS_TYPE_INVALID) &&
                 strcmp(interface, EXCHANGE) == 0)
                agent_start_round(a);
        return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
}

Agent *agent_free(Agent *a)
{
        if (!a)
                return NULL;
        agent_drop_call(a);
        dbus_connection_remove_filter(a->bus, agent_on_message, a);
        dbus_connection_unref(a->bus);
        timer_free(a->retry);
        clock_event_free(a->clock);
        sources_clear(&a->todo);
        sd_event_unref(a->event);
        free(a);
        return NULL;
}

void agent_look(Agent *a)
{
        agent_start_round(a);
}

int agent_new(Agent **ret, sd_event *event, DBusConnection *bus, Journal *journal, Books *books)
{
        _cleanup_(agent_freep) Agent *a = NULL;
        Agent *new = calloc(1, sizeof *new);
        int r;

        if (!new || !dbus_connection_add_filter(bus, agent_on_message, new, NULL)) {
                free(new);
                return -ENOMEM;
        }
        a = new;
        a->event = sd_event_ref(event);
        a->bus = dbus_connection_ref(bus);
        a->journal = journal;
        a->books = books;
        r = clock_event_new(&a->clock, event);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_LEN(rules); i++)
                dbus_bus_add_match(bus, rules[i], NULL); /* sent, without waiting for the answer */
        agent_start_round(a);
        *ret = TAKE_PTR(a);
        return 0;
}
