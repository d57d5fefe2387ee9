/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-convert 30|40 FILE: the cards of a file as vCard 3.0 or 4.0, for readers that are not ours.
 * Of each that is refused a line tells why, on stderr, and it ends with 1. */
#include "src/card/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED = 1, FAILED = 2, BYTES_MAX = 32 * 1024 * 1024 };

static int convert(const Card *c, CardVersion version)
{
        _cleanup_free_ char *text = NULL;
        size_t len;

        if (card_write(&text, &len, c, version) != 0)
                return FAILED;
        return fwrite(text, 1, len, stdout) == len ? 0 : FAILED;
}

static int convert_all(const char *bytes, size_t len, CardVersion version)
{
        unsigned n = 0, before = 0;
        int code = 0;

        for (size_t from = 0, used; from < len && code != FAILED; from += used) {
                _cleanup_(card_freep) Card *c = NULL;
                CardReading how = {.max = BYTES_MAX, .forgiving = true};
                unsigned line = 1;
                int r;

                used = 0;
                r = card_parse_as(&c, bytes + from, len - from, &how, &used, &line);
                if (r < 0)
                        return FAILED;
                if (r == CARD_E_NO_CARD && n > 0)
                        break; /* what follows the last one */
                n++;
                if (r > 0) {
                        (void)fprintf(stderr, "card %u, line %u: %s\n", n, before + line,
                                      card_complaint(r));
                        code = REFUSED;
                } else if (convert(c, version) != 0)
                        code = FAILED;
                for (size_t i = from; i < from + used; i++)
                        before += bytes[i] == '\n';
                if (used == 0)
                        break;
        }
        if (len == 0) {
                (void)fprintf(stderr, "%s\n", card_complaint(CARD_E_NO_CARD));
                code = REFUSED;
        }
        return code;
}

int main(int argc, char **argv)
{
        _cleanup_free_ char *bytes = malloc(BYTES_MAX);
        FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;
        size_t len;

        if (!f || !bytes)
                return FAILED;
        len = fread(bytes, 1, BYTES_MAX, f);
        (void)fclose(f);
        return convert_all(bytes, len, strcmp(argv[1], "40") == 0 ? CARD_V40 : CARD_V30);
}
