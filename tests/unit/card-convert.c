/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-convert 30|40 FILE: the first card of a file as vCard 3.0 or 4.0, for readers that are not ours */
#include "card.h"

#include <stdio.h>
#include <string.h>

static char bytes[CARD_TEXT_MAX];

int main(int argc, char **argv)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *text = NULL;
        FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;
        size_t len;

        if (!f)
                return 2;
        len = fread(bytes, 1, sizeof bytes, f);
        (void)fclose(f);
        if (card_parse(&c, bytes, len, NULL, NULL) != 0)
                return 1;
        if (card_write(&text, &len, c, strcmp(argv[1], "40") == 0 ? CARD_V40 : CARD_V30) != 0)
                return 1;
        return fwrite(text, 1, len, stdout) == len ? 0 : 1;
}
