/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"
#include "src/base/array.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FOLD_AT = 75 }; /* RFC 2426 section 2.6, RFC 6350 section 3.2 */

/* The start of the next physical line. A line ends with CRLF, LF or a lone CR. */
static size_t line_next(const char *text, size_t at)
{
        at += strcspn(text + at, "\r\n");
        if (text[at] == '\r' && text[at + 1] == '\n')
                return at + 2;
        return at + (text[at] != '\0');
}

static bool line_is_folded(const char *text, size_t at)
{
        return text[at] == ' ' || text[at] == '\t';
}

/* The start of the next logical line. */
static size_t line_logical_end(const char *text, size_t at)
{
        do
                at = line_next(text, at);
        while (line_is_folded(text, at));
        return at;
}

static char *line_unfold(const char *text, size_t start, size_t end)
{
        char *flat = malloc(end - start + 1), *to = flat;

        if (!flat)
                return NULL;
        for (size_t at = start; at < end;) {
                size_t next = line_next(text, at), len = strcspn(text + at, "\r\n");
                size_t skip = at > start; /* the blank that marks a fold */

                memcpy(to, text + at + skip, len - skip);
                to += len - skip;
                at = next;
        }
        *to = '\0';
        return flat;
}

/* The colon before the value: the first outside quotes. NULL: none. */
static const char *line_find_colon(const char *flat)
{
        bool quoted = false;

        for (; *flat; flat++) {
                if (*flat == '"')
                        quoted = !quoted;
                if (*flat == ':' && !quoted)
                        return flat;
        }
        return NULL;
}

static int line_read(Line *ret, const char *text, size_t start, size_t end)
{
        Line line = {.start = start, .end = end, .flat = line_unfold(text, start, end)};
        const char *colon, *name, *dot;
        size_t len;

        if (!line.flat)
                return -ENOMEM;
        colon = line_find_colon(line.flat);
        /* byte order mark */
        name = line.flat + (strncmp(line.flat, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
        len = colon ? strcspn(name, ";:") : 0;
        dot = memchr(name, '.', len);
        if (dot) {
                len -= (size_t)(dot + 1 - name);
                name = dot + 1;
        }
        line.name = strndup(name, len);
        if (!line.name) {
                free(line.flat);
                return -ENOMEM;
        }
        for (char *c = line.name; *c; c++)
                *c = (char)toupper((unsigned char)*c);
        line.value = colon ? colon + 1 : line.flat + strlen(line.flat);
        *ret = line;
        return 0;
}

static void line_done(Line *line)
{
        free(line->flat);
        free(line->name);
}

void lines_done(Lines *l)
{
        for (size_t i = 0; i < l->n; i++)
                line_done(&l->list[i]);
        free(l->list);
        *l = (Lines){0};
}

static int lines_add(Lines *l, Line *line)
{
        int r = array_add(l, *line);

        if (r < 0)
                line_done(line);
        return r;
}

static bool line_is_mark(const Line *line, const char *name)
{
        return strcmp(line->name, name) == 0 && strncasecmp(line->value, "VCARD", 5) == 0;
}

static unsigned lines_version(const char *value)
{
        static const char *const names[] = {"2.1", "3.0", "4.0"};
        static const unsigned versions[] = {21, 30, 40};

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (strncmp(value, names[i], 3) == 0)
                        return versions[i];
        return 0;
}

/* Treats the lines of a card within a card (AGENT) like any others. */
int lines_read(Lines *ret, const char *text)
{
        _cleanup_(lines_done) Lines l = {0};
        unsigned depth = 0;

        for (size_t at = 0, end; text[at]; at = end) {
                Line line;
                bool begins, ends;
                int r;

                end = line_logical_end(text, at);
                r = line_read(&line, text, at, end);
                if (r < 0)
                        return r;
                begins = line_is_mark(&line, "BEGIN");
                ends = depth > 0 && line_is_mark(&line, "END");
                if (begins)
                        depth++;
                if (ends && --depth == 0) {
                        l.end = at;
                        line_done(&line);
                        *ret = l;
                        l = (Lines){0};
                        return 0;
                }
                if (depth == 1 && strcmp(line.name, "VERSION") == 0 && l.version == 0)
                        l.version = lines_version(line.value);
                if (depth == 0 || (depth == 1 && begins)) {
                        line_done(&line);
                        continue;
                }
                r = lines_add(&l, &line);
                if (r < 0)
                        return r;
        }
        return LINES_E_NO_CARD;
}

const Line *lines_find(const Lines *l, const char *name, size_t from)
{
        for (size_t i = from; i < l->n; i++)
                if (strcmp(l->list[i].name, name) == 0)
                        return &l->list[i];
        return NULL;
}

char *line_text(const char *value)
{
        char *text = malloc(strlen(value) + 1), *to = text;

        if (!text)
                return NULL;
        for (; *value; value++) {
                if (*value == '\\' && value[1]) {
                        value++;
                        *to++ = *value == 'n' || *value == 'N' ? '\n' : *value;
                } else
                        *to++ = *value;
        }
        *to = '\0';
        return text;
}

char *line_group(const Line *line)
{
        size_t len = strcspn(line->flat, ".;:");

        return line->flat[len] == '.' ? strndup(line->flat, len) : strdup("");
}

bool line_is_label(const Line *line)
{
        return (strcmp(line->name, "X-ABLABEL") == 0 || strcmp(line->name, "X-ABADR") == 0) &&
               line->flat[strcspn(line->flat, ".;:")] == '.';
}

size_t line_offset(const char *text, const Line *line, size_t flat)
{
        for (size_t at = line->start; at < line->end;) {
                size_t skip = at > line->start, len = strcspn(text + at, "\r\n") - skip;

                if (flat < len)
                        return at + skip + flat;
                flat -= len;
                at = line_next(text, at);
        }
        return line_content_end(text, line);
}

size_t line_fold_before(const char *text, const Line *line, size_t offset)
{
        size_t at = line->start, fold = at;

        while (at + (at > line->start) < offset) {
                fold = at + strcspn(text + at, "\r\n");
                at = line_next(text, at);
        }
        return at > line->start && at + 1 == offset ? fold : offset;
}

size_t line_content_end(const char *text, const Line *line)
{
        size_t end = line->end;

        while (end > line->start && (text[end - 1] == '\n' || text[end - 1] == '\r'))
                end--;
        return end;
}

char *text_splice(const char *text, size_t start, size_t end, const char *with)
{
        char *new = NULL;

        assert(start <= end && end <= strlen(text));
        return asprintf(&new, "%.*s%s%s", (int)start, text, with, text + end) < 0 ? NULL : new;
}

char *line_fold(const char *flat, const char *text)
{
        size_t len = strlen(flat), used = 0;
        const char *newline = strstr(text, "\r\n") ? "\r\n" : "\n";
        char *folded = malloc(len + (len / (FOLD_AT - 5) + 1) * 3 + 3), *to = folded;

        if (!folded)
                return NULL;
        for (size_t i = 0; i < len; i++) {
                /* the first byte of a UTF-8 character */
                bool begins = ((unsigned char)flat[i] & 0xc0) != 0x80;
                size_t n = 1;

                while (begins && ((unsigned char)flat[i + n] & 0xc0) == 0x80)
                        n++;
                if (begins && used + n > FOLD_AT) {
                        to = stpcpy(stpcpy(to, newline), " ");
                        used = 1;
                }
                *to++ = flat[i];
                used++;
        }
        (void)stpcpy(to, newline);
        return folded;
}

int line_replace(char **text, const Line *line, const char *flat)
{
        _cleanup_free_ char *folded = *flat ? line_fold(flat, *text) : strdup("");
        char *new = folded ? text_splice(*text, line->start, line->end, folded) : NULL;

        if (!new)
                return -ENOMEM;
        free(*text);
        *text = new;
        return 0;
}
