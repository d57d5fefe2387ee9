/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-manager.c - org.huddle.Manager1 on a private bus, against a real cloud: each method, each
 * error */
#include "world.h"

#include <stdlib.h>
#include <unistd.h>

static const dbus_bool_t yes = TRUE;

static void test_errors_without_account(void **state)
{
        static const dbus_uint32_t nine = 9, many = 601, four = 4;
        static const char *const text = "yes";
        static const Case cases[] = {
                {"no consent argument type",
                 {.member = "Register",
                  .strings = {"a"},
                  .option = "consent",
                  .option_type = DBUS_TYPE_STRING,
                  .option_value = &text},
                 "InvalidArgument",
                 "option 1"},
                {"unknown option",
                 {.member = "Register",
                  .strings = {"a"},
                  .option = "nonsense",
                  .option_type = DBUS_TYPE_BOOLEAN,
                  .option_value = &yes},
                 "InvalidArgument",
                 "option 1"},
                {"empty handle",
                 {.member = "Register", .strings = {""}, .with_options = true},
                 "InvalidArgument",
                 "handle"},
                {"handle of two lines",
                 {.member = "Register", .strings = {"a\nb"}, .with_options = true},
                 "InvalidArgument",
                 "handle"},
                {"confirm",
                 {.member = "Confirm", .strings = {"123456", ""}},
                 "NotRegistered",
                 NULL},
                {"unregister", {.member = "Unregister"}, "NotRegistered", NULL},
                {"get card", {.member = "GetCard"}, "NoCard", NULL},
                {"press",
                 {.member = "StartExchange", .strings = {"4821"}, .with_options = true},
                 "NotRegistered",
                 NULL},
                {"press without a code",
                 {.member = "StartExchange", .strings = {""}, .with_options = true},
                 "NotRegistered",
                 NULL},
                {"three digits",
                 {.member = "StartExchange", .strings = {"482"}, .with_options = true},
                 "InvalidCode",
                 NULL},
                {"nine digits",
                 {.member = "StartExchange", .strings = {"123456789"}, .with_options = true},
                 "InvalidCode",
                 NULL},
                {"unknown word",
                 {.member = "StartExchange", .strings = {"4821 xylophonist"}, .with_options = true},
                 "UnknownWord",
                 "word 1"},
                {"a slip in a word",
                 {.member = "StartExchange", .strings = {"4821 maple tigre"}, .with_options = true},
                 "UnknownWord",
                 "word 2 of the code is not in the word list; did you mean tiger?"},
                {"a slip that would move the cursor",
                 {.member = "StartExchange",
                  .strings = {"4821 ma\033ple tiger"},
                  .with_options = true},
                 "UnknownWord",
                 "word 1 of the code is not in the word list; did you mean maple?"},
                {"unknown word that begins like others",
                 {.member = "StartExchange",
                  .strings = {"4821 maple tigress"},
                  .with_options = true},
                 "UnknownWord",
                 "word 2 of the code is not in the word list; there are: tiger"},
                {"press with words",
                 {.member = "StartExchange", .strings = {"4821 maple tiger"}, .with_options = true},
                 "NotRegistered",
                 NULL},
                {"four words to be drawn",
                 {.member = "StartExchange",
                  .strings = {""},
                  .option = "words",
                  .option_type = DBUS_TYPE_UINT32,
                  .option_value = &four},
                 "InvalidArgument",
                 "words"},
                {"window too short",
                 {.member = "StartExchange",
                  .strings = {"4821"},
                  .option = "window",
                  .option_type = DBUS_TYPE_UINT32,
                  .option_value = &nine},
                 "InvalidArgument",
                 "window"},
                {"window too long",
                 {.member = "StartExchange",
                  .strings = {"4821"},
                  .option = "window",
                  .option_type = DBUS_TYPE_UINT32,
                  .option_value = &many},
                 "InvalidArgument",
                 "window"},
                {"window of another type",
                 {.member = "StartExchange",
                  .strings = {"4821"},
                  .option = "window",
                  .option_type = DBUS_TYPE_STRING,
                  .option_value = &text},
                 "InvalidArgument",
                 "option 1"},
                {"fetch of no number",
                 {.member = "Fetch", .strings = {"1234", "7K3F-9QXM-2WTD-HJ4P"}},
                 "InvalidArgument",
                 "11 digits"},
                {"fetch with too short a password",
                 {.member = "Fetch", .strings = {"12345678903", "7K3F"}},
                 "InvalidArgument",
                 "16 letters"},
                {"fetch with the letter O",
                 {.member = "Fetch", .strings = {"12345678903", "7K3F-9QXM-2WTD-HJ4O"}},
                 "InvalidArgument",
                 "character 19"},
                {"history", {.member = "History"}, "", NULL},
                {"no such exchange",
                 {.path = "/org/huddle/exchange/1", .interface = EXCHANGE, .member = "Leave"},
                 DBUS_ERROR_UNKNOWN_OBJECT,
                 NULL},
        };
        World *w = *state;
        DBusConnection *c;

        world_all_up(w);
        c = world_connect(w, ALICE);
        expect_all(c, cases, sizeof cases / sizeof cases[0]);
        assert_string_equal(property(c, NULL, MANAGER, "Registered"), "false");
        assert_string_equal(property(c, NULL, MANAGER, "Handle"), "");
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_wrong_calls(void **state)
{
        static const Case cases[] = {
                {"argument missing", {.member = "Confirm"}, DBUS_ERROR_INVALID_ARGS, NULL},
                {"argument too many",
                 {.member = "GetCard", .strings = {"x"}},
                 DBUS_ERROR_INVALID_ARGS,
                 NULL},
                {"another type", {.member = "SetCard", .flag = 1}, DBUS_ERROR_INVALID_ARGS, NULL},
                {"options missing",
                 {.member = "Register", .strings = {"alice"}},
                 DBUS_ERROR_INVALID_ARGS,
                 NULL},
                {"unknown method", {.member = "Nonsense"}, DBUS_ERROR_UNKNOWN_METHOD, NULL},
                {"unknown interface",
                 {.interface = "org.huddle.Nonsense", .member = "Register"},
                 DBUS_ERROR_UNKNOWN_METHOD,
                 NULL},
                {"unknown object",
                 {.path = "/org/huddle/nonsense", .member = "GetCard"},
                 DBUS_ERROR_UNKNOWN_OBJECT,
                 NULL},
                {"parent of objects",
                 {.path = "/org", .member = "GetCard"},
                 DBUS_ERROR_UNKNOWN_METHOD,
                 NULL},
                {"unknown property",
                 {.interface = PROPERTIES, .member = "Get", .strings = {MANAGER, "Nonsense"}},
                 DBUS_ERROR_UNKNOWN_PROPERTY,
                 NULL},
                {"property of another interface",
                 {.interface = PROPERTIES, .member = "Get", .strings = {EXCHANGE, "State"}},
                 DBUS_ERROR_UNKNOWN_INTERFACE,
                 NULL},
                {"all of another interface",
                 {.interface = PROPERTIES, .member = "GetAll", .strings = {EXCHANGE}},
                 DBUS_ERROR_UNKNOWN_INTERFACE,
                 NULL},
                {"all",
                 {.interface = PROPERTIES, .member = "GetAll", .strings = {MANAGER}},
                 "",
                 NULL},
                {"objects", {.interface = OBJECT_MANAGER, .member = "GetManagedObjects"}, "", NULL},
                {"objects elsewhere",
                 {.path = "/org", .interface = OBJECT_MANAGER, .member = "GetManagedObjects"},
                 DBUS_ERROR_UNKNOWN_INTERFACE,
                 NULL},
                {"ping", {.interface = "org.freedesktop.DBus.Peer", .member = "Ping"}, "", NULL},
        };
        World *w = *state;
        DBusConnection *c;
        DBusMessage *set, *reply;
        const char *interface = MANAGER, *name = "Version", *value = "9";
        DBusMessageIter to, variant;

        world_all_up(w);
        c = world_connect(w, geteuid());
        expect_all(c, cases, sizeof cases / sizeof cases[0]);
        set = dbus_message_new_method_call("org.huddle", "/org/huddle", PROPERTIES, "Set");
        dbus_message_iter_init_append(set, &to);
        assert_true(dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, &interface));
        assert_true(dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, &name));
        assert_true(dbus_message_iter_open_container(&to, DBUS_TYPE_VARIANT, "s", &variant));
        assert_true(dbus_message_iter_append_basic(&variant, DBUS_TYPE_STRING, &value));
        assert_true(dbus_message_iter_close_container(&to, &variant));
        reply = dbus_connection_send_with_reply_and_block(c, set, ANSWER_MS, NULL);
        assert_null(reply); /* read-only */
        dbus_message_unref(set);
        assert_string_not_equal(property(c, NULL, MANAGER, "Version"), "9");
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_account(void **state)
{
        World *w = *state;
        DBusConnection *alice, *bob;
        Ask as_alice = register_as("alice"), as_bob = register_as("alice");
        const Ask no_consent = {.member = "Register", .strings = {"alice"}, .with_options = true};
        DBusMessage *m;
        const char *text;

        world_all_up(w);
        alice = world_connect(w, ALICE);
        bob = world_connect(w, BOB);
        expect(bob, "before",
               &(Ask){.interface = PROPERTIES, .member = "GetAll", .strings = {MANAGER}}, "", NULL);
        m = world_ask(alice, &no_consent);
        assert_true(is_error(m, "ConsentRequired"));
        assert_true(dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID));
        assert_true(strlen(text) > 100); /* the text itself */
        dbus_message_unref(m);
        assert_string_equal(property(alice, NULL, MANAGER, "Handle"), "");
        expect(alice, "register", &as_alice, "", NULL);
        expect(alice, "again", &as_alice, "AlreadyRegistered", NULL);
        expect(alice, "confirm what is", &(Ask){.member = "Confirm", .strings = {"1234", ""}},
               "AlreadyRegistered", NULL);
        expect(alice, "confirm nonsense", &(Ask){.member = "Confirm", .strings = {"12x4", ""}},
               "InvalidArgument", NULL);
        assert_string_equal(property(alice, NULL, MANAGER, "Registered"), "true");
        assert_string_equal(property(alice, NULL, MANAGER, "Handle"), "alice");
        assert_string_equal(property(alice, NULL, MANAGER, "CloudState"), "online");
        assert_string_equal(property(bob, NULL, MANAGER, "Registered"), "false");
        assert_string_equal(property(bob, NULL, MANAGER, "Handle"), "");
        expect(bob, "taken", &as_bob, "HandleTaken", NULL);
        assert_string_equal(property(bob, NULL, MANAGER, "Handle"), "");
        expect(alice, "no card", &(Ask){.member = "GetCard"}, "NoCard", NULL);
        expect(alice, "no card to share",
               &(Ask){.member = "StartExchange", .strings = {"4821"}, .with_options = true},
               "NoCard", NULL);
        assert_int_equal(world_huddled_down(w), 0);
        world_huddled_up(w, ""); /* remembered */
        assert_string_equal(property(alice, NULL, MANAGER, "Handle"), "alice");
        expect(alice, "unregister", &(Ask){.member = "Unregister"}, "", NULL);
        assert_string_equal(property(alice, NULL, MANAGER, "Handle"), "");
        expect(bob, "free again", &as_bob, "", NULL);
        world_disconnect(alice);
        world_disconnect(bob);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_card(void **state)
{
        static const char *const not_a_list = "TEL;EMAIL";
        static const Case cases[] = {
                {"not a card",
                 {.member = "SetCard", .strings = {"hello"}},
                 "CardInvalid",
                 "there is no vCard in it"},
                {"a list of people",
                 {.member = "SetCard",
                  .strings = {"BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nFN:A\r\nEND:VCARD\r\n"}},
                 "CardInvalid",
                 "only lists of people"},
                {"broken at a line",
                 {.member = "SetCard",
                  .strings = {"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nTEL\r\nEND:VCARD\r\n"}},
                 "CardInvalid",
                 "line 4"},
                {"no end",
                 {.member = "SetCard", .strings = {"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\n"}},
                 "CardInvalid",
                 "END:VCARD is missing) in line 3"},
                {"fine", {.member = "SetCard", .strings = {test_vcard}}, "", NULL},
                {"share nonsense",
                 {.member = "StartExchange",
                  .strings = {"4821"},
                  .option = "share",
                  .option_type = DBUS_TYPE_STRING,
                  .option_value = &not_a_list},
                 "InvalidArgument",
                 "share"},
        };
        enum { LARGE = 300 * 1024 };
        World *w = *state;
        DBusConnection *c;
        Ask ask = register_as("alice");
        char *large = malloc(LARGE + 100);
        const char *text;
        DBusMessage *m;
        int n;

        assert_non_null(large);
        world_all_up(w);
        c = world_connect(w, ALICE);
        expect(c, "register", &ask, "", NULL);
        expect_all(c, cases, sizeof cases / sizeof cases[0]);
        n = snprintf(large, LARGE, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nNOTE:");
        memset(large + n, 'x', LARGE);
        strcpy(large + n + LARGE, "\r\nEND:VCARD\r\n");
        expect(c, "too large", &(Ask){.member = "SetCard", .strings = {large}}, "CardTooLarge",
               NULL);
        free(large);
        m = world_ask(c, &(Ask){.member = "GetCard"});
        assert_true(is_error(m, ""));
        assert_true(dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID));
        assert_non_null(strstr(text, "VERSION:4.0"));
        assert_non_null(strstr(text, "FN:Alice Liddell"));
        assert_non_null(strstr(text, "UID:"));
        dbus_message_unref(m);
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_cloud_trouble(void **state)
{
        static const char other[] =
                "Identity=huddle1:aJenhmFTAJyySljWFYLEQ5Np_x35ps3G5TwXqIZr6VYfXqobN787OmtBfV4qkUOy-"
                "SZYLvcPbxj6yFZslToD5g7HNHQ";
        World *w = *state;
        DBusConnection *c;
        Ask ask = register_as("alice");

        world_huddled_up(w, "");
        c = world_connect(w, ALICE);
        expect(c, "cloud is down", &ask, "CloudUnreachable", NULL);
        assert_string_equal(property(c, NULL, MANAGER, "CloudState"), "offline");
        assert_string_not_equal(property(c, NULL, MANAGER, "CloudError"), "");
        assert_string_equal(property(c, NULL, MANAGER, "Handle"), ""); /* no trace */
        assert_int_equal(world_huddled_down(w), 0);
        world_cloud_up(w);
        world_huddled_up(w, other);
        expect(c, "cloud with another key", &ask, "CloudKeyChanged", NULL);
        assert_int_equal(world_huddled_down(w), 0);
        world_huddled_up(w, "Identity=nonsense");
        expect(c, "identity with a slip", &ask, "CloudUnreachable", "configured");
        assert_int_equal(world_huddled_down(w), 0);
        world_huddled_up(w, "");
        expect(c, "cloud is up", &ask, "", NULL);
        assert_string_equal(property(c, NULL, MANAGER, "CloudError"), "");
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_only_one_daemon(void **state)
{
        World *w = *state;

        world_all_up(w);
        assert_int_equal(world_second_huddled(w, "state"), 1); /* its store is in use */
        assert_int_equal(world_second_huddled(w, "other"), 1); /* the name is */
        assert_int_equal(world_huddled_down(w), 0);
}

static void test_introspection(void **state)
{
        World *w = *state;
        DBusConnection *c;
        DBusMessage *m;
        const char *xml, *dir = getenv("top_srcdir");
        char path[4096], document[65536];
        size_t n;
        FILE *f;

        world_all_up(w);
        c = world_connect(w, geteuid());
        m = world_ask(c, &(Ask){.interface = "org.freedesktop.DBus.Introspectable",
                                .member = "Introspect"});
        assert_true(is_error(m, ""));
        assert_true(dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &xml, DBUS_TYPE_INVALID));
        (void)snprintf(path, sizeof path, "%s/daemon/objects/org.huddle.Manager1.xml",
                       dir ? dir : ".");
        f = fopen(path, "r");
        assert_non_null(f);
        n = fread(document, 1, sizeof document, f);
        fclose(f);
        n -= strlen("</node>\n");
        assert_memory_equal(xml, document, n); /* unchanged, then the standard interfaces */
        assert_non_null(strstr(xml + n, OBJECT_MANAGER));
        dbus_message_unref(m);
        world_disconnect(c);
        assert_int_equal(world_huddled_down(w), 0);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
        const struct CMUnitTest tests[] = {
                ROW(test_errors_without_account),
                ROW(test_wrong_calls),
                ROW(test_account),
                ROW(test_card),
                ROW(test_cloud_trouble),
                ROW(test_only_one_daemon),
                ROW(test_introspection),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
