/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "merge.h"
#include "lines.h"
#include "list.h"
#include "normal.h"
#include "piece.h"
#include "src/base/language.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Describe the card or the entry, not the person. */
static const char *const structural[] = {"VERSION", "UID", "REV", "PRODID", "X-EVOLUTION-FILE-AS",
                                         /* describes the copy on a server */
                                         "X-EVOLUTION-WEBDAV-ETAG", "X-EVOLUTION-WEBDAV-HREF",
                                         NULL};
/* Never added to an existing entry. Its name and kind are the user's, and a stranger must not place
 * a key there. Notes and categories are merged in their own way. */
static const char *const never_added[] = {"FN",  "N",    "KIND",       "X-ADDRESSBOOKSERVER-KIND",
                                          "KEY", "NOTE", "CATEGORIES", NULL};

/* Properties with one value (RFC 6350 cardinality *1). A second value goes into the note under this
 * name. */
static const struct {
        const char *name, *shown;
} singles[] = {
        {"BDAY", N_("Birthday on the card")},
        {"ANNIVERSARY", N_("Anniversary on the card")},
        {"X-ANNIVERSARY", N_("Anniversary on the card")},
        {"GENDER", N_("Gender on the card")},
        {"X-GENDER", N_("Gender on the card")},
        {"TZ", N_("Time zone on the card")},
        {"GEO", N_("Position on the card")},
};

static bool is_one_of(const char *const *names, const char *name)
{
        for (; *names; names++)
                if (strcmp(*names, name) == 0)
                        return true;
        return false;
}

/* ---- an entry while it grows ---------------------------------------------------------------- */

typedef struct Growing {
        char *text;
        Pieces *pieces;
        Pieces had; /* what the entry had before, written as in the entry's version */
        bool grown;
        const Pieces *ours; /* what we added before */
        char tag[32];       /* prefix for the card's group names; no group of the entry has it */
} Growing;

static void growing_done(Growing *g)
{
        free(g->text);
        pieces_done(&g->had);
}

static int growing_add_line(Growing *g, const char *flat)
{
        _cleanup_(lines_done) Lines l = {0};
        _cleanup_free_ char *folded = NULL;
        char *text;
        int r = lines_read(&l, g->text);

        if (r != 0)
                return error_or(r, MERGE_E_FORMAT);
        folded = line_fold(flat, g->text);
        text = folded ? text_splice(g->text, l.end, l.end, folded) : NULL;
        if (!text)
                return -ENOMEM;
        free(g->text);
        g->text = text;
        g->grown = true;
        return 0;
}

/* Adds an element behind the first property of that name, or adds a new property. */
static int growing_add_within(Growing *g, const char *name, const char *text)
{
        char *grown = NULL;
        int r = list_insert(&grown, g->text, name, text, g->ours);

        if (r != 0)
                return error_or(r, MERGE_E_FORMAT);
        if (grown) {
                free(g->text);
                g->text = grown;
                g->grown = true;
        }
        return pieces_add_element(g->pieces, name, text, !grown);
}

static int growing_add_remark(Growing *g, const char *what, const char *text)
{
        _cleanup_free_ char *remark = NULL;

        if (asprintf(&remark, _("%s: %s"), _(what), text) < 0)
                return -ENOMEM;
        return growing_add_within(g, "NOTE", remark);
}

static const Piece *pieces_find_key(const Pieces *p, const char *key)
{
        for (size_t i = 0; i < p->n; i++)
                if (strcmp(p->list[i].key, key) == 0)
                        return &p->list[i];
        return NULL;
}

static bool pieces_have_name(const Pieces *p, const char *name)
{
        for (size_t i = 0; i < p->n; i++)
                if (strcmp(p->list[i].name, name) == 0)
                        return true;
        return false;
}

static const char *merge_single(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(singles); i++)
                if (strcmp(singles[i].name, name) == 0)
                        return singles[i].shown;
        return NULL;
}

/* ---- the card's lines ----------------------------------------------------------------------- */

/* Adds "item1.TEL:…" as "TAGitem1.TEL:…", and records it. */
static int merge_add_grouped(Growing *g, const Line *line)
{
        _cleanup_free_ char *group = line_group(line), *flat = NULL;
        _cleanup_(lines_done) Lines l = {0};
        int r;

        if (!group || asprintf(&flat, "%s%s", *group ? g->tag : "", line->flat) < 0)
                return -ENOMEM;
        r = growing_add_line(g, flat);
        if (r == 0)
                r = lines_read(&l, g->text);
        return r == 0 ? piece_of_line(g->pieces, &l.list[l.n - 1]) : r;
}

static int merge_same_group(const Line *a, const Line *b, bool *ret)
{
        _cleanup_free_ char *ga = line_group(a), *gb = line_group(b);

        if (!ga || !gb)
                return -ENOMEM;
        *ret = *ga && strcasecmp(ga, gb) == 0;
        return 0;
}

/* Two lines of a group share its labels. */
static bool merge_has_label(const Growing *g, const Line *label)
{
        size_t tag = strlen(g->tag), group = strcspn(label->flat, ".");

        for (size_t i = 0; i < g->pieces->n; i++) {
                const Piece *p = &g->pieces->list[i];

                if (strcmp(p->name, label->name) == 0 && strlen(p->group) == tag + group &&
                    strncasecmp(p->group + tag, label->flat, group) == 0)
                        return true;
        }
        return false;
}

/* Adds the labels of a line that has been added. */
static int merge_add_labels(Growing *g, const Lines *card, const Line *of)
{
        for (size_t i = 0; i < card->n; i++) {
                const Line *line = &card->list[i];
                bool belongs;
                int r = merge_same_group(line, of, &belongs);

                if (r == 0 && belongs && line_is_label(line) && !merge_has_label(g, line))
                        r = merge_add_grouped(g, line);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int merge_add_property(Growing *g, const Lines *card, const Line *line)
{
        _cleanup_(pieces_done) Pieces one = {0};
        const char *remark = merge_single(line->name);
        Piece *p;
        int r = piece_of_line(&one, line);

        if (r < 0)
                return r;
        p = &one.list[0];
        if (pieces_find_key(g->pieces, p->key)) /* the card has it twice */
                return 0;
        p->present = pieces_find_key(&g->had, p->key) != NULL;
        if (p->present)
                return pieces_add(g->pieces, p);
        if (remark &&
            (pieces_have_name(&g->had, line->name) || pieces_have_name(g->pieces, line->name)))
                return growing_add_remark(g, remark, p->text);
        r = merge_add_grouped(g, line);
        return r == 0 ? merge_add_labels(g, card, line) : r;
}

static int merge_add_properties(Growing *g, const Lines *card)
{
        for (size_t i = 0; i < card->n; i++) {
                const Line *line = &card->list[i];
                int r = 0;

                if (*line->name && !is_one_of(structural, line->name) &&
                    !is_one_of(never_added, line->name) && !line_is_label(line))
                        r = merge_add_property(g, card, line);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* ---- the occasion --------------------------------------------------------------------------- */

/* In the language of the user: it is their address book. */
static int occasion_format(char *ret, size_t size, const Occasion *o, const char *when)
{
        const char *level = *o->level ? _(o->level) : "";

        if (o->place && *o->place)
                return snprintf(ret, size,
                                ngettext("Met on %s at %s, an exchange of %u person (Huddle, %s)",
                                         "Met on %s at %s, an exchange of %u people (Huddle, %s)",
                                         o->people),
                                when, o->place, o->people, level);
        return snprintf(ret, size,
                        ngettext("Met on %s, an exchange of %u person (Huddle, %s)",
                                 "Met on %s, an exchange of %u people (Huddle, %s)", o->people),
                        when, o->people, level);
}

static int merge_add_occasion(Growing *g, const Occasion *o)
{
        char when[32] = "?", text[256];
        time_t time = (time_t)o->time_s;
        struct tm tm;
        int r;

        if (localtime_r(&time, &tm))
                (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
        if (occasion_format(text, sizeof text, o, when) >= (int)sizeof text)
                return -ENAMETOOLONG;
        r = growing_add_within(g, "NOTE", text);
        if (r != 0)
                return r;
        (void)snprintf(text, sizeof text, "Huddle %s", when);
        return growing_add_within(g, "CATEGORIES", text);
}

/* ---- the outside ---------------------------------------------------------------------------- */

int merge_create(char **ret_text, Pieces *ret, const Card *c, const char *uid, const Occasion *o)
{
        _cleanup_(pieces_done) Pieces pieces = {0};
        static const Pieces none = {0};
        _cleanup_(growing_done) Growing g = {.pieces = &pieces, .ours = &none};
        _cleanup_(lines_done) Lines l = {0};
        _cleanup_free_ char *note = NULL;
        const Line *own, *uid_line;
        char *with_uid = NULL, *line = NULL, *folded;
        size_t len;
        int r = card_write(&g.text, &len, c, CARD_V30);

        if (r == 0)
                r = lines_read(&l, g.text);
        if (r != 0)
                return r;
        own = lines_find(&l, "NOTE", 0);
        uid_line = lines_find(&l, "UID", 0);
        if (own) {
                note = line_text(own->value);
                r = note ? pieces_add_element(&pieces, "NOTE", note, false) : -ENOMEM;
        }
        if (r < 0 || asprintf(&line, "UID:%s", uid) < 0)
                return r < 0 ? r : -ENOMEM;
        folded = line_fold(line, g.text);
        free(line);
        with_uid = folded ? text_splice(g.text, uid_line->start, uid_line->end, folded) : NULL;
        free(folded);
        if (!with_uid)
                return -ENOMEM;
        free(g.text);
        g.text = with_uid;
        r = merge_add_occasion(&g, o);
        if (r != 0)
                return r;
        *ret_text = TAKE_PTR(g.text);
        *ret = pieces;
        pieces = (Pieces){0};
        return 0;
}

/* Lists what an entry has, rewritten by our own writer in the entry's version. */
static int merge_list_entry(Pieces *ret, Card **ret_card, const char *text, unsigned version)
{
        _cleanup_(card_freep) Card *entry = NULL;
        _cleanup_free_ char *written = NULL;
        size_t len;
        int r = card_parse(&entry, text, strlen(text), NULL, NULL);

        if (r == 0)
                r = card_write(&written, &len, entry, version == 40 ? CARD_V40 : CARD_V30);
        if (r == 0)
                r = merge_list(ret, written);
        if (r == 0)
                *ret_card = TAKE_PTR(entry);
        return r == 0 ? 0 : error_or(r, MERGE_E_FORMAT);
}

/* Adds what belongs into the note. */
static int merge_add_remarks(Growing *g, const Card *c, const Card *entry)
{
        _cleanup_free_ char *a = normal_name(card_name(c)), *b = normal_name(card_name(entry));
        const char *note = card_value(c, "NOTE", 0);
        int r = 0;

        if (!a || !b)
                return -ENOMEM;
        if (strcmp(a, b) != 0)
                r = growing_add_remark(g, N_("Name on the card"), card_name(c));
        if (r == 0 && note)
                r = growing_add_within(g, "NOTE", note);
        return r;
}

/* Group names that neither the entry nor an earlier exchange of the same second has. */
static void merge_choose_tag(Growing *g, const Lines *l, const Occasion *o)
{
        bool taken = true;

        for (unsigned n = 0; taken; n++) {
                size_t len;

                (void)snprintf(g->tag, sizeof g->tag, n ? "huddle%x-%u-" : "huddle%x-",
                               (unsigned)(o->time_s & 0xffffff), n);
                len = strlen(g->tag);
                taken = false;
                for (size_t i = 0; i < l->n && !taken; i++)
                        taken = strncasecmp(l->list[i].flat, g->tag, len) == 0;
        }
}

int merge_add(char **ret_text, Pieces *ret, const char *text, const Card *c, const Occasion *o,
              const Pieces *ours)
{
        _cleanup_(pieces_done) Pieces pieces = {0};
        _cleanup_(growing_done) Growing g = {.text = strdup(text), .pieces = &pieces, .ours = ours};
        _cleanup_(lines_done) Lines l = {0}, card = {0};
        _cleanup_(card_freep) Card *entry = NULL;
        _cleanup_free_ char *written = NULL;
        size_t len;
        int r = g.text ? lines_read(&l, text) : -ENOMEM;

        if (r < 0)
                return r;
        if (r > 0 || (l.version != 30 && l.version != 40) || !text_is_utf8(text, strlen(text)))
                return MERGE_E_FORMAT;
        merge_choose_tag(&g, &l, o);
        r = merge_list_entry(&g.had, &entry, text, l.version);
        if (r == 0)
                r = card_write(&written, &len, c, l.version == 40 ? CARD_V40 : CARD_V30);
        if (r == 0)
                r = lines_read(&card, written);
        if (r == 0)
                r = merge_add_properties(&g, &card);
        if (r == 0)
                r = merge_add_remarks(&g, c, entry);
        if (r == 0)
                r = merge_add_occasion(&g, o);
        if (r != 0)
                return r;
        *ret_text = g.grown ? TAKE_PTR(g.text) : NULL;
        *ret = pieces;
        pieces = (Pieces){0};
        return 0;
}

int merge_list(Pieces *ret, const char *text)
{
        _cleanup_(pieces_done) Pieces pieces = {0};
        _cleanup_(lines_done) Lines l = {0};
        int r = lines_read(&l, text);

        for (size_t i = 0; r == 0 && i < l.n; i++) {
                const char *name = l.list[i].name;

                if (*name && !is_one_of(structural, name) && !list_is(name))
                        r = piece_of_line(&pieces, &l.list[i]);
        }
        if (r != 0)
                return error_or(r, MERGE_E_FORMAT);
        *ret = pieces;
        pieces = (Pieces){0};
        return 0;
}

/* ---- taking back ---------------------------------------------------------------------------- */

static int merge_remove_one(char **text, const Piece *p, const Pieces *ours, Groups *gone)
{
        char *without = NULL;
        int r = p->within ? list_cut(&without, *text, p, ours)
                          : piece_cut_line(&without, *text, p, gone);

        if (r < 0)
                return r;
        if (without) {
                free(*text);
                *text = without;
        }
        return 0;
}

static bool merge_is_name(const Piece *p)
{
        return strcmp(p->name, "FN") == 0 || strcmp(p->name, "N") == 0;
}

static bool merge_is_label(const Piece *p)
{
        return *p->group && (strcmp(p->name, "X-ABLABEL") == 0 || strcmp(p->name, "X-ABADR") == 0);
}

/* Labels go last, as it depends on the other lines of their group whether they may. */
static int merge_remove_all(char **text, const Pieces *pieces, const Pieces *ours, bool names_too)
{
        _cleanup_(groups_done) Groups gone = {0};
        int r = 0;

        for (int labels = 0; labels <= 1; labels++)
                for (size_t i = pieces->n; i-- > 0 && r == 0;) {
                        const Piece *p = &pieces->list[i];

                        if (!p->present && merge_is_label(p) == (labels == 1) &&
                            (names_too || !merge_is_name(p)))
                                r = merge_remove_one(text, p, ours, &gone);
                }
        return r;
}

/* Whether the entry holds anything of its own beside our pieces. */
static int merge_has_rest(bool *ret, const char *text, const Pieces *ours)
{
        _cleanup_free_ char *rest = strdup(text);
        _cleanup_(lines_done) Lines l = {0};
        int r = rest ? merge_remove_all(&rest, ours, ours, true) : -ENOMEM;

        if (r == 0)
                r = lines_read(&l, rest);
        if (r != 0)
                return error_or(r, MERGE_E_FORMAT);
        *ret = false;
        for (size_t i = 0; i < l.n; i++)
                if (!is_one_of(structural, l.list[i].name) &&
                    l.list[i].flat[strspn(l.list[i].flat, " \t")] != '\0')
                        *ret = true;
        return 0;
}

int merge_remove(char **ret_text, bool *ret_rest, const char *text, const Pieces *pieces,
                 const Pieces *ours)
{
        _cleanup_free_ char *without = strdup(text);
        bool rest = true;
        int r = without ? merge_remove_all(&without, pieces, ours, false) : -ENOMEM;

        if (r == 0 && ret_rest)
                r = merge_has_rest(&rest, text, ours);
        if (r != 0)
                return r;
        if (ret_rest)
                *ret_rest = rest;
        *ret_text = TAKE_PTR(without);
        return 0;
}
