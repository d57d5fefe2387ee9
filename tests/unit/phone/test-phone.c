/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/util.h"
#include "src/phone/phone.h"
#include "tests/unit/test.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- the normal form ------------------------------------------------------------------------ */

typedef struct Form {
        const char *text, *normal;
} Form;

static const Form forms[] = {
        {"+44 7700 900123", "+447700900123"},
        {"tel:+44-7700-900123", "+447700900123"},
        {"0044 7700 900123", "+447700900123"},
        {"07700/900 123", "07700900123"},
        {"(0660) 123.45.67", "06601234567"},
        /* digits of other scripts, full width */
        {"＋４４　７７００　９００１２３", "+447700900123"},
        {"（０３）１２３４－５６７８", "0312345678"},
        {"٠٢ ٣٤٥٦٧٨٩٠", "0234567890"},
        {"۰۲۱ ۲۳۴۵ ۶۷۸۹", "02123456789"},
        {"०७४१० ४१०१२३", "07410410123"},
        /* trunk prefix in brackets */
        {"+44 (0)113 496 0000", "+44(0)1134960000"},
        {"+44(0) 113 496 0000", "+44(0)1134960000"},
        {"0044 (0)113 496 0000", "+44(0)1134960000"},
        {"+43 (1) 234567", "+431234567"},
        {"(0)113 496 0000", "01134960000"},
        /* extensions and pauses */
        {"tel:+1-202-555-0100;ext=34", "+12025550100;34"},
        {"tel:+1-202-555-0100;isub=9;ext=34;x=5", "+12025550100;34"},
        {"tel:+1-202-555-0100;isub=9", "+12025550100"},
        {"+1 202 555 0100 x34", "+12025550100;34"},
        {"+1 202 555 0100 ext. 34", "+12025550100;34"},
        {"+1 202 555 0100 доб. 34", "+12025550100;34"},
        {"+1 202 555 0100 内線 34", "+12025550100;34"},
        {"+1 202 555 0100 #34", "+12025550100;34"},
        {"+12025550100,34", "+12025550100;34"},
        {"+12025550100,,34#", "+12025550100;34"},
        {"+12025550100;34", "+12025550100;34"},
        {"tel:+12025550100;34", "+12025550100;34"},
        {"+12025550100p34", "+12025550100;34"},
        {"+12025550100w34", "+12025550100;34"},
        {"+12025550100,", "+12025550100"},
        {"+12025550100#", "+12025550100"},
        /* a local number with its context (RFC 3966 section 5.1.5) */
        {"tel:863-1234;phone-context=+1-914-555", "+19145558631234"},
        {"tel:863-1234;phone-context=example.com", "8631234"},
        /* letters */
        {"0800 REISEN", "0800734736"},
        {"1-800-FLOWERS", "18003569377"},
        {"0660 1234567 (mobile)", "06601234567"},
        {"Tel. 0660 1234567", "06601234567"},
        /* codes */
        {"112", "112"},
        {"11 2", "112"},
        {"*100#", "*100#"},
        {"*#06#", "*#06#"},
        /* none */
        {"", ""},
        {"+", ""},
        {"ask Ida", ""},
        {"**", ""},
        {"00w", "00"},
        {"00 (0) 3", "0003"},
};

static void test_normal(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
                _cleanup_free_ char *normal = phone_normal(forms[i].text);

                assert_non_null(normal);
                if (strcmp(normal, forms[i].normal) != 0)
                        fail_msg("%s: %s", forms[i].text, normal);
        }
}

/* ---- the same line -------------------------------------------------------------------------- */

/* Of persons who have these numbers alone. */
static bool same(const char *a, const char *b)
{
        char *normal_a = phone_normal(a), *normal_b = phone_normal(b);
        const char *const list_a[] = {normal_a}, *const list_b[] = {normal_b};
        PhoneSet of_a = {.numbers = list_a, .n = 1}, of_b = {.numbers = list_b, .n = 1};
        bool forth, back;

        assert_non_null(normal_a);
        assert_non_null(normal_b);
        forth = phone_same(normal_a, &of_a, normal_b, &of_b);
        back = phone_same(normal_b, &of_b, normal_a, &of_a);
        if (forth != back)
                fail_msg("%s, %s: one way only", a, b);
        free(normal_a);
        free(normal_b);
        return forth;
}

/* A user of whom nothing is known but the number or the locale. */
static bool same_for(const char *number, const char *locale, const char *a, const char *b)
{
        bool result;

        phone_set_home(number, locale);
        result = same(a, b);
        phone_set_home(NULL, NULL);
        return result;
}

typedef struct Country {
        const char *region, *international, *national;
} Country;

/* The examples of libphonenumber's public data (a fixed and a mobile one), for the 40 countries
 * with most people and some with rules of their own. */
static const Country countries[] = {
        {"IN", "+91 74104 10123", "074104 10123"},
        {"IN", "+91 81234 56789", "081234 56789"},
        {"CN", "+86 10 1234 5678", "010 1234 5678"},
        {"CN", "+86 131 2345 6789", "131 2345 6789"},
        {"US", "+1 201-555-0123", "(201) 555-0123"},
        {"ID", "+62 21 8350123", "(021) 8350123"},
        {"ID", "+62 812-345-678", "0812-345-678"},
        {"PK", "+92 21 23456789", "(021) 23456789"},
        {"PK", "+92 301 2345678", "0301 2345678"},
        {"NG", "+234 1 804 0123", "01 804 0123"},
        {"NG", "+234 802 123 4567", "0802 123 4567"},
        {"BR", "+55 11 2345-6789", "(11) 2345-6789"},
        {"BR", "+55 11 96123-4567", "(11) 96123-4567"},
        {"BD", "+880 2-7111234", "02-7111234"},
        {"BD", "+880 1812-345678", "01812-345678"},
        {"RU", "+7 301 123-45-67", "8 (301) 123-45-67"},
        {"RU", "+7 912 345-67-89", "8 (912) 345-67-89"},
        {"MX", "+52 200 123 4567", "200 123 4567"},
        {"MX", "+52 222 123 4567", "222 123 4567"},
        {"ET", "+251 11 111 2345", "011 111 2345"},
        {"ET", "+251 91 123 4567", "091 123 4567"},
        {"JP", "+81 3-1234-5678", "03-1234-5678"},
        {"JP", "+81 90-1234-5678", "090-1234-5678"},
        {"PH", "+63 2 3234 5678", "(02) 3234 5678"},
        {"PH", "+63 905 123 4567", "0905 123 4567"},
        {"EG", "+20 2 34567890", "02 34567890"},
        {"EG", "+20 100 123 4567", "0100 123 4567"},
        {"CD", "+243 12 34567", "012 34567"},
        {"CD", "+243 991 234 567", "0991 234 567"},
        {"VN", "+84 210 1234 567", "0210 1234 567"},
        {"VN", "+84 91 234 56 78", "091 234 56 78"},
        {"IR", "+98 21 2345 6789", "021 2345 6789"},
        {"IR", "+98 912 345 6789", "0912 345 6789"},
        {"TR", "+90 212 345 67 89", "(0212) 345 67 89"},
        {"TR", "+90 501 234 56 78", "0501 234 56 78"},
        {"DE", "+49 30 123456", "030 123456"},
        {"DE", "+49 1512 3456789", "01512 3456789"},
        {"TH", "+66 2 123 4567", "02 123 4567"},
        {"TH", "+66 81 234 5678", "081 234 5678"},
        {"GB", "+44 121 234 5678", "0121 234 5678"},
        {"GB", "+44 7400 123456", "07400 123456"},
        {"TZ", "+255 22 234 5678", "022 234 5678"},
        {"TZ", "+255 621 234 567", "0621 234 567"},
        {"FR", "+33 1 23 45 67 89", "01 23 45 67 89"},
        {"FR", "+33 6 12 34 56 78", "06 12 34 56 78"},
        {"ZA", "+27 10 123 4567", "010 123 4567"},
        {"ZA", "+27 71 123 4567", "071 123 4567"},
        {"IT", "+39 02 1234 5678", "02 1234 5678"},
        {"IT", "+39 312 345 6789", "312 345 6789"},
        {"KE", "+254 20 2012345", "020 2012345"},
        {"KE", "+254 712 123456", "0712 123456"},
        {"MM", "+95 1 234 567", "01 234 567"},
        {"MM", "+95 9 212 3456", "09 212 3456"},
        {"CO", "+57 601 2345678", "(601) 2345678"},
        {"CO", "+57 321 1234567", "321 1234567"},
        {"KR", "+82 2-212-3456", "02-212-3456"},
        {"KR", "+82 10-2000-0000", "010-2000-0000"},
        {"UG", "+256 31 2345678", "031 2345678"},
        {"UG", "+256 712 345678", "0712 345678"},
        {"SD", "+249 15 312 3456", "015 312 3456"},
        {"SD", "+249 91 123 1234", "091 123 1234"},
        {"ES", "+34 810 12 34 56", "810 12 34 56"},
        {"ES", "+34 612 34 56 78", "612 34 56 78"},
        {"AR", "+54 11 2345-6789", "011 2345-6789"},
        {"AR", "+54 9 11 2345-6789", "011 15-2345-6789"},
        {"DZ", "+213 12 34 56 78", "012 34 56 78"},
        {"DZ", "+213 551 23 45 67", "0551 23 45 67"},
        {"IQ", "+964 1 234 5678", "01 234 5678"},
        {"IQ", "+964 791 234 5678", "0791 234 5678"},
        {"UA", "+380 3112 34567", "03112 34567"},
        {"UA", "+380 50 123 4567", "050 123 4567"},
        {"CA", "+1 506-234-5678", "(506) 234-5678"},
        {"PL", "+48 12 345 67 89", "12 345 67 89"},
        {"PL", "+48 512 345 678", "512 345 678"},
        {"MA", "+212 520-123456", "0520-123456"},
        {"MA", "+212 650-123456", "0650-123456"},
        {"SA", "+966 11 234 5678", "011 234 5678"},
        {"SA", "+966 51 234 5678", "051 234 5678"},
        {"UZ", "+998 66 905 01 23", "8 66 905 01 23"},
        {"UZ", "+998 91 234 56 78", "8 91 234 56 78"},
        {"AU", "+61 2 1234 5678", "(02) 1234 5678"},
        {"AU", "+61 412 345 678", "0412 345 678"},
        {"NL", "+31 10 123 4567", "010 123 4567"},
        {"NL", "+31 6 12345678", "06 12345678"},
        {"AT", "+43 1 234567890", "01 234567890"},
        {"AT", "+43 664 123456", "0664 123456"},
        {"CH", "+41 21 234 56 78", "021 234 56 78"},
        {"CH", "+41 78 123 45 67", "078 123 45 67"},
        {"SE", "+46 8 12 34 56", "08-12 34 56"},
        {"SE", "+46 70 123 45 67", "070-123 45 67"},
        {"PT", "+351 21 234 5678", "21 234 5678"},
        {"PT", "+351 912 345 678", "912 345 678"},
        {"GR", "+30 21 2345 6789", "21 2345 6789"},
        {"GR", "+30 691 234 5678", "691 234 5678"},
        {"HU", "+36 1 234 5678", "(06 1) 234 5678"},
        {"HU", "+36 20 123 4567", "06 20 123 4567"},
        {"BY", "+375 152 45-09-11", "8 0152 45-09-11"},
        {"BY", "+375 29 491-19-11", "8 029 491-19-11"},
        {"KZ", "+7 71234 5 67 89", "8 (71234) 5 67 89"},
        {"KZ", "+7 771 000 9998", "8 (771) 000 9998"},
};

static void check_same(const Country *c, const char *form)
{
        if (!same(c->international, form))
                fail_msg("%s: %s is not %s", c->region, form, c->international);
}

/* "+44 121…" as "+44 (0)121…". In Italy another number may begin with this 0; see pairs. */
static void check_trunk(const Country *c)
{
        const char *blank = strchr(c->international, ' ');
        char form[64];

        if (strcmp(c->region, "IT") == 0)
                return;
        (void)snprintf(form, sizeof form, "%.*s (0)%s", (int)(blank - c->international),
                       c->international, blank + 1);
        check_same(c, form);
}

static void check_wide(const Country *c)
{
        char form[128], *to = form;

        for (const char *s = c->international; *s; s++)
                if (isdigit((unsigned char)*s))
                        to += sprintf(to, "\xef\xbc%c", 0x90 + (*s - '0'));
                else
                        *to++ = *s;
        *to = '\0';
        check_same(c, form);
}

static void check_prefixes(const Country *c)
{
        static const char *const prefixes[] = {"00", "011 ", "010 ", "0011 ", "8 10 "};
        char form[64];

        for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
                (void)snprintf(form, sizeof form, "%s%s", prefixes[i], c->international + 1);
                check_same(c, form);
        }
}

static void check_extension(const Country *c)
{
        static const char *const marks[] = {" x34", ",34", ";34", " ext. 34", ";ext=34"};
        char form[64], other[64];

        for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
                (void)snprintf(form, sizeof form, "%s%s", c->international, marks[i]);
                (void)snprintf(other, sizeof other, "%s x34", c->national);
                if (same(c->international, form) || same(c->national, form))
                        fail_msg("%s: the line of %s", c->region, form);
                if (!same(other, form))
                        fail_msg("%s: %s is not %s", c->region, other, form);
        }
}

static void test_countries(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(countries); i++) {
                check_same(&countries[i], countries[i].national);
                check_same(&countries[i], countries[i].international + 1);
                check_trunk(&countries[i]);
                check_wide(&countries[i]);
                check_prefixes(&countries[i]);
                check_extension(&countries[i]);
        }
}

static void test_countries_apart(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(countries); i++)
                for (size_t k = 0; k < ARRAY_LEN(countries); k++)
                        if (i != k && same(countries[i].international, countries[k].international))
                                fail_msg("%s is %s", countries[i].international,
                                         countries[k].international);
}

static void test_at_home(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(countries); i++) {
                const Country *c = &countries[i];
                char locale[8];

                (void)snprintf(locale, sizeof locale, "xx_%s", c->region);
                if (!same_for(NULL, locale, c->national, c->international))
                        fail_msg("%s: %s by %s", c->region, c->national, locale);
                if (!same_for(c->international, NULL, c->national, c->international))
                        fail_msg("%s: %s by number", c->region, c->national);
        }
}

typedef struct Pair {
        const char *name, *a, *b;
        bool same;
        const char *number, *locale; /* the user's */
} Pair;

static const Pair pairs[] = {
        {"national and international", "07700 900123", "+44 7700 900123", true, NULL, NULL},
        {"8 for +7", "8 (495) 765-43-21", "+7 495 765 43 21", true, NULL, NULL},
        {"1 without +", "1 (202) 555-0100", "+1 202-555-0100", true, NULL, NULL},
        {"0 in brackets", "+44 (0)113 496 0000", "+44 113 496 0000", true, NULL, NULL},
        {"0 in brackets, where no 0 is dialled", "+351 (0)21 234 5678", "+351 21 234 5678", true,
         NULL, NULL},
        {"0 in brackets, where the 0 stays", "+39 (0)2 1234 5678", "+39 02 1234 5678", true, NULL,
         NULL},
        {"0 without brackets", "+44 0113 496 0000", "+44 113 496 0000", true, NULL, NULL},
        {"06 in Hungary", "06 20 123 4567", "+36 20 123 4567", true, NULL, NULL},
        {"9 and 15 in Argentina", "011 15-2345-6789", "+54 9 11 2345-6789", true, NULL, NULL},
        {"1 in Mexico", "+52 1 222 123 4567", "+52 222 123 4567", true, NULL, NULL},
        {"another last digit", "07700 900124", "+44 7700 900123", false, NULL, NULL},
        {"another area", "020 7946 0123", "+44 113 946 0123", false, NULL, NULL},
        {"another country", "+44 7700 900123", "+49 7700 900123", false, NULL, NULL},
        {"without the area", "555 0100", "+1 202 555 0100", false, NULL, NULL},
        {"no region, the same digits", "0660 1234567", "0660-123 45 67", true, NULL, NULL},
        {"no region, other digits", "0660 1234567", "660 1234567", false, NULL, NULL},
        {"the user's country is another", "0664 123456", "+49 664 123456", false, "+43 1 234567890",
         NULL},
        {"the user's country by locale", "0664 123456", "+49 664 123456", false, NULL,
         "de_AT.UTF-8"},
        {"the user's country is the same", "0664 123456", "+43 664 123456", true, "0043 1 2345678",
         NULL},
        {"two national forms at home", "0664 123456", "664 123456", true, "+43 1 234567890", NULL},
        {"two national forms, by locale", "1 202 555 0100", "(202) 555-0100", true, NULL, "en_US"},
        {"no number of the user's country", "07700 900123", "+44 7700 900123", true, NULL,
         "en_US.UTF-8"},
        {"a locale without a country", "0664 123456", "664 123456", false, NULL, "C.UTF-8"},
        {"1 without +, where that is a number, too", "1 202 555 0100", "+1 202 555 0100", true,
         "+43 1 234567890", NULL},
        {"short codes", "112", "112", true, NULL, NULL},
        {"short codes, another", "110", "112", false, NULL, NULL},
        {"a short code and a number", "112", "+44 112", false, NULL, NULL},
        {"a service code", "*100#", "100", false, NULL, NULL},
        {"the end of another number", "765 4321", "+7 495 765 43 21", false, NULL, NULL},
        {"longer than any number", "+44 77009001231234567890123456789012345678901234567890",
         "077009001231234567890123456789012345678901234567890", false, NULL, NULL},
        {"longer than a buffer",
         "+4477009001231234567890123456789012345678901234567890123456789012345678901234567890",
         "077009001231234567890123456789012345678901234567890123456789012345678901234567890", false,
         NULL, NULL},
};

static void test_pairs(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
                const Pair *p = &pairs[i];

                if (same_for(p->number, p->locale, p->a, p->b) != p->same)
                        fail_msg("%s: %s and %s", p->name, p->a, p->b);
        }
}

/* The other numbers of an entry tell where it is. */
static void test_set(void **state)
{
        static const char *const austrian[] = {"+431234567890", "0664123456"},
                                 *const both[] = {"+431234567890", "+49301234567", "0664123456"},
                                 *const card[] = {"+49664123456"}, *const home[] = {"+43664123456"};
        PhoneSet a = {.numbers = austrian, .n = 2}, b = {.numbers = card, .n = 1},
                 c = {.numbers = home, .n = 1}, unsure = {.numbers = both, .n = 3};

        assert_false(phone_same(austrian[1], &a, card[0], &b));
        assert_true(phone_same(austrian[1], &a, home[0], &c));
        assert_true(phone_same(both[2], &unsure, home[0], &c));
        assert_string_equal(a.region, "AT");
        assert_string_equal(unsure.region, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_normal),  cmocka_unit_test(test_countries),
                cmocka_unit_test(test_at_home), cmocka_unit_test(test_countries_apart),
                cmocka_unit_test(test_pairs),   cmocka_unit_test(test_set),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
