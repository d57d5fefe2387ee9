/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "entry-world.h"

#include "src/agent/bound.h"
#include "src/agent/writer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 16, MOVES_MAX = 12 };

/* ---- an address book in memory -------------------------------------------------------------- */

typedef struct Stored {
        char *id, *text;
} Stored;

typedef struct Memory {
        Sink sink;
        Stored list[ENTRIES_MAX];
        size_t n;
} Memory;

static Stored *memory_find(Memory *m, const char *id)
{
        for (size_t i = 0; i < m->n; i++)
                if (strcmp(m->list[i].id, id) == 0)
                        return &m->list[i];
        return NULL;
}

static void memory_put(Memory *m, const char *id, const char *text)
{
        Stored *e = memory_find(m, id);

        if (!e) {
                assert(m->n < ENTRIES_MAX);
                e = &m->list[m->n++];
                *e = (Stored){.id = strdup(id)};
        }
        free(e->text);
        e->text = strdup(text);
        assert(e->id && e->text);
}

static void memory_drop(Memory *m, Stored *e)
{
        free(e->id);
        free(e->text);
        *e = m->list[--m->n];
}

static char *memory_name(const Sink *s, const char *person)
{
        char uid[SINK_UID_SIZE];

        (void)s;
        sink_uid(uid, person);
        return strdup(uid);
}

static void memory_load(Sink *s)
{
        Memory *m = (Memory *)s;
        int r = 0;

        for (size_t i = 0; i < m->n && r == 0; i++)
                r = s->each(s->userdata, m->list[i].id, m->list[i].text);
        sink_end(s, r, NULL);
}

static void memory_read(Sink *s, const char *id)
{
        const Stored *e = memory_find((Memory *)s, id);

        sink_end(s, e ? 0 : SINK_E_GONE, e ? e->text : NULL);
}

static void memory_create(Sink *s, const char *id, const char *text)
{
        assert(!memory_find((Memory *)s, id));
        memory_put((Memory *)s, id, text);
        sink_end(s, 0, NULL);
}

static void memory_replace(Sink *s, const char *id, const char *old, const char *text)
{
        assert(strcmp(memory_find((Memory *)s, id)->text, old) == 0);
        memory_put((Memory *)s, id, text);
        sink_end(s, 0, NULL);
}

static void memory_remove(Sink *s, const char *id, const char *old)
{
        Stored *e = memory_find((Memory *)s, id);

        assert(strcmp(e->text, old) == 0);
        memory_drop((Memory *)s, e);
        sink_end(s, 0, NULL);
}

static void memory_free(Sink *s)
{
        Memory *m = (Memory *)s;

        while (m->n > 0)
                memory_drop(m, &m->list[0]);
        free(m);
}

#define MEMORY_OPS(of)                                                                             \
        {                                                                                          \
                .kind = "memory", .dialect = of, .name = memory_name, .load = memory_load,         \
                .read = memory_read, .create = memory_create, .replace = memory_replace,           \
                .remove = memory_remove, .free = memory_free,                                      \
        }
static const SinkOps memory_ops[] = {
        [CARD_PLAIN] = MEMORY_OPS(CARD_PLAIN),
        [CARD_EVOLUTION] = MEMORY_OPS(CARD_EVOLUTION),
        [CARD_KCONTACTS] = MEMORY_OPS(CARD_KCONTACTS),
};

/* ---- a world -------------------------------------------------------------------------------- */

typedef struct World {
        sd_event *event;
        Clock *clock;
        Journal *journal;
        Writer *writer;
        Memory *book; /* the writer's */
        Bytes32 cards[WORLD_TEXTS];
        bool came[WORLD_TEXTS];
} World;

static void on_rests(void *userdata, Writer *w)
{
        (void)userdata;
        (void)w;
}

static void world_open(World *w, CardDialect dialect)
{
        const WriterEvents events = {.rests = on_rests};
        int r;

        w->book = calloc(1, sizeof *w->book);
        assert(w->book);
        w->book->sink.ops = &memory_ops[dialect];
        w->book->sink.place = strdup("x");
        r = sd_event_new(&w->event);
        assert(r >= 0);
        r = clock_event_new(&w->clock, w->event);
        assert(r == 0);
        r = journal_open(&w->journal, ":memory:");
        assert(r == 0);
        r = writer_new(&w->writer, w->event, w->clock, w->journal, &w->book->sink, &events);
        assert(r == 0);
}

static void world_close(World *w)
{
        writer_free(w->writer);
        journal_free(w->journal);
        clock_event_free(w->clock);
        sd_event_unref(w->event);
}

static void world_run(World *w)
{
        writer_wake(w->writer);
        do {
                int r = sd_event_run(w->event, 0);

                assert(r >= 0);
        } while (!writer_is_resting(w->writer));
        assert(!*writer_trouble(w->writer));
}

static void world_path(char ret[32], unsigned n)
{
        (void)snprintf(ret, 32, "/org/huddle/exchange/%u", n);
}

static int world_want(World *w, const Meeting *m, unsigned n, const Card *c)
{
        _cleanup_free_ char *text = NULL;
        char person[PERSON_HEX + 1];
        Wanted wanted = {.card = &w->cards[n], .person = person, .name = card_name(c)};
        size_t len;
        int r = card_write(&text, &len, c, CARD_V40);

        if (r != 0)
                return r;
        digest_one(&w->cards[n], "agent card", text, len);
        person_name(person, card_uid(c), card_name(c), 0);
        wanted.vcard = text;
        wanted.uid = card_uid(c);
        return journal_want(w->journal, m, writer_sink(w->writer), &wanted);
}

/* As books.c takes a card: one that cannot be read is passed over. */
static void world_exchange(World *w, unsigned n, const char *vcard)
{
        _cleanup_(card_freep) Card *c = NULL;
        char path[32];
        const Meeting m = {.key = n + 1,
                           .path = path,
                           .time_s = 1700000000,
                           .people = 2,
                           .cards = 1,
                           .level = "proven",
                           .place = ""};
        BoundLoss loss = {0};
        int r;

        if (card_read_bounded(&c, &loss, vcard) != 0)
                return;
        world_path(path, n);
        r = journal_begin(w->journal);
        assert(r == 0);
        r = journal_end(w->journal, world_want(w, &m, n, c));
        assert(r >= 0);
        w->came[n] = r == 0;
        world_run(w);
}

static void world_move(World *w, unsigned n, uint8_t to)
{
        const char *target = to < w->book->n ? w->book->list[to].id : "";
        char path[32];
        uint64_t key;

        world_path(path, n);
        if (journal_move(w->journal, path, &w->cards[n], writer_sink(w->writer), target, &key) == 0)
                world_run(w);
}

static void world_do(World *w, uint8_t move)
{
        const unsigned n = move % WORLD_TEXTS;
        char path[32];
        uint64_t key;
        int r;

        if (!w->came[n])
                return;
        world_path(path, n);
        switch ((move >> 1) % 4) {
        case 0:
                r = journal_undo(w->journal, path, &key);
                break;
        case 1:
                r = journal_undo_card(w->journal, path, &w->cards[n], &key);
                break;
        case 2:
                r = journal_redo(w->journal, path, move & 0x80 ? &w->cards[n] : NULL, &key);
                break;
        default:
                world_move(w, n, move >> 3);
                return;
        }
        assert(r >= 0);
        if (r == 0)
                world_run(w);
}

static void world_undo_all(World *w)
{
        for (unsigned n = 0; n < WORLD_TEXTS; n++) {
                char path[32];
                uint64_t key;
                int r;

                world_path(path, n);
                r = journal_undo(w->journal, path, &key);
                assert(r >= 0);
                if (r == 0)
                        world_run(w);
        }
}

void world_try(const WorldTexts *t, CardDialect dialect)
{
        static const char *const ids[WORLD_TEXTS] = {"m0", "m1"};
        World w = {0};
        size_t had;

        world_open(&w, dialect);
        for (size_t i = 0; i < WORLD_TEXTS; i++)
                if (t->entries[i])
                        memory_put(w.book, ids[i], t->entries[i]);
        had = w.book->n;
        for (unsigned i = 0; i < WORLD_TEXTS; i++)
                if (t->cards[i])
                        world_exchange(&w, i, t->cards[i]);
        for (size_t i = 0; i < t->n_moves && i < MOVES_MAX; i++)
                world_do(&w, t->moves[i]);
        world_undo_all(&w);
        assert(w.book->n == had);
        for (size_t i = 0; i < WORLD_TEXTS; i++)
                assert(!t->entries[i] ||
                       strcmp(memory_find(w.book, ids[i])->text, t->entries[i]) == 0);
        world_close(&w);
}
