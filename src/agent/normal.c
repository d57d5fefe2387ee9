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

/* Compatibility decomposition in lower case. NULL: out of memory. */
static uint8_t *normal_fold(const char *text, size_t *ret_len)
{
        size_t len = 0;
        uint8_t *folded =
                u8_casefold((const uint8_t *)text, strlen(text), NULL, UNINORM_NFKD, NULL, &len);

        *ret_len = len;
        return folded ? folded : calloc(1, 1); /* an empty text gives NULL */
}

char *normal_name(const char *text)
{
        size_t len, step;
        _cleanup_free_ uint8_t *folded = normal_fold(text, &len);
        char *name = folded ? calloc(1, len + 3) : NULL, *to = name;
        bool within = false; /* inside a word */
        uint32_t c;

        if (!name)
                return NULL;
        for (size_t i = 0; i < len; i += step) {
                step = MAX(text_char(&c, (const char *)folded + i, len - i), (size_t)1);
                if (uc_is_general_category(c, UC_CATEGORY_M))
                        continue;
                if (!uc_is_general_category(c, UC_CATEGORY_L) &&
                    !uc_is_general_category(c, UC_CATEGORY_N)) {
                        within = false;
                        continue;
                }
                if (!within)
                        *to++ = ' ';
                within = true;
                memcpy(to, folded + i, step);
                to += step;
        }
        if (to > name)
                *to++ = ' ';
        return name;
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

bool normal_name_within(const char *a, const char *b)
{
        if (!*a || !*b)
                return false;
        if (same_without_blanks(a, b))
                return true;
        for (const char *word = a; word[1]; word += 1 + strcspn(word + 1, " ")) {
                _cleanup_free_ char *needle = strndup(word, strcspn(word + 1, " ") + 2);

                if (!needle || !strstr(b, needle))
                        return false;
        }
        return true;
}

char *normal_phone(const char *text)
{
        char *phone = phone_normal(text);

        if (phone && phone_digits(phone) < PHONE_DIGITS_MIN)
                *phone = '\0';
        return phone;
}

bool normal_phone_same(const char *a, const char *b)
{
        PhoneSet of_a = {.numbers = &a, .n = 1}, of_b = {.numbers = &b, .n = 1};

        return phone_same(a, &of_a, b, &of_b);
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
