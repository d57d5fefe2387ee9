/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unicode.c - what code and card ask libunistring, answered by the browser's Unicode database
 *
 * libunistring's tables would double what a phone loads; a browser has them already.
 */
#include "host.h"

#include "src/base/text.h"

#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

/* Only their addresses are used. */
const uc_general_category_t UC_CATEGORY_P = {0};
struct unicode_normalization_form {
        int unused;
};
const struct unicode_normalization_form uninorm_nfkc = {0};

bool uc_is_property_alphabetic(ucs4_t c)
{
        return host_is(HOST_ALPHABETIC, c);
}

bool uc_is_property_white_space(ucs4_t c)
{
        return host_is(HOST_WHITE_SPACE, c);
}

bool uc_is_property_dash(ucs4_t c)
{
        return host_is(HOST_DASH, c);
}

bool uc_is_property_default_ignorable_code_point(ucs4_t c)
{
        return host_is(HOST_IGNORABLE, c);
}

/* Punctuation is the only category that is asked for. */
bool uc_is_general_category(ucs4_t c, uc_general_category_t category)
{
        return host_is(HOST_PUNCTUATION, c);
}

/* Digits stand together in rows of ten, from zero on; rows follow each other without a gap. */
int uc_decimal_value(ucs4_t c)
{
        ucs4_t first = c;

        if (!host_is(HOST_DIGIT, c))
                return -1;
        while (first > 0 && host_is(HOST_DIGIT, first - 1))
                first--;
        return (int)((c - first) % 10);
}

const uc_script_t *uc_script(ucs4_t c)
{
        static const struct {
                HostProperty property;
                uc_script_t script;
        } scripts[] = {
                {HOST_COMMON, {.name = "Common"}},     {HOST_HAN, {.name = "Han"}},
                {HOST_HIRAGANA, {.name = "Hiragana"}}, {HOST_KATAKANA, {.name = "Katakana"}},
                {HOST_HANGUL, {.name = "Hangul"}},
        };

        for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
                if (host_is(scripts[i].property, c))
                        return &scripts[i].script;
        return NULL;
}

int u8_mbtoucr(ucs4_t *ret, const uint8_t *s, size_t n)
{
        size_t size = text_char(ret, (const char *)s, n);

        return size > 0 ? (int)size : -1;
}

/* As code.c calls it: one character, no language, NFKC, into a room of its own. */
uint32_t *u32_casefold(const uint32_t *s, size_t n, const char *language, uninorm_t nf,
                       uint32_t *room, size_t *len)
{
        *len = host_fold(*s, room, *len);
        return room;
}
