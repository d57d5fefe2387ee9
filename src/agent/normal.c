/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "normal.h"
#include "src/base/text.h"
#include "src/phone/phone.h"

#include <string.h>
#include <strings.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

enum { PHONE_DIGITS_MIN = 7 };

uint8_t *normal_fold(const char *text, size_t *ret_len)
{
        size_t len = 0;
        uint8_t *folded =
                u8_casefold((const uint8_t *)text, strlen(text), NULL, UNINORM_NFKD, NULL, &len);

        *ret_len = len;
        return folded ? folded : calloc(1, 1); /* an empty text gives NULL */
}

char *normal_phone(const char *text)
{
        char *phone = phone_normal(text);

        if (phone && phone_digits(phone) < PHONE_DIGITS_MIN)
                *phone = '\0';
        return phone;
}

/* The address in "Ida Brook <ida@brook.example>" and "mailto:ida@brook.example?subject=hello". */
static char *normal_plain_email(const char *text)
{
        const char *open = strchr(text, '<');

        if (open && strchr(open, '>'))
                text = open + 1;
        if (strncasecmp(text, "mailto:", 7) == 0)
                text += 7;
        return strndup(text, strcspn(text, ">?"));
}

char *normal_email(const char *text)
{
        _cleanup_free_ char *plain = normal_plain_email(text);
        char *email = plain ? normal_other(plain) : NULL, *to = email;

        for (const char *c = email; c && *c; c++)
                if (*c != ' ')
                        *to++ = *c;
        if (email) {
                *to = '\0';
                if (!strchr(email, '@'))
                        *email = '\0';
        }
        return email;
}

char *normal_other(const char *text)
{
        size_t len;
        _cleanup_free_ uint8_t *folded = normal_fold(text, &len);
        char *other = folded ? malloc(len + 1) : NULL, *to = other;

        if (!other)
                return NULL;
        for (size_t i = 0; i < len; i++) {
                char c = (char)folded[i];

                if (strchr(" \t\r\n", c)) {
                        if (to > other && to[-1] != ' ')
                                *to++ = ' ';
                } else
                        *to++ = c;
        }
        while (to > other && to[-1] == ' ')
                to--;
        *to = '\0';
        return other;
}
