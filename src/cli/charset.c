/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "charset.h"
#include "src/card/card-charset.h"
#include "src/base/util.h"

#include <string.h>
#include <uchardet.h>

/* Guesses that stand for another set: the superset that exporters really write, or its usual name.
 * A few words cannot tell Latin alphabets apart when they differ only in letters that names lack.
 * */
static const struct {
        const char *guessed, *used;
} names[] = {
        {"ISO-8859-1", "WINDOWS-1252"},
        {"ISO-8859-15", "WINDOWS-1252"},
        {"ISO-8859-3", "WINDOWS-1252"},
        {"SHIFT_JIS", "CP932"},
        {"UHC", "CP949"},
        {"TIS-620", "WINDOWS-874"},
        {"IBM866", "CP866"},
        {"IBM852", "CP852"},
};

static const char *charset_used_name(const char *guessed)
{
        static char copy[32];

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (strcmp(guessed, names[i].guessed) == 0)
                        return names[i].used;
        if (!card_charset(guessed) || strlen(guessed) >= sizeof copy)
                return NULL;
        return strcpy(copy, guessed);
}

const char *charset_guess(const char *bytes, size_t len)
{
        uchardet_t detector = uchardet_new();
        const char *name = NULL;

        if (!detector)
                return NULL;
        if (uchardet_handle_data(detector, bytes, len) == 0) {
                uchardet_data_end(detector);
                name = charset_used_name(uchardet_get_charset(detector));
        }
        uchardet_delete(detector);
        return name;
}
