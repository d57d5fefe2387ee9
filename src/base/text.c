/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <string.h>

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

/* What moves the cursor, ends the line or reorders what stands beside it (UAX #9's explicit
 * formatting). */
static bool text_is_unsafe(uint32_t c)
{
        return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
               (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void text_for_terminal(char *ret, size_t max, const char *text)
{
        size_t left = strlen(text), used = 0;

        while (left > 0) {
                uint32_t c = 0;
                size_t n = text_char(&c, text, left);
                bool bad = n == 0 || text_is_unsafe(c);
                size_t out = bad ? sizeof replacement - 1 : n;

                if (used + out + 1 > max)
                        break;
                memcpy(ret + used, bad ? replacement : text, out);
                used += out;
                text += MAX(n, 1U);
                left -= MAX(n, 1U);
        }
        ret[used] = '\0';
}
