/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/agent/merge.h"
#include "tests/unit/test.h"

#define CARD(body) "BEGIN:VCARD\r\nVERSION:3.0\r\n" body "END:VCARD\r\n"

static const Occasion fair = {.time_s = 1700000000, .people = 3, .level = "proven"};
static const Pieces none;
static const Occasion later = {.time_s = 1700090000, .people = 2, .level = "compared"};

static Card *parsed(const char *text)
{
        Card *c = NULL;

        assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
        return c;
}

/* ---- what is added, and that it comes off again --------------------------------------------- */

typedef struct Case {
        const char *name, *entry, *card;
        const char *added[6];    /* each stands in the entry afterwards */
        const char *unwanted[4]; /* none does */
} Case;

static const Case cases[] = {
        {"another number",
         CARD("UID:1\r\nFN:Anna\r\nTEL:1234567\r\n"),
         CARD("UID:2\r\nFN:Anna\r\nTEL;TYPE=CELL:7654321\r\n"),
         {"TEL:1234567\r\n", "TEL;TYPE=CELL:7654321\r\n", "NOTE:Met on ", "CATEGORIES:Huddle "},
         {"UID:2"}},
        {"the same number, written otherwise",
         CARD("UID:1\r\nFN:Anna\r\nTEL:00 43 660 1234567\r\n"),
         CARD("FN:Anna\r\nTEL:+43-660-1234567\r\nEMAIL:a@b.example\r\n"),
         {"EMAIL:a@b.example\r\n"},
         {"+43-660"}},
        {"the same address in capitals",
         CARD("UID:1\r\nFN:Anna\r\nEMAIL:Anna@B.example\r\n"),
         CARD("FN:Anna\r\nEMAIL:anna@b.EXAMPLE\r\n"),
         {"Anna@B.example"},
         {"b.EXAMPLE"}},
        {"names stay the user's",
         CARD("UID:1\r\nFN:Anni\r\nN:;Anni;;;\r\nEMAIL:a@b.example\r\n"),
         CARD("FN:Anna Maria\r\nN:Maria;Anna;;;\r\nEMAIL:a@b.example\r\n"),
         {"FN:Anni\r\nN:;Anni;;;\r\n", "Name on the card: Anna Maria"},
         {"FN:Anna", "N:Maria"}},
        {"one birthday",
         CARD("UID:1\r\nFN:A\r\nBDAY:1980-01-01\r\n"),
         CARD("FN:A\r\nBDAY:1981-02-02\r\n"),
         {"BDAY:1980-01-01\r\n", "Birthday on the card: 1981-02-02"},
         {"BDAY:1981"}},
        {"a birthday where there is none",
         CARD("UID:1\r\nFN:A\r\n"),
         CARD("FN:A\r\nBDAY:1981-02-02\r\n"),
         {"BDAY:1981-02-02\r\n"},
         {"on the card"}},
        {"note and categories grow",
         CARD("UID:1\r\nFN:A\r\nNOTE:mine\\, all mine\r\nCATEGORIES:Friends\\, old,Work\r\n"),
         CARD("FN:A\r\nNOTE:theirs\\; too\r\n"),
         {"NOTE:mine\\, all mine\r\n \\ntheirs\\; too\r\n \\nMet on ",
          "CATEGORIES:Friends\\, old,Work\r\n ,Huddle "},
         {0}},
        {"a note that is there",
         CARD("UID:1\r\nFN:A\r\nNOTE:one\\ntwo\r\n"),
         CARD("FN:A\r\nNOTE:two\r\n"),
         {"NOTE:one\\ntwo\r\n \\nMet"},
         {"two\\ntwo"}},
        {"the user's picture",
         CARD("UID:1\r\nFN:A\r\nPHOTO;ENCODING=b;TYPE=PNG:AAAA\r\n"),
         CARD("FN:A\r\nPHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ\r\n"),
         {"AAAA"},
         {"/9j/"}},
        {"no key of a stranger's",
         CARD("UID:1\r\nFN:A\r\n"),
         CARD("FN:A\r\nKEY;ENCODING=b;TYPE=PGP:AAAA\r\n"),
         {"Met on"},
         {"KEY"}},
        {"lines that end with LF",
         "BEGIN:VCARD\nVERSION:3.0\nUID:1\nFN:A\nNOTE:x\nEND:VCARD\n",
         CARD("FN:A\r\nTEL:1234567\r\n"),
         {"TEL:1234567\n", "NOTE:x\n \\nMet"},
         {"\r"}},
        {"vCard 4.0",
         "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:A\r\nEND:VCARD\r\n",
         CARD("FN:A\r\nTEL;TYPE=CELL:1234567\r\nPHOTO;ENCODING=b;TYPE=PNG:AAAA\r\n"),
         {"TEL;TYPE=cell:1234567\r\n", "PHOTO:data:image/png;base64,AAAA"},
         {"ENCODING"}},
        {"what no Card keeps",
         CARD("UID:1\r\nFN:A\r\nAGENT:B\\nC\r\nPRODID:x\r\nx-strange;y=Z: v \r\n"),
         CARD("FN:A\r\nTEL:1234567\r\n"),
         {"AGENT:B\\nC\r\nPRODID:x\r\nx-strange;y=Z: v \r\n"},
         {0}},
        {"a second card in the file",
         CARD("UID:1\r\nFN:A\r\n") CARD("UID:9\r\nFN:B\r\n"),
         CARD("FN:A\r\nTEL:1234567\r\n"),
         {"TEL:1234567\r\n", "END:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nUID:9\r\n"},
         {0}},
        {"groups and labels",
         CARD("UID:1\r\nFN:A\r\nitem1.TEL:1\r\nitem1.X-ABLABEL:Boat\r\n"),
         CARD("FN:A\r\nitem1.TEL:7654321\r\nitem1.X-ABLABEL:Car\r\n"),
         {"item1.TEL:1\r\n", "item1.X-ABLABEL:Car\r\n"},
         {"\nitem1.TEL:7654321", "\nitem1.X-ABLABEL:Car"}},
        {"the user's own label is the same",
         CARD("UID:1\r\nFN:A\r\nitem1.URL:https://a.example/\r\nitem1.X-ABLabel:Home\r\n"),
         CARD("FN:A\r\nitem1.URL:https://b.example/\r\nitem1.X-ABLabel:Home\r\n"),
         {"-item1.URL:https://b.example/\r\n", "-item1.X-ABLABEL:Home\r\n"},
         {0}},
        {"two numbers with one label",
         CARD("UID:1\r\nFN:A\r\n"),
         CARD("FN:A\r\na.TEL:1111111\r\na.X-ABLABEL:Boat\r\nb.TEL:2222222\r\nb.X-ABLABEL:Boat\r\n"),
         {"-a.X-ABLABEL:Boat\r\n", "-b.X-ABLABEL:Boat\r\n"},
         {0}},
        {"one number twice",
         CARD("UID:1\r\nFN:A\r\n"),
         CARD("FN:A\r\nTEL:+44 7700 900123\r\nTEL:+447700900123\r\n"),
         {"TEL:+44 7700 900123\r\n"},
         {"+447700900123"}},
        {"a note with bare commas",
         CARD("UID:1\r\nFN:A\r\nNOTE:tea, no milk; two sugars\r\n"),
         CARD("FN:A\r\nNOTE:hello\r\n"),
         {"NOTE:tea, no milk; two sugars\r\n \\nhello\r\n"},
         {0}},
        {"a note that ends with a backslash",
         CARD("UID:1\r\nFN:A\r\nNOTE:C:\\\r\n"),
         CARD("FN:A\r\nNOTE:hello\r\n"),
         {"NOTE:C:\\\r\n \\\\nhello\r\n"},
         {0}},
        {"a note with nothing in it",
         CARD("UID:1\r\nFN:A\r\nNOTE:\r\n"),
         CARD("FN:A\r\n"),
         {"NOTE:\r\n"},
         {0}},
        {"folds of the user's",
         CARD("UID:1\r\nFN:A\r\nNOTE:on\r\n e\\n\r\n \ttwo\r\n"),
         CARD("FN:A\r\n"),
         {"NOTE:on\r\n e\\n\r\n \ttwo\r\n \\nMet"},
         {0}},
};

static void check_case(const Case *c)
{
        _cleanup_(card_freep) Card *card = parsed(c->card);
        _cleanup_(pieces_done) Pieces pieces = {0}, again = {0};
        _cleanup_free_ char *grown = NULL, *same = NULL, *back = NULL;

        assert_int_equal(merge_add(&grown, &pieces, c->entry, card, &fair, &none), 0);
        assert_non_null(grown);
        for (size_t i = 0; i < ARRAY_LEN(c->added) && c->added[i]; i++)
                if (!strstr(grown, c->added[i]))
                        fail_msg("%s: no %s in\n%s", c->name, c->added[i], grown);
        for (size_t i = 0; i < ARRAY_LEN(c->unwanted) && c->unwanted[i]; i++)
                if (strstr(grown, c->unwanted[i]))
                        fail_msg("%s: %s in\n%s", c->name, c->unwanted[i], grown);
        assert_int_equal(merge_add(&same, &again, grown, card, &fair, &pieces), 0);
        if (same)
                fail_msg("%s: added twice:\n%s", c->name, same);
        assert_int_equal(merge_remove(&back, NULL, grown, &pieces, &pieces), 0);
        if (strcmp(back, c->entry) != 0)
                fail_msg("%s: after undoing\n%s", c->name, back);
}

static void test_cases(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                check_case(&cases[i]);
}

static void test_undo_out_of_order(void **state)
{
        static const char entry[] = CARD("UID:1\r\nFN:A\r\nNOTE:mine\r\n");
        _cleanup_(card_freep) Card *first = parsed(CARD("FN:A\r\nTEL:1111111\r\n")),
                                   *second = parsed(CARD("FN:A\r\nTEL:2222222\r\n"));
        _cleanup_(pieces_done) Pieces one = {0}, two = {0};
        _cleanup_free_ char *with_one = NULL, *with_both = NULL, *with_two = NULL, *back = NULL;

        assert_int_equal(merge_add(&with_one, &one, entry, first, &fair, &none), 0);
        assert_int_equal(merge_add(&with_both, &two, with_one, second, &later, &one), 0);
        assert_int_equal(merge_remove(&with_two, NULL, with_both, &one, &one), 0);
        assert_null(strstr(with_two, "1111111"));
        assert_non_null(strstr(with_two, "TEL:2222222\r\n"));
        assert_non_null(strstr(with_two, "NOTE:mine\r\n \\nMet on"));
        assert_int_equal(merge_remove(&back, NULL, with_two, &two, &two), 0);
        assert_string_equal(back, entry);
}

/* Another program has written the entry anew, and its user has changed some of it. */
static void test_undo_of_changed(void **state)
{
        static const char entry[] = CARD("UID:1\r\nFN:A\r\nNOTE:mine\r\n");
        _cleanup_(card_freep) Card *card =
                parsed(CARD("FN:A\r\nTEL;TYPE=CELL:1111111\r\nEMAIL:a@b.example\r\n"));
        _cleanup_(pieces_done) Pieces pieces = {0};
        _cleanup_free_ char *grown = NULL, *text = NULL, *back = NULL;
        const char *met;

        assert_int_equal(merge_add(&grown, &pieces, entry, card, &fair, &none), 0);
        met = strstr(grown, "Met on ");
        assert_non_null(met);
        assert_true(asprintf(&text,
                             "BEGIN:VCARD\nVERSION:3.0\nFN:A\nTEL;TYPE=\"work\":1111111\n"
                             "EMAIL:changed@b.example\nNOTE:mine\\nMet on %.16s, an exchange of 3 "
                             "people "
                             "(Huddle\\, proven)\\nand more\nUID:1\nEND:VCARD\n",
                             met + 7) > 0);
        assert_int_equal(merge_remove(&back, NULL, text, &pieces, &pieces), 0);
        assert_string_equal(
                back,
                "BEGIN:VCARD\nVERSION:3.0\nFN:A\nEMAIL:changed@b.example\nNOTE:mine\\nand more\n"
                "UID:1\nEND:VCARD\n");
}

/* The user changes the value that we have labelled: value and label are the user's then. */
static void test_undo_leaves_the_label_of_a_changed_value(void **state)
{
        static const char entry[] = CARD("UID:1\r\nFN:A\r\n");
        _cleanup_(card_freep) Card *card =
                parsed(CARD("FN:A\r\nitem1.TEL:7654321\r\nitem1.X-ABLABEL:Boat\r\n"));
        _cleanup_(pieces_done) Pieces pieces = {0};
        _cleanup_free_ char *grown = NULL, *back = NULL;
        char *at;

        assert_int_equal(merge_add(&grown, &pieces, entry, card, &fair, &none), 0);
        at = strstr(grown, "7654321");
        assert_non_null(at);
        at[0] = '9';
        assert_int_equal(merge_remove(&back, NULL, grown, &pieces, &pieces), 0);
        assert_non_null(strstr(back, "item1.TEL:9654321\r\n"));
        assert_non_null(strstr(back, "item1.X-ABLABEL:Boat\r\n"));
}

static void test_new_entry(void **state)
{
        _cleanup_(card_freep) Card *card =
                parsed(CARD("UID:theirs\r\nFN:A\r\nTEL:1234567\r\nNOTE:hello\r\n"));
        _cleanup_(pieces_done) Pieces pieces = {0}, all = {0};
        _cleanup_free_ char *text = NULL, *mine = NULL, *back = NULL;
        char *at;
        bool rest = true;

        assert_int_equal(merge_create(&text, &pieces, card, "urn:uuid:1", &fair), 0);
        assert_non_null(strstr(text, "UID:urn:uuid:1\r\n"));
        assert_null(strstr(text, "theirs"));
        assert_non_null(strstr(text, "NOTE:hello\r\n \\nMet on "));
        assert_int_equal(merge_list(&all, text), 0);
        for (size_t i = 0; i < pieces.n; i++)
                assert_int_equal(pieces_add(&all, &pieces.list[i]), 0);
        assert_int_equal(merge_remove(&back, &rest, text, &all, &all), 0);
        assert_false(rest);
        free(back);
        at = strstr(text, "END:VCARD");
        assert_true(asprintf(&mine, "%.*sTITLE:Boss\r\nEND:VCARD\r\n", (int)(at - text), text) > 0);
        assert_int_equal(merge_remove(&back, &rest, mine, &all, &all), 0);
        assert_true(rest);
        assert_non_null(strstr(back, "TITLE:Boss\r\n"));
        assert_non_null(strstr(back, "FN:A\r\n"));
        assert_null(strstr(back, "1234567"));
        assert_null(strstr(back, "NOTE"));
}

static void test_not_to_be_touched(void **state)
{
        static const char *const entries[] = {
                "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:A\r\nEND:VCARD\r\n",
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:M\xfcller\r\nEND:VCARD\r\n",
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\n",
                "",
        };
        _cleanup_(card_freep) Card *card = parsed(CARD("FN:A\r\nTEL:1234567\r\n"));

        for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
                Pieces pieces = {0};
                char *text = NULL;

                assert_int_equal(merge_add(&text, &pieces, entries[i], card, &fair, &none),
                                 MERGE_E_FORMAT);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_undo_out_of_order),
                cmocka_unit_test(test_undo_of_changed),
                cmocka_unit_test(test_undo_leaves_the_label_of_a_changed_value),
                cmocka_unit_test(test_new_entry),
                cmocka_unit_test(test_not_to_be_touched),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
