/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "account-handle.h"

#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* Letters, marks, digits, punctuation, symbols, and single spaces inside. */
static bool handle_is_usable(const uint8_t *text, size_t len)
{
        ucs4_t c = 0, last = ' ';
        int n;

        for (size_t i = 0; i < len; i += (size_t)n, last = c) {
                n = u8_mbtouc(&c, text + i, len - i);
                if (c == ' ' ? last == ' '
                             : uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C |
                                                                           UC_CATEGORY_MASK_Z))
                        return false;
        }
        return last != ' ';
}

int handle_normalise(char ret[static HANDLE_SIZE], const char *text)
{
        _cleanup_free_ uint8_t *folded = NULL;
        size_t len = strlen(text), n;

        while (len > 0 && *text == ' ') {
                text++;
                len--;
        }
        while (len > 0 && text[len - 1] == ' ')
                len--;
        if (len == 0 || u8_check((const uint8_t *)text, len))
                return HANDLE_E_UNUSABLE;
        folded = u8_casefold((const uint8_t *)text, len, NULL, UNINORM_NFKC, NULL, &n);
        if (!folded)
                return errno == ENOMEM ? -ENOMEM : HANDLE_E_UNUSABLE;
        if (n == 0 || n >= HANDLE_SIZE || !handle_is_usable(folded, n))
                return HANDLE_E_UNUSABLE;
        memcpy(ret, folded, n);
        ret[n] = '\0';
        return 0;
}
