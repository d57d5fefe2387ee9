/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"
#include "normal.h"
#include "src/base/text.h"

#include <string.h>
#include <unicase.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>
#include <unictype.h>
#include <uninorm.h>

/* ---- ICU ------------------------------------------------------------------------------------ */

typedef enum Rules { RULES_BASE, RULES_LATIN, RULES_SPELLED, RULES_DANISH, RULES } Rules;

/* Names of ICU's rules (CLDR). Passports spell Russian and Greek as the first two do. An apostrophe
 * that stands for a soft sign is no letter. */
static const UChar *const rules_ids[RULES] = {
        [RULES_BASE] = u"Latin-ASCII",
        [RULES_LATIN] = (u"Russian-Latin/BGN; Greek-Latin/UNGEGN; Any-Latin; Latin-ASCII;"
                         u"[\\u02b9\\u02ba\\u02bb\\u02bc\\u02be\\u02bf\\u2019'] Remove"),
        [RULES_SPELLED] = u"de-ASCII", /* Müller is Mueller */
        [RULES_DANISH] = u"Danish",    /* not in CLDR: Åberg is Aaberg */
};

static const UChar danish[] =
        u":: NFC; å > aa; Å > Aa; ø > oe; Ø > Oe; æ > ae; Æ > Ae; :: Latin-ASCII;";

/* Opening one takes milliseconds, so each stays open. NULL: ICU lacks it. */
static const UTransliterator *rules_open(Rules rules)
{
        static UTransliterator *opened[RULES];
        UErrorCode error = U_ZERO_ERROR;

        if (!opened[rules])
                opened[rules] =
                        utrans_openU(rules_ids[rules], -1, UTRANS_FORWARD,
                                     rules == RULES_DANISH ? danish : NULL, -1, NULL, &error);
        return opened[rules];
}

static bool is_ascii(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text >= 0x80)
                        return false;
        return true;
}

/* In place. room: of wide, in units. False: the result has no room, or ICU refuses. */
static bool rules_apply(Rules rules, UChar *wide, int32_t *len, int32_t room)
{
        const UTransliterator *with = rules_open(rules);
        UErrorCode error = U_ZERO_ERROR;
        int32_t limit = *len;

        if (!with)
                return false;
        utrans_transUChars(with, wide, len, room, 0, &limit, &error);
        return U_SUCCESS(error);
}

/* A text that the rules do not fit stays as it is. New. NULL: out of memory. */
static char *transliterated(Rules rules, const char *text)
{
        enum { GROWTH = 8 /* a letter becomes at most so many */ };
        int32_t room = (int32_t)strlen(text) * GROWTH + 1, len = 0;
        _cleanup_free_ UChar *wide = NULL;
        _cleanup_free_ char *narrow = NULL;
        UErrorCode error = U_ZERO_ERROR;

        if (is_ascii(text))
                return strdup(text);
        wide = reallocarray(NULL, (size_t)room, sizeof *wide);
        narrow = malloc(3 * (size_t)room);
        if (!wide || !narrow)
                return NULL;
        u_strFromUTF8WithSub(wide, room, &len, text, -1, 0xfffd, NULL, &error);
        if (U_FAILURE(error) || !rules_apply(rules, wide, &len, room))
                return strdup(text);
        u_strToUTF8WithSub(narrow, 3 * room, NULL, wide, len, 0xfffd, NULL, &error);
        return U_FAILURE(error) ? strdup(text) : TAKE_PTR(narrow);
}

/* ---- words ---------------------------------------------------------------------------------- */

/* Unicode gives accents a position around the letter (combining class 200 and above) and no script
 * of their own. Hebrew and Arabic points (10 to 36) are written or not. Marks of the other classes
 * (nukta 7, Kana voicing 8, virama 9, Thai and Lao 103 to 122) and vowel signs (0) are letters. */
static bool is_accent(uint32_t c)
{
        enum { POINTS_FIRST = 10, POINTS_LAST = 36, AROUND_FIRST = 200 };
        int class = uc_combining_class(c);
        const uc_script_t *script = uc_script(c);

        if (!uc_is_general_category(c, UC_CATEGORY_M))
                return false;
        if (class >= AROUND_FIRST)
                return script && strcmp(script->name, "Inherited") == 0;
        return class >= POINTS_FIRST && class <= POINTS_LAST;
}

static bool is_word(uint32_t c)
{
        return uc_is_general_category(c, UC_CATEGORY_L) ||
               uc_is_general_category(c, UC_CATEGORY_N) || uc_is_general_category(c, UC_CATEGORY_M);
}

/* folded: from name_fold. to has room for all of it and three bytes. */
static void words_write(char *to, const uint8_t *folded, size_t len)
{
        char *first = to;
        bool within = false; /* inside a word */
        uint32_t c;

        for (size_t i = 0, step; i < len; i += step) {
                step = MAX(text_char(&c, (const char *)folded + i, len - i), (size_t)1);
                if (is_accent(c))
                        continue;
                if (is_word(c) && !within)
                        *to++ = ' ';
                within = is_word(c);
                if (within)
                        to = mempcpy(to, folded + i, step);
        }
        if (to > first)
                *to++ = ' ';
        *to = '\0';
}

/* The words of a text in these rules' letters. New. NULL: out of memory. */
static char *words_by(Rules rules, const char *text)
{
        _cleanup_free_ char *plain = transliterated(rules, text);
        size_t len;
        _cleanup_free_ uint8_t *folded = plain ? normal_fold(plain, &len) : NULL;
        char *words = folded ? malloc(2 * len + 3) : NULL;

        if (words)
                words_write(words, folded, len);
        return words;
}

char *name_words(const char *text)
{
        return words_by(RULES_BASE, text);
}

static bool same_without_blanks(const char *a, const char *b)
{
        for (;; a++, b++) {
                a += strspn(a, " ");
                b += strspn(b, " ");
                if (*a != *b)
                        return false;
                if (!*a)
                        return true;
        }
}

/* The bytes of the first word with the blank on either side. words begins with a blank. */
static size_t word_span(const char *words)
{
        return 2 + strcspn(words + 1, " ");
}

static bool words_have(const char *words, const char *word, size_t span)
{
        return memmem(words, strlen(words), word, span) != NULL;
}

bool name_words_within(const char *a, const char *b)
{
        if (!*a || !*b)
                return false;
        if (same_without_blanks(a, b))
                return true;
        for (const char *word = a; word[1]; word += word_span(word) - 1)
                if (!words_have(b, word, word_span(word)))
                        return false;
        return true;
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* They say what somebody is, and one writes them while another does not. */
static const char titles[] =
        " dr prof professor doctor mr mrs ms miss mx sir madam mme mlle madame"
        " monsieur herr frau dipl ing mag phd sig signor signora sra srta rev ";
static bool word_is_title(const char *word)
{
        return words_have(titles, word, word_span(word));
}

/* Without titles, in place. A name of titles alone keeps them. */
static void words_drop_titles(char *words)
{
        char *to = words;

        for (const char *word = words, *next; *word && word[1]; word = next) {
                next = word + word_span(word) - 1;
                if (word_is_title(word))
                        continue;
                memmove(to, word, (size_t)(next - word));
                to += next - word;
        }
        if (to > words)
                (void)strcpy(to, " ");
}

/* Takes away a last word that says which of a family it is, and returns which; 0: none. Some of
 * these are names, too, so two others must stand before them. */
static unsigned words_take_generation(char *words)
{
        static const struct {
                const char *words;
                unsigned least, generation;
        } told[] = {
                {" jr junior jnr ", 2, 1}, {" jun ", 3, 1},    {" sr senior snr ", 2, 2},
                {" sen ", 3, 2},           {" ii 2nd ", 2, 3}, {" iii 3rd ", 2, 4},
                {" iv 4th ", 2, 5},        {" filho ", 3, 6},  {" neto ", 3, 7},
        };
        char *last = words;
        unsigned n = 0;

        for (char *word = words; word[0] && word[1]; word += word_span(word) - 1) {
                last = word;
                n++;
        }
        for (size_t i = 0; *last && i < ARRAY_LEN(told); i++)
                if (n >= told[i].least && words_have(told[i].words, last, word_span(last))) {
                        last[1] = '\0';
                        return told[i].generation;
                }
        return 0;
}

static NameLikeness words_compare(char *seen, char *name, const char *more)
{
        if (words_take_generation(seen) != words_take_generation(name))
                return NAME_OTHER;
        if (name_words_within(seen, name) && name_words_within(name, seen))
                return NAME_SAME;
        return name_words_within(seen, more) || name_words_within(name, seen) ? NAME_PART
                                                                              : NAME_OTHER;
}

/* Two names in other letters than Latin ones are not transliterated: many Chinese names become the
 * same. */
static bool is_latin(const char *words)
{
        const size_t len = strlen(words);
        uint32_t c;

        for (size_t i = 0, step; i < len; i += step) {
                step = MAX(text_char(&c, words + i, len - i), (size_t)1);
                if (uc_is_general_category(c, UC_CATEGORY_L) &&
                    strcmp(uc_script(c)->name, "Latin") != 0)
                        return false;
        }
        return true;
}

/* Compares the words as these rules spell each. */
static int name_compare_by(NameLikeness *ret, Rules rules_seen, const char *seen, Rules rules_name,
                           const char *name, const char *more)
{
        _cleanup_free_ char *s = words_by(rules_seen, seen), *n = words_by(rules_name, name),
                            *m = words_by(rules_name, more);

        if (!s || !n || !m)
                return -ENOMEM;
        if ((rules_seen == RULES_LATIN && !is_latin(m)) ||
            (rules_name == RULES_LATIN && !is_latin(s)))
                return 0;
        words_drop_titles(s);
        words_drop_titles(n);
        words_drop_titles(m);
        *ret = words_compare(s, n, m);
        return 0;
}

int name_compare(NameLikeness *ret, const char *seen, const char *name, const char *more)
{
        static const struct {
                Rules seen, name;
        } spellings[] = {
                {RULES_BASE, RULES_BASE},    {RULES_BASE, RULES_SPELLED},
                {RULES_SPELLED, RULES_BASE}, {RULES_BASE, RULES_DANISH},
                {RULES_DANISH, RULES_BASE},  {RULES_BASE, RULES_LATIN},
                {RULES_LATIN, RULES_BASE},
        };
        const bool plain = is_ascii(seen) && is_ascii(name) && is_ascii(more);
        const size_t n = plain ? 1 : ARRAY_LEN(spellings);
        int r = 0;

        *ret = strcmp(seen, name) == 0 ? NAME_SAME : NAME_OTHER; /* of symbols alone, for one */
        for (size_t i = 0; i < n && r == 0 && *ret == NAME_OTHER; i++)
                r = name_compare_by(ret, spellings[i].seen, seen, spellings[i].name, name, more);
        return r;
}
