/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What anybody may type or paste; whatever is taken for a code reads back as the same code. */
#include "fuzz.h"

#include "src/protocol/code.h"

#include <assert.h>
#include <string.h>

static void check_normal_form(const Code *c)
{
        char text[CODE_TEXT_MAX], again[CODE_TEXT_MAX];
        Code read;

        assert(strspn(c->route, "0123456789") == strlen(c->route));
        assert(strlen(c->route) >= CODE_ROUTE_MIN && strlen(c->route) <= CODE_ROUTE_MAX);
        assert(c->n_words <= CODE_WORDS_MAX);
        code_format(c, text);
        assert(code_parse(&read, text, NULL) == 0);
        code_format(&read, again);
        assert(strcmp(text, again) == 0);
}

/* What is offered is the list's own word, never a piece of the input. */
static void check_offer(const char *input, bool good)
{
        const char *meant = code_meant(input);
        int index = meant ? words_find(meant) : -1;

        assert(!meant || (index >= 0 && words_get((unsigned)index) == meant && !good));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *input = malloc(size + 1);
        unsigned bad_word = 0;
        Code c;
        int r;

        if (!input)
                return 0;
        memcpy(input, data, size);
        input[size] = '\0';
        r = code_parse(&c, input, &bad_word);
        if (r == 0)
                check_normal_form(&c);
        assert(r >= 0 && (bad_word > 0) == (r == CODE_E_UNKNOWN_WORD) &&
               bad_word <= CODE_WORDS_MAX);
        check_offer(input, r == 0);
        free(input);
        return 0;
}
