/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "glyphs.h"

#include <assert.h>
#include <string.h>

enum { WIDTH = 5, HEIGHT = 5, ADVANCE = WIDTH + 1 };

/* One byte per row from the top; bit 4 is the leftmost point. */
static const unsigned char digits[10][HEIGHT] = {
        {0x0e, 0x13, 0x15, 0x19, 0x0e}, {0x04, 0x0c, 0x04, 0x04, 0x0e},
        {0x1e, 0x01, 0x0e, 0x10, 0x1f}, {0x1e, 0x01, 0x06, 0x01, 0x1e},
        {0x12, 0x12, 0x1f, 0x02, 0x02}, {0x1f, 0x10, 0x1e, 0x01, 0x1e},
        {0x0e, 0x10, 0x1e, 0x11, 0x0e}, {0x1f, 0x02, 0x04, 0x08, 0x08},
        {0x0e, 0x11, 0x0e, 0x11, 0x0e}, {0x0e, 0x11, 0x0f, 0x01, 0x0e},
};

static const unsigned char letters[26][HEIGHT] = {
        {0x0e, 0x11, 0x1f, 0x11, 0x11}, {0x1e, 0x11, 0x1e, 0x11, 0x1e},
        {0x0f, 0x10, 0x10, 0x10, 0x0f}, {0x1e, 0x11, 0x11, 0x11, 0x1e},
        {0x1f, 0x10, 0x1e, 0x10, 0x1f}, {0x1f, 0x10, 0x1e, 0x10, 0x10},
        {0x0f, 0x10, 0x13, 0x11, 0x0f}, {0x11, 0x11, 0x1f, 0x11, 0x11},
        {0x0e, 0x04, 0x04, 0x04, 0x0e}, {0x07, 0x02, 0x02, 0x12, 0x0c},
        {0x11, 0x12, 0x1c, 0x12, 0x11}, {0x10, 0x10, 0x10, 0x10, 0x1f},
        {0x11, 0x1b, 0x15, 0x11, 0x11}, {0x11, 0x19, 0x15, 0x13, 0x11},
        {0x0e, 0x11, 0x11, 0x11, 0x0e}, {0x1e, 0x11, 0x1e, 0x10, 0x10},
        {0x0e, 0x11, 0x15, 0x12, 0x0d}, {0x1e, 0x11, 0x1e, 0x12, 0x11},
        {0x0f, 0x10, 0x0e, 0x01, 0x1e}, {0x1f, 0x04, 0x04, 0x04, 0x04},
        {0x11, 0x11, 0x11, 0x11, 0x0e}, {0x11, 0x11, 0x11, 0x0a, 0x04},
        {0x11, 0x11, 0x15, 0x1b, 0x11}, {0x11, 0x0a, 0x04, 0x0a, 0x11},
        {0x11, 0x0a, 0x04, 0x04, 0x04}, {0x1f, 0x02, 0x04, 0x08, 0x1f},
};

static unsigned glyph_row(char c, unsigned y)
{
        if (y >= HEIGHT)
                return 0;
        if (c >= '0' && c <= '9')
                return digits[c - '0'][y];
        return c >= 'a' && c <= 'z' ? letters[c - 'a'][y] : 0;
}

static void glyphs_put_point(FILE *to, bool upper, bool lower, bool blocks)
{
        static const char *const half[] = {" ", "▄", "▀", "█"};

        (void)fputs(blocks ? half[upper * 2 + lower] : upper ? "#" : " ", to);
}

static void glyphs_draw_row(FILE *to, const char *text, size_t len, bool blocks)
{
        unsigned step = blocks ? 2 : 1;

        for (unsigned y = 0; y < HEIGHT; y += step) {
                for (size_t i = 0; i < len; i++)
                        for (unsigned bit = 1U << WIDTH; bit > 0; bit >>= 1)
                                glyphs_put_point(to, glyph_row(text[i], y) & bit,
                                                 glyph_row(text[i], y + 1) & bit, blocks);
                (void)fputc('\n', to);
        }
        (void)fputc('\n', to);
}

/* Length of the words that fit into one row; 0: not even the first fits. */
static size_t glyphs_row_length(const char *text, unsigned columns)
{
        size_t fits = 0;

        for (size_t i = 0;; i++) {
                if (text[i] && text[i] != ' ')
                        continue;
                if (i * ADVANCE > columns)
                        return fits;
                fits = i;
                if (!text[i])
                        return fits;
        }
}

unsigned glyphs_draw(FILE *to, const char *code, const GlyphSpace *space)
{
        unsigned height = (space->blocks ? (HEIGHT + 1) / 2 : HEIGHT) + 1, lines = 0;
        size_t len;

        for (const char *s = code; *s; s += len, s += *s == ' ') {
                len = glyphs_row_length(s, space->columns);
                lines += height;
                if (len == 0 || lines > space->lines)
                        return 0;
        }
        for (const char *s = code; *s; s += len, s += *s == ' ') {
                len = glyphs_row_length(s, space->columns);
                assert(len > 0);
                glyphs_draw_row(to, s, len, space->blocks);
        }
        return lines;
}
