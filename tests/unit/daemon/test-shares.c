/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-shares.c - profiles: those that are always there, a user's own, the choice among them */
#include "daemon/account/shares.h"
#include "src/card/card.h"
#include "tests/unit/test.h"

#include <stdlib.h>

enum { ANN = 1000, BOB = 1001 };

static DaemonStore *store;

static int begin(void **state)
{
        return daemon_store_open(&store, ":memory:");
}

static int end(void **state)
{
        store = daemon_store_free(store);
        return 0;
}

static void expect_fields(uint32_t uid, const char *name, const char *wanted)
{
        _cleanup_free_ char *fields = NULL;

        assert_int_equal(shares_fields(store, uid, name, &fields), 0);
        assert_string_equal(fields, wanted);
}

static void expect_chosen(uint32_t uid, const char *wanted)
{
        _cleanup_free_ char *name = NULL;

        assert_int_equal(shares_chosen(store, uid, &name), 0);
        assert_string_equal(name, wanted);
}

static int note(void *userdata, const char *name, const char *fields)
{
        char *seen = userdata;

        assert_true(card_is_field_list(fields));
        strcat(strcat(seen, name), " ");
        return 0;
}

static void expect_names(uint32_t uid, const char *wanted)
{
        char seen[4096] = "";

        assert_int_equal(shares_walk(store, uid, note, seen), 0);
        assert_string_equal(seen, wanted);
}

static void at_first_everything_is_shared(void **state)
{
        char *none = NULL;

        expect_chosen(ANN, "all");
        expect_fields(ANN, NULL, "*");
        expect_names(ANN, "all private work ");
        assert_int_equal(shares_fields(store, ANN, "nosuch", &none), OUTCOME_NOT_FOUND);
        assert_int_equal(shares_fields(store, ANN, "", &none), OUTCOME_NOT_FOUND);
        assert_int_equal(shares_choose(store, ANN, "nosuch"), OUTCOME_NOT_FOUND);
        assert_int_equal(shares_choose(store, ANN, ""), OUTCOME_NOT_FOUND);
        assert_null(none);
        expect_chosen(ANN, "all");
}

static void each_user_has_profiles_of_their_own(void **state)
{
        assert_int_equal(shares_define(store, ANN, "club", "TEL,famly"), OUTCOME_INVALID_ARGUMENT);
        assert_int_equal(shares_define(store, ANN, "club", "TEL/home,EMAIL"), 0);
        assert_int_equal(shares_choose(store, ANN, "club"), 0);
        expect_fields(ANN, NULL, "TEL/home,EMAIL");
        expect_names(ANN, "all private work club ");
        assert_int_equal(shares_choose(store, BOB, "club"), OUTCOME_NOT_FOUND);
        expect_fields(BOB, NULL, "*");
        expect_names(BOB, "all private work ");
        /* of the chosen one at once */
        assert_int_equal(shares_define(store, ANN, "club", "NOTE"), 0);
        expect_fields(ANN, NULL, "NOTE");
}

static void nothing_is_shared_by_taking_back(void **state)
{
        assert_int_equal(shares_define(store, ANN, "club", ""), OUTCOME_WRONG_STATE);
        expect_fields(ANN, NULL, "NOTE");
        assert_int_equal(shares_choose(store, ANN, "work"), 0);
        assert_int_equal(shares_define(store, ANN, "club", ""), 0);
        expect_names(ANN, "all private work ");
        assert_int_equal(shares_define(store, ANN, "work", "ORG"), 0);
        expect_fields(ANN, NULL, "ORG");
        expect_names(ANN, "all private work ");
        assert_int_equal(shares_define(store, ANN, "work", ""), 0); /* as it was at first */
        expect_chosen(ANN, "work");
        assert_int_equal(shares_choose(store, ANN, "all"), 0);
}

static void what_is_no_profile_is_refused(void **state)
{
        char large[SHARE_FIELDS_MAX + 2];
        const struct {
                const char *name, *fields;
        } bad[] = {
                {"", "TEL"},     {"Club", "TEL"},     {"my club", "TEL"},
                {"club", ","},   {"club", "TEL;ORG"}, {"0123456789abcdef0123456789abcdef0", "TEL"},
                {"club", large}, {"\xc3\xa4", "TEL"},
        };

        memset(large, 'A', sizeof large);
        large[sizeof large - 1] = '\0';
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_int_equal(shares_define(store, ANN, bad[i].name, bad[i].fields),
                                 OUTCOME_INVALID_ARGUMENT);
        expect_names(ANN, "all private work ");
}

static void there_are_not_more_than_so_many(void **state)
{
        char name[8];

        for (unsigned i = 0; i < SHARES_MAX; i++) {
                (void)snprintf(name, sizeof name, "p%u", i);
                assert_int_equal(shares_define(store, BOB, name, "TEL"), 0);
        }
        assert_int_equal(shares_define(store, BOB, "one-more", "TEL"), OUTCOME_LIMIT);
        assert_int_equal(shares_define(store, BOB, "p7", "EMAIL"), 0);
        expect_fields(BOB, "p7", "EMAIL");
        assert_int_equal(daemon_store_user_erase(store, BOB), 0);
        expect_names(BOB, "all private work ");
}

/* What is marked as of the other side is in neither; what is not marked is in both. */
static void private_and_work_keep_apart(void **state)
{
        static const char text[] =
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nTEL;TYPE=WORK:1\r\nTEL;TYPE=HOME:2\r\n"
                "TEL;TYPE=CELL:3\r\nTEL;TYPE=HOME,WORK:4\r\nORG:o\r\nBDAY:1980-01-01\r\n"
                "NOTE:n\r\nX-SECRET:s\r\nEND:VCARD\r\n";
        static const struct {
                const char *profile, *numbers;
                bool org, birthday;
        } rows[] = {{"private", "23", false, true}, {"work", "13", true, false}};

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                _cleanup_free_ char *fields = NULL;
                char numbers[16] = "";
                const char *value;

                assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
                assert_int_equal(shares_fields(store, ANN, rows[i].profile, &fields), 0);
                assert_int_equal(card_share(c, fields), 0);
                for (size_t n = 0; (value = card_value(c, "TEL", n)); n++)
                        strcat(numbers, value);
                assert_string_equal(numbers, rows[i].numbers);
                assert_int_equal(card_value(c, "ORG", 0) != NULL, rows[i].org);
                assert_int_equal(card_value(c, "BDAY", 0) != NULL, rows[i].birthday);
                assert_null(card_value(c, "NOTE", 0));
                assert_null(card_value(c, "X-SECRET", 0));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(at_first_everything_is_shared),
                cmocka_unit_test(each_user_has_profiles_of_their_own),
                cmocka_unit_test(nothing_is_shared_by_taking_back),
                cmocka_unit_test(what_is_no_profile_is_refused),
                cmocka_unit_test(there_are_not_more_than_so_many),
                cmocka_unit_test(private_and_work_keep_apart),
        };

        return cmocka_run_group_tests(tests, begin, end);
}
