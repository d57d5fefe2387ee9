/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doubled.h"
#include "piece.h"
#include "same.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What becomes of a line. */
typedef struct Fate {
        char *head;  /* of a line that changes: "item1.TEL;TYPE=CELL;TYPE=HOME:"; else NULL */
        size_t best; /* the line whose notation it gets */
        bool gone;
} Fate;

/* The lines of a card, each with its piece and its fate. */
typedef struct Doubled {
        Lines lines;
        Pieces pieces;
        Same same;
        Fate *fates;
} Doubled;

static void doubled_done(Doubled *d)
{
        for (size_t i = 0; d->fates && i < d->lines.n; i++)
                free(d->fates[i].head);
        free(d->fates);
        same_done(&d->same);
        pieces_done(&d->pieces);
        lines_done(&d->lines);
}

static int doubled_read(Doubled *d, const char *text)
{
        int r = lines_read(&d->lines, text);

        for (size_t i = 0; r == 0 && i < d->lines.n; i++)
                r = piece_of_line(&d->pieces, &d->lines.list[i]);
        if (r == 0)
                r = same_begin(&d->same, &d->pieces);
        if (r != 0)
                return r;
        d->fates = calloc(d->lines.n + 1, sizeof *d->fates);
        for (size_t i = 0; d->fates && i < d->lines.n; i++)
                d->fates[i].best = i;
        return d->fates ? 0 : -ENOMEM;
}

/* Kinds of values that a card may have several of, and each once. */
static bool doubled_counts(const Piece *p)
{
        static const char *const kinds[] = {"TEL:", "EMAIL:", "URL:", "IM:"};

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (strncmp(p->key, kinds[i], strlen(kinds[i])) == 0)
                        return true;
        return false;
}

/* The earlier line with the same value; n itself: none. */
static size_t doubled_first(Doubled *d, size_t n)
{
        const Piece *list = d->pieces.list;

        for (size_t i = 0; i < n && doubled_counts(&list[n]); i++)
                if (!d->fates[i].gone && same_within(&d->same, &list[i], &list[n]))
                        return i;
        return n;
}

/* Whether the head of a line has this type. */
static bool head_has(const char *head, const char *type, size_t len)
{
        for (const char *at = head; (at = strcasestr(at, "TYPE=")); at++)
                for (const char *s = at + strlen("TYPE="); *s && !strchr(";:", *s);) {
                        size_t n = strcspn(s, ",;:");

                        if (n == len && strncasecmp(s, type, n) == 0)
                                return true;
                        s += n + (s[n] == ',');
                }
        return false;
}

/* Writes the types in one head that another does not have. */
static void doubled_put_types(FILE *to, const char *from, const char *head)
{
        const char *at = strcasestr(from, ";TYPE=");

        for (const char *s = at ? at + strlen(";TYPE=") : ""; *s && !strchr(";:", *s);) {
                size_t n = strcspn(s, ",;:");

                if (*s != '"' && !head_has(head, s, n))
                        (void)fprintf(to, ";TYPE=%.*s", (int)n, s);
                s += n + (s[n] == ',');
        }
}

/* A head with the types of both. A label comes along where the first line has none. */
static char *doubled_head(const char *first, const Piece *first_piece, const Piece *second)
{
        bool labelled = *second->group && !*first_piece->group;
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);

        if (!to)
                return NULL;
        (void)fprintf(to, "%s%s%.*s", labelled ? second->group : "", labelled ? "." : "",
                      (int)strlen(first) - 1, first);
        doubled_put_types(to, second->head, first);
        (void)fputc(':', to);
        if (fclose(to) == 0)
                return text;
        free(text);
        return NULL;
}

static bool is_international(const Piece *p)
{
        return strncmp(p->key, "TEL:+", strlen("TEL:+")) == 0;
}

static int doubled_join_two(Doubled *d, size_t first, size_t second)
{
        Fate *f = &d->fates[first];
        const Piece *list = d->pieces.list;
        char *head =
                doubled_head(f->head ? f->head : list[first].head, &list[first], &list[second]);

        if (!head)
                return -ENOMEM;
        free(f->head);
        f->head = head;
        if (is_international(&list[second]) && !is_international(&list[f->best]))
                f->best = second;
        d->fates[second].gone = true;
        return 0;
}

/* Whether a label has lost every line of its group. */
static bool doubled_is_idle(const Doubled *d, size_t label)
{
        const char *group = d->pieces.list[label].group;

        if (!line_is_label(&d->lines.list[label]))
                return false;
        for (size_t i = 0; i < d->lines.n; i++) {
                const Fate *f = &d->fates[i];
                size_t len = strlen(group);

                if (line_is_label(&d->lines.list[i]) || f->gone)
                        continue;
                if (strcasecmp(d->pieces.list[i].group, group) == 0 ||
                    (f->head && strncasecmp(f->head, group, len) == 0 && f->head[len] == '.'))
                        return false;
        }
        return true;
}

/* Replaces a line of the text, or removes it. */
static int doubled_write_line(char **text, const Doubled *d, size_t i)
{
        const Line *line = &d->lines.list[i];
        const Fate *f = &d->fates[i];
        _cleanup_free_ char *flat = NULL;

        if (!f->gone && asprintf(&flat, "%s%s", f->head, d->lines.list[f->best].value) < 0)
                return -ENOMEM;
        return line_replace(text, line, f->gone ? "" : flat);
}

int doubled_join(char **ret, const char *text)
{
        _cleanup_(doubled_done) Doubled d = {0};
        _cleanup_free_ char *joined = strdup(text);
        int r = joined ? doubled_read(&d, text) : -ENOMEM;

        for (size_t i = 0; r == 0 && i < d.lines.n; i++) {
                size_t first = doubled_first(&d, i);

                if (first != i)
                        r = doubled_join_two(&d, first, i);
        }
        for (size_t i = 0; r == 0 && i < d.lines.n; i++)
                d.fates[i].gone = d.fates[i].gone || doubled_is_idle(&d, i);
        for (size_t i = d.lines.n; r == 0 && i-- > 0;)
                if (d.fates[i].gone || d.fates[i].head)
                        r = doubled_write_line(&joined, &d, i);
        if (r == 0)
                *ret = TAKE_PTR(joined);
        return r;
}
