/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "same.h"

#include <string.h>

/* The number in the key of a piece, or NULL. */
static const char *same_number(const Piece *p)
{
        static const char prefix[] = "TEL:";
        size_t len = strlen(prefix);

        return strncmp(p->key, prefix, len) == 0 ? p->key + len : NULL;
}

int same_begin(Same *ret, const Pieces *pieces)
{
        const char **numbers = calloc(pieces->n + 1, sizeof *numbers);
        size_t n = 0;

        if (!numbers)
                return -ENOMEM;
        for (size_t i = 0; i < pieces->n; i++) {
                const char *number = same_number(&pieces->list[i]);

                if (number)
                        numbers[n++] = number;
        }
        *ret = (Same){.pieces = pieces, .numbers = numbers, .phones = {.numbers = numbers, .n = n}};
        return 0;
}

void same_done(Same *s)
{
        free(s->numbers);
}

static bool same_pieces(Same *of_a, const Piece *a, Same *of_b, const Piece *b)
{
        const char *number_a = same_number(a), *number_b = same_number(b);

        if (strcmp(a->key, b->key) == 0)
                return true;
        return number_a && number_b && phone_same(number_a, &of_a->phones, number_b, &of_b->phones);
}

const Piece *same_find(Same *s, const Piece *p, Same *of_p)
{
        for (size_t i = 0; i < s->pieces->n; i++)
                if (same_pieces(s, &s->pieces->list[i], of_p, p))
                        return &s->pieces->list[i];
        return NULL;
}

bool same_within(Same *s, const Piece *a, const Piece *b)
{
        return same_pieces(s, a, s, b);
}
