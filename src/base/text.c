/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unictype.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

size_t text_char(uint32_t *ret, const char *text, size_t len)
{
        static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        const unsigned char *s = (const unsigned char *)text;
        size_t n;
        uint32_t c;

        if (len == 0)
                return 0;
        if (s[0] < 0x80) {
                *ret = s[0];
                return 1;
        }
        n = (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;
        if (n == 0 || n > len)
                return 0;
        c = s[0] & (0x7fU >> n);
        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }
        if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        *ret = c;
        return n;
}

bool text_is_utf8(const char *text, size_t len)
{
        uint32_t c;

        for (size_t n; len > 0; text += n, len -= n) {
                n = text_char(&c, text, len);
                if (n == 0 || c == 0)
                        return false;
        }
        return true;
}

/* C0, DEL and C1 move the cursor. Line and paragraph separator end the line. Embeddings, overrides
 * and isolates reorder what stands beside them (UAX #9). A byte order mark is no text. */
static bool text_is_unsafe(uint32_t c)
{
        return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
               (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* LRM, RLM and ALM act as an invisible letter of one direction. */
static bool text_is_mark(uint32_t c)
{
        return c == 0x200e || c == 0x200f || c == 0x061c;
}

static bool text_is_letter(const char *text, size_t len)
{
        uint32_t c;

        return text_char(&c, text, len) > 0 && !text_is_mark(c) && uc_is_property_alphabetic(c);
}

/* Between two letters a mark of direction moves nothing: only digits, blanks and punctuation take
 * their direction from what stands beside them. */
static bool text_mark_is_harmless(const char *text, size_t len, size_t at, size_t n)
{
        size_t before = at;

        while (before > 0 && at - before < 4 && ((unsigned char)text[--before] & 0xc0) == 0x80)
                ;
        return before < at && text_is_letter(text + before, at - before) &&
               text_is_letter(text + at + n, len - at - n);
}

size_t text_unsafe_at(const char *text, size_t len, size_t at)
{
        uint32_t c;
        size_t n;

        assert(at < len);
        if (text[at] >= 0x20 && text[at] < 0x7f)
                return 0; /* nearly all text */
        n = text_char(&c, text + at, len - at);
        if (n == 0)
                return 1;
        if (text_is_mark(c))
                return text_mark_is_harmless(text, len, at, n) ? 0 : n;
        return text_is_unsafe(c) ? n : 0;
}

void text_for_terminal(char *ret, size_t max, const char *text)
{
        size_t len = strlen(text), used = 0;

        assert(max > 0);
        for (size_t at = 0, n; at < len; at += n) {
                size_t bad = text_unsafe_at(text, len, at), out;
                uint32_t c = 0;

                n = MAX(text_char(&c, text + at, len - at), (size_t)1);
                if (bad && text_is_mark(c))
                        continue; /* invisible: nobody misses it */
                out = bad ? sizeof replacement - 1 : n;
                if (used + out + 1 > max)
                        break;
                memcpy(ret + used, bad ? replacement : text + at, out);
                used += out;
        }
        ret[used] = '\0';
}

char *text_for_json(const char *json)
{
        enum { ESCAPED = sizeof "\\u202e" - 1 };
        size_t len = strlen(json);
        char *text = malloc(ESCAPED * len + 1), *to = text;

        if (!text)
                return NULL;
        for (size_t at = 0, n; at < len; at += n) {
                uint32_t c = 0;

                n = MAX(text_char(&c, json + at, len - at), (size_t)1);
                if (c >= 0x7f && text_unsafe_at(json, len, at))
                        to += sprintf(to, "\\u%04x", c);
                else
                        to = mempcpy(to, json + at, n);
        }
        *to = '\0';
        return text;
}
