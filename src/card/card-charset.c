/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-charset.h"
#include "card.h"
#include "src/base/text.h"

#include <ctype.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>

/* Converters are ICU's, which have the mappings of Windows that the standard is made from: 0x80 to
 * 0x9f, NEC's and IBM's letters of Japan, all of Korea's. ICU has no ISO-8859-16, and its KOI8-U
 * lacks a letter of Belarus; those are iconv's. Labels that the standard calls "replacement" and
 * ICU can read keep their sets: phones use them. */
static const CardCharset charsets[] = {
        {"unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8", "UTF-8",
         CARD_CHARSET_UTF8},
        {"ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 "
         "iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
         "windows-1252", CARD_CHARSET_BYTES},
        {"866 cp866 csibm866 ibm866", "ibm-866", CARD_CHARSET_BYTES},
        {"csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 "
         "latin2",
         "ISO-8859-2", CARD_CHARSET_BYTES},
        {"csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 "
         "latin3",
         "ISO-8859-3", CARD_CHARSET_BYTES},
        {"csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 "
         "latin4",
         "ISO-8859-4", CARD_CHARSET_BYTES},
        {"csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 "
         "iso_8859-5:1988",
         "ISO-8859-5", CARD_CHARSET_BYTES},
        {"arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 "
         "iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
         "ISO-8859-6", CARD_CHARSET_BYTES},
        {"csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 "
         "iso_8859-7 iso_8859-7:1987 sun_eu_greek",
         "ISO-8859-7", CARD_CHARSET_BYTES},
        {"csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 "
         "iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
         "ISO-8859-8", CARD_CHARSET_BYTES},
        {"csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6", "ISO-8859-10",
         CARD_CHARSET_BYTES},
        {"iso-8859-13 iso8859-13 iso885913", "ISO-8859-13", CARD_CHARSET_BYTES},
        {"iso-8859-14 iso8859-14 iso885914", "ISO-8859-14", CARD_CHARSET_BYTES},
        {"csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9", "ISO-8859-15",
         CARD_CHARSET_BYTES},
        {"iso-8859-16", "iconv ISO-8859-16", CARD_CHARSET_BYTES},
        {"cskoi8r koi koi8 koi8-r koi8_r", "KOI8-R", CARD_CHARSET_BYTES},
        {"koi8-ru koi8-u", "iconv KOI8-RU", CARD_CHARSET_BYTES},
        {"csmacintosh mac macintosh x-mac-roman", "macintosh", CARD_CHARSET_BYTES},
        {"x-mac-cyrillic x-mac-ukrainian", "x-mac-cyrillic", CARD_CHARSET_BYTES},
        {"dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 cp874", "windows-874",
         CARD_CHARSET_BYTES},
        {"cp1250 windows-1250 x-cp1250", "windows-1250", CARD_CHARSET_BYTES},
        {"cp1251 windows-1251 x-cp1251", "windows-1251", CARD_CHARSET_BYTES},
        {"cp1253 windows-1253 x-cp1253", "windows-1253", CARD_CHARSET_BYTES},
        {"cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 "
         "l5 latin5 windows-1254 x-cp1254",
         "windows-1254", CARD_CHARSET_BYTES},
        {"cp1255 windows-1255 x-cp1255", "windows-1255", CARD_CHARSET_BYTES},
        {"cp1256 windows-1256 x-cp1256", "windows-1256", CARD_CHARSET_BYTES},
        {"cp1257 windows-1257 x-cp1257", "windows-1257", CARD_CHARSET_BYTES},
        {"cp1258 windows-1258 x-cp1258", "windows-1258", CARD_CHARSET_BYTES},
        {"chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 "
         "cp936 ms936 windows-936",
         "gb18030,windows-936", CARD_CHARSET_BYTES},
        {"big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 windows-950", "Big5-HKSCS,windows-950",
         CARD_CHARSET_BYTES},
        {"cseucpkdfmtjapanese euc-jp x-euc-jp", "EUC-JP", CARD_CHARSET_BYTES},
        {"csiso2022jp iso-2022-jp", "ISO-2022-JP", CARD_CHARSET_BYTES},
        {"csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932",
         "windows-31j", CARD_CHARSET_BYTES},
        {"cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 "
         "ksc_5601 windows-949 cp949 uhc",
         "windows-949", CARD_CHARSET_BYTES},
        {"csiso2022kr iso-2022-kr", "ISO-2022-KR", CARD_CHARSET_BYTES},
        {"hz-gb-2312", "HZ", CARD_CHARSET_BYTES},
        {"iso-2022-cn iso-2022-cn-ext", "ISO-2022-CN", CARD_CHARSET_BYTES},
        {"unicodefffe utf-16be", "UTF-16BE", CARD_CHARSET_UTF16},
        {"csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le", "UTF-16LE",
         CARD_CHARSET_UTF16},
        {"cp437 ibm437 437", "ibm-437", CARD_CHARSET_BYTES},
        {"cp850 ibm850 850", "ibm-850", CARD_CHARSET_BYTES},
        {"cp852 ibm852 852", "ibm-852", CARD_CHARSET_BYTES},
};

/* ---- labels --------------------------------------------------------------------------------- */

static bool charset_has_label(const CardCharset *charset, const char *label, size_t len)
{
        for (const char *s = charset->labels; *s; s += strcspn(s, " "), s += *s == ' ')
                if (strcspn(s, " ") == len && strncasecmp(s, label, len) == 0)
                        return true;
        return false;
}

const CardCharset *card_charset(const char *label)
{
        size_t from = strspn(label, " \t\n\f\r"), len = strlen(label + from);

        while (len > 0 && isspace((unsigned char)label[from + len - 1]))
                len--;
        for (size_t i = 0; i < ARRAY_LEN(charsets) && len > 0; i++)
                if (charset_has_label(&charsets[i], label + from, len))
                        return &charsets[i];
        return NULL;
}

/* ---- conversion ----------------------------------------------------------------------------- */

/* Room for what len bytes become, in UTF-16 and in UTF-8. */
static size_t charset_room(size_t len)
{
        return 4 * len + 8;
}

static int charset_by_iconv(char *out, size_t *ret_len, const char *name, bool cropped,
                            const char *bytes, size_t len)
{
        size_t left = len, room = charset_room(len), r;
        char *in = (char *)bytes, *to = out;
        iconv_t cd = iconv_open("UTF-8", name);

        if (cd == (iconv_t)-1)
                return errno == ENOMEM ? -ENOMEM : CARD_E_CHARSET;
        r = iconv(cd, &in, &left, &to, &room);
        (void)iconv_close(cd);
        if (r == (size_t)-1 && !(cropped && errno == EINVAL && left < len))
                return CARD_E_CHARSET;
        *ret_len = (size_t)(to - out);
        return 0;
}

static int charset_outcome(UErrorCode code)
{
        if (code == U_MEMORY_ALLOCATION_ERROR)
                return -ENOMEM;
        return U_FAILURE(code) ? CARD_E_CHARSET : 0;
}

static int charset_by_icu(char *out, size_t *ret_len, const char *name, bool cropped,
                          const char *bytes, size_t len)
{
        UErrorCode code = U_ZERO_ERROR;
        UConverter *from = ucnv_open(name, &code), *to = ucnv_open("UTF-8", &code);
        const char *in = bytes;
        char *end = out;

        ucnv_setToUCallBack(from, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &code);
        if (U_SUCCESS(code))
                ucnv_convertEx(to, from, &end, out + charset_room(len), &in, bytes + len, NULL,
                               NULL, NULL, NULL, true, true, &code);
        ucnv_close(to);
        ucnv_close(from);
        if (cropped && code == U_TRUNCATED_CHAR_FOUND)
                code = U_ZERO_ERROR;
        *ret_len = (size_t)(end - out);
        return charset_outcome(code);
}

/* libdbus aborts on what is not UTF-8, so no converter is taken at its word. NULs are allowed. */
static bool charset_is_text(const char *text, size_t len)
{
        uint32_t c;

        for (size_t n; len > 0; text += n, len -= n) {
                n = text_char(&c, text, len);
                if (n == 0)
                        return false;
        }
        return true;
}

static int charset_try(char **ret, size_t *ret_len, const char *converter, bool cropped,
                       const char *bytes, size_t len)
{
        static const char of_libc[] = "iconv ";
        size_t skip = strncmp(converter, of_libc, sizeof of_libc - 1) == 0 ? sizeof of_libc - 1 : 0;
        _cleanup_free_ char *out = malloc(charset_room(len) + 1);
        size_t out_len = 0;
        int r;

        if (!out)
                return -ENOMEM;
        r = (skip ? charset_by_iconv : charset_by_icu)(out, &out_len, converter + skip, cropped,
                                                       bytes, len);
        if (r == 0 && !charset_is_text(out, out_len))
                r = CARD_E_CHARSET;
        if (r != 0)
                return r;
        out[out_len] = '\0';
        *ret_len = out_len;
        *ret = TAKE_PTR(out);
        return 0;
}

int card_charset_convert(char **ret, size_t *ret_len, const CardCharset *charset, bool cropped,
                         const char *bytes, size_t len)
{
        int r = CARD_E_CHARSET;

        for (const char *s = charset->converters; *s && r == CARD_E_CHARSET;
             s += strcspn(s, ","), s += *s == ',') {
                char name[32];

                (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(s, ","), s);
                r = charset_try(ret, ret_len, name, cropped, bytes, len);
        }
        return r;
}
