/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-lines.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct Span {
        const char *s;
        size_t len;
} Span;

/* The physical line at s. It ends with LF, CR, CR LF or, as some programs write, CR CR LF. */
static Span line_at(const char *s, const char *end, const char **ret_next)
{
        Span span = {s, 0};
        unsigned returns = 0;

        while (s + span.len < end && s[span.len] != '\n' && s[span.len] != '\r')
                span.len++;
        s += span.len;
        while (returns < 2 && s + returns < end && s[returns] == '\r')
                returns++;
        if (s + returns < end && s[returns] == '\n')
                s += returns + 1;
        else if (returns > 0)
                s++;
        *ret_next = s;
        return span;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static bool line_is_empty(Span span)
{
        while (span.len > 0 && is_blank(span.s[0]))
                span.s++, span.len--;
        return span.len == 0;
}

static bool line_begins(Span span, const char *word)
{
        size_t len = strlen(word);

        return span.len >= len && strncasecmp(span.s, word, len) == 0;
}

/* Bytes before the first letter that no property begins with: blanks, byte order marks and what
 * programs make of them that take those for letters. */
static size_t line_stray_len(Span span)
{
        size_t n = 0;

        while (n < span.len && (is_blank(span.s[n]) || (unsigned char)span.s[n] >= 0x80))
                n++;
        return n;
}

static Span line_from(Span span, size_t n)
{
        return (Span){span.s + n, span.len - n};
}

/* Whether it begins like "NAME:", "NAME;" or "group.NAME:". */
static bool line_is_property(Span span)
{
        size_t n = 0;

        while (n < span.len && (isalnum((unsigned char)span.s[n]) || memchr("-_.", span.s[n], 3)))
                n++;
        return n > 0 && n < span.len && (span.s[n] == ':' || span.s[n] == ';');
}

static bool line_is_base64(Span span)
{
        for (size_t i = 0; i < span.len; i++)
                if (!isalnum((unsigned char)span.s[i]) && !memchr("+/= \t", span.s[i], 5))
                        return false;
        return span.len > 0;
}

/* The line if it is BEGIN:VCARD without what is stray, else an empty one. */
static Span line_as_begin(Span span)
{
        static const char begin[] = "BEGIN:VCARD";
        Span clean = line_from(span, line_stray_len(span));

        if (!line_begins(clean, begin) || !line_is_empty(line_from(clean, sizeof begin - 1)))
                return (Span){0};
        return clean;
}

/* Length of the first of two lines that a program wrote without a line break between them. */
static size_t line_unglued_len(Span span)
{
        static const char begin[] = "BEGIN:VCARD", end[] = "END:VCARD";
        size_t stray = line_stray_len(span);
        Span rest;

        if (line_begins(span, end)) {
                rest = line_from(span, sizeof end - 1);
                return line_begins(line_from(rest, line_stray_len(rest)), begin) ? sizeof end - 1
                                                                                 : span.len;
        }
        if (!line_begins(line_from(span, stray), begin))
                return span.len;
        rest = line_from(span, stray + sizeof begin - 1);
        return line_is_property(rest) ? stray + sizeof begin - 1 : span.len;
}

int card_lines_init(CardLines *l, const char *text, size_t len)
{
        *l = (CardLines){.text = text, .next = text, .end = text + len, .buf = malloc(len + 1)};
        return l->buf ? 0 : -ENOMEM;
}

void card_lines_done(CardLines *l)
{
        free(l->buf);
        *l = (CardLines){0};
}

/* The scan for the colon continues where it stopped, or a hostile file would make it quadratic. */
typedef struct Scan {
        size_t at;
        bool quoted;
} Scan;

static void lines_find_colon(CardLines *l, Scan *scan)
{
        for (; scan->at < l->len; scan->at++) {
                if (l->buf[scan->at] == '"')
                        scan->quoted = !scan->quoted;
                else if (l->buf[scan->at] == ':' && !scan->quoted)
                        break;
        }
        l->colon = scan->at;
}

/* The colon of a header with an unclosed quote. */
static void lines_first_colon(CardLines *l)
{
        const char *colon = memchr(l->buf, ':', l->len);

        l->colon = colon ? (size_t)(colon - l->buf) : l->len;
}

static void lines_append(CardLines *l, Span span)
{
        memcpy(l->buf + l->len, span.s, span.len);
        l->len += span.len;
}

/* Whether this parameter is the word, or ENCODING=word. */
static bool param_is(Span param, const char *word)
{
        static const char name[] = "ENCODING=";
        size_t n = strlen(word), skip = sizeof name - 1;

        while (param.len > 0 && is_blank(param.s[0]))
                param.s++, param.len--;
        if (param.len > skip && strncasecmp(param.s, name, skip) == 0) {
                skip += param.s[skip] == '"';
                param.s += skip;
                param.len -= skip;
                if (param.len > 0 && param.s[param.len - 1] == '"')
                        param.len--;
        }
        return param.len == n && strncasecmp(param.s, word, n) == 0;
}

/* Whether the header declares this encoding. Text inside other parameters does not count, or the
 * next line would be taken as part of this value. */
static bool header_has(const CardLines *l, const char *word)
{
        size_t from = 0;
        bool quoted = false;

        for (size_t i = 0; i <= l->colon; i++) {
                if (i < l->colon && l->buf[i] == '"')
                        quoted = !quoted;
                if (i < l->colon && (quoted || l->buf[i] != ';'))
                        continue;
                if (from > 0 && param_is((Span){l->buf + from, i - from}, word))
                        return true;
                from = i + 1;
        }
        return false;
}

/* The physical line at a place, without the indentation of the card. */
static Span lines_peek_at(const CardLines *l, const char *at, const char **ret_after)
{
        Span span = line_at(at, l->end, ret_after);
        unsigned indent = l->indent;
        size_t len;

        for (; indent > 0 && span.len > 0 && is_blank(span.s[0]); indent--)
                span = line_from(span, 1);
        len = line_unglued_len(span);
        if (len < span.len)
                *ret_after = span.s + len;
        return (Span){span.s, len};
}

static Span lines_peek(const CardLines *l, const char **ret_after)
{
        return lines_peek_at(l, l->next, ret_after);
}

static void lines_take(CardLines *l, const char *after)
{
        l->line += l->next == l->text || l->next[-1] == '\n' || l->next[-1] == '\r';
        l->next = after;
}

/* Skips an empty line, as some exporters leave between pieces of a quoted-printable value. */
static void lines_skip_empty(CardLines *l)
{
        const char *after, *second;
        Span span = lines_peek(l, &after);

        if (l->next < l->end && line_is_empty(span) &&
            !line_is_property(lines_peek_at(l, after, &second)))
                lines_take(l, after);
}

/* A value may be cut off and the card still end properly: END is no piece of the value. */
static bool line_is_end(Span span)
{
        return line_begins(span, "END:VCARD");
}

/* A blank that begins a piece of a quoted-printable value is text, or was added by folding. Only
 * its reader can tell: we mark it by CARD_LINES_BLANK. */
static void lines_append_quoted(CardLines *l, Span span)
{
        if (span.len > 0 && is_blank(span.s[0])) {
                l->buf[l->len++] = CARD_LINES_BLANK;
                span = line_from(span, 1);
        }
        lines_append(l, span);
}

/* What a value is made of, as its header declares. */
typedef struct Encoded {
        bool known, quoted, base64;
} Encoded;

static void lines_learn_encoding(const CardLines *l, Encoded *e)
{
        e->known = l->colon < l->len;
        e->quoted = e->known && header_has(l, "QUOTED-PRINTABLE");
        e->base64 = e->known && !e->quoted && (header_has(l, "BASE64") || header_has(l, "B"));
}

/* Joins the line behind a soft line break of quoted-printable. */
static bool lines_join_soft(CardLines *l)
{
        const char *after;
        Span span;

        l->len--;
        lines_skip_empty(l);
        span = lines_peek(l, &after);
        if (line_is_end(span))
                return false;
        lines_append_quoted(l, span);
        lines_take(l, after);
        return true;
}

/* Appends the next physical line if it continues this one; else returns false. */
static bool lines_join_next(CardLines *l, const Encoded *e)
{
        const char *after;
        Span span;

        if (l->next >= l->end)
                return false;
        if (e->quoted && l->len > l->colon && l->buf[l->len - 1] == '=')
                return lines_join_soft(l);
        span = lines_peek(l, &after);
        if (span.len > 0 && is_blank(span.s[0]) && e->quoted && l->keep_fold_space)
                lines_append_quoted(l, span);
        else if (span.len > 0 && is_blank(span.s[0]))
                lines_append(l, line_from(span, l->keep_fold_space && !e->base64 ? 0 : 1));
        else if (e->base64 && !line_is_property(span) && line_is_base64(span))
                lines_append(l, span);
        else
                return false;
        lines_take(l, after);
        return true;
}

const char *card_lines_value(const CardLines *l, size_t *ret_len)
{
        size_t from = MIN(l->colon + 1, l->len), to = l->len;

        while (from < to && is_blank(l->buf[from]))
                from++;
        while (to > from && is_blank(l->buf[to - 1]))
                to--;
        *ret_len = to - from;
        return l->buf + from;
}

bool card_lines_is_named(const CardLines *l, const char *keyword)
{
        return l->colon < l->len && l->colon == strlen(keyword) &&
               strncasecmp(l->buf, keyword, l->colon) == 0;
}

bool card_lines_is(const CardLines *l, const char *keyword, const char *value)
{
        size_t len;
        const char *own = card_lines_value(l, &len);

        return card_lines_is_named(l, keyword) && len == strlen(value) &&
               strncasecmp(own, value, len) == 0;
}

/* Reads the first physical line that is not empty. */
static bool lines_take_first(CardLines *l)
{
        const char *after;
        Span span, begin;

        do {
                if (l->next >= l->end)
                        return false;
                l->start = l->next;
                span = lines_peek(l, &after);
                lines_take(l, after);
        } while (line_is_empty(span));
        begin = line_as_begin(span);
        l->first_line = l->line;
        l->len = 0;
        lines_append(l, begin.len > 0 ? begin : span);
        return true;
}

/* Some programs, and people who paste, indent all lines of a card. Of those that follow, the first
 * tells by how much: the line BEGIN:VCARD is never folded. */
static void lines_learn_indent(CardLines *l)
{
        const char *at = l->next;
        Span span = {at, 0};
        unsigned indent = 0;

        l->indent = 0;
        while (at < l->end && line_is_empty(span))
                span = line_at(at, l->end, &at);
        while (indent < span.len && is_blank(span.s[indent]))
                indent++;
        if (line_is_property(line_from(span, indent)))
                l->indent = indent;
}

/* Whether a card begins or ends here. Such a line is never folded. */
static bool lines_is_bound(CardLines *l)
{
        if (card_lines_is(l, "BEGIN", "VCARD"))
                lines_learn_indent(l);
        else
                return card_lines_is(l, "END", "VCARD");
        return true;
}

bool card_lines_next(CardLines *l)
{
        Scan scan = {0};
        Encoded e = {0};

        if (!lines_take_first(l))
                return false;
        lines_find_colon(l, &scan);
        if (lines_is_bound(l))
                return true;
        do {
                if (!e.known) {
                        lines_find_colon(l, &scan);
                        lines_learn_encoding(l, &e);
                }
        } while (lines_join_next(l, &e));
        if (!e.known)
                lines_first_colon(l);
        return true;
}

void card_lines_back(CardLines *l)
{
        l->next = l->start;
        l->line = l->first_line - 1;
}
