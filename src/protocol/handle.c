/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "handle.h"

#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

enum { PHONE_DIGITS_MIN = 7, PHONE_DIGITS_MAX = 20 };

/* A Hangul filler is a letter, and a blank pattern of Braille a symbol. */
static bool handle_is_blank_letter(ucs4_t c)
{
        return uc_is_property_default_ignorable_code_point(c) || c == 0x2800;
}

/* Letters, marks, digits, punctuation, symbols, and single spaces inside. */
static bool handle_is_usable(const uint8_t *text, size_t len)
{
        bool says = false;
        ucs4_t c = 0, last = ' ';
        int n;

        for (size_t i = 0; i < len; i += (size_t)n, last = c) {
                n = u8_mbtouc(&c, text + i, len - i);
                if (c == ' ' ? last == ' '
                             : uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C |
                                                                           UC_CATEGORY_MASK_Z))
                        return false;
                if (handle_is_blank_letter(c))
                        return false;
                says |= uc_is_general_category_withtable(c,
                                                         UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
        }
        return says && last != ' ';
}

/* ---- phone numbers ---- */

/* What people put between the digits of a phone number. */
static bool handle_separates_digits(ucs4_t c)
{
        return c == ' ' || c == '.' || c == '/' || c == '(' || c == ')' ||
               uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Pd);
}

/* Its digits alone, if the NFKC text can be a phone number: their number, or 0. */
static size_t handle_phone_digits(char ret[static PHONE_DIGITS_MAX], const uint8_t *text,
                                  size_t len, bool *ret_plus)
{
        static const char trunk[] = "(0)"; /* is not dialled after the code of a country */
        size_t n = 0;
        ucs4_t c;
        int size;

        *ret_plus = len > 0 && text[0] == '+';
        for (size_t i = *ret_plus; i < len; i += (size_t)size) {
                size = u8_mbtouc(&c, text + i, len - i);
                if (*ret_plus && len - i >= strlen(trunk) &&
                    memcmp(text + i, trunk, strlen(trunk)) == 0)
                        size = (int)strlen(trunk);
                else if (uc_decimal_value(c) >= 0 && n < PHONE_DIGITS_MAX)
                        ret[n++] = (char)('0' + uc_decimal_value(c));
                else if (!handle_separates_digits(c))
                        return 0;
        }
        return n >= PHONE_DIGITS_MIN ? n : 0;
}

/* True: it is one, and *ret has it. */
static bool handle_tidy_phone(char ret[static HANDLE_SIZE], const uint8_t *text, size_t len)
{
        char digits[PHONE_DIGITS_MAX];
        bool plus;
        size_t n = handle_phone_digits(digits, text, len, &plus);
        size_t skip = n > 2 && !plus && digits[0] == '0' && digits[1] == '0' ? 2 : 0;

        if (n == 0)
                return false;
        plus |= skip > 0;
        ret[0] = '+';
        memcpy(ret + plus, digits + skip, n - skip);
        ret[plus + n - skip] = '\0';
        return true;
}

/* ---- forms ---- */

int handle_tidy(char ret[static HANDLE_SIZE], const char *text)
{
        _cleanup_free_ uint8_t *plain = NULL;
        size_t len = strlen(text), n;

        while (len > 0 && *text == ' ') {
                text++;
                len--;
        }
        while (len > 0 && text[len - 1] == ' ')
                len--;
        if (len == 0 || len >= HANDLE_SIZE || u8_check((const uint8_t *)text, len))
                return HANDLE_E_UNUSABLE;
        plain = u8_normalize(UNINORM_NFKC, (const uint8_t *)text, len, NULL, &n);
        if (!plain)
                return errno == ENOMEM ? -ENOMEM : HANDLE_E_UNUSABLE;
        if (!handle_is_usable(plain, n))
                return HANDLE_E_UNUSABLE;
        if (handle_tidy_phone(ret, plain, n))
                return 0;
        memcpy(ret, text, len);
        ret[len] = '\0';
        return 0;
}

int handle_normalise(char ret[static HANDLE_SIZE], const char *text)
{
        _cleanup_free_ uint8_t *folded = NULL;
        char tidy[HANDLE_SIZE];
        size_t n;
        int r = handle_tidy(tidy, text);

        if (r != 0)
                return r;
        folded = u8_casefold((const uint8_t *)tidy, strlen(tidy), NULL, UNINORM_NFKC, NULL, &n);
        if (!folded)
                return errno == ENOMEM ? -ENOMEM : HANDLE_E_UNUSABLE;
        if (n == 0 || n >= HANDLE_SIZE || !handle_is_usable(folded, n))
                return HANDLE_E_UNUSABLE;
        memcpy(ret, folded, n);
        ret[n] = '\0';
        return 0;
}
