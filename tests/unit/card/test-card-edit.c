/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/card/card-check.h"
#include "src/card/card-edit.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <sodium.h>

static const char before[] = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u\r\nFN:Ann\r\nN:;Ann;;;\r\n"
                             "TEL;TYPE=cell;TYPE=home;PREF=1:1\r\nitem1.TEL;TYPE=work:2\r\n"
                             "item1.X-ABLABEL:desk\r\nORG:Guild;Kitchen\r\nEND:VCARD\r\n";

static const struct {
        const char *name, *property;
        size_t n;
        CardUse use;
        const char *text;
        int outcome;
        const char *line; /* that the card has then; NULL: none with the property */
} cases[] = {
        {"another number keeps its types", "TEL", 0, CARD_USE_HOME, "3", 0,
         "\r\nTEL;TYPE=cell,home;PREF=1:3\r\n"},
        {"another use keeps other types", "tel", 0, CARD_USE_WORK, "1", 0,
         "\r\nTEL;TYPE=cell,work;PREF=1:1\r\n"},
        {"no use", "TEL", 0, CARD_USE_OTHER, "1", 0, "\r\nTEL;TYPE=cell;PREF=1:1\r\n"},
        {"a group keeps its label", "TEL", 1, CARD_USE_WORK, "4", 0,
         "\r\nitem1.TEL;TYPE=work:4\r\n"},
        {"one more", "TEL", 2, CARD_USE_HOME, "5", 0, "\r\nTEL;TYPE=home:5\r\n"},
        {"the first of its kind", "EMAIL", 0, CARD_USE_OTHER, "a@b.c", 0, "\r\nEMAIL:a@b.c\r\n"},
        {"a comma is text", "NOTE", 0, CARD_USE_OTHER, "a, b; c\\d", 0,
         "\r\nNOTE:a\\, b\\; c\\\\d\r\n"},
        {"a semicolon parts", "ORG", 0, CARD_USE_OTHER, "Guild, old;Cellar", 0,
         "\r\nORG:Guild\\, old;Cellar\r\n"},
        {"a link stays as it is", "URL", 0, CARD_USE_OTHER, "https://a.b/?c=d,e", 0,
         "\r\nURL:https://a.b/?c=d,e\r\n"},
        {"nothing takes it out", "ORG", 0, CARD_USE_OTHER, "", 0, NULL},
        {"nothing where nothing is", "EMAIL", 0, CARD_USE_OTHER, "", 0, NULL},
        {"a picture is no text", "PHOTO", 0, CARD_USE_OTHER, "me.jpg", -EINVAL, NULL},
        {"not UTF-8", "NOTE", 0, CARD_USE_OTHER, "\xff", -EINVAL, NULL},
        {"no property", "N O", 0, CARD_USE_OTHER, "x", -EINVAL, NULL},
};

static void test_edits(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(card_freep) Card *c = NULL;
                _cleanup_free_ char *text = NULL;
                size_t len;

                assert_int_equal(card_parse(&c, before, strlen(before), NULL, NULL), 0);
                assert_case(cases[i].name, card_edit(c, cases[i].property, cases[i].n, cases[i].use,
                                                     cases[i].text) == cases[i].outcome);
                assert_int_equal(card_write(&text, &len, c, CARD_V40), 0);
                if (cases[i].line)
                        assert_case(cases[i].name, strstr(text, cases[i].line));
                else
                        assert_case(cases[i].name, !card_value(c, cases[i].property, 0));
        }
}

static void test_use(void **state)
{
        _cleanup_(card_freep) Card *c = NULL;

        assert_int_equal(card_parse(&c, before, strlen(before), NULL, NULL), 0);
        assert_int_equal(card_use(c, "TEL", 0), CARD_USE_HOME);
        assert_int_equal(card_use(c, "tel", 1), CARD_USE_WORK);
        assert_int_equal(card_use(c, "TEL", 2), CARD_USE_OTHER);
        assert_int_equal(card_use(c, "ORG", 0), CARD_USE_OTHER);
}

static const struct {
        const char *field, *value;
        CardFault fault;
} typed[] = {
        {"FN", "Ann", CARD_FAULT_NONE},
        {"X-FOO", "bar", CARD_FAULT_NONE},
        {"FNN", "Ann", CARD_FAULT_NAME},
        {"FAX", "1", CARD_FAULT_NAME},
        {"X-", "1", CARD_FAULT_NAME},
        {"A B", "c", CARD_FAULT_NAME},
        {"BEGIN", "VCARD", CARD_FAULT_NAME},
        {"VERSION", "4.0", CARD_FAULT_NAME},
        {"TEL", "+43 1 2345", CARD_FAULT_NONE},
        {"TEL", "", CARD_FAULT_NONE},
        {"TEL", "0800-FLOWERS", CARD_FAULT_NONE},
        {"TEL", "٠١٢", CARD_FAULT_NONE},
        {"TEL", "none", CARD_FAULT_PHONE},
        {"tel/work", "1", CARD_FAULT_NONE},
        {"TEL/", "1", CARD_FAULT_TYPE},
        {"TEL/-work", "1", CARD_FAULT_TYPE},
        {"TEL/a b", "1", CARD_FAULT_TYPE},
        {"TEL/cell/home", "1", CARD_FAULT_TYPE},
        {"EMAIL", "ann@example.org", CARD_FAULT_NONE},
        {"EMAIL", "ann", CARD_FAULT_EMAIL},
        {"EMAIL", "ann@", CARD_FAULT_EMAIL},
        {"EMAIL", "@example.org", CARD_FAULT_EMAIL},
        {"EMAIL", "Ann <ann@example.org>", CARD_FAULT_EMAIL},
        {"BDAY", "1985-03-12", CARD_FAULT_NONE},
        {"BDAY", "--0312", CARD_FAULT_NONE},
        {"BDAY", "1985", CARD_FAULT_NONE},
        {"BDAY", "12.3.1985", CARD_FAULT_NONE},
        {"BDAY", "03/12/1985", CARD_FAULT_DATE},
        {"BDAY", "1985-02-30", CARD_FAULT_DATE},
        {"BDAY", "soon", CARD_FAULT_DATE},
        {"X-ANNIVERSARY", "soon", CARD_FAULT_DATE},
        {"URL", "https://example.org", CARD_FAULT_NONE},
        {"URL", "example.org/~ann", CARD_FAULT_NONE},
        {"URL", "my page", CARD_FAULT_URI},
        {"IMPP", "xmpp:ann@example.org", CARD_FAULT_NONE},
        {"IMPP", "ann", CARD_FAULT_URI},
        {"GEO", "geo:48.2,16.4", CARD_FAULT_NONE},
        {"GEO", "48.2;16.4", CARD_FAULT_NONE},
        {"GEO", "geo:98.2,16.4", CARD_FAULT_PLACE},
        {"GEO", "Vienna", CARD_FAULT_PLACE},
        {"PHOTO", "https://example.org/a.jpg", CARD_FAULT_NONE},
        {"PHOTO", "a.jpg", CARD_FAULT_MEDIA},
        {"LANG", "zh-Hant-TW", CARD_FAULT_NONE},
        {"LANG", "the German one", CARD_FAULT_LANGUAGE},
        {"GENDER", "F", CARD_FAULT_NONE},
        {"GENDER", ";it depends", CARD_FAULT_NONE},
        {"GENDER", "female", CARD_FAULT_GENDER},
        {"KIND", "individual", CARD_FAULT_NONE},
        {"KIND", "group", CARD_FAULT_KIND},
};

static void test_typed(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(typed); i++)
                if (card_check(typed[i].field, typed[i].value) != typed[i].fault)
                        fail_msg("%s=%s", typed[i].field, typed[i].value);
}

static void test_set_types(void **state)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *text = NULL;
        size_t len;

        assert_int_equal(card_new(&c, "Ann"), 0);
        assert_int_equal(card_set_uid(c, "urn:u"), 0);
        assert_int_equal(card_set(c, "TEL", "1"), 0);
        assert_int_equal(card_set(c, "TEL/work", "2"), 0);
        assert_int_equal(card_append(c, "TEL/WORK", "3"), 0);
        assert_int_equal(card_set(c, "TEL/home", "4"), 0);
        assert_int_equal(card_set(c, "TEL/work", "5"), 0);
        assert_int_equal(card_set(c, "TEL/home", ""), 0);
        assert_int_equal(card_set(c, "TEL/a b", "6"), -EINVAL);
        assert_int_equal(card_write(&text, &len, c, CARD_V40), 0);
        assert_string_equal(text, "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nN:;Ann;;;\r\n"
                                  "UID:urn:u\r\nTEL:1\r\nTEL;TYPE=work:5\r\nEND:VCARD\r\n");
}

static void test_name_stays(void **state)
{
        _cleanup_(card_freep) Card *c = NULL;

        assert_int_equal(card_new(&c, "Ann"), 0);
        assert_int_equal(card_edit(c, "FN", 0, CARD_USE_OTHER, ""), 0);
        /* as long as there is an N, it gives the name */
        assert_string_equal(card_name(c), "Ann");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_edits),      cmocka_unit_test(test_use),
                cmocka_unit_test(test_typed),      cmocka_unit_test(test_set_types),
                cmocka_unit_test(test_name_stays),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
