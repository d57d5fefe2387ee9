/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card is added to an entry of an address book and taken out again. What the entry had before is
 * there afterwards. Texts end with a NUL byte: an entry, a card, and, for a world (entry-world.h),
 * another entry, another card, and a byte for each move. Its first two bits choose the dialect. */
#include "entry-world.h"
#include "fuzz.h"

#include "src/agent/list.h"
#include "src/agent/merge.h"

#include <assert.h>
#include <string.h>

static void try_lines(const char *text)
{
        Lines l;

        if (lines_read(&l, text) != 0)
                return;
        for (size_t i = 0; i < l.n; i++) {
                _cleanup_free_ char *value = line_text(l.list[i].value);
                _cleanup_free_ char *group = line_group(&l.list[i]);
                _cleanup_free_ char *folded = line_fold(l.list[i].flat, text);

                assert(value && group && folded);
                assert(l.list[i].start < l.list[i].end && l.list[i].end <= l.end);
        }
        assert(l.end <= strlen(text));
        lines_done(&l);
}

static bool has_piece(const Pieces *p, const Piece *wanted)
{
        for (size_t i = 0; i < p->n; i++)
                if (strcmp(p->list[i].name, wanted->name) == 0 &&
                    strcmp(p->list[i].text, wanted->text) == 0)
                        return true;
        return false;
}

/* All pieces of the first text are in the second. */
static void check_kept(const char *before, const char *after)
{
        Pieces had = {0}, has = {0};

        if (merge_list(&had, before) == 0) {
                assert(merge_list(&has, after) == 0);
                for (size_t i = 0; i < had.n; i++)
                        assert(has_piece(&has, &had.list[i]));
        }
        pieces_done(&had);
        pieces_done(&has);
}

static size_t count_line(const Lines *l, const char *flat)
{
        size_t n = 0;

        for (size_t i = 0; i < l->n; i++)
                n += strcmp(l->list[i].flat, flat) == 0;
        return n;
}

/* No line is lost; notes and categories may be written in another way. */
static void check_lines_kept(const char *before, const char *after)
{
        Lines had = {0}, has = {0};

        if (lines_read(&had, before) == 0) {
                assert(lines_read(&has, after) == 0);
                for (size_t i = 0; i < had.n; i++)
                        assert(list_is(had.list[i].name) ||
                               count_line(&has, had.list[i].flat) >=
                                       count_line(&had, had.list[i].flat));
                lines_done(&has);
        }
        lines_done(&had);
}

static Occasion occasion_in(CardDialect dialect)
{
        return (Occasion){.time_s = 1767225600,
                          .people = 3,
                          .place = "47.2378, 6.0241",
                          .level = "proven",
                          .dialect = dialect};
}

static void try_merge(const char *text, const Card *c, CardDialect dialect)
{
        const Occasion occasion = occasion_in(dialect);
        _cleanup_free_ char *more = NULL, *less = NULL;
        static const Pieces none;
        Pieces pieces = {0};
        bool rest;

        if (merge_add(&more, &pieces, text, c, &occasion, &none) == 0 && more) {
                check_kept(text, more);
                check_lines_kept(text, more);
                /* what was added comes off again, byte for byte */
                assert(merge_remove(&less, &rest, more, &pieces, &pieces) != 0 ||
                       strcmp(less, text) == 0);
        }
        pieces_done(&pieces);
}

static void try_create(const Card *c, CardDialect dialect)
{
        const Occasion occasion = occasion_in(dialect);
        _cleanup_free_ char *text = NULL;
        Pieces pieces = {0};

        if (merge_create(&text, &pieces, c, "uid", &occasion) == 0)
                try_lines(text);
        pieces_done(&pieces);
}

static const CardDialect dialects[] = {CARD_PLAIN, CARD_EVOLUTION, CARD_KCONTACTS};

/* The next text, NULL where it is empty. */
static const char *next_text(const char **at, const char *end)
{
        const char *text = *at;

        *at += MIN(strlen(text) + 1, (size_t)(end - text));
        return *text ? text : NULL;
}

static void try_world(const char *at, const char *end)
{
        WorldTexts t = {0};

        for (size_t i = 0; i < WORLD_TEXTS; i++) {
                t.entries[i] = next_text(&at, end);
                t.cards[i] = next_text(&at, end);
        }
        t.moves = (const uint8_t *)at;
        t.n_moves = (size_t)(end - at);
        if (t.n_moves > 0)
                world_try(&t, dialects[(t.moves[0] >> 6) % ARRAY_LEN(dialects)]);
}

static void try_card(const char *text, const char *vcard)
{
        _cleanup_(card_freep) Card *c = NULL;
        CardReading how = {.forgiving = true};

        if (card_parse_as(&c, vcard, strlen(vcard), &how, NULL, NULL) != 0)
                return;
        for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
                try_create(c, dialects[i]);
                try_merge(text, c, dialects[i]);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *texts = malloc(size + 1);
        const char *at = texts, *end = texts + size;

        if (!texts)
                return 0;
        memcpy(texts, data, size);
        texts[size] = '\0';
        (void)next_text(&at, end);
        try_lines(texts);
        try_card(texts, at);
        try_world(texts, end);
        return 0;
}
