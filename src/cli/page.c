/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page.h"
#include "letters.h"
#include "out.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>
#include <unigbrk.h>
#include <unilbrk.h>
#include <uniwidth.h>

enum {
        LABELLED_MIN = 48, /* columns from which on labels have a column of their own */
        INDENT = 2,
        TEXT_MAX = 1024,
};

/* Where a text may be cut, for each byte. */
typedef struct Breaks {
        char lines[TEXT_MAX], letters[TEXT_MAX];
} Breaks;

static void page_free_block(const Block *block)
{
        free(block->label);
        free(block->text);
        free(block->brief);
}

void page_done(Page *page)
{
        for (size_t i = 0; i < page->blocks.n; i++)
                page_free_block(&page->blocks.list[i]);
        array_done(&page->blocks);
}

/* False: no memory. */
static bool page_copy(char **ret, const char *text)
{
        *ret = text ? strdup(letters(text)) : NULL;
        return *ret || !text;
}

void page_add(Page *page, unsigned id, Rank rank, const char *label, const char *brief,
              const char *format, ...)
{
        Block block = {.id = id, .rank = rank};
        char text[TEXT_MAX];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        if (page_copy(&block.label, label) && page_copy(&block.brief, brief) &&
            page_copy(&block.text, text) && array_add(&page->blocks, block) == 0)
                return;
        page_free_block(&block);
}

void page_make_solid(Page *page)
{
        if (page->blocks.n > 0)
                page->blocks.list[page->blocks.n - 1].solid = true;
}

const Block *page_find(const Page *page, unsigned id)
{
        for (size_t i = 0; i < page->blocks.n; i++)
                if (page->blocks.list[i].id == id)
                        return &page->blocks.list[i];
        return NULL;
}

/* ---- wrapping ------------------------------------------------------------------------------- */

static unsigned page_width(const char *text, size_t n)
{
        return (unsigned)u8_width((const uint8_t *)text, n, locale_charset());
}

/* The end of the letter that begins at `at`, with what combines with it. */
static size_t page_letter_end(const Breaks *breaks, size_t at, size_t len)
{
        do
                at++;
        while (at < len && !breaks->letters[at]);
        return at;
}

/* The end of the line that begins at `at`. A blank at its end takes no room. A word that is wider
 * than the line is cut between letters. */
static size_t page_line_end(const char *text, size_t len, const Breaks *breaks, size_t at,
                            unsigned columns)
{
        size_t word = at, i = at, end;
        unsigned width = 0;

        for (; i < len; i = end) {
                end = page_letter_end(breaks, i, len);
                if (i > at && breaks->lines[i] == UC_BREAK_POSSIBLE)
                        word = i;
                width += page_width(text + i, end - i);
                if (width > columns && text[i] != ' ' && i > at)
                        return word > at ? word : i;
        }
        return len;
}

/* Of ASCII, or a part of another. */
static bool page_is_letter(char c)
{
        return (unsigned char)c >= 0x80 || isalpha((unsigned char)c);
}

/* Numbers stay together, the name of a key such as Ctrl-C, and the escape of a letter. */
static bool page_must_stay(const char *text, size_t len, size_t at)
{
        if (text[at - 1] == ' ')
                return at > 1 && isdigit((unsigned char)text[at - 2]) &&
                       isdigit((unsigned char)text[at]);
        if (text[at - 1] == '\\')
                return true;
        return text[at - 1] == '-' && !(at + 1 < len && page_is_letter(text[at + 1]));
}

static void page_find_breaks(Breaks *ret, const char *text, size_t len)
{
        u8_possible_linebreaks((const uint8_t *)text, len, locale_charset(), ret->lines);
        u8_grapheme_breaks((const uint8_t *)text, len, ret->letters);
        for (size_t i = 1; i < len; i++)
                if (ret->lines[i] == UC_BREAK_POSSIBLE && page_must_stay(text, len, i))
                        ret->lines[i] = UC_BREAK_PROHIBITED;
}

static unsigned page_wrap(FILE *to, const char *first, unsigned indent, const char *text,
                          unsigned columns)
{
        size_t len = strnlen(text, TEXT_MAX), at = 0, end, shown;
        unsigned lines = 0, head = page_width(first, strlen(first));
        Breaks breaks;

        page_find_breaks(&breaks, text, len);
        do {
                end = page_line_end(text, len, &breaks, at, columns > head ? columns - head : 1);
                for (shown = end; shown > at && text[shown - 1] == ' ';)
                        shown--;
                if (to)
                        (void)fprintf(to, "%s%*s%.*s\n", lines ? "" : first,
                                      lines ? (int)indent : 0, "", (int)(shown - at), text + at);
                lines++;
                at = end;
                head = indent;
        } while (at < len);
        return lines;
}

/* Narrow screens have no column of labels. */
static unsigned page_write_narrow(const Block *block, FILE *to, unsigned columns)
{
        char text[TEXT_MAX];

        if (!block->label || !*block->label)
                return page_wrap(to, "", 0, block->text, columns);
        (void)snprintf(text, sizeof text, _("%s: %s"), block->label, block->text);
        return page_wrap(to, "", columns > 2 * INDENT ? INDENT : 0, text, columns);
}

static unsigned page_write_solid(const Block *block, FILE *to, unsigned columns)
{
        if (to)
                (void)fprintf(to, "%s\n", block->text);
        return (page_width(block->text, strlen(block->text)) + columns - 1) / columns;
}

/* to: NULL only counts the lines. */
static unsigned page_write_block(const Block *block, FILE *to, unsigned columns)
{
        const char *head;

        if (block->hidden)
                return 0;
        if (block->solid)
                return page_write_solid(block, to, columns);
        if (block->is_brief)
                return page_wrap(to, "", 0, block->brief, columns);
        if (columns < LABELLED_MIN)
                return page_write_narrow(block, to, columns);
        head = block->label ? label(block->label) : "";
        return page_wrap(to, head, page_width(head, strlen(head)), block->text, columns);
}

void page_say(const Block *block, FILE *to)
{
        if (block->label && *block->label)
                (void)fprintf(to, _("%s: %s"), block->label, block->text);
        else
                (void)fputs(block->text, to);
        (void)fputc('\n', to);
}

const char *page_tail(const char *text, unsigned columns)
{
        const uint8_t *at = (const uint8_t *)text;

        while (*at && page_width((const char *)at, strlen((const char *)at)) > columns)
                at = u8_grapheme_next(at, at + strlen((const char *)at));
        return (const char *)at;
}

/* ---- fitting -------------------------------------------------------------------------------- */

unsigned page_count(const Page *page, unsigned columns)
{
        unsigned lines = 0;

        for (size_t i = 0; i < page->blocks.n; i++)
                lines += page_write_block(&page->blocks.list[i], NULL, columns);
        return lines;
}

/* The paragraphs of a rank, the last first: shorter, or away. */
static unsigned page_reduce(Page *page, Rank rank, bool away, unsigned columns, unsigned lines)
{
        unsigned now = page_count(page, columns);

        for (size_t i = page->blocks.n; i > 0 && now > lines; i--) {
                Block *b = &page->blocks.list[i - 1];

                if (b->rank != rank)
                        continue;
                if (away)
                        b->hidden = true;
                else
                        b->is_brief = b->brief;
                now = page_count(page, columns);
        }
        return now;
}

unsigned page_fit(Page *page, unsigned columns, unsigned lines)
{
        unsigned now = page_count(page, columns);

        for (int rank = RANK_LEAST; rank >= RANK_ALWAYS && now > lines; rank--) {
                now = page_reduce(page, (Rank)rank, false, columns, lines);
                if (rank >= RANK_LOW)
                        now = page_reduce(page, (Rank)rank, true, columns, lines);
        }
        for (int rank = RANK_MIDDLE; rank > RANK_ALWAYS && now > lines; rank--)
                now = page_reduce(page, (Rank)rank, true, columns, lines);
        return now;
}

unsigned page_write(const Page *page, FILE *to, unsigned columns, unsigned lines)
{
        unsigned written = 0;

        for (size_t i = 0; i < page->blocks.n; i++) {
                const Block *b = &page->blocks.list[i];
                unsigned more = page_write_block(b, NULL, columns);

                if (written + more <= lines)
                        written += page_write_block(b, to, columns);
        }
        return written;
}
