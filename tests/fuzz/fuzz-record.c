/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Number and password of a record as people write them. What was read reads the same again
 * when it is written in our way. */
#include "fuzz.h"

#include "src/protocol/record.h"
#include "src/protocol/roster.h"

#include <assert.h>
#include <string.h>

static void try_number(const char *text)
{
        char number[RECORD_NUMBER_SIZE], again[RECORD_NUMBER_SIZE];

        if (!record_number_parse(number, text))
                return;
        assert(record_number_valid(number));
        assert(record_number_parse(again, number) && strcmp(number, again) == 0);
}

static void try_password(const char *text)
{
        _cleanup_record_password_ RecordPassword p = {}, again = {};
        char shown[RECORD_PASSWORD_TEXT];
        unsigned at = 0;
        int r = record_password_parse(&p, text, &at);

        assert(r != RECORD_E_SYMBOL || (at > 0 && at <= strlen(text)));
        if (r != 0)
                return;
        record_password_format(shown, &p);
        assert(strlen(shown) == RECORD_PASSWORD_TEXT - 1);
        assert(record_password_parse(&again, shown, &at) == 0 && memcmp(&p, &again, sizeof p) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = strndup((const char *)data, size);

        if (!text)
                return 0;
        try_number(text);
        try_password(text);
        (void)record_half_valid(text);
        (void)record_number_valid(text);
        return 0;
}
