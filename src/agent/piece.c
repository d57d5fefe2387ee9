/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "piece.h"
#include "key.h"
#include "src/protocol/digest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 8192 /* bytes; of a longer value we keep a hash */ };

/* ---- pieces --------------------------------------------------------------------------------- */

static void piece_done(Piece *p)
{
        free(p->name);
        free(p->text);
        free(p->key);
        free(p->head);
        free(p->group);
}

void pieces_done(Pieces *p)
{
        for (size_t i = 0; i < p->n; i++)
                piece_done(&p->list[i]);
        array_done(p);
}

int pieces_add(Pieces *p, const Piece *piece)
{
        Piece new = {.name = strdup(piece->name),
                     .text = strdup(piece->text),
                     .key = strdup(piece->key),
                     .head = strdup(piece->head ? piece->head : ""),
                     .group = strdup(piece->group ? piece->group : ""),
                     .within = piece->within,
                     .present = piece->present};

        if (new.name &&new.text &&new.key &&new.head &&new.group && array_add(p, new) == 0)
                return 0;
        piece_done(&new);
        return -ENOMEM;
}

int pieces_add_element(Pieces *p, const char *name, const char *text, bool present)
{
        char *borrowed_name = (char *)(uintptr_t)name, *borrowed_text = (char *)(uintptr_t)text;

        return pieces_add(p, &(Piece){.name = borrowed_name,
                                      .text = borrowed_text,
                                      .key = borrowed_text,
                                      .within = true,
                                      .present = present});
}

static char *piece_hash(const char *text)
{
        char *hex = malloc(2 * sizeof(Bytes32) + 2);
        Bytes32 hash;

        if (!hex)
                return NULL;
        digest_one(&hash, "agent value", text, strlen(text));
        hex[0] = '#';
        (void)sodium_bin2hex(hex + 1, 2 * sizeof hash + 1, hash.b, sizeof hash.b);
        return hex;
}

/* The value of a line as a Piece holds it. */
static char *piece_text(const Line *line)
{
        if (strlen(line->value) > TEXT_MAX)
                return piece_hash(line->value);
        return line_text(line->value);
}

/* What stands before the value: "item1.TEL;TYPE=CELL:". */
static char *piece_head(const Line *line)
{
        return strndup(line->flat, (size_t)(line->value - line->flat));
}

/* Several values may have the same label, so the key of a label names its group. */
static char *piece_line_key(const Line *line, const char *text, const char *group)
{
        _cleanup_free_ char *key = key_of(line, text);
        char *with_group;

        if (!key || !line_is_label(line))
                return TAKE_PTR(key);
        return asprintf(&with_group, "%s:%s", group, key) < 0 ? NULL : with_group;
}

int piece_of_line(Pieces *to, const Line *line)
{
        _cleanup_free_ char *text = piece_text(line), *head = piece_head(line),
                            *group = line_group(line), *key = NULL;

        if (text && group)
                key = piece_line_key(line, text, group);
        if (!key || !head)
                return -ENOMEM;
        return pieces_add(to, &(Piece){line->name, text, key, head, group, false, false});
}

/* ---- groups --------------------------------------------------------------------------------- */

void groups_done(Groups *g)
{
        for (size_t i = 0; i < g->n; i++)
                free(g->list[i]);
        array_done(g);
}

static bool groups_have(const Groups *g, const char *group)
{
        for (size_t i = 0; i < g->n; i++)
                if (strcasecmp(g->list[i], group) == 0)
                        return true;
        return false;
}

static int groups_add(Groups *g, const char *group)
{
        char *copy;

        if (!*group || groups_have(g, group))
                return 0;
        copy = strdup(group);
        if (copy && array_add(g, copy) == 0)
                return 0;
        free(copy);
        return -ENOMEM;
}

/* *ret: the group has labels and nothing else. */
static int group_is_bare(bool *ret, const Lines *l, const char *group)
{
        *ret = true;
        for (size_t i = 0; *ret && i < l->n; i++) {
                _cleanup_free_ char *other = line_group(&l->list[i]);

                if (!other)
                        return -ENOMEM;
                *ret = strcasecmp(other, group) != 0 || line_is_label(&l->list[i]);
        }
        return 0;
}

/* ---- cutting -------------------------------------------------------------------------------- */

typedef enum Likeness {
        LIKE_NOTHING,
        LIKE_VALUE,
        LIKE_GROUP, /* the same value in the same group */
        LIKE_LINE,  /* every byte but folds */
} Likeness;

bool piece_is_label(const Piece *p)
{
        return *p->group && (strcmp(p->name, "X-ABLABEL") == 0 || strcmp(p->name, "X-ABADR") == 0);
}

static int piece_compare(Likeness *ret, const Piece *p, const Lines *l, const Line *line,
                         const Groups *gone)
{
        _cleanup_free_ char *text = piece_text(line), *group = line_group(line),
                            *head = piece_head(line);
        bool same_group, bare;
        int r = 0;

        if (!text || !group || !head)
                return -ENOMEM;
        *ret = LIKE_NOTHING;
        if (strcmp(text, p->text) != 0 || line_is_label(line) != piece_is_label(p))
                return 0;
        same_group = strcasecmp(group, p->group) == 0;
        if (line_is_label(line)) {
                r = group_is_bare(&bare, l, group);
                if (r < 0 || !bare || (!same_group && !groups_have(gone, group)))
                        return r;
        }
        if (strcmp(head, p->head) == 0)
                *ret = LIKE_LINE;
        else
                *ret = same_group ? LIKE_GROUP : LIKE_VALUE;
        return r;
}

int piece_cut_line(char **ret, const char *text, const Piece *p, Groups *gone)
{
        _cleanup_(lines_done) Lines l = {0};
        const Line *line, *best = NULL;
        Likeness like = LIKE_NOTHING, best_like = LIKE_NOTHING;
        int r = lines_read(&l, text);

        assert(!p->within);
        for (size_t i = 0; r == 0 && (line = lines_find(&l, p->name, i));
             i = (size_t)(line - l.list) + 1) {
                r = piece_compare(&like, p, &l, line, gone);
                if (r == 0 && like > best_like) {
                        best = line;
                        best_like = like;
                }
        }
        if (r != 0)
                return r;
        *ret = NULL;
        if (!best)
                return 0;
        if (!line_is_label(best)) {
                _cleanup_free_ char *group = line_group(best);

                if (!group || groups_add(gone, group) < 0)
                        return -ENOMEM;
        }
        *ret = text_splice(text, best->start, best->end, "");
        return *ret ? 0 : -ENOMEM;
}
