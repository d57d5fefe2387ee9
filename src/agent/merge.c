/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "merge.h"
#include "bound.h"
#include "dialect.h"
#include "doubled.h"
#include "key.h"
#include "lines.h"
#include "list.h"
#include "names.h"
#include "normal.h"
#include "piece.h"
#include "same.h"
#include "tame.h"
#include "ungroup.h"
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
/* Properties with one value (RFC 6350 cardinality *1, or because programs show one). A second value
 * goes into the note under this name. */
static const struct {
        const char *meaning, *shown;
} singles[] = {
        {"BDAY", N_("Birthday on the card")},       {"ANNIVERSARY", N_("Anniversary on the card")},
        {"SPOUSE", N_("Spouse on the card")},       {"MANAGER", N_("Manager on the card")},
        {"ASSISTANT", N_("Assistant on the card")}, {"GENDER", N_("Gender on the card")},
        {"X-GENDER", N_("Gender on the card")},     {"TZ", N_("Time zone on the card")},
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
        Pieces had;  /* what the entry had before: its lines, and then as we write them */
        Pieces card; /* what the card has */
        Same had_same, card_same;
        bool grown;
        const Pieces *ours; /* what we added before */
        char tag[32];       /* prefix for the card's group names; no group of the entry has it */
} Growing;

static void growing_done(Growing *g)
{
        free(g->text);
        same_done(&g->had_same);
        same_done(&g->card_same);
        pieces_done(&g->had);
        pieces_done(&g->card);
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

static const char *merge_meaning(const Piece *p)
{
        const char *meaning = card_meaning(p->name, p->head);

        return meaning ? meaning : p->name;
}

static const char *merge_single(const Piece *p)
{
        for (size_t i = 0; i < ARRAY_LEN(singles); i++)
                if (strcmp(singles[i].meaning, merge_meaning(p)) == 0)
                        return singles[i].shown;
        return NULL;
}

/* ---- the card's lines ----------------------------------------------------------------------- */

/* Adds "item1.TEL:…" as "TAGitem1.TEL:…", and records it. */
static int merge_add_grouped(Growing *g, const Line *line)
{
        _cleanup_free_ char *group = line_group(line), *tame = tame_line(line), *flat = NULL;
        _cleanup_(lines_done) Lines l = {0};
        int r;

        if (!group || !tame || asprintf(&flat, "%s%s", *group ? g->tag : "", tame) < 0)
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

/* A day as people read it, "1985-03-12" or "03-12". *ret is new. */
static int merge_day_shown(char **ret, const char *text)
{
        char day[KEY_DAY_SIZE];
        int r;

        key_day(day, text);
        if (!*day)
                r = asprintf(ret, "%s", text);
        else if (*day == '-')
                r = asprintf(ret, "%.2s-%s", day + 2, day + 4);
        else
                r = asprintf(ret, "%.4s-%.2s-%s", day, day + 4, day + 6);
        return r < 0 ? -ENOMEM : 0;
}

/* Whether two values of a property that has one are no contradiction: the same day, one of them
 * without its year. */
static bool merge_is_same_day(const Piece *a, const Piece *b)
{
        char day[KEY_DAY_SIZE], other[KEY_DAY_SIZE];

        key_day(day, a->text);
        key_day(other, b->text);
        return *day == '-' && *other && strcmp(day + 2, *other == '-' ? other + 2 : other + 4) == 0;
}

/* The value of the entry, or of the card before this one, instead of which p would stand. */
static const Piece *merge_find_single(const Growing *g, const Piece *p)
{
        const Pieces *places[] = {&g->had, g->pieces};

        for (size_t i = 0; i < ARRAY_LEN(places); i++)
                for (size_t k = 0; k < places[i]->n; k++)
                        if (strcmp(merge_meaning(&places[i]->list[k]), merge_meaning(p)) == 0)
                                return &places[i]->list[k];
        return NULL;
}

static int merge_remark_single(Growing *g, const Piece *p, const Piece *other, const char *what)
{
        _cleanup_free_ char *shown = NULL;
        int r;

        if (merge_is_same_day(p, other))
                return 0;
        r = merge_day_shown(&shown, p->text);
        return r == 0 ? growing_add_remark(g, what, shown) : r;
}

/* Records that the entry has a value. It has the name and key of the entry's own, as that may be in
 * another notation, and an earlier exchange may have added it. */
static int merge_note_present(Growing *g, const Piece *own)
{
        Piece p = *own;

        p.present = true;
        return pieces_find_key(g->pieces, p.key) ? 0 : pieces_add(g->pieces, &p);
}

static int merge_add_property(Growing *g, const Lines *card, size_t n)
{
        const Line *line = &card->list[n];
        const Piece *p = &g->card.list[n], *own = same_find(&g->had_same, p, &g->card_same), *other;
        const char *remark = merge_single(p);
        int r;

        if (own)
                return merge_note_present(g, own);
        if (pieces_find_key(g->pieces, p->key)) /* the card has it twice */
                return 0;
        other = remark ? merge_find_single(g, p) : NULL;
        if (other)
                return merge_remark_single(g, p, other, remark);
        r = merge_add_grouped(g, line);
        return r == 0 ? merge_add_labels(g, card, line) : r;
}

static int merge_add_properties(Growing *g, const Lines *card)
{
        int r = 0;

        for (size_t i = 0; i < card->n && r == 0; i++) {
                const Line *line = &card->list[i];

                if (*line->name && !is_one_of(structural, line->name) &&
                    !tame_is_refused(line->name) && !line_is_label(line))
                        r = merge_add_property(g, card, i);
        }
        return r;
}

/* ---- the occasion --------------------------------------------------------------------------- */

/* In the language of the user: it is their address book. */
static int occasion_format(char *ret, size_t size, const Occasion *o, const char *when)
{
        const char *level = *o->level ? _(o->level) : "";

        if (o->place && *o->place && o->notes != NOTES_NO_PLACE)
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

        if (o->notes == NOTES_OFF)
                return 0;
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

/* LINES_E_NO_CARD, -errno. */
static int merge_list_more(Pieces *to, const char *text)
{
        _cleanup_(lines_done) Lines l = {0};
        int r = lines_read(&l, text);

        for (size_t i = 0; r == 0 && i < l.n; i++) {
                const char *name = l.list[i].name;

                if (*name && !is_one_of(structural, name) && !list_is(name))
                        r = piece_of_line(to, &l.list[i]);
        }
        return r;
}

/* Writes a card in the version and the dialect of an entry, each value once, notes in no group.
 * *ret is new. */
static int merge_write(char **ret, const Card *c, unsigned version, CardDialect dialect)
{
        _cleanup_free_ char *written = NULL, *once = NULL, *bare = NULL;
        size_t len;
        int r = card_write(&written, &len, c, version == 40 ? CARD_V40 : CARD_V30);

        if (r == 0)
                r = must(doubled_join(&once, written));
        if (r == 0)
                r = must(ungroup_lists(&bare, once));
        return r == 0 ? must(dialect_write(ret, bare, dialect)) : r;
}

int merge_create(char **ret_text, Pieces *ret, const Card *c, const char *uid, const Occasion *o)
{
        _cleanup_(pieces_done) Pieces pieces = {0};
        static const Pieces none = {0};
        _cleanup_(growing_done) Growing g = {.pieces = &pieces, .ours = &none};
        _cleanup_(lines_done) Lines l = {0};
        _cleanup_free_ char *note = NULL;
        const Line *own, *uid_line;
        char *with_uid = NULL, *line = NULL, *folded;
        int r = merge_write(&g.text, c, 30, o->dialect);

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

/* Lists what an entry has: its lines, and then those that our own writer makes of them in the
 * entry's version. */
static int merge_list_entry(Pieces *ret, Card **ret_card, const char *text, unsigned version)
{
        _cleanup_(card_freep) Card *entry = NULL;
        _cleanup_free_ char *written = NULL;
        CardReading how = {.max = BOUND_READ_MAX, .forgiving = true};
        size_t len;
        int r = card_parse_as(&entry, text, strlen(text), &how, NULL, NULL);

        if (r == 0)
                r = card_write(&written, &len, entry, version == 40 ? CARD_V40 : CARD_V30);
        if (r == 0)
                r = merge_list_more(ret, text);
        if (r == 0)
                r = merge_list_more(ret, written);
        if (r == 0)
                *ret_card = TAKE_PTR(entry);
        return r == 0 ? 0 : error_or(r, MERGE_E_FORMAT);
}

/* Reads what entry and card have, so that they can be compared. */
static int growing_compare(Growing *g, const Lines *card)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < card->n; i++)
                r = piece_of_line(&g->card, &card->list[i]);
        if (r == 0)
                r = same_begin(&g->had_same, &g->had);
        return r == 0 ? same_begin(&g->card_same, &g->card) : r;
}

/* Adds what belongs into the note. */
static int merge_add_remarks(Growing *g, const Card *c, const Card *entry)
{
        _cleanup_free_ char *a = name_words(card_name(c)), *b = name_words(card_name(entry));
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
        int r = g.text ? lines_read(&l, text) : -ENOMEM;

        if (r < 0)
                return r;
        if (r > 0 || (l.version != 30 && l.version != 40) || !text_is_utf8(text, strlen(text)))
                return MERGE_E_FORMAT;
        merge_choose_tag(&g, &l, o);
        r = merge_list_entry(&g.had, &entry, text, l.version);
        if (r == 0)
                r = merge_write(&written, c, l.version, o->dialect);
        if (r == 0)
                r = lines_read(&card, written);
        if (r == 0)
                r = growing_compare(&g, &card);
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
        int r = merge_list_more(&pieces, text);

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

/* Labels go last, as it depends on the other lines of their group whether they may. */
static int merge_remove_all(char **text, const Pieces *pieces, const Pieces *ours, bool names_too)
{
        _cleanup_(groups_done) Groups gone = {0};
        int r = 0;

        for (int labels = 0; labels <= 1; labels++)
                for (size_t i = pieces->n; i-- > 0 && r == 0;) {
                        const Piece *p = &pieces->list[i];

                        if (!p->present && piece_is_label(p) == (labels == 1) &&
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
