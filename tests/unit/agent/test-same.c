/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counts as the same value of an entry and of a card, and what a card may not bring. */
#include "src/agent/merge.h"
#include "tests/unit/test.h"

#define IN(version, body)                                                                          \
        "BEGIN:VCARD\r\nVERSION:" version "\r\nUID:1\r\nFN:Ida\r\nN:;Ida;;;\r\n" body              \
        "\r\nEND:VCARD\r\n"
#define ENTRY(body) IN("3.0", body)
#define CARD(body) IN("4.0", body)

static const Occasion fair = {.time_s = 1700000000, .people = 3, .level = "proven"};
static const Pieces none;

static Card *parsed(const char *text)
{
        Card *c = NULL;

        assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
        return c;
}

/* ---- a value of the entry and one of the card ----------------------------------------------- */

typedef struct Case {
        const char *entry, *card;
        const char *added; /* NULL: the entry has it */
} Case;

static const Case numbers[] = {
        {"TEL:07700 900123", "TEL:+44 7700 900123", NULL},
        {"TEL:+44 7700 900123", "TEL:07700 900123", NULL},
        {"TEL:+44 (0)113 496 0000", "TEL:tel:+44-113-496-0000", NULL},
        {"TEL:8 (495) 765-43-21", "TEL:+7 495 765 43 21", NULL},
        {"TEL:1 (202) 555-0100", "TEL:+1-202-555-0100", NULL},
        {"TEL:0044 7700 900123", "TEL:+447700900123", NULL},
        {"TEL:011 44 7700 900123", "TEL:+447700900123", NULL},
        {"TEL:٠٠٤٤٧٧٠٠٩٠٠١٢٣", "TEL:+447700900123", NULL},
        {"TEL:+1 202 555 0100\\, 34", "TEL;VALUE=uri:tel:+1-202-555-0100;ext=34", NULL},
        {"TEL:+1 202 555 0100", "TEL;VALUE=uri:tel:+1-202-555-0100;ext=34",
         "TEL:+1-202-555-0100\\;ext=34\r\n"},
        {"TEL:+1 202 555 0100 x34", "TEL:+1 202 555 0100", "TEL:+1 202 555 0100\r\n"},
        {"TEL:+1 202 555 0100 x34", "TEL:+1 202 555 0100\\,35", "TEL:+1 202 555 0100\\,35\r\n"},
        {"TEL:112", "TEL:112", NULL},
        {"TEL:112", "TEL:110", "TEL:110\r\n"},
        {"TEL:0660 1234567", "TEL:+43 660 1234568", "TEL:+43 660 1234568\r\n"},
        {"TEL:+43 1 234567\r\nTEL:0664 123456", "TEL:+49 664 123456",
         "TEL:+49 664 123456\r\n"}, /* the entry's other number tells where it is */
};

static const Case messages[] = {
        {"X-SKYPE:ida.brook", "IMPP:skype:ida.brook", NULL},
        {"X-SKYPE-USERNAME:ida.brook", "IMPP:skype:Ida.Brook?chat", NULL},
        {"IMPP;X-SERVICE-TYPE=Skype:x-apple:ida.brook", "X-SKYPE;TYPE=home:ida.brook", NULL},
        {"X-JABBER;TYPE=HOME:ida@brook.example", "IMPP:xmpp:ida@brook.example/phone", NULL},
        {"X-GOOGLE-TALK:ida@brook.example", "IMPP:xmpp:ida@brook.example", NULL},
        {"X-AIM:idab", "IMPP:aim:goim?screenname=idab", NULL},
        {"X-YAHOO:idab", "IMPP:ymsgr:sendim?idab", NULL},
        {"X-MSN:ida@brook.example", "IMPP;X-SERVICE-TYPE=MSN:msnim:ida@brook.example", NULL},
        {"X-MATRIX:@ida:brook.example", "IMPP:matrix:u/ida:brook.example", NULL},
        {"X-GADUGADU:12345", "IMPP:gg:12345", NULL},
        {"X-SKYPE:ida.brook", "IMPP:xmpp:ida.brook", "IMPP:xmpp:ida.brook\r\n"},
        {"X-SKYPE:ida.brook", "IMPP:skype:ida", "IMPP:skype:ida\r\n"},
        {"IMPP:xmpp:ida@brook.example", "IMPP:other:ida@brook.example",
         "IMPP:other:ida@brook.example\r\n"},
};

static const Case urls[] = {
        {"URL:https://clips.example/AbC1", "URL:https://clips.example/aBc1",
         "URL:https://clips.example/aBc1\r\n"},
        {"URL:https://Clips.Example/AbC1", "URL:HTTPS://clips.example/AbC1", NULL},
        {"URL:https://clips.example", "URL:https://clips.example/", NULL},
        {"URL:https://clips.example/ida/", "URL:https://clips.example/ida", NULL},
        {"URL:https://clips.example:443/ida", "URL:https://clips.example/ida", NULL},
        {"URL:http://clips.example:80/", "URL:http://clips.example", NULL},
        {"URL:clips.example", "URL:http://clips.example/", NULL},
        {"URL:https://clips.example:8443/", "URL:https://clips.example/",
         "URL:https://clips.example/\r\n"},
        {"URL:https://clips.example/?q=A", "URL:https://clips.example/?q=a",
         "URL:https://clips.example/?q=a\r\n"},
        {"URL:https://Ida@clips.example/", "URL:https://ida@clips.example/",
         "URL:https://ida@clips.example/\r\n"},
};

static const Case emails[] = {
        {"EMAIL:Ida@Brook.example", "EMAIL:ida@brook.example", NULL},
        {"EMAIL:mailto:ida@brook.example", "EMAIL:ida@brook.example", NULL},
        {"EMAIL:Ida Brook <ida@brook.example>", "EMAIL:ida@brook.example", NULL},
        {"EMAIL:ida@brook.example", "EMAIL:mailto:ida@brook.example?subject=hello", NULL},
        {"EMAIL:ida @ brook.example", "EMAIL:ida@brook.example", NULL},
        {"EMAIL:ida@brook.example", "EMAIL:ida+work@brook.example",
         "EMAIL:ida+work@brook.example\r\n"},
};

/* What is added is a line of the note. */
static const Case days[] = {
        {"BDAY:1985-03-12T00:00:00Z", "BDAY:19850312", NULL},
        {"BDAY:1985-03-12", "BDAY:19850312T101500Z", NULL},
        {"BDAY:19850312", "BDAY:19850312", NULL},
        {"BDAY:1985-03-12", "BDAY:--0312", NULL},
        {"BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-12", "BDAY:--0312", NULL},
        {"BDAY:1990-05-05", "BDAY:--0214", "Birthday on the card: 02-14\r\n"},
        {"BDAY:1990-05-05", "BDAY:19850312T000000Z", "Birthday on the card: 1985-03-12\r\n"},
        {"BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-14", "BDAY:19900214",
         "Birthday on the card: 1990-02-14\r\n"},
        {"X-ANNIVERSARY:2010-06-05", "ANNIVERSARY:20100605", NULL},
        {"X-ANNIVERSARY:2010-06-05", "ANNIVERSARY:20110706",
         "Anniversary on the card: 2011-07-06\r\n"},
        {"BDAY:1990-05-05", "BDAY;VALUE=text:in spring", "Birthday on the card: in spring\r\n"},
};

static const Case dialects[] = {
        {"X-EVOLUTION-ANNIVERSARY:2010-06-05", "ANNIVERSARY:20100605", NULL},
        {"X-KADDRESSBOOK-X-Anniversary:2010-06-05", "ANNIVERSARY:20100605", NULL},
        {"X-EVOLUTION-SPOUSE:Tom Brook", "RELATED;TYPE=spouse;VALUE=text:Tom Brook", NULL},
        {"X-SPOUSE:Tom Brook", "RELATED;TYPE=spouse;VALUE=text:Tom Brook", NULL},
        {"X-KADDRESSBOOK-X-SpousesName:Tom Brook", "X-SPOUSE:tom brook", NULL},
        {"item1.X-ABRELATEDNAMES:Tom Brook\r\nitem1.X-ABLabel:_$!<Spouse>!$_",
         "RELATED;TYPE=spouse;VALUE=text:Tom Brook", NULL},
        {"X-EVOLUTION-MANAGER:Ada", "X-MANAGER:Ada", NULL},
        {"X-KADDRESSBOOK-X-AssistantsName:Ben", "X-ASSISTANT:Ben", NULL},
        {"X-EVOLUTION-BLOG-URL:https://blog.example/", "URL;TYPE=blog:https://blog.example", NULL},
        {"URL:https://blog.example/", "URL;TYPE=blog:https://blog.example", NULL},
        {"NICKNAME:Idchen", "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Idchen;1;;", NULL},
        {"X-EVOLUTION-SPOUSE:Tom Brook", "RELATED;TYPE=spouse;VALUE=text:Tim Brook",
         "Spouse on the card: Tim Brook\r\n"},
        {"X-EVOLUTION-ANNIVERSARY:2010-06-05", "ANNIVERSARY:20110706",
         "Anniversary on the card: 2011-07-06\r\n"},
        {"X-EVOLUTION-MANAGER:Ada", "X-MANAGER:Ben", "Manager on the card: Ben\r\n"},
        {"X-EVOLUTION-MANAGER:Ada", "X-ASSISTANT:Ada", "X-ASSISTANT:Ada\r\n"},
        {"TITLE:x", "RELATED;TYPE=spouse:urn:uuid:1", "RELATED;TYPE=SPOUSE"},
};

static size_t count(const char *text, const char *what)
{
        size_t n = 0;

        for (; (text = strstr(text, what)); text += strlen(what))
                n++;
        return n;
}

/* The text without folds. */
static char *unfolded(const char *text)
{
        char *flat = strdup(text), *fold;

        assert_non_null(flat);
        while ((fold = strstr(flat, "\r\n ")))
                memmove(fold, fold + 3, strlen(fold + 3) + 1);
        while ((fold = strstr(flat, "\\nMet on ")))
                memcpy(fold, "\r\n", 2); /* the last line of the note */
        return flat;
}

/* Tries a case; then that it comes off again, and that nothing is added twice. */
static void check(const Case *c)
{
        _cleanup_free_ char *entry = NULL, *text = NULL, *grown = NULL, *flat = NULL, *back = NULL,
                            *again = NULL;
        _cleanup_(pieces_done) Pieces pieces = {0}, twice = {0};
        _cleanup_(card_freep) Card *card = NULL;
        size_t before, after;

        assert_true(asprintf(&entry, ENTRY("%s"), c->entry) > 0);
        assert_true(asprintf(&text, CARD("%s"), c->card) > 0);
        card = parsed(text);
        assert_int_equal(merge_add(&grown, &pieces, entry, card, &fair, &none), 0);
        assert_non_null(grown);
        flat = unfolded(grown);
        before = count(entry, "\r\n");
        after = count(flat, "\r\n");
        if (c->added && !strstr(flat, c->added))
                fail_msg("%s, %s: no %s in\n%s", c->entry, c->card, c->added, flat);
        if (!c->added && (after != before + 2 || strstr(flat, "on the card")))
                fail_msg("%s, %s: added to\n%s", c->entry, c->card, flat);
        assert_int_equal(merge_add(&again, &twice, grown, card, &fair, &pieces), 0);
        if (again)
                fail_msg("%s, %s: added twice\n%s", c->entry, c->card, again);
        assert_int_equal(merge_remove(&back, NULL, grown, &pieces, &pieces), 0);
        assert_string_equal(back, entry);
}

#define TEST(table)                                                                                \
        static void test_##table(void **state)                                                     \
        {                                                                                          \
                for (size_t i = 0; i < ARRAY_LEN(table); i++)                                      \
                        check(&table[i]);                                                          \
        }

TEST(numbers)
TEST(messages)
TEST(urls)
TEST(emails)
TEST(days)
TEST(dialects)

/* ---- what a card has twice ------------------------------------------------------------------ */

typedef struct Double {
        const char *name, *card;
        const char *wanted[3];
        size_t values; /* lines with a colon behind TEL, EMAIL, URL, IMPP, X-SKYPE */
} Double;

static const Double doubles[] = {
        {"two notations",
         "TEL;TYPE=cell:07700 900123\r\nTEL;TYPE=cell:+44 7700 900123",
         {"TEL;TYPE=CELL:+44 7700 900123\r\n"},
         1},
        {"two types",
         "TEL;TYPE=home:+44 7700 900123\r\nTEL;TYPE=work:tel:+44-7700-900123",
         {"TEL;TYPE=HOME;TYPE=WORK:+44 7700 900123\r\n"},
         1},
        {"three of them",
         "TEL;TYPE=home:07700900123\r\nTEL;TYPE=work:+44 7700 900123\r\nTEL;TYPE=fax:0044 7700 "
         "900123",
         {"TEL;TYPE=HOME;TYPE=WORK;TYPE=FAX:+44 7700 900123\r\n"},
         1},
        {"two labels",
         "a.TEL:+44 7700 900123\r\na.X-ABLABEL:Boat\r\nb.TEL:07700 900123\r\nb.X-ABLABEL:Car",
         {"a.TEL:+44 7700 900123\r\n", "a.X-ABLABEL:Boat\r\n"},
         1},
        {"a label on the second",
         "TEL;TYPE=cell:+44 7700 900123\r\nb.TEL:07700 900123\r\nb.X-ABLABEL:Car",
         {"b.TEL;TYPE=CELL:+44 7700 900123\r\n", "b.X-ABLABEL:Car\r\n"},
         1},
        {"two lines of one switchboard",
         "TEL:+1 202 555 0100\r\nTEL;VALUE=uri:tel:+1-202-555-0100;ext=34",
         {"TEL:+1 202 555 0100\r\n", "TEL:+1-202-555-0100\\;ext=34\r\n"},
         2},
        {"an address that is home and work",
         "EMAIL;TYPE=home:Ida@brook.example\r\nEMAIL;TYPE=work:ida@brook.example",
         {"EMAIL;TYPE=HOME;TYPE=WORK:Ida@brook.example\r\n"},
         1},
        {"a handle in two forms",
         "IMPP:skype:ida.brook\r\nX-SKYPE:ida.brook",
         {"IMPP:skype:ida.brook\r\n"},
         1},
        {"a link with and without a slash",
         "URL:https://clips.example\r\nURL:https://clips.example/",
         {"URL:https://clips.example\r\n"},
         1},
};

static size_t count_values(const char *text)
{
        static const char *const names[] = {"\nTEL", ".TEL",   "\nEMAIL",
                                            "\nURL", "\nIMPP", "\nX-SKYPE"};
        size_t n = 0;

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                n += count(text, names[i]);
        return n;
}

static void check_double(const Double *d, const char *text)
{
        for (size_t i = 0; i < ARRAY_LEN(d->wanted) && d->wanted[i]; i++)
                if (!strstr(text, d->wanted[i]))
                        fail_msg("%s: no %s in\n%s", d->name, d->wanted[i], text);
        if (count_values(text) != d->values)
                fail_msg("%s: not once in\n%s", d->name, text);
        if (count(text, "X-ABLABEL") > 1)
                fail_msg("%s: an idle label in\n%s", d->name, text);
}

static void test_doubles(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(doubles); i++) {
                _cleanup_free_ char *text = NULL, *made = NULL, *back = NULL, *plain = NULL;
                _cleanup_(pieces_done) Pieces pieces = {0}, added = {0};
                _cleanup_(card_freep) Card *card = NULL;

                assert_true(asprintf(&text, CARD("%s"), doubles[i].card) > 0);
                card = parsed(text);
                assert_int_equal(merge_create(&made, &pieces, card, "urn:uuid:1", &fair), 0);
                check_double(&doubles[i], made);
                assert_int_equal(merge_add(&plain, &added, ENTRY("TITLE:x"), card, &fair, &none),
                                 0);
                assert_int_equal(count_values(plain), doubles[i].values);
                assert_int_equal(merge_remove(&back, NULL, plain, &added, &added), 0);
                assert_string_equal(back, ENTRY("TITLE:x"));
        }
}

/* ---- what a card may not bring -------------------------------------------------------------- */

typedef struct Claim {
        const char *entry, *card;
        const char *added;    /* what remains of it, or NULL */
        const char *unwanted; /* what must not stand behind the entry's own lines */
} Claim;

static const Claim claims[] = {
        {"TEL;TYPE=CELL,PREF:+44 7700 900123", "TEL;TYPE=cell;PREF=1:+44 7700 900999",
         "TEL;TYPE=CELL:+44 7700 900999\r\n", "PREF"},
        {"TEL:+44 7700 900123", "TEL;PREF=1:+44 7700 900999", "TEL:+44 7700 900999\r\n", "PREF"},
        {"EMAIL;TYPE=PREF:a@brook.example", "EMAIL;PREF=1;TYPE=work:b@brook.example",
         "EMAIL;TYPE=WORK:b@brook.example\r\n", "PREF"},
        {"TITLE:x", "ADR;PREF=1;TYPE=home:;;1 Low St;Ely;;;", "ADR;TYPE=HOME:", "PREF"},
        {"TITLE:x", "ORG;SORT-AS=\"Aardvark\":Brook\\, Ltd", "ORG:Brook\\, Ltd\r\n", "Aardvark"},
        {"CLASS:PRIVATE", "CLASS:PUBLIC", NULL, "PUBLIC"},
        {"TITLE:x", "CLASS:PUBLIC", NULL, "PUBLIC"},
        {"TITLE:x", "X-ABSHOWAS:COMPANY", NULL, "COMPANY"},
        {"TITLE:x", "X-PHONETIC-FIRST-NAME:Aaa", NULL, "Aaa"},
        {"TITLE:x", "X-PHONETIC-LAST-NAME:Aaa", NULL, "Aaa"},
        {"TITLE:x", "CATEGORIES:Family,Friends", NULL, "Family"},
        {"TITLE:x", "X-RINGTONE:loud", NULL, "loud"},
        {"TITLE:x", "X-STARRED:1", NULL, "STARRED"},
        {"TITLE:x", "KIND:org", NULL, "org"},
};

static void check_claim(const Claim *c, const char *version)
{
        _cleanup_free_ char *entry = NULL, *text = NULL, *grown = NULL, *flat = NULL;
        _cleanup_(pieces_done) Pieces pieces = {0};
        _cleanup_(card_freep) Card *card = NULL;
        const char *new;

        assert_true(asprintf(&entry, IN("%s", "%s"), version, c->entry) > 0);
        assert_true(asprintf(&text, CARD("%s"), c->card) > 0);
        card = parsed(text);
        assert_int_equal(merge_add(&grown, &pieces, entry, card, &fair, &none), 0);
        flat = unfolded(grown);
        new = strstr(flat, c->entry);
        assert_non_null(new);
        new += strlen(c->entry);
        if (c->added && !strcasestr(new, c->added))
                fail_msg("%s: no %s in\n%s", c->card, c->added, flat);
        if (strcasestr(new, c->unwanted))
                fail_msg("%s: %s in\n%s", c->card, c->unwanted, flat);
}

static void test_claims(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
                check_claim(&claims[i], "3.0");
                check_claim(&claims[i], "4.0");
        }
}

/* ---- the occasion --------------------------------------------------------------------------- */

static void check_notes(NoteStyle style, bool wanted, bool place)
{
        const Occasion o = {.time_s = 1700000000,
                            .people = 3,
                            .level = "proven",
                            .place = "Somewhere",
                            .notes = style};
        _cleanup_(card_freep) Card *card = parsed(CARD("TEL:+447700900123"));
        _cleanup_(pieces_done) Pieces pieces = {0}, more = {0};
        _cleanup_free_ char *made = NULL, *grown = NULL;

        assert_int_equal(merge_create(&made, &pieces, card, "urn:uuid:1", &o), 0);
        assert_int_equal(merge_add(&grown, &more, ENTRY("TITLE:x"), card, &o, &none), 0);
        for (int i = 0; i < 2; i++) {
                const char *text = i == 0 ? made : grown;

                assert_int_equal(strstr(text, "NOTE:Met on") != NULL, wanted);
                assert_int_equal(strstr(text, "CATEGORIES:Huddle ") != NULL, wanted);
                assert_int_equal(strstr(text, "Somewhere") != NULL, place);
        }
}

static void test_notes(void **state)
{
        check_notes(NOTES_ON, true, true);
        check_notes(NOTES_NO_PLACE, true, false);
        check_notes(NOTES_OFF, false, false);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers), cmocka_unit_test(test_messages),
                cmocka_unit_test(test_urls),    cmocka_unit_test(test_emails),
                cmocka_unit_test(test_days),    cmocka_unit_test(test_dialects),
                cmocka_unit_test(test_doubles), cmocka_unit_test(test_claims),
                cmocka_unit_test(test_notes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
