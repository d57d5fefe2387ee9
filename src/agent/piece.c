/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "piece.h"
#include "normal.h"
#include "src/protocol/digest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 8192 /* bytes; of a longer value we keep a hash */ };

bool piece_is_list(const char *name)
{
        return strcmp(name, "NOTE") == 0 || strcmp(name, "CATEGORIES") == 0;
}

static char piece_separator(const char *name)
{
        return strcmp(name, "NOTE") == 0 ? '\n' : ',';
}

/* ---- pieces --------------------------------------------------------------------------------- */

static void piece_done(Piece *p)
{
        free(p->name);
        free(p->text);
        free(p->key);
}

void pieces_done(Pieces *p)
{
        for (size_t i = 0; i < p->n; i++)
                piece_done(&p->list[i]);
        free(p->list);
        *p = (Pieces){0};
}

int pieces_add(Pieces *p, const char *name, const char *text, const char *key, bool within,
               bool present)
{
        Piece new = {strdup(name), strdup(text), strdup(key), within, present};

        if (new.name &&new.text &&new.key && array_add(p, new) == 0)
                return 0;
        piece_done(&new);
        return -ENOMEM;
}

char *piece_key(const char *name, const char *text)
{
        _cleanup_free_ char *normal = NULL;
        char *key;

        if (strcmp(name, "PHOTO") == 0 || strcmp(name, "LOGO") == 0)
                /* there is one, and address books store it in different ways */
                return strdup(name);
        if (strcmp(name, "TEL") == 0)
                normal = normal_phone(text);
        else if (strcmp(name, "EMAIL") == 0)
                normal = normal_email(text);
        if (normal && !*normal) { /* not a phone number, not an address */
                free(normal);
                normal = NULL;
        }
        if (!normal)
                normal = normal_other(text);
        return normal && asprintf(&key, "%s:%s", name, normal) >= 0 ? key : NULL;
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

int piece_of_line(Pieces *to, const Line *line)
{
        _cleanup_free_ char *text = piece_text(line),
                            *key = text ? piece_key(line->name, text) : NULL;

        return key ? pieces_add(to, line->name, text, key, false, false) : -ENOMEM;
}

/* ---- lists ---------------------------------------------------------------------------------- */

static char *piece_escape(const char *text)
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

/* Finds an element in a value, both escaped, with a separator or an end on each side. */
static const char *list_find_element(const char *value, const char *element, const char *separator)
{
        size_t len = strlen(element), s = strlen(separator);

        for (const char *at = value; (at = strstr(at, element)); at++) {
                bool begins = at == value ||
                              ((size_t)(at - value) >= s && strncmp(at - s, separator, s) == 0 &&
                               (s > 1 || at - value < 2 || at[-2] != '\\'));
                bool ends = at[len] == '\0' || strncmp(at + len, separator, s) == 0;

                if (begins && ends)
                        return at;
        }
        return NULL;
}

/* The value escaped as we write it, since programs differ in which commas they escape. New. */
static char *list_escaped_alike(const Line *line, char separator)
{
        _cleanup_free_ char *text = NULL;
        char *value;

        if (separator != '\n')
                return strdup(line->value);
        text = line_text(line->value);
        value = text ? piece_escape(text) : NULL;
        return value;
}

/* The next list that we can add to: not one in another encoding. */
static const Line *piece_find_list(const Lines *l, const char *name, size_t from)
{
        const Line *line = lines_find(l, name, from);

        while (line && memmem(line->flat, (size_t)(line->value - line->flat), "ENCODING", 8))
                line = lines_find(l, name, (size_t)(line - l->list) + 1);
        return line;
}

/* A fold, the separator and the element, to insert at the end of a line. */
static char *piece_appendix(const char *separator, const char *element, const char *text)
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

static size_t line_content_end(const char *text, const Line *line)
{
        size_t end = line->end;

        while (end > line->start && (text[end - 1] == '\n' || text[end - 1] == '\r'))
                end--;
        return end;
}

static int piece_insert_list(char **ret, const char *text, const Lines *l, const char *name,
                             const char *element)
{
        _cleanup_free_ char *flat = NULL, *folded = NULL;

        if (asprintf(&flat, "%s:%s", name, element) < 0)
                return -ENOMEM;
        folded = line_fold(flat, text);
        *ret = folded ? text_splice(text, l->end, l->end, folded) : NULL;
        return *ret ? 0 : -ENOMEM;
}

int piece_insert(char **ret, const char *text, const char *name, const char *element)
{
        const char *separator = piece_separator(name) == '\n' ? "\\n" : ",";
        _cleanup_free_ char *escaped = piece_escape(element), *value = NULL, *appended = NULL;
        _cleanup_(lines_done) Lines l = {0};
        const Line *line;
        size_t end;
        int r = escaped ? lines_read(&l, text) : -ENOMEM;

        assert(piece_is_list(name));
        if (r != 0)
                return r;
        for (size_t i = 0; (line = piece_find_list(&l, name, i)); i = (size_t)(line - l.list) + 1) {
                free(value);
                value = list_escaped_alike(line, piece_separator(name));
                if (!value)
                        return -ENOMEM;
                if (list_find_element(value, escaped, separator)) {
                        *ret = NULL;
                        return 0;
                }
        }
        line = piece_find_list(&l, name, 0);
        if (!line)
                return piece_insert_list(ret, text, &l, name, escaped);
        appended = piece_appendix(*line->value ? separator : "", escaped, text);
        end = line_content_end(text, line);
        *ret = appended ? text_splice(text, end, end, appended) : NULL;
        return *ret ? 0 : -ENOMEM;
}

/* The value without this element and one separator beside it. */
static char *list_without_element(const char *value, const char *at, size_t len,
                                  size_t separator_len)
{
        size_t start = (size_t)(at - value), end = start + len;

        assert(end <= strlen(value));
        if (start > 0)
                start -= separator_len;
        else if (value[end])
                end += separator_len;
        return text_splice(value, start, end, "");
}

/* Gives a line another value. If cutting out what we once appended does it, every other byte stays;
 * else the line is written anew. */
static char *piece_with_value(const char *text, const Line *line, const char *value,
                              const char *appended)
{
        _cleanup_free_ char *flat = NULL, *folded = NULL;
        const char *at =
                memmem(text + line->start, line->end - line->start, appended, strlen(appended));

        if (at) {
                size_t start = (size_t)(at - text);
                char *cut = text_splice(text, start, start + strlen(appended), "");
                _cleanup_(lines_done) Lines l = {0};

                if (!cut || (lines_read(&l, cut) == 0 && l.n > 0)) {
                        for (size_t i = 0; cut && i < l.n; i++)
                                if (l.list[i].start == line->start &&
                                    strcmp(l.list[i].value, value) == 0)
                                        return cut;
                }
                free(cut);
        }
        if (asprintf(&flat, "%.*s%s", (int)(line->value - line->flat), line->flat, value) < 0)
                return NULL;
        folded = line_fold(flat, text);
        return folded ? text_splice(text, line->start, line->end, folded) : NULL;
}

int piece_cut_within(char **ret, const char *text, const Piece *p)
{
        const char *separator = piece_separator(p->name) == '\n' ? "\\n" : ",";
        _cleanup_free_ char *escaped = piece_escape(p->text), *appended = NULL;
        _cleanup_(lines_done) Lines l = {0};
        const Line *line;
        int r = escaped ? lines_read(&l, text) : -ENOMEM;

        assert(p->within && piece_is_list(p->name));
        if (r != 0)
                return r;
        appended = piece_appendix(separator, escaped, text);
        if (!appended)
                return -ENOMEM;
        *ret = NULL;
        for (size_t i = 0; (line = piece_find_list(&l, p->name, i));
             i = (size_t)(line - l.list) + 1) {
                _cleanup_free_ char *value = list_escaped_alike(line, piece_separator(p->name)),
                                    *rest = NULL;
                const char *at = value ? list_find_element(value, escaped, separator) : NULL;

                if (!value)
                        return -ENOMEM;
                if (!at)
                        continue;
                rest = list_without_element(value, at, strlen(escaped), strlen(separator));
                if (rest)
                        *ret = *rest ? piece_with_value(text, line, rest, appended)
                                     : text_splice(text, line->start, line->end, "");
                return *ret ? 0 : -ENOMEM;
        }
        return 0;
}

int piece_cut_line(char **ret, const char *text, const Piece *p)
{
        _cleanup_(lines_done) Lines l = {0};
        const Line *line;
        int r = lines_read(&l, text);

        assert(!p->within);
        if (r != 0)
                return r;
        *ret = NULL;
        for (size_t i = 0; (line = lines_find(&l, p->name, i)); i = (size_t)(line - l.list) + 1) {
                _cleanup_free_ char *value = piece_text(line);

                if (!value)
                        return -ENOMEM;
                if (strcmp(value, p->text) != 0)
                        continue;
                *ret = text_splice(text, line->start, line->end, "");
                return *ret ? 0 : -ENOMEM;
        }
        return 0;
}
