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

int card_lines_init(CardLines *l, const char *text, size_t len)
{
        *l = (CardLines){.next = text, .end = text + len, .buf = malloc(len + 1)};
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

static Span lines_peek(const CardLines *l, const char **ret_after)
{
        return line_at(l->next, l->end, ret_after);
}

static void lines_take(CardLines *l, const char *after)
{
        l->next = after;
        l->line++;
}

/* Skips an empty line, as some exporters leave between pieces of a quoted-printable value. */
static void lines_skip_empty(CardLines *l)
{
        const char *after, *second;
        Span span = lines_peek(l, &after);

        if (l->next < l->end && line_is_empty(span) &&
            !line_is_property(line_at(after, l->end, &second)))
                lines_take(l, after);
}

/* A value may be cut off and the card still end properly: END is no piece of the value. */
static bool line_is_end(Span span)
{
        return span.len >= 9 && strncasecmp(span.s, "END:VCARD", 9) == 0;
}

/* Appends the next physical line if it continues this one; else returns false. */
static bool lines_join_next(CardLines *l, bool soft_breaks, bool base64)
{
        const char *after;
        Span span;

        if (l->next >= l->end)
                return false;
        if (soft_breaks && l->len > l->colon && l->buf[l->len - 1] == '=') {
                l->len--;
                lines_skip_empty(l);
                span = lines_peek(l, &after);
                if (line_is_end(span))
                        return false;
        } else {
                span = lines_peek(l, &after);
                if (span.len > 0 && is_blank(span.s[0])) {
                        size_t cut = l->keep_fold_space && !base64 ? 0 : 1;

                        span = (Span){span.s + cut, span.len - cut};
                } else if (!base64 || line_is_property(span) || !line_is_base64(span))
                        return false;
        }
        lines_append(l, span);
        lines_take(l, after);
        return true;
}

bool card_lines_next(CardLines *l)
{
        const char *after;
        Span span;
        Scan scan = {0};
        bool known = false, soft_breaks = false, base64 = false;

        do {
                if (l->next >= l->end)
                        return false;
                span = lines_peek(l, &after);
                lines_take(l, after);
        } while (line_is_empty(span));
        l->first_line = l->line;
        l->len = 0;
        lines_append(l, span);
        do {
                if (!known) {
                        lines_find_colon(l, &scan);
                        known = l->colon < l->len;
                        soft_breaks = known && header_has(l, "QUOTED-PRINTABLE");
                        base64 = known && !soft_breaks &&
                                 (header_has(l, "BASE64") || header_has(l, "B"));
                }
        } while (lines_join_next(l, soft_breaks, base64));
        if (!known)
                lines_first_colon(l);
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
