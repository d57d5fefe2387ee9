/* SPDX-License-Identifier: GPL-2.0-or-later */
/* charset.c - card-charset.h for cards that other members sent: they are UTF-8, or no cards */
#include "src/card/card-charset.h"
#include "src/card/card.h"

#include <string.h>
#include <strings.h>

const CardCharset *card_charset(const char *label)
{
        static const CardCharset utf8 = {"utf-8", "UTF-8", CARD_CHARSET_UTF8};

        return strcasecmp(label, "UTF-8") == 0 ? &utf8 : NULL;
}

/* Length of what ends with a whole character. */
static size_t charset_crop(const char *bytes, size_t len)
{
        size_t at = len;
        uint32_t c;

        while (at > 0 && len - at < 3 && ((unsigned char)bytes[at - 1] & 0xc0) == 0x80)
                at--;
        if (at == 0 || (unsigned char)bytes[at - 1] < 0xc0)
                return len;
        return text_char(&c, bytes + at - 1, len - at + 1) > 0 ? len : at - 1;
}

int card_charset_convert(char **ret, size_t *ret_len, const CardCharset *charset, bool cropped,
                         const char *bytes, size_t len)
{
        size_t n = cropped ? charset_crop(bytes, len) : len;
        uint32_t c;
        char *copy;

        if (!charset || charset->mark != CARD_CHARSET_UTF8)
                return CARD_E_CHARSET;
        for (size_t at = 0, size; at < n; at += size) {
                size = text_char(&c, bytes + at, n - at);
                if (size == 0)
                        return CARD_E_CHARSET;
        }
        copy = malloc(n + 1);
        if (!copy)
                return -ENOMEM;
        memcpy(copy, bytes, n);
        copy[n] = '\0';
        *ret_len = n;
        *ret = copy;
        return 0;
}
