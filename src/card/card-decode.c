/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-decode.h"
#include "src/base/text.h"

#include <iconv.h>
#include <string.h>
#include <strings.h>

/* Charsets that a card may name, as exporters of vCard 2.1 do. The list is closed, so that a
 * stranger's card cannot choose just any converter of iconv(3). */
static const char *const charsets[] = {
        "UTF-8",          "UTF8",         "US-ASCII",     "ASCII",
        "ISO-8859-1",     "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",
        "ISO-8859-5",     "ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",
        "ISO-8859-9",     "ISO-8859-10",  "ISO-8859-13",  "ISO-8859-14",
        "ISO-8859-15",    "ISO-8859-16",  "LATIN1",       "WINDOWS-1250",
        "WINDOWS-1251",   "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254",
        "WINDOWS-1255",   "WINDOWS-1256", "WINDOWS-1257", "WINDOWS-1258",
        "CP1250",         "CP1251",       "CP1252",       "CP1253",
        "CP1254",         "CP1255",       "CP1256",       "CP1257",
        "CP1258",         "CP437",        "CP850",        "CP852",
        "CP866",          "KOI8-R",       "KOI8-U",       "MACINTOSH",
        "SHIFT_JIS",      "SJIS",         "CP932",        "WINDOWS-31J",
        "EUC-JP",         "ISO-2022-JP",  "GB2312",       "GBK",
        "GB18030",        "BIG5",         "EUC-KR",       "CP949",
        "KS_C_5601-1987", "ISO-2022-KR",  "TIS-620",      "WINDOWS-874",
};

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

/* Checks what a conversion gave; NULs are allowed. glibc's iconv passes codes beyond U+10FFFF from
 * UTF-8 to UTF-8, and libdbus aborts on them. */
static bool decoded_is_text(const char *text, size_t len)
{
        uint32_t c;

        for (size_t n; len > 0; text += n, len -= n) {
                n = text_char(&c, text, len);
                if (n == 0)
                        return false;
        }
        return true;
}

/* cropped: a character cut off at the end is no error */
static int decode_convert(char **ret, size_t *ret_len, const char *from, bool cropped,
                          const char *bytes, size_t len)
{
        _cleanup_free_ char *out = NULL;
        size_t out_size = 4 * len + 8, out_left = out_size, left = len;
        char *in = (char *)bytes, *to;
        iconv_t cd;
        size_t r;
        bool cut_off;

        to = out = malloc(out_size + 1);
        if (!out)
                return -ENOMEM;
        cd = iconv_open("UTF-8", from);
        if (cd == (iconv_t)-1)
                return errno == ENOMEM ? -ENOMEM : CARD_E_CHARSET;
        r = iconv(cd, &in, &left, &to, &out_left);
        cut_off = cropped && r == (size_t)-1 && errno == EINVAL && left < len;
        if (r != (size_t)-1 ||
            cut_off) /* windows-1255 and -1258 hold back a letter until the next */
                (void)iconv(cd, NULL, NULL, &to, &out_left);
        (void)iconv_close(cd);
        if ((r == (size_t)-1 && !cut_off) || !decoded_is_text(out, (size_t)(to - out)))
                return CARD_E_CHARSET;
        *to = '\0';
        *ret_len = (size_t)(to - out);
        *ret = TAKE_PTR(out);
        return 0;
}

bool card_charset_known(const char *charset)
{
        for (size_t i = 0; i < ARRAY_LEN(charsets); i++)
                if (strcasecmp(charsets[i], charset) == 0)
                        return true;
        return false;
}

int card_decode_charset(char **ret, size_t *ret_len, const char *charset, CardReading *how,
                        const char *bytes, size_t len)
{
        const char *const tried[] = {charset && card_charset_known(charset) ? charset : NULL,
                                     "UTF-8"};
        int r = CARD_E_CHARSET;

        if (!tried[0] && text_is_utf8(bytes, len)) { /* the usual case, without a conversion */
                *ret = strndup(bytes, len);
                *ret_len = len;
                return *ret ? 0 : -ENOMEM;
        }
        for (size_t i = 0; i < ARRAY_LEN(tried) && r == CARD_E_CHARSET; i++)
                if (tried[i])
                        r = decode_convert(ret, ret_len, tried[i], i == 0, bytes, len);
        if (r == CARD_E_CHARSET) {
                how->unnamed = true;
                r = decode_convert(ret, ret_len, how->charset ? how->charset : "CP1252", false,
                                   bytes, len);
        }
        return r;
}

int card_decode_utf16(char **ret, size_t *ret_len, bool big_endian, const char *bytes, size_t len)
{
        return decode_convert(ret, ret_len, big_endian ? "UTF-16BE" : "UTF-16LE", false, bytes,
                              len);
}
