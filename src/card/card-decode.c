/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-decode.h"
#include "card-charset.h"
#include "card-lines.h"
#include "src/base/text.h"

#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

size_t card_decode_qp(char *text, size_t len)
{
        size_t used = 0;

        for (size_t i = 0; i < len; i++) {
                int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
                int low = i + 2 < len ? hex_digit(text[i + 2]) : -1;

                if (text[i] == '=' && high >= 0 && low >= 0) {
                        text[used++] = (char)(high << 4 | low);
                        i += 2;
                } else
                        text[used++] = text[i];
        }
        return used;
}

/* Whether the blank at text[at] stands within =XX. */
static bool decode_is_in_escape(const char *text, size_t len, size_t at)
{
        if (at >= 1 && text[at - 1] == '=')
                return at + 2 < len && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0;
        return at >= 2 && at + 1 < len && text[at - 2] == '=' && hex_digit(text[at - 1]) >= 0 &&
               hex_digit(text[at + 1]) >= 0;
}

bool card_decode_folded(char *text, size_t *len, char blank)
{
        size_t used = 0;
        bool whole = true;

        for (size_t i = 0; i < *len; i++)
                if (text[i] == CARD_LINES_BLANK && decode_is_in_escape(text, *len, i))
                        whole = false;
        for (size_t i = 0; i < *len; i++)
                if (text[i] != CARD_LINES_BLANK)
                        text[used++] = text[i];
                else if (blank)
                        text[used++] = blank;
        *len = card_decode_qp(text, used);
        return whole;
}

static int base64_digit(char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool card_decode_base64(char *text, size_t *len)
{
        size_t used = 0, digits = 0;
        uint32_t bits = 0;

        for (size_t i = 0; i < *len; i++) {
                int digit = base64_digit(text[i]);

                if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n' ||
                    text[i] == '=')
                        continue;
                if (digit < 0)
                        return false;
                bits = bits << 6 | (uint32_t)digit;
                if (++digits % 4 != 1)
                        text[used++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)));
        }
        if (digits % 4 == 1)
                return false;
        *len = used;
        return true;
}

/* Joins a pair of surrogates that are encoded one by one (CESU-8), as Java programs write letters
 * beyond U+FFFF. Returns the new length. */
static size_t decode_join_surrogates(char *text, size_t len)
{
        size_t used = 0;

        for (size_t i = 0; i < len;) {
                const unsigned char *b = (const unsigned char *)text + i;
                uint32_t c;

                if (len - i < 6 || b[0] != 0xed || (b[1] & 0xf0) != 0xa0 || b[3] != 0xed ||
                    (b[4] & 0xf0) != 0xb0) {
                        text[used++] = text[i++];
                        continue;
                }
                c = 0x10000 + ((uint32_t)(b[1] & 0x0f) << 16 | (uint32_t)(b[2] & 0x3f) << 10 |
                               (uint32_t)(b[4] & 0x0f) << 6 | (b[5] & 0x3fu));
                text[used++] = (char)(0xf0 | c >> 18);
                text[used++] = (char)(0x80 | (c >> 12 & 0x3f));
                text[used++] = (char)(0x80 | (c >> 6 & 0x3f));
                text[used++] = (char)(0x80 | (c & 0x3f));
                i += 6;
        }
        return used;
}

/* CARD_E_CHARSET: it is not UTF-8, also with its surrogates joined. */
static int decode_utf8(char **ret, size_t *ret_len, bool cropped, const char *bytes, size_t len)
{
        _cleanup_free_ char *copy = NULL;
        int r = card_charset_convert(ret, ret_len, card_charset("UTF-8"), cropped, bytes, len);

        if (r != CARD_E_CHARSET || !memchr(bytes, 0xed, len))
                return r;
        copy = strndup(bytes, len);
        if (!copy)
                return -ENOMEM;
        len = decode_join_surrogates(copy, strlen(copy));
        return card_charset_convert(ret, ret_len, card_charset("UTF-8"), cropped, copy, len);
}

/* Converts from the charset that the card names. */
static int decode_named(char **ret, size_t *ret_len, const CardCharset *charset, const char *bytes,
                        size_t len)
{
        if (charset->mark == CARD_CHARSET_UTF8)
                return decode_utf8(ret, ret_len, true, bytes, len);
        if (charset->mark == CARD_CHARSET_UTF16 && text_is_utf8(bytes, len))
                return CARD_E_CHARSET; /* it would hold NULs */
        return card_charset_convert(ret, ret_len, charset, true, bytes, len);
}

/* Whether there are controls of C1 in it, U+0080 to U+009F. Nobody writes them: 8-bit charsets have
 * them where Windows' charset has letters, or no letter at all. */
static bool decode_has_c1(const char *text, size_t len)
{
        for (size_t i = 0; i + 1 < len; i++)
                if (text[i] == '\xc2' && (unsigned char)text[i + 1] < 0xa0)
                        return true;
        return false;
}

/* Gives r, but CARD_E_CHARSET for a text that was converted and has controls in place of letters.
 */
static int decode_without_c1(int r, char **text, size_t len)
{
        if (r != 0 || !decode_has_c1(*text, len))
                return r;
        free(*text);
        *text = NULL;
        return CARD_E_CHARSET;
}

/* From the charset that the caller has for what names none, or what is named wrongly. */
static int decode_unnamed(char **ret, size_t *ret_len, CardReading *how, const char *bytes,
                          size_t len)
{
        const char *charset = how->charset ? how->charset : "windows-1252";
        int r = card_charset_convert(ret, ret_len, card_charset(charset), false, bytes, len);

        return decode_without_c1(r, ret, r == 0 ? *ret_len : 0);
}

int card_decode_charset(char **ret, size_t *ret_len, const char *charset, CardReading *how,
                        const char *bytes, size_t len)
{
        const CardCharset *named = charset ? card_charset(charset) : NULL;
        char *text = NULL;
        int r = CARD_E_CHARSET;

        if (!named && text_is_utf8(bytes, len)) { /* the usual case, without a conversion */
                *ret = strndup(bytes, len);
                *ret_len = len;
                return *ret ? 0 : -ENOMEM;
        }
        if (named)
                r = decode_named(&text, ret_len, named, bytes, len);
        if (named && named->mark == CARD_CHARSET_BYTES)
                r = decode_without_c1(r, &text, r == 0 ? *ret_len : 0);
        if (r == CARD_E_CHARSET)
                r = decode_utf8(&text, ret_len, false, bytes, len);
        if (r == CARD_E_CHARSET) {
                r = decode_unnamed(&text, ret_len, how, bytes, len);
                how->unnamed = how->unnamed || r == 0 || !named;
        }
        if (r == CARD_E_CHARSET && named)
                r = decode_named(&text, ret_len, named, bytes, len);
        if (r == 0)
                *ret = text;
        return r;
}

int card_decode_fits(const char *charset, const char *bytes, size_t len)
{
        const CardCharset *named = charset ? card_charset(charset) : NULL;
        _cleanup_free_ char *text = NULL;
        int r = named && named->mark == CARD_CHARSET_BYTES
                        ? card_charset_convert(&text, &len, named, false, bytes, len)
                        : decode_utf8(&text, &len, false, bytes, len);

        return r < 0 ? r : r == 0;
}
