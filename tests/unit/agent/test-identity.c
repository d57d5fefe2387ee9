/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is who: names in many scripts, and which entry of a book a card belongs to */
#include "src/agent/index.h"
#include "src/agent/names.h"
#include "tests/unit/test.h"

#include <strings.h>

/* ---- names ---------------------------------------------------------------------------------- */

static const struct {
        const char *seen, *name;
        NameLikeness like;
} names[] = {
        {"Anna Kis", "Kis, Anna", NAME_SAME},
        {"ANNA  K\u00cdS", "Anna Kis", NAME_SAME},
        {"Anna Maria Kis", "Anna Kis", NAME_PART},
        {"Anna Kis", "Anna Bo", NAME_OTHER},
        {"Ann Kis", "Anna Kis", NAME_OTHER},
        {"\u2605", "\u2606", NAME_OTHER},
        {"\u2605", "\u2605", NAME_SAME},
        {"O\u2019Dell Zo\u00eb", "Zoe O'Dell", NAME_SAME},
        /* letters that Unicode does not take apart */
        {"\u0141ukasz \u017b\u00f3\u0142w", "Lukasz Zolw", NAME_SAME},
        {"S\u00f8ren \u00d8rsted", "Soren Orsted", NAME_SAME},
        {"\u0110or\u0111e", "Dorde", NAME_SAME},
        {"I\u015f\u0131l", "Isil", NAME_SAME},
        {"\u0130pek", "ipek", NAME_SAME},
        {"Wei\u00df", "Weiss", NAME_SAME},
        {"\u00c6gir", "Aegir", NAME_SAME},
        {"\u0152uvre", "Oeuvre", NAME_SAME},
        {"\u00deorl\u00e1kur", "Thorlakur", NAME_SAME},
        {"Nguy\u1ec5n H\u00f2a", "Nguyen Hoa", NAME_SAME},
        /* passports */
        {"J\u00f6rg M\u00fcller", "Joerg Mueller", NAME_SAME},
        {"Joerg Mueller", "J\u00f6rg M\u00fcller", NAME_SAME},
        {"J\u00f6rg M\u00fcller", "Jorg Muller", NAME_SAME},
        /* vowel signs, tones and voicing marks are letters */
        {"\u0915\u092e\u0932\u093e", "\u0915\u092e\u0932", NAME_OTHER}, /* Kamala */
        {"\u0995\u09ae\u09b2\u09be", "\u0995\u09ae\u09b2", NAME_OTHER}, /* Bengali */
        {"\u0bb0\u0bbe\u0bae\u0bbe", "\u0bb0\u0bbe\u0bae", NAME_OTHER}, /* Tamil */
        {"\u0c30\u0c3e\u0c2e", "\u0c30\u0c3e\u0c2e\u0c41", NAME_OTHER}, /* Telugu */
        {"\u0e01\u0e32\u0e19\u0e14\u0e32", "\u0e01\u0e34\u0e19\u0e14\u0e32", NAME_OTHER}, /* Thai */
        {"\u0e21\u0e48\u0e32\u0e19", "\u0e21\u0e49\u0e32\u0e19", NAME_OTHER}, /* Thai tones */
        {"\u304b\u304d", "\u304c\u304d", NAME_OTHER},                         /* Kaki, Gaki */
        {"\u30cf\u30e9", "\u30d0\u30e9", NAME_OTHER},                         /* Hara, Bara */
        {"\u30cf\u30e9", "\u30cf\uff9e\u30e9", NAME_OTHER},
        {"\u30d0\u30e9", "\uff8a\uff9e\uff97", NAME_SAME}, /* half width */
        {"\u0b95\u0bcd", "\u0b95", NAME_OTHER},            /* virama */
        {"\u1000\u102d\u102f", "\u1000\u1000", NAME_OTHER},
        /* points that are written or not */
        {"\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd", NAME_SAME},
        {"\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u0645\u062d\u0645\u062f", NAME_SAME},
        {"\u0623\u062d\u0645\u062f", "\u0627\u062d\u0645\u062f", NAME_SAME},
        {"\u0410\u043b\u0451\u043d\u0430", "\u0410\u043b\u0435\u043d\u0430", NAME_SAME},
        /* transliteration, where one of the two is in Latin letters */
        {"\u0418\u0434\u0430 \u041e\u0440\u043b\u043e\u0432\u0430", "Ida Orlova", NAME_SAME},
        {"Ida Orlova", "\u041e\u0440\u043b\u043e\u0432\u0430 \u0418\u0434\u0430", NAME_SAME},
        {"\u041e\u043b\u044c\u0433\u0430 \u0429\u0443\u043a\u0438\u043d\u0430", "Olga Shchukina",
         NAME_SAME},
        {"\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2 "
         "\u03a0\u03b1\u03c0\u03b1\u03b4\u03cc\u03c0\u03bf\u03c5\u03bb\u03bf\u03c2",
         "Giorgos Papadopoulos", NAME_SAME},
        {"\u738b\u5c0f\u660e", "Wang Xiaoming", NAME_SAME},
        {"\u738b \u5c0f\u660e", "\u738b\u5c0f\u660e", NAME_SAME},
        {"\u738b\u4f1f", "\u738b\u7ef4", NAME_OTHER}, /* both Wang Wei in Latin letters */
        {"\u738b\u4f1f", "\u738b\u7ef4 Wang Wei", NAME_OTHER},
        {"\u738b\u4f1f", "Wang Li", NAME_OTHER},
        /* titles and generations */
        {"Dr. Anna Kis", "Prof. Anna Kis", NAME_SAME},
        {"Frau Anna Kis", "Anna Kis, PhD", NAME_SAME},
        {"Dr.", "Dr. Anna Kis", NAME_OTHER},
        {"John Smith Jr.", "John Smith", NAME_OTHER},
        {"John Smith Jr.", "John Smith Sr.", NAME_OTHER},
        {"John Smith Jr.", "John Smith, Junior", NAME_SAME},
        {"Tom Brook", "Tom Brook jun.", NAME_OTHER},
        {"Amartya Sen", "Sen Amartya", NAME_SAME},
        {"Jun Tanaka", "Tanaka Jun", NAME_SAME},
        {"S\u00f8ren \u00c5berg", "Soeren Aaberg", NAME_SAME},
        {"John Smith III", "Dr. John Smith III", NAME_SAME},
};

static void test_names(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                NameLikeness like, back;

                assert_int_equal(name_compare(&like, names[i].seen, names[i].name, names[i].name),
                                 0);
                assert_int_equal(name_compare(&back, names[i].name, names[i].seen, names[i].seen),
                                 0);
                if (like != names[i].like || back != names[i].like)
                        fail_msg("%s and %s: %u, %u", names[i].seen, names[i].name, like, back);
        }
}

static void test_other_names_of_an_entry(void **state)
{
        NameLikeness like;

        assert_int_equal(name_compare(&like, "Anna Kis", "Anni", "Anni Kis;Anna;;;"), 0);
        assert_int_equal(like, NAME_PART);
        assert_int_equal(name_compare(&like, "Mum", "Eve", "Eve"), 0);
        assert_int_equal(like, NAME_OTHER);
}

/* ---- a card and a book ---------------------------------------------------------------------- */

#define TAKEN_MAX 2

typedef struct World {
        const char *name, *entries[3], *card;
        Verdict verdict;
        const char *id;       /* of the entry found: "0", "1"; NULL: none */
        const char *evidence; /* NULL: not compared */
        const char *taken[TAKEN_MAX];
} World;

static const World worlds[] = {
        {"UID and name",
         {"UID:1\r\nFN:Anna Kis"},
         "UID:1\r\nFN:Anna Kis",
         VERDICT_SAME,
         "0",
         "uid,name",
         {0}},
        {"somebody else's UID",
         {"UID:1\r\nFN:Anna Kis"},
         "UID:1\r\nFN:My Bank",
         VERDICT_CLAIMS,
         "0",
         "uid",
         {0}},
        {"address and name",
         {"FN:Anna Kis\r\nEMAIL:A@B.example"},
         "FN:Kis Anna\r\nEMAIL:a@b.example",
         VERDICT_SAME,
         "0",
         "email,name",
         {0}},
        {"somebody else's address",
         {"FN:Anna Kis\r\nEMAIL:a@b.example"},
         "FN:Eve\r\nEMAIL:a@b.example",
         VERDICT_CLAIMS,
         "0",
         "email",
         {0}},
        {"national number",
         {"FN:Anna Kis\r\nTEL:0660 123 45 67"},
         "FN:Anna Kis\r\nTEL:+43 660 1234567",
         VERDICT_SAME,
         "0",
         "number,name",
         {0}},
        {"digits of another script",
         {"FN:Anna Kis\r\nTEL:+43 660 1234567"},
         "FN:Anna "
         "Kis\r\nTEL:+\u0664\u0663\u0666\u0666\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
         VERDICT_SAME,
         "0",
         "number,name",
         {0}},
        {"short numbers are nobody's",
         {"FN:Anna Kis\r\nTEL:112"},
         "FN:Anna Kis\r\nTEL:112",
         VERDICT_NAME,
         "0",
         "name",
         {0}},
        {"the name alone",
         {"FN:Anna Kis\r\nTEL:1234567"},
         "FN:anna  k\u00eds\r\nTEL:7654321",
         VERDICT_NAME,
         "0",
         "name",
         {0}},
        {"more of the name",
         {"FN:Anna Kis\r\nEMAIL:a@b.example"},
         "FN:Anna Maria Kis\r\nEMAIL:a@b.example",
         VERDICT_SAME,
         "0",
         "email,part",
         {0}},
        {"a nickname in the book",
         {"FN:Anni\r\nNICKNAME:Anna Kis\r\nEMAIL:a@b.example"},
         "FN:Anna Kis\r\nEMAIL:a@b.example",
         VERDICT_SAME,
         "0",
         "email,part",
         {0}},
        {"a nickname that the stranger took",
         {"FN:Mum\r\nEMAIL:a@b.example"},
         "FN:Eve\r\nNICKNAME:Mum\r\nEMAIL:a@b.example",
         VERDICT_CLAIMS,
         "0",
         "email",
         {0}},
        {"nothing",
         {"FN:Anna\r\nTEL:1234567"},
         "FN:Bob\r\nTEL:7654321",
         VERDICT_NOBODY,
         NULL,
         "",
         {0}},
        /* one line, one switchboard */
        {"a couple",
         {"FN:Ida Brook\r\nTEL:+44 113 496 0000"},
         "FN:Tom Brook\r\nTEL:+44 113 496 0000",
         VERDICT_CLAIMS,
         "0",
         "number",
         {0}},
        {"the entry of a couple",
         {"FN:Ida & Tom Brook\r\nTEL:+44 113 496 0000"},
         "FN:Tom Brook\r\nTEL:+44 113 496 0000",
         VERDICT_SAME,
         "0",
         "number,part",
         {0}},
        {"the entry of a couple, the other one's already",
         {"FN:Ida & Tom Brook\r\nTEL:+44 113 496 0000"},
         "FN:Tom Brook\r\nTEL:+44 113 496 0000",
         VERDICT_TAKEN,
         "0",
         "number,part,taken",
         {"0"}},
        {"a couple's and one's own",
         {"FN:Ida & Tom Brook\r\nTEL:+44 113 496 0000", "FN:Tom Brook\r\nTEL:+44 113 496 0000"},
         "FN:Tom Brook\r\nTEL:+44 113 496 0000",
         VERDICT_SAME,
         "1",
         "number,name",
         {0}},
        {"father and son",
         {"FN:John Smith\r\nTEL:+44 113 496 0000"},
         "FN:John Smith Jr\r\nTEL:+44 113 496 0000",
         VERDICT_CLAIMS,
         "0",
         "number",
         {0}},
        {"a colleague",
         {"FN:Ada Berg\r\nEMAIL:o@mill.example\r\nTEL:+49 30 2312500"},
         "FN:Ben Cole\r\nEMAIL:o@mill.example\r\nTEL:+49 30 2312500",
         VERDICT_CLAIMS,
         "0",
         "email,number",
         {0}},
        {"a colleague who has an entry, too",
         {"FN:Ada Berg\r\nTEL:+49 30 2312500", "FN:Ben Cole\r\nTEL:+49 30 2312500"},
         "FN:Ben Cole\r\nTEL:+49 30 2312500",
         VERDICT_SAME,
         "1",
         "number,name",
         {0}},
        {"an office and a namesake",
         {"FN:Mill & Sons\r\nTEL:+49 30 2312500", "FN:Ben Cole"},
         "FN:Ben Cole\r\nTEL:+49 30 2312500",
         VERDICT_CLAIMS,
         "0",
         "number",
         {0}},
        {"an entry that is only a number",
         {"TEL:+44 113 496 0000"},
         "FN:Ida Brook\r\nTEL:+44 113 496 0000",
         VERDICT_CLAIMS,
         "0",
         "number",
         {0}},
        /* several entries */
        {"two entries that fit",
         {"FN:Tom Brook\r\nTEL:+44 113 496 0000", "FN:Ida Brook\r\nTEL:+44 113 496 0000"},
         "FN:Brook\r\nTEL:+44 113 496 0000",
         VERDICT_SEVERAL,
         "0",
         NULL,
         {0}},
        {"the same twice",
         {"FN:Ida Brook\r\nEMAIL:i@b.example", "FN:Ida Brook\r\nEMAIL:i@b.example"},
         "FN:Ida Brook\r\nEMAIL:i@b.example",
         VERDICT_SEVERAL,
         "0",
         NULL,
         {0}},
        {"one has the address, one the number",
         {"FN:Ida Brook\r\nEMAIL:i@b.example", "FN:Ida Brook\r\nTEL:1234567"},
         "FN:Ida Brook\r\nEMAIL:i@b.example\r\nTEL:1234567",
         VERDICT_SEVERAL,
         "0",
         "email,number,name",
         {0}},
        {"one has both",
         {"FN:Ida Brook\r\nEMAIL:i@b.example", "FN:Ida Brook\r\nEMAIL:i@b.example\r\nTEL:1234567"},
         "FN:Ida Brook\r\nEMAIL:i@b.example\r\nTEL:1234567",
         VERDICT_SAME,
         "1",
         "email,number,name",
         {0}},
        {"one is another person's",
         {"FN:Tom Brook\r\nTEL:+44 113 496 0000", "FN:Ida Brook\r\nTEL:+44 113 496 0000"},
         "FN:Brook\r\nTEL:+44 113 496 0000",
         VERDICT_SAME,
         "1",
         NULL,
         {"0"}},
        {"three, of which the last is best",
         {"FN:Brook\r\nTEL:1234567", "FN:Brook\r\nTEL:1234567",
          "FN:Brook\r\nTEL:1234567\r\nEMAIL:i@b.example"},
         "FN:Brook\r\nEMAIL:i@b.example\r\nTEL:1234567",
         VERDICT_SAME,
         "2",
         NULL,
         {0}},
        {"the UID decides",
         {"FN:Ida Brook\r\nEMAIL:i@b.example", "UID:u\r\nFN:Ida Brook"},
         "UID:u\r\nFN:Ida Brook\r\nEMAIL:i@b.example",
         VERDICT_SAME,
         "1",
         "uid,name",
         {0}},
};

static int is_taken(void *userdata, const char *id, bool *ret)
{
        const World *w = userdata;

        *ret = false;
        for (size_t i = 0; i < TAKEN_MAX && w->taken[i]; i++)
                *ret = *ret || strcmp(w->taken[i], id) == 0;
        return 0;
}

static Card *card_of(const char *lines)
{
        _cleanup_free_ char *text = NULL;
        Card *c = NULL;

        assert_true(asprintf(&text, "BEGIN:VCARD\r\nVERSION:3.0\r\n%s\r\nEND:VCARD\r\n", lines) >
                    0);
        assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
        return c;
}

static void find(const World *w, IndexFound *ret, const Index *index)
{
        _cleanup_(card_freep) Card *c = card_of(w->card);

        assert_int_equal(index_find(index, ret, c, is_taken, (void *)(uintptr_t)w), 0);
}

static Index *index_of(const World *w)
{
        Index *index;

        assert_int_equal(index_new(&index), 0);
        for (size_t i = 0; i < ARRAY_LEN(w->entries) && w->entries[i]; i++) {
                char id[] = {(char)('0' + i), '\0'};
                _cleanup_free_ char *text = NULL;

                assert_true(asprintf(&text, "BEGIN:VCARD\r\nVERSION:3.0\r\n%s\r\nEND:VCARD\r\n",
                                     w->entries[i]) > 0);
                assert_int_equal(index_add(index, id, text), 0);
        }
        return index;
}

static void test_worlds(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(worlds); i++) {
                const World *w = &worlds[i];
                _cleanup_(index_freep) Index *index = index_of(w);
                char evidence[EVIDENCE_TEXT_MAX];
                IndexFound found;

                find(w, &found, index);
                evidence_text(evidence, found.evidence);
                if (found.verdict != w->verdict || (w->id && strcmp(w->id, found.id) != 0) ||
                    (w->evidence && strcmp(w->evidence, evidence) != 0))
                        fail_msg("%s: %u, %s, %s", w->name, found.verdict, found.id, evidence);
        }
}

/* ---- what a book may hold ------------------------------------------------------------------- */

static void test_unreadable(void **state)
{
        static const World w = {.card = "FN:Ida Brook\r\nEMAIL:i@b.example"},
                           other = {.card = "FN:Tom Cole\r\nEMAIL:t@c.example"};
        _cleanup_(index_freep) Index *index = NULL;
        IndexFound found;

        assert_int_equal(index_new(&index), 0);
        assert_int_equal(
                index_add(index, "cut.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ida Brook\r\n"), 0);
        assert_int_equal(index_add(index, "empty.vcf", ""), 0);
        assert_true(index_has(index, "cut.vcf"));
        assert_null(index_name(index, "cut.vcf"));
        find(&w, &found, index);
        assert_int_equal(found.verdict, VERDICT_UNREADABLE);
        assert_string_equal(found.name, "cut.vcf");
        find(&other, &found, index);
        assert_int_equal(found.verdict, VERDICT_NOBODY);
        index_remove(index, "cut.vcf");
        assert_false(index_has(index, "cut.vcf"));
}

/* A picture of 400 kB, and a line that is none. */
static void test_large_and_odd(void **state)
{
        static const World w = {.card = "FN:Ida Brook\r\nEMAIL:i@b.example"};
        const size_t size = 600 * 1024;
        _cleanup_free_ char *text = malloc(size + 256), *to = text;
        _cleanup_(index_freep) Index *index = NULL;
        IndexFound found;

        assert_non_null(text);
        to = stpcpy(to, "BEGIN:VCARD\nVERSION:3.0\nFN:Ida Brook\na stray line\nEMAIL:i@b.example\n"
                        "PHOTO;ENCODING=b;TYPE=JPEG:");
        memset(to, 'A', size);
        (void)strcpy(to + size, "\nEND:VCARD\n");
        to = NULL;
        assert_int_equal(index_new(&index), 0);
        assert_int_equal(index_add(index, "large", text), 0);
        find(&w, &found, index);
        assert_int_equal(found.verdict, VERDICT_SAME);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_other_names_of_an_entry),
                cmocka_unit_test(test_worlds),
                cmocka_unit_test(test_unreadable),
                cmocka_unit_test(test_large_and_odd),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
