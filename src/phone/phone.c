/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "phone.h"
#include "src/base/text.h"
#include "src/base/util.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>
#include <uninorm.h>

enum {
        SUFFIX = 5,       /* digits; numbers that end differently are not the same */
        PLAIN_MIN = 7,    /* digits of a number that may be the same in two forms */
        COMPLETE_MIN = 7, /* digits before a word that is no vanity number, "1234567 mobile" */
        SET_MAX = 32,     /* numbers of a set that are looked at */
};

/* ---- writing -------------------------------------------------------------------------------- */

/* Compatibility forms (full width) as their plain ones. NULL: out of memory. */
static char *phone_plain(const char *text)
{
        size_t len = strlen(text) + 1;

        return (char *)u8_normalize(UNINORM_NFKC, (const uint8_t *)text, len, NULL, &len);
}

static int phone_digit(uint32_t c)
{
        return uc_decimal_value((ucs4_t)c);
}

/* ITU-T E.161: the digit that has this letter. */
static char phone_key(char c)
{
        static const char keys[] = "22233344455566677778889999";

        return keys[tolower((unsigned char)c) - 'a'];
}

/* Whether digits follow before the text ends. */
static bool phone_has_digit(const char *s)
{
        uint32_t c;

        for (size_t step, len = strlen(s); len > 0; s += step, len -= step) {
                step = MAX(text_char(&c, s, len), (size_t)1);
                if (phone_digit(c) >= 0)
                        return true;
        }
        return false;
}

typedef struct Writing {
        char *start, *to;
        const char *s; /* what is left to read */
} Writing;

static size_t writing_digits(const Writing *w)
{
        size_t n = 0;

        for (const char *c = w->start; c < w->to; c++)
                n += isdigit((unsigned char)*c) != 0;
        return n;
}

/* "00" for "+" before a country code, but not "0011": that is Australia's, and no country code
 * begins with 11, nor with 0. */
static bool is_zeros_for_plus(const char *phone)
{
        return strncmp(phone, "00", 2) == 0 && phone[2] >= '1' && phone[2] <= '9' &&
               strncmp(phone, "0011", 4) != 0;
}

/* "(0)" in an international number: dialled within the country only, in most countries. */
static bool writing_take_trunk(Writing *w)
{
        *w->to = '\0';
        if ((*w->start != '+' && !is_zeros_for_plus(w->start)) || !w->start[1] ||
            strncmp(w->s, "(0)", 3) != 0 || strchr(w->start, '('))
                return false;
        w->to = stpcpy(w->to, "(0)");
        w->s += 3;
        return true;
}

/* Letters that stand for digits: "0800 REISEN". Behind a complete number they are a remark. */
static bool writing_take_word(Writing *w)
{
        size_t len = 0;

        while (isalpha((unsigned char)w->s[len]))
                len++;
        if (len < 3 || writing_digits(w) >= COMPLETE_MIN || phone_has_digit(w->s))
                return false;
        for (size_t i = 0; i < len; i++)
                *w->to++ = phone_key(w->s[i]);
        w->s += len;
        return true;
}

/* What comes behind a pause, a mark or a word, "x34", ",34", "ext. 34", ";ext=34". */
static void writing_take_extension(Writing *w)
{
        uint32_t c;

        if (!phone_has_digit(w->s))
                return;
        *w->to++ = ';';
        for (size_t step, len = strlen(w->s); len > 0; w->s += step, len -= step) {
                step = MAX(text_char(&c, w->s, len), (size_t)1);
                if (phone_digit(c) >= 0)
                        *w->to++ = (char)('0' + phone_digit(c));
        }
}

/* Takes one character. False: the number ends before it. */
static bool writing_take(Writing *w)
{
        size_t len = strlen(w->s), step;
        bool begun = w->to > w->start, code = begun && strchr("*#", *w->start);
        uint32_t c;

        step = MAX(text_char(&c, w->s, len), (size_t)1);
        if (phone_digit(c) >= 0)
                *w->to++ = (char)('0' + phone_digit(c));
        else if (c == '+' && !begun)
                *w->to++ = '+';
        else if ((c == '*' || c == '#') && (!begun || code))
                *w->to++ = (char)c;
        else if (writing_take_trunk(w))
                return true;
        else if (begun && c < 0x80 && isalpha((int)c) && writing_take_word(w))
                return true;
        else if (begun && (strchr("*#,;~", (int)MIN(c, 0x7fU)) || uc_is_alpha((ucs4_t)c)))
                return false;
        w->s += step;
        return true;
}

/* "tel:863-1234;phone-context=+1-914-555": the number in front is local. */
static const char *phone_context(const char *text)
{
        const char *context = strcasestr(text, ";phone-context=+");

        return context ? context + strlen(";phone-context=") : NULL;
}

/* The parameters of a tel: URI other than ext are no part of the number. */
static void phone_cut_parameters(char *uri)
{
        char *ext = strcasestr(uri, ";ext="), *semicolon = strchr(uri, ';');

        if (ext) {
                ext[strcspn(ext + 1, ";") + 1] = '\0';
                memmove(semicolon, ext, strlen(ext) + 1);
        } else if (semicolon && semicolon[1 + strspn(semicolon + 1, "0123456789")] != '\0')
                *semicolon = '\0';
}

static void phone_mark_international(char *phone)
{
        if (!is_zeros_for_plus(phone))
                return;
        memmove(phone + 1, phone + 2, strlen(phone + 2) + 1);
        phone[0] = '+';
}

/* text is plain. */
static char *phone_write(const char *text)
{
        char *phone = malloc(strlen(text) + 2);
        Writing w = {phone, phone, text};

        if (!phone)
                return NULL;
        while (*w.s && writing_take(&w))
                ;
        if (*w.s)
                writing_take_extension(&w);
        *w.to = '\0';
        if (!phone_has_digit(phone))
                *phone = '\0';
        phone_mark_international(phone);
        return phone;
}

char *phone_normal(const char *text)
{
        _cleanup_free_ char *plain = phone_plain(text), *whole = NULL;
        const char *context;

        if (!plain)
                return NULL;
        if (strncasecmp(plain, "tel:", 4) != 0)
                return phone_write(plain);
        context = plain[4] == '+' ? NULL : phone_context(plain);
        if (asprintf(&whole, "%.*s%s", context ? (int)strcspn(context, ";") : 0,
                     context ? context : "", plain + 4) < 0)
                return NULL;
        phone_cut_parameters(whole);
        return phone_write(whole);
}

size_t phone_digits(const char *normal)
{
        size_t n = 0;

        for (; *normal && *normal != ';'; normal++)
                n += isdigit((unsigned char)*normal) != 0;
        return n;
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* As they were set: most users need neither, and reading a number loads the library. */
static struct {
        char number[E164_TEXT_MAX + 1], locale[REGION_SIZE];
} home;

/* Without an extension, "(0)" as "0" or as nothing. */
static int phone_read_as(E164 *ret, const char *normal, const char *trunk, const char *region)
{
        char line[E164_TEXT_MAX + 1];
        const char *end = strchrnul(normal, ';'), *at = strstr(normal, "(0)"), *rest;
        int len;

        if (!at || at > end)
                at = end;
        rest = at < end ? at + 3 : end;
        len = snprintf(line, sizeof line, "%.*s%s%.*s", (int)(at - normal), normal,
                       at < end ? trunk : "", (int)(end - rest), rest);
        return len < (int)sizeof line ? e164_read(ret, line, region) : E164_E_NONE;
}

/* In some countries, as Italy, the 0 is part of the number, and the numbering plan tells. False: it
 * is no number there. */
static bool phone_read(E164 *ret, const char *normal, const char *region)
{
        E164 without;
        int r = phone_read_as(ret, normal, "0", region);

        if (!strstr(normal, "(0)") || (r == 0 && ret->valid) ||
            phone_read_as(&without, normal, "", region) != 0)
                return r == 0;
        if (r != 0 || without.valid || !ret->possible)
                *ret = without;
        return true;
}

static bool phone_is_international(const char *normal)
{
        return *normal == '+';
}

static void set_look(PhoneSet *set)
{
        E164 read;

        set->looked = true;
        for (size_t i = 0; i < MIN(set->n, (size_t)SET_MAX); i++) {
                if (!phone_is_international(set->numbers[i]) ||
                    !phone_read(&read, set->numbers[i], "") || !*read.region)
                        continue;
                if (*set->region && strcmp(set->region, read.region) != 0) {
                        set->region[0] = '\0'; /* they do not agree */
                        return;
                }
                memcpy(set->region, read.region, REGION_SIZE);
        }
}

static const char *set_region(PhoneSet *set)
{
        if (!set->looked)
                set_look(set);
        return set->region;
}

static const char *home_region(E164 *read)
{
        return *home.number && phone_read(read, home.number, "") ? read->region : "";
}

static bool same_digits(const E164 *a, const E164 *b)
{
        return strcmp(a->digits, b->digits) == 0;
}

/* Whether a number is an international one without "+", or with what one dials to leave a country.
 * Which countries have which: ITU-T Operational Bulletin 994. */
static bool is_without_plus(const char *number, const E164 *international)
{
        static const char *const prefixes[] = {"", "011", "010", "0011", "810", "119"};
        size_t len = strcspn(number, ";"), digits = strlen(international->digits);

        for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
                size_t prefix = strlen(prefixes[i]);

                if (len == prefix + digits && strncmp(number, prefixes[i], prefix) == 0 &&
                    strncmp(number + prefix, international->digits, digits) == 0)
                        return true;
        }
        return false;
}

static bool same_as_international(const char *national, PhoneSet *set, const char *international)
{
        E164 wanted, read, own;
        bool known = false; /* the number exists in a region that speaks for it */

        if (!phone_read(&wanted, international, ""))
                return false;
        if (is_without_plus(national, &wanted))
                return true; /* as many digits are no chance, wherever one is */
        for (int i = 0; i < 3; i++) {
                const char *region = i == 0   ? home_region(&own)
                                     : i == 1 ? set_region(set)
                                              : home.locale;

                if (!*region || !phone_read(&read, national, region) || !read.valid)
                        continue;
                if (same_digits(&read, &wanted))
                        return true;
                known = true;
        }
        if (known)
                return false;
        return *wanted.region && phone_read(&read, national, wanted.region) &&
               same_digits(&read, &wanted);
}

static bool same_in_region(const char *a, const char *b, const char *region)
{
        E164 read_a, read_b;

        return *region && phone_read(&read_a, a, region) && phone_read(&read_b, b, region) &&
               read_a.possible && read_b.possible && same_digits(&read_a, &read_b);
}

static bool same_national(const char *a, PhoneSet *of_a, const char *b, PhoneSet *of_b)
{
        E164 own;

        return same_in_region(a, b, home_region(&own)) || same_in_region(a, b, set_region(of_a)) ||
               same_in_region(a, b, set_region(of_b)) || same_in_region(a, b, home.locale);
}

static bool same_international(const char *a, const char *b)
{
        E164 read_a, read_b;

        return phone_read(&read_a, a, "") && phone_read(&read_b, b, "") &&
               same_digits(&read_a, &read_b);
}

/* Whether two numbers end alike: cheap, and nearly always no. */
static bool same_end(const char *a, const char *b)
{
        const char *end_a = strchrnul(a, ';'), *end_b = strchrnul(b, ';');

        return end_a - a > SUFFIX && end_b - b > SUFFIX &&
               strncmp(end_a - SUFFIX, end_b - SUFFIX, SUFFIX) == 0;
}

/* Whether a number may be the same as another that is not the same text. */
static bool phone_has_forms(const char *normal)
{
        return phone_digits(normal) >= PLAIN_MIN && !strchr("*#", *normal);
}

bool phone_same(const char *a, PhoneSet *of_a, const char *b, PhoneSet *of_b)
{
        if (strcmp(a, b) == 0)
                return *a != '\0';
        if (!same_end(a, b) || strcmp(strchrnul(a, ';'), strchrnul(b, ';')) != 0 ||
            !phone_has_forms(a) || !phone_has_forms(b))
                return false;
        if (phone_is_international(a) && phone_is_international(b))
                return same_international(a, b);
        if (phone_is_international(a))
                return same_as_international(b, of_b, a);
        if (phone_is_international(b))
                return same_as_international(a, of_a, b);
        return same_national(a, of_a, b, of_b);
}

static void home_set_locale(const char *locale)
{
        const char *underscore = locale ? strchr(locale, '_') : NULL;

        home.locale[0] = '\0';
        if (underscore && isupper((unsigned char)underscore[1]) &&
            isupper((unsigned char)underscore[2]) && !isalpha((unsigned char)underscore[3]))
                (void)snprintf(home.locale, sizeof home.locale, "%.2s", underscore + 1);
}

bool phone_set_home(const char *number, const char *locale)
{
        _cleanup_free_ char *normal = number ? phone_normal(number) : NULL;
        bool tells =
                normal && phone_is_international(normal) && strlen(normal) < sizeof home.number;

        home_set_locale(locale);
        (void)snprintf(home.number, sizeof home.number, "%s", tells ? normal : "");
        return tells;
}
