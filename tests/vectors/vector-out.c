/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vector-out.h"

#include <inttypes.h>
#include <stdio.h>

static int depth;
static bool something_before;

static void start_value(const char *name)
{
        printf("%s\n%*s", something_before ? "," : "", 2 * depth, "");
        if (name)
                printf("\"%s\": ", name);
        something_before = true;
}

static void open_with(const char *name, char bracket)
{
        if (depth > 0)
                start_value(name);
        putchar(bracket);
        depth++;
        something_before = false;
}

static void close_with(char bracket)
{
        depth--;
        printf("\n%*s%c", 2 * depth, "", bracket);
        something_before = true;
        if (depth == 0)
                putchar('\n');
}

void out_begin(const char *name)
{
        open_with(name, '{');
}

void out_end(void)
{
        close_with('}');
}

void out_list_begin(const char *name)
{
        open_with(name, '[');
}

void out_list_end(void)
{
        close_with(']');
}

void out_hex(const char *name, const void *data, size_t len)
{
        const uint8_t *b = data;

        start_value(name);
        putchar('"');
        for (size_t i = 0; i < len; i++)
                printf("%02x", b[i]);
        putchar('"');
}

void out_text(const char *name, const char *text)
{
        start_value(name);
        putchar('"');
        for (; *text; text++) {
                if (*text == '\r')
                        fputs("\\r", stdout);
                else if (*text == '\n')
                        fputs("\\n", stdout);
                else
                        putchar(*text);
        }
        putchar('"');
}

void out_number(const char *name, uint64_t value)
{
        start_value(name);
        printf("%" PRIu64, value);
}

void vector_check(bool holds, const char *what)
{
        if (!holds) {
                fprintf(stderr, "wrong: %s\n", what);
                exit(1);
        }
}
