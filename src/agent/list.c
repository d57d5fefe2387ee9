/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* In decoded text, where values have no control characters: the bare comma between two categories,
 * the end of a list, and bytes that count already. */
enum { COMMA = '\x1f', LIST_END = '\x1e', USED = '\x1d' };

bool list_is(const char *name)
{
        return strcmp(name, "NOTE") == 0 || strcmp(name, "CATEGORIES") == 0;
}

static char list_separator(const char *name)
{
        return strcmp(name, "NOTE") == 0 ? '\n' : COMMA;
}

/* ---- decoding ------------------------------------------------------------------------------- */

/* A value without escapes, and for each of its bytes the offset in the escaped value. */
typedef struct Decoded {
        char *text;
        size_t *at; /* one more than text has bytes: the last is the length of the value */
        size_t len;
} Decoded;

static void decoded_done(Decoded *d)
{
        free(d->text);
        free(d->at);
}

static int list_decode(Decoded *ret, const char *value, char separator)
{
        size_t size = strlen(value) + 1;
        Decoded d = {.text = malloc(size), .at = reallocarray(NULL, size, sizeof(size_t))};

        if (!d.text || !d.at) {
                decoded_done(&d);
                return -ENOMEM;
        }
        for (const char *from = value; *from; from++) {
                char c = *from;

                d.at[d.len] = (size_t)(from - value);
                if (c == '\\' && from[1]) {
                        c = *++from;
                        if (c == 'n' || c == 'N')
                                c = '\n';
                } else if (c == ',' && separator == COMMA)
                        c = COMMA;
                d.text[d.len++] = c;
        }
        d.text[d.len] = '\0';
        d.at[d.len] = strlen(value);
        *ret = d;
        return 0;
}

/* The first place from `from` on where the element stands between separators or ends. */
static bool list_find(const Decoded *d, const char *element, char separator, size_t from,
                      size_t *ret)
{
        size_t len = strlen(element);

        for (const char *s = d->text + from; (s = strstr(s, element)); s++) {
                size_t at = (size_t)(s - d->text);

                if ((at == 0 || s[-1] == separator) && (!s[len] || s[len] == separator)) {
                        *ret = at;
                        return true;
                }
                if (!*s)
                        break;
        }
        return false;
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* The next list that we can read: not one in another encoding. */
static const Line *list_next(const Lines *l, const char *name, size_t from)
{
        const Line *line = lines_find(l, name, from);

        while (line && memmem(line->flat, (size_t)(line->value - line->flat), "ENCODING", 8))
                line = lines_find(l, name, (size_t)(line - l->list) + 1);
        return line;
}

static size_t list_index(const Lines *l, const Line *line)
{
        return (size_t)(line - l->list);
}

/* *ret: the element is in one of the lists of that name. */
static int list_has(bool *ret, const Lines *l, const char *name, const char *element)
{
        const Line *line;

        *ret = false;
        for (size_t i = 0; !*ret && (line = list_next(l, name, i)); i = list_index(l, line) + 1) {
                _cleanup_(decoded_done) Decoded d = {0};
                size_t at;
                int r = list_decode(&d, line->value, list_separator(name));

                if (r < 0)
                        return r;
                *ret = list_find(&d, element, list_separator(name), 0, &at);
        }
        return 0;
}

/* ---- adding --------------------------------------------------------------------------------- */

static char *list_escape(const char *text)
{
        char *value = malloc(2 * strlen(text) + 1), *to = value;

        for (; value && *text; text++) {
                if (strchr("\\,;\n", *text))
                        *to++ = '\\';
                *to++ = *text == '\n' ? 'n' : *text;
        }
        if (value)
                *to = '\0';
        return value;
}

/* A fold, the separator and the element, to insert at the end of a line. */
static char *list_appendix(const char *separator, const char *element, const char *text)
{
        _cleanup_free_ char *flat = NULL, *folded = NULL;
        char *appended;
        const char *newline = strstr(text, "\r\n") ? "\r\n" : "\n";

        if (asprintf(&flat, " %s%s", separator, element) < 0)
                return NULL;
        folded = line_fold(flat, text);
        if (!folded)
                return NULL;
        folded[strlen(folded) - strlen(newline)] = '\0';
        return asprintf(&appended, "%s%s", newline, folded) < 0 ? NULL : appended;
}

/* A bare backslash at the end would swallow the one that we put behind it, so it gets another. */
static bool list_ends_bare(const Line *line)
{
        size_t len = strlen(line->value), n = 0;

        while (n < len && line->value[len - 1 - n] == '\\')
                n++;
        return n % 2 == 1;
}

static int list_append(char **ret, const char *text, const Lines *l, const char *name,
                       const char *escaped)
{
        const bool is_note = list_separator(name) == '\n';
        _cleanup_free_ char *more = NULL;
        const Line *line = list_next(l, name, 0);
        size_t end;

        /* An empty list stays as it is: nobody could tell later that it was there before our
         * element. */
        while (line && !*line->value)
                line = list_next(l, name, list_index(l, line) + 1);
        if (line) {
                const char *bare = list_ends_bare(line) ? "\\" : "";
                char separator[4];

                (void)snprintf(separator, sizeof separator, "%s%s", bare, is_note ? "\\n" : ",");
                more = list_appendix(separator, escaped, text);
                end = line_content_end(text, line);
        } else {
                _cleanup_free_ char *flat = NULL;

                if (asprintf(&flat, "%s:%s", name, escaped) < 0)
                        return -ENOMEM;
                more = line_fold(flat, text);
                end = l->end;
        }
        *ret = more ? text_splice(text, end, end, more) : NULL;
        return *ret ? 0 : -ENOMEM;
}

/* *ret: the user has the element, or it is one of ours. As a part of a longer element of ours it
 * does not count, since it would go with that one. */
static int list_counts(bool *ret, const char *text, const char *name, const char *element,
                       const Pieces *ours)
{
        _cleanup_free_ char *rest = strdup(text);
        _cleanup_(lines_done) Lines l = {0};
        int r = rest ? 0 : -ENOMEM;

        *ret = true;
        for (size_t i = 0; i < ours->n; i++)
                if (ours->list[i].within && strcmp(ours->list[i].name, name) == 0 &&
                    strcmp(ours->list[i].text, element) == 0)
                        return 0;
        for (size_t i = 0; r == 0 && i < ours->n; i++) {
                char *cut = NULL;

                if (!ours->list[i].within || strcmp(ours->list[i].name, name) != 0)
                        continue;
                r = list_cut(&cut, rest, &ours->list[i], ours);
                if (cut) {
                        free(rest);
                        rest = cut;
                }
        }
        if (r == 0)
                r = lines_read(&l, rest);
        return r == 0 ? list_has(ret, &l, name, element) : r;
}

int list_insert(char **ret, const char *text, const char *name, const char *element,
                const Pieces *ours)
{
        _cleanup_free_ char *escaped = list_escape(element);
        _cleanup_(lines_done) Lines l = {0};
        bool there;
        int r = escaped ? lines_read(&l, text) : -ENOMEM;

        assert(list_is(name));
        if (r == 0)
                r = list_has(&there, &l, name, element);
        if (r == 0 && there)
                r = list_counts(&there, text, name, element, ours);
        if (r != 0)
                return r;
        *ret = NULL;
        return there ? 0 : list_append(ret, text, &l, name, escaped);
}

/* ---- cutting -------------------------------------------------------------------------------- */

/* The bytes of a text that go with an element. */
typedef struct Cut {
        size_t start, end;
        bool exact; /* begins with a fold, as we append elements, or with the value */
} Cut;

/* Where the last element begins with what we put before it: its separator, the fold before that,
 * and the backslash that completes a bare one (list_ends_bare). */
static size_t list_tail(const char *text, const Line *line, const Decoded *d, size_t separator,
                        size_t fold)
{
        size_t prefix = (size_t)(line->value - line->flat), second, before;

        if (separator == 0 || d->text[separator - 1] != '\\')
                return fold;
        second = line_offset(text, line, prefix + d->at[separator - 1] + 1);
        before = line_fold_before(text, line, second);
        return before < second ? before : fold;
}

/* The element and one separator beside it, or the whole line. The fold before a separator goes, as
 * we put it there. */
static Cut list_bytes(const char *text, const Line *line, const Decoded *d, size_t from, size_t len)
{
        size_t prefix = (size_t)(line->value - line->flat), to = from + len;
        bool first = from == 0, last = to == d->len;
        size_t at = line_offset(text, line, prefix + d->at[first ? 0 : from - 1]),
               fold = line_fold_before(text, line, at);
        Cut cut = {.start = first ? at : fold, .exact = first || fold < at};

        if (first && last)
                return (Cut){line->start, line->end, true};
        if (last) {
                cut.start = list_tail(text, line, d, from - 1, fold);
                cut.end = line_content_end(text, line);
        } else if (first) /* the separator behind goes too */
                cut.end = line_offset(text, line, prefix + d->at[to + 1]);
        else
                cut.end = line_offset(text, line, prefix + d->at[to] - 1) + 1;
        return cut;
}

/* All lists of a name as one decoded text. New. NULL: out of memory. */
static char *list_join(const Lines *l, const char *name)
{
        char *all = strdup("");
        const Line *line;

        for (size_t i = 0; all && (line = list_next(l, name, i)); i = list_index(l, line) + 1) {
                _cleanup_(decoded_done) Decoded d = {0};
                _cleanup_free_ char *before = all;

                all = NULL;
                if (list_decode(&d, line->value, list_separator(name)) < 0 ||
                    asprintf(&all, "%s%c%s", before, LIST_END, d.text) < 0)
                        return NULL;
        }
        return all;
}

/* Marks the element as used in the joined text. False: it is not there any more. */
static bool list_use(char *all, const char *element, char separator)
{
        size_t len = strlen(element);

        for (char *s = all; len > 0 && (s = strstr(s, element)); s++) {
                bool begins = s == all || s[-1] == separator || s[-1] == LIST_END;
                bool ends = !s[len] || s[len] == separator || s[len] == LIST_END;

                if (begins && ends) {
                        memset(s, USED, len);
                        return true;
                }
        }
        return false;
}

static int list_compare_length(const void *a, const void *b)
{
        size_t len_a = strlen((*(Piece *const *)a)->text),
               len_b = strlen((*(Piece *const *)b)->text);

        return len_a < len_b ? 1 : len_a > len_b ? -1 : 0;
}

/* How many other elements of ours the text has beside each other: each line counts for one of them,
 * the longest first. */
static int list_count_others(size_t *ret, const char *text, const Piece *p, const Pieces *ours)
{
        _cleanup_free_ const Piece **others = reallocarray(NULL, ours->n + 1, sizeof *others);
        _cleanup_free_ char *all = NULL;
        _cleanup_(lines_done) Lines l = {0};
        size_t n = 0;
        int r = others ? lines_read(&l, text) : -ENOMEM;

        if (r == 0) {
                all = list_join(&l, p->name);
                r = all ? 0 : -ENOMEM;
        }
        if (r != 0)
                return r;
        for (size_t i = 0; i < ours->n; i++)
                if (ours->list[i].within && strcmp(ours->list[i].name, p->name) == 0 &&
                    strcmp(ours->list[i].text, p->text) != 0)
                        others[n++] = &ours->list[i];
        qsort(others, n, sizeof *others, list_compare_length);
        *ret = 0;
        for (size_t i = 0; i < n; i++)
                *ret += list_use(all, others[i]->text, list_separator(p->name));
        return 0;
}

/* Tries one place. Replaces *best if that is none or worse. had: as list_count_others has it. */
static int list_try(char **best, unsigned *best_rank, const char *text, const Cut *cut,
                    const Piece *p, const Pieces *ours, size_t had)
{
        _cleanup_free_ char *without = text_splice(text, cut->start, cut->end, "");
        unsigned rank;
        size_t has;
        int r = without ? list_count_others(&has, without, p, ours) : -ENOMEM;

        if (r != 0)
                return r;
        rank = (has >= had ? 2 : 0) + (cut->exact ? 1 : 0);
        if (!*best || rank > *best_rank) {
                free(*best);
                *best = TAKE_PTR(without);
                *best_rank = rank;
        }
        return 0;
}

int list_cut(char **ret, const char *text, const Piece *p, const Pieces *ours)
{
        enum { RANK_BEST = 3, PLACES_MAX = 16 };
        const char separator = list_separator(p->name);
        _cleanup_(lines_done) Lines l = {0};
        _cleanup_free_ char *best = NULL;
        unsigned rank = 0, places = 0;
        const Line *line;
        size_t had;
        int r = lines_read(&l, text);

        assert(p->within && list_is(p->name));
        if (r == 0)
                r = list_count_others(&had, text, p, ours);
        for (size_t i = 0; r == 0 && rank < RANK_BEST && (line = list_next(&l, p->name, i));
             i = list_index(&l, line) + 1) {
                _cleanup_(decoded_done) Decoded d = {0};
                size_t at, from = 0;

                r = list_decode(&d, line->value, separator);
                while (r == 0 && rank < RANK_BEST && places++ < PLACES_MAX && *p->text &&
                       list_find(&d, p->text, separator, from, &at)) {
                        Cut cut = list_bytes(text, line, &d, at, strlen(p->text));

                        r = list_try(&best, &rank, text, &cut, p, ours, had);
                        from = at + 1;
                }
        }
        if (r != 0)
                return r;
        *ret = TAKE_PTR(best);
        return 0;
}
