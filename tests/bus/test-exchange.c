/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-exchange.c - org.huddle.Exchange1 on a private bus: access, signals to each user, what is
 * bounded */
#include "world.h"

#include <stdlib.h>
#include <string.h>

static size_t count_strings(DBusConnection *c, const Ask *ask, const char *with)
{
        DBusMessage *m = world_ask(c, ask);
        DBusMessageIter top, array;
        size_t n = 0;

        assert_true(is_error(m, ""));
        assert_true(dbus_message_iter_init(m, &top));
        for (dbus_message_iter_recurse(&top, &array);
             dbus_message_iter_get_arg_type(&array) != DBUS_TYPE_INVALID;
             dbus_message_iter_next(&array)) {
                const char *text;

                n++;
                if (!with)
                        continue;
                dbus_message_iter_get_basic(&array, &text);
                assert_non_null(strstr(text, with));
        }
        dbus_message_unref(m);
        return n;
}

static void test_exchange_of_one(void **state)
{
        World *w = *state;
        DBusConnection *alice, *bob;
        char *path;

        world_all_up(w);
        alice = world_person(w, ALICE, "alice");
        bob = world_person(w, BOB, "bob");
        path = start_exchange(alice, "");
        assert_in_range(strspn(property(alice, path, EXCHANGE, "Code"), "0123456789"), 4, 6);
        assert_non_null(strchr(property(alice, path, EXCHANGE, "Code"), ' ')); /* words follow */
        wait_state(alice, path, "gathering");
        assert_string_equal(property(alice, path, EXCHANGE, "Opener"), "true");
        assert_string_equal(property(alice, path, EXCHANGE, "Level"), "unchecked");
        assert_string_equal(property(alice, path, EXCHANGE, "Error"), "");

        const Case mine[] = {
                {"a second one",
                 {.member = "StartExchange", .strings = {"5555"}, .with_options = true},
                 "Busy",
                 NULL},
                {"unregister meanwhile", {.member = "Unregister"}, "Busy", NULL},
                {"veto of nothing",
                 {.path = path, .interface = EXCHANGE, .member = "Veto"},
                 "WrongState",
                 NULL},
                {"no phrase yet",
                 {.path = path, .interface = EXCHANGE, .member = "ConfirmPhrase", .flag = 2},
                 "WrongState",
                 NULL},
                {"no contacts yet",
                 {.path = path, .interface = EXCHANGE, .member = "GetContacts"},
                 "",
                 NULL},
                {"no record",
                 {.path = path, .interface = EXCHANGE, .member = "GetRecord"},
                 "WrongState",
                 NULL},
                {"nothing to revoke",
                 {.path = path, .interface = EXCHANGE, .member = "RevokeRecord"},
                 "WrongState",
                 NULL},
                {"wrong type",
                 {.path = path, .interface = EXCHANGE, .member = "ConfirmPhrase", .strings = {"x"}},
                 DBUS_ERROR_INVALID_ARGS,
                 NULL},
        };
        const Case others[] = {
                {"leave",
                 {.path = path, .interface = EXCHANGE, .member = "Leave"},
                 DBUS_ERROR_UNKNOWN_OBJECT,
                 NULL},
                {"close",
                 {.path = path, .interface = EXCHANGE, .member = "Close"},
                 DBUS_ERROR_UNKNOWN_OBJECT,
                 NULL},
                {"cards",
                 {.path = path, .interface = EXCHANGE, .member = "GetContacts"},
                 DBUS_ERROR_UNKNOWN_OBJECT,
                 NULL},
                {"code",
                 {.path = path,
                  .interface = PROPERTIES,
                  .member = "Get",
                  .strings = {EXCHANGE, "Code"}},
                 DBUS_ERROR_UNKNOWN_OBJECT,
                 NULL},
                {"introspection",
                 {.path = path,
                  .interface = "org.freedesktop.DBus.Introspectable",
                  .member = "Introspect"},
                 DBUS_ERROR_UNKNOWN_OBJECT,
                 NULL},
        };

        expect_all(alice, mine, sizeof mine / sizeof mine[0]);
        expect_all(bob, others, sizeof others / sizeof others[0]);
        expect(alice, "leave", &(Ask){.path = path, .interface = EXCHANGE, .member = "Leave"}, "",
               NULL);
        assert_string_equal(property(alice, path, EXCHANGE, "State"), "left");
        assert_string_equal(property(alice, path, EXCHANGE, "Code"), "");
        expect(alice, "leave again", &(Ask){.path = path, .interface = EXCHANGE, .member = "Leave"},
               "WrongState", NULL);
        expect(alice, "close after all",
               &(Ask){.path = path, .interface = EXCHANGE, .member = "Close"}, "WrongState", NULL);
        free(path);
        free(start_exchange(alice, "5555")); /* not busy any more */
        world_disconnect(alice);
        world_disconnect(bob);
        assert_int_equal(world_huddled_down(w), 0);
}

static size_t drawn_digits(DBusConnection *c)
{
        char *path = start_exchange(c, "");
        size_t n = strspn(property(c, path, EXCHANGE, "Code"), "0123456789");

        expect(c, "leave", &(Ask){.path = path, .interface = EXCHANGE, .member = "Leave"}, "",
               NULL);
        free(path);
        return n;
}

/* The cloud gives a free route, as short as it may be; a terminal alone draws a longer one. */
static void test_drawn_routes(void **state)
{
        World *w = *state;
        DBusConnection *alice;

        world_all_up(w);
        alice = world_person(w, ALICE, "alice");
        assert_int_equal(drawn_digits(alice), 4);
        world_cloud_down(w);
        assert_int_equal(drawn_digits(alice), 6);
        world_disconnect(alice);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_exchange_of_two(void **state)
{
        World *w = *state;
        DBusConnection *alice, *bob;
        char *a, *b;

        world_all_up(w);
        alice = world_person(w, ALICE, "alice");
        bob = world_person(w, BOB, "bob");
        a = start_exchange(alice, "4821");
        wait_state(alice, a, "gathering");
        b = start_exchange(bob, "4821");
        wait_state(bob, b, "gathering");
        wait_property(alice, a, EXCHANGE, "MemberCount", "2");
        expect(bob, "close another's", &(Ask){.path = b, .interface = EXCHANGE, .member = "Close"},
               "NotOpener", NULL);
        expect(alice, "close", &(Ask){.path = a, .interface = EXCHANGE, .member = "Close"}, "",
               NULL);
        wait_state(alice, a, "delivered");
        wait_state(bob, b, "delivered");
        assert_string_not_equal(property(alice, a, EXCHANGE, "Phrase"), "");

        const Ask contacts = {.path = a, .interface = EXCHANGE, .member = "GetContacts"};

        assert_int_equal(count_strings(alice, &contacts, "VERSION:3.0"), 1);
        expect(bob, "cards of alice", &contacts, DBUS_ERROR_UNKNOWN_OBJECT, NULL);
        assert_int_equal(count_strings(alice, &(Ask){.member = "History"}, NULL), 1);
        assert_int_equal(world_huddled_down(w), 0);
        world_huddled_up(w, "");
        /* out of the store */
        assert_int_equal(count_strings(alice, &contacts, "Alice Liddell"), 1);
        assert_string_equal(property(alice, a, EXCHANGE, "State"), "delivered");
        assert_string_equal(property(alice, a, EXCHANGE, "MemberCount"), "2");
        expect(alice, "leave the past", &(Ask){.path = a, .interface = EXCHANGE, .member = "Leave"},
               "WrongState", NULL);
        expect(bob, "another's past", &contacts, DBUS_ERROR_UNKNOWN_OBJECT, NULL);
        expect(alice, "number with zeros",
               &(Ask){.path = "/org/huddle/exchange/001", .interface = EXCHANGE, .member = "Leave"},
               DBUS_ERROR_UNKNOWN_OBJECT, NULL);
        free(a);
        free(b);
        world_disconnect(alice);
        world_disconnect(bob);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_killed_in_the_middle(void **state)
{
        World *w = *state;
        DBusConnection *alice, *bob;
        char *a, *b;

        world_all_up(w);
        alice = world_person(w, ALICE, "alice");
        bob = world_person(w, BOB, "bob");
        a = start_exchange(alice, "4821");
        wait_state(alice, a, "gathering");
        b = start_exchange(bob, "4821");
        wait_state(bob, b, "gathering");
        world_huddled_kill(w);
        world_huddled_up(w, "");
        wait_property(alice, a, EXCHANGE, "MemberCount", "2");
        expect(alice, "close", &(Ask){.path = a, .interface = EXCHANGE, .member = "Close"}, "",
               NULL);
        wait_state(alice, a, "delivered");
        wait_state(bob, b, "delivered");
        assert_int_equal(
                count_strings(bob,
                              &(Ask){.path = b, .interface = EXCHANGE, .member = "GetContacts"},
                              "FN:Alice Liddell"),
                1);
        free(a);
        free(b);
        world_disconnect(alice);
        world_disconnect(bob);
        assert_int_equal(world_huddled_down(w), 0);
}

typedef struct Heard {
        unsigned n, personal;
} Heard;

static void look_for_personal(void *userdata, DBusMessage *m)
{
        /* the listener's own Handle and Registered come with the state of the cloud */
        static const char *const names[] = {"alice", "4821", "exchange"};
        Heard *h = userdata;
        char *bytes = NULL;
        int len = 0;

        h->n++;
        assert_true(dbus_message_marshal(m, &bytes, &len));
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                if (memmem(bytes, (size_t)len, names[i], strlen(names[i])))
                        h->personal++;
        dbus_free(bytes);
}

static void count_signal(void *userdata, DBusMessage *m)
{
        Heard *h = userdata;

        h->n++;
}

static void test_directed_signals(void **state)
{
        static const char rule[] = "type='signal',sender='org.huddle'";
        const Ask sync = {.interface = PROPERTIES, .member = "GetAll", .strings = {MANAGER}};
        World *w = *state;
        DBusConnection *alice, *second, *silent, *bob;
        Heard by_bob = {0}, by_silent = {0};
        char *path;

        world_all_up(w);
        second = world_connect(w, ALICE);
        silent = world_connect(w, ALICE);
        bob = world_connect(w, BOB);
        dbus_bus_add_match(bob, rule, NULL);
        expect(second, "be known", &sync, "", NULL);
        expect(bob, "be known", &sync, "", NULL);
        alice = world_person(w, ALICE, "alice");
        path = start_exchange(alice, "4821");
        wait_state(alice, path, "gathering");
        /* another connection of the same user hears it all */
        dbus_message_unref(wait_signal(second, "/org/huddle", PROPERTIES, "PropertiesChanged"));
        dbus_message_unref(wait_signal(second, "/org/huddle", OBJECT_MANAGER, "InterfacesAdded"));
        dbus_message_unref(wait_signal(second, path, PROPERTIES, "PropertiesChanged"));
        expect(alice, "leave", &(Ask){.path = path, .interface = EXCHANGE, .member = "Leave"}, "",
               NULL);
        expect(bob, "all is there now", &sync, "", NULL);
        expect(silent, "all is there now",
               &(Ask){.interface = "org.freedesktop.DBus.Peer", .member = "Ping"}, "", NULL);
        drain(bob, look_for_personal, &by_bob);
        drain(silent, count_signal, &by_silent);
        assert_int_equal(by_bob.personal, 0);
        assert_true(by_bob.n > 0); /* that the cloud is on line: so the ear was open */
        assert_int_equal(by_silent.n, 0);
        free(path);
        world_disconnect(alice);
        world_disconnect(second);
        world_disconnect(silent);
        world_disconnect(bob);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_vanished_caller(void **state)
{
        World *w = *state;
        DBusConnection *c;
        Ask ask = register_as("alice");
        char *path;

        world_all_up(w);
        c = world_connect(w, ALICE);
        expect(c, "be known", &(Ask){.member = "History"}, "", NULL);
        dbus_pending_call_unref(world_send(c, &ask));
        world_disconnect(c);           /* what it asked for goes on */
        for (int i = 0; i < 20; i++) { /* ones that vanish before their uid is known */
                c = world_connect(w, BOB);
                dbus_pending_call_unref(world_send(c, &(Ask){.member = "GetCard"}));
                world_disconnect(c);
        }
        c = world_connect(w, ALICE);
        wait_property(c, NULL, MANAGER, "Registered", "true");
        expect(c, "card", &(Ask){.member = "SetCard", .strings = {test_vcard}}, "", NULL);
        path = start_exchange(c, "4821");
        world_disconnect(c);
        c = world_connect(w, ALICE);
        wait_state(c, path, "gathering"); /* and so does the exchange */
        expect(c, "leave", &(Ask){.path = path, .interface = EXCHANGE, .member = "Leave"}, "",
               NULL);
        free(path);
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_flood(void **state)
{
        enum { CALLS = 120, CONNECTIONS = 48 }; /* the bus daemon itself allows 128 open calls */
        World *w = *state;
        DBusPendingCall *calls[CALLS];
        DBusConnection *c, *many[CONNECTIONS];
        unsigned done = 0, refused = 0;

        world_all_up(w);
        c = world_connect(w, ALICE);
        for (int i = 0; i < CALLS; i++) /* most come before the uid of their caller is known */
                calls[i] = world_send(c, &(Ask){.member = "GetCard"});
        for (int i = 0; i < CALLS; i++) {
                DBusMessage *m = world_answer(calls[i]);

                refused += is_error(m, DBUS_ERROR_LIMITS_EXCEEDED);
                done += is_error(m, "NoCard");
                dbus_message_unref(m);
        }
        assert_int_equal(done + refused, CALLS); /* each has its one answer */
        assert_true(done > 0);
        for (int i = 0; i < CONNECTIONS; i++) { /* more than are remembered of one user */
                many[i] = world_connect(w, BOB);
                expect(many[i], "of many", &(Ask){.member = "History"}, "", NULL);
        }
        for (int i = 0; i < CONNECTIONS; i++) {
                expect(many[i], "the forgotten too", &(Ask){.member = "History"}, "", NULL);
                world_disconnect(many[i]);
        }
        expect(c, "another user's calls", &(Ask){.member = "GetCard"}, "NoCard", NULL);
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

static char *long_text(size_t n)
{
        char *text = malloc(n + 1);

        assert_non_null(text);
        memset(text, 'x', n);
        text[n] = '\0';
        return text;
}

/* Messages of the largest size come before the uid of their sender is known. */
static void test_large_arguments(void **state)
{
        enum { CALLS = 8, LARGE = 24 << 20, MOST = 9000 };
        World *w = *state;
        DBusConnection *c, *other;
        DBusPendingCall *calls[CALLS];
        char *large = long_text(LARGE), *most = long_text(MOST), *card = long_text(500000);

        world_all_up(w);
        c = world_connect(w, ALICE);
        for (int i = 0; i < CALLS; i++)
                calls[i] = world_send(c, &(Ask){.member = "SetCard", .strings = {large}});
        other = world_connect(w, BOB);
        expect(other, "meanwhile", &(Ask){.member = "GetCard"}, "NoCard", NULL);
        for (int i = 0; i < CALLS; i++) {
                DBusMessage *m = world_answer(calls[i]);

                assert_true(is_error(m, DBUS_ERROR_LIMITS_EXCEEDED));
                dbus_message_unref(m);
        }
        expect(c, "a card may be large", &(Ask){.member = "SetCard", .strings = {card}},
               "CardInvalid", NULL);
        expect(c, "a code may not",
               &(Ask){.member = "StartExchange", .strings = {most}, .with_options = true},
               DBUS_ERROR_LIMITS_EXCEEDED, NULL);
        expect(c, "nor may a name",
               &(Ask){.interface = PROPERTIES, .member = "Get", .strings = {MANAGER, most}},
               DBUS_ERROR_LIMITS_EXCEEDED, NULL);
        world_disconnect(c);
        world_disconnect(other);
        assert_int_equal(world_huddled_down(w), 0);
        free(large);
        free(most);
        free(card);
}

static void test_open_calls_are_bounded(void **state)
{
        enum { CALLS = 100 };
        World *w = *state;
        DBusPendingCall *calls[CALLS];
        DBusConnection *c;
        unsigned refused = 0;
        Ask ask = register_as("alice");

        world_all_up(w);
        c = world_connect(w, ALICE);
        for (int i = 0; i < CALLS; i++)
                calls[i] = world_send(c, &ask);
        for (int i = 0; i < CALLS; i++) {
                DBusMessage *m = world_answer(calls[i]);

                refused += !is_error(m, "");
                if (!is_error(m, "") && !is_error(m, "Busy") &&
                    !is_error(m, DBUS_ERROR_LIMITS_EXCEEDED) && !is_error(m, "AlreadyRegistered"))
                        fail_msg("call %d: %s", i, dbus_message_get_error_name(m));
                dbus_message_unref(m);
        }
        assert_int_equal(refused, CALLS - 1); /* one of them has registered */
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
        const struct CMUnitTest tests[] = {
                ROW(test_exchange_of_one),
                ROW(test_drawn_routes),
                ROW(test_exchange_of_two),
                ROW(test_killed_in_the_middle),
                ROW(test_directed_signals),
                ROW(test_vanished_caller),
                ROW(test_flood),
                ROW(test_open_calls_are_bounded),
                ROW(test_large_arguments),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
