/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random books, random cards, the user's changes in between, undone in any order: byte for byte
 * what was there before
 *
 * The real writer and journal work on an address book in memory. It keeps texts as they are (as a
 * folder does), or writes them anew each time (as Evolution Data Server does), or reads them as
 * KContacts. In half of the worlds the user edits entries in between; cards are joined and split,
 * and what was undone is redone. HUDDLE_WORLDS=n tries more; HUDDLE_SEED=n begins elsewhere. A
 * world that fails is made as small as it goes, and then told.
 */
#include "src/agent/bound.h"
#include "src/agent/lines.h"
#include "src/agent/writer.h"
#include "tests/unit/test.h"

#include <signal.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
        WORLDS = 300,
        EXCHANGES_MAX = 5,
        CARDS_MAX = 2, /* of an exchange */
        EDITS_MAX = 4,
        REDONE_MAX = 4,
        TEXT_SIZE = 8192,
        ENTRIES_MAX = 16,
        TAPE_MAX = 4096,
};

/* ---- chance --------------------------------------------------------------------------------- */

/* What chance has decided. A tape that is played again gives the same world; a shorter one, or one
 * with smaller numbers, a simpler world. Shared with the processes that play. */
typedef struct Tape {
        uint64_t world; /* its number */
        uint64_t seed;  /* 0: played, not recorded */
        size_t at, n;
        uint16_t list[TAPE_MAX];
} Tape;

static Tape *tape;

static void tape_record(uint64_t world)
{
        tape->world = world;
        tape->seed = 88172645463325252ULL + world * 0x9e3779b97f4a7c15ULL;
        tape->n = 0;
}

static void tape_rewind(void)
{
        tape->seed = 0;
        tape->at = 0;
}

static unsigned chance(unsigned n)
{
        if (!tape->seed)
                return tape->at < tape->n ? tape->list[tape->at++] % n : 0;
        tape->seed ^= tape->seed << 13;
        tape->seed ^= tape->seed >> 7;
        tape->seed ^= tape->seed << 17;
        assert_true(tape->n < TAPE_MAX);
        tape->list[tape->n] = (uint16_t)((tape->seed >> 11) % n);
        return tape->list[tape->n++];
}

/* ---- an address book ------------------------------------------------------------------------ */

typedef enum Style { FOLDER, EDS, KDE, STYLES } Style;

typedef struct Stored {
        char *id, *text;
} Stored;

static Stored book[ENTRIES_MAX];
static size_t book_n;
static Style book_style;

/* Unfolds, folds at another column, completes a backslash that escapes nothing, and puts a date on
 * it. */
static char *rewritten(const char *text)
{
        char *new = NULL;
        size_t size;
        FILE *to = open_memstream(&new, &size);
        unsigned column = 0, bare = 0;

        assert_non_null(to);
        for (const char *s = text; *s; s++) {
                if (strncmp(s, "\r\n ", 3) == 0) {
                        s += 2;
                        continue;
                }
                if (*s == '\r' && bare % 2 == 1)
                        (void)fputc('\\', to);
                bare = *s == '\\' ? bare + 1 : 0;
                if (strncmp(s, "\r\nREV:", 6) == 0)
                        s += 2 + strcspn(s + 2, "\r");
                if (strncmp(s, "\r\nEND:VCARD", 11) == 0)
                        (void)fputs("\r\nREV:2026-01-01T00:00:00Z", to);
                if (*s == '\r' || *s == '\n')
                        column = 0;
                else if (column++ == 60) {
                        (void)fputs("\r\n ", to);
                        column = 2;
                }
                (void)fputc(*s, to);
        }
        assert_int_equal(fclose(to), 0);
        return new;
}

static Stored *book_entry(const char *id)
{
        for (size_t i = 0; i < book_n; i++)
                if (strcmp(book[i].id, id) == 0)
                        return &book[i];
        return NULL;
}

static void book_put(const char *id, const char *text)
{
        Stored *e = book_entry(id);

        if (!e) {
                assert_true(book_n < ENTRIES_MAX);
                e = &book[book_n++];
                *e = (Stored){.id = strdup(id)};
        }
        free(e->text);
        e->text = book_style == EDS ? rewritten(text) : strdup(text);
}

static void book_drop(Stored *e)
{
        free(e->id);
        free(e->text);
        *e = book[--book_n];
}

static char *memory_name(const Sink *s, const char *person)
{
        char uid[SINK_UID_SIZE];

        sink_uid(uid, person);
        return strdup(uid);
}

static void memory_load(Sink *s)
{
        int r = 0;

        for (size_t i = 0; i < book_n && r == 0; i++)
                r = s->each(s->userdata, book[i].id, book[i].text);
        sink_end(s, r, NULL);
}

static void memory_read(Sink *s, const char *id)
{
        const Stored *e = book_entry(id);

        sink_end(s, e ? 0 : SINK_E_GONE, e ? e->text : NULL);
}

static void memory_create(Sink *s, const char *id, const char *text)
{
        assert_null(book_entry(id));
        book_put(id, text);
        sink_end(s, 0, NULL);
}

static void memory_replace(Sink *s, const char *id, const char *old, const char *text)
{
        assert_string_equal(old, book_entry(id)->text);
        book_put(id, text);
        sink_end(s, 0, NULL);
}

static void memory_remove(Sink *s, const char *id, const char *old)
{
        assert_string_equal(old, book_entry(id)->text);
        book_drop(book_entry(id));
        sink_end(s, 0, NULL);
}

static void memory_free(Sink *s)
{
        free(s);
}

#define MEMORY_OPS(of)                                                                             \
        {                                                                                          \
                .kind = "memory", .dialect = of, .name = memory_name, .load = memory_load,         \
                .read = memory_read, .create = memory_create, .replace = memory_replace,           \
                .remove = memory_remove, .free = memory_free,                                      \
        }
static const SinkOps memory_ops = MEMORY_OPS(CARD_PLAIN), kde_ops = MEMORY_OPS(CARD_KCONTACTS);

/* ---- a world -------------------------------------------------------------------------------- */

typedef struct Put {
        unsigned exchange;
        Bytes32 hash;
        char *text;
        bool stands;
} Put;

typedef struct World {
        sd_event *event;
        Clock *clock;
        Journal *journal;
        Writer *writer;
        char history[131072]; /* what happened, for a failure */
        unsigned exchanges, edits, redone;
        Put puts[EXCHANGES_MAX * CARDS_MAX];
        size_t n_puts;
        Stored before[ENTRIES_MAX]; /* the user's entries */
        size_t n_before;
        char *mine[EDITS_MAX]; /* lines that the user wrote in between */
        size_t n_mine;
        bool changed; /* the user has changed a value of ours */
} World;

static void on_rests(void *userdata, Writer *w)
{
}

static void world_open(World *w)
{
        Sink *sink = calloc(1, sizeof *sink);
        const WriterEvents events = {.rests = on_rests};

        assert_non_null(sink);
        sink->ops = book_style == KDE ? &kde_ops : &memory_ops;
        sink->place = strdup("x");
        assert_true(sd_event_new(&w->event) >= 0);
        assert_int_equal(clock_event_new(&w->clock, w->event), 0);
        assert_int_equal(journal_open(&w->journal, ":memory:"), 0);
        assert_int_equal(writer_new(&w->writer, w->event, w->clock, w->journal, sink, &events), 0);
}

static void world_close(World *w)
{
        writer_free(w->writer);
        journal_free(w->journal);
        clock_event_free(w->clock);
        sd_event_unref(w->event);
        for (size_t i = 0; i < w->n_puts; i++)
                free(w->puts[i].text);
        for (size_t i = 0; i < w->n_mine; i++)
                free(w->mine[i]);
        for (size_t i = 0; i < w->n_before; i++) {
                free(w->before[i].id);
                free(w->before[i].text);
        }
        while (book_n > 0)
                book_drop(&book[0]);
}

static void world_note(World *w, const char *what, const char *text)
{
        size_t used = strlen(w->history);

        (void)snprintf(w->history + used, sizeof w->history - used, "--- %s\n%s\n", what, text);
}

static void world_note_book(World *w)
{
        for (size_t i = 0; i < book_n; i++)
                world_note(w, book[i].id, book[i].text);
}

/* fail_msg cuts long texts. */
static void fail_world(const World *w, const char *why, const char *what)
{
        (void)fprintf(stderr, "%s=== %s: %s\n", w->history, why, what);
        fail_msg("%s", why);
}

static void world_run(World *w)
{
        writer_wake(w->writer);
        do
                assert_true(sd_event_run(w->event, 0) >= 0);
        while (!writer_is_resting(w->writer));
        if (*writer_trouble(w->writer))
                fail_world(w, "trouble", writer_trouble(w->writer));
        world_note_book(w);
}

static void path_of(char ret[32], unsigned n)
{
        (void)snprintf(ret, 32, "/org/huddle/exchange/%u", n);
}

/* The same card twice in an exchange is one card. */
static void world_want(World *w, const Meeting *m, const char *vcard)
{
        _cleanup_(card_freep) Card *c = NULL;
        _cleanup_free_ char *text = NULL;
        char person[PERSON_HEX + 1];
        Put *put = &w->puts[w->n_puts];
        Wanted wanted = {.card = &put->hash, .person = person};
        BoundLoss loss;
        size_t len;

        assert_int_equal(card_read_bounded(&c, &loss, vcard), 0);
        assert_int_equal(card_write(&text, &len, c, CARD_V40), 0);
        digest_one(&put->hash, "agent card", vcard, strlen(vcard));
        person_name(person, card_uid(c), card_name(c), 0);
        wanted.name = card_name(c);
        wanted.vcard = text;
        wanted.uid = card_uid(c);
        assert_int_equal(journal_want(w->journal, m, writer_sink(w->writer), &wanted), 0);
        world_note(w, "card", vcard);
        for (size_t i = 0; i < w->n_puts; i++)
                if (w->puts[i].exchange == w->exchanges &&
                    memcmp(&w->puts[i].hash, &put->hash, sizeof put->hash) == 0)
                        return;
        put->exchange = w->exchanges;
        put->text = strdup(text); /* without what is left out */
        put->stands = true;
        w->n_puts++;
}

static void world_exchange(World *w, char cards[CARDS_MAX][TEXT_SIZE], unsigned n)
{
        char path[32];
        /* some in the same second, which is what tells groups apart */
        Meeting m = {.key = w->exchanges + 1,
                     .path = path,
                     .time_s = 1700000000 + 40 * chance(4),
                     .people = 2 + chance(2),
                     .cards = n,
                     .level = "proven",
                     .place = ""};

        path_of(path, w->exchanges);
        world_note(w, "exchange", path);
        assert_int_equal(journal_begin(w->journal), 0);
        for (unsigned i = 0; i < n; i++)
                world_want(w, &m, cards[i]);
        assert_int_equal(journal_take(w->journal, &m, "x"), 0);
        assert_int_equal(journal_end(w->journal, 0), 0);
        w->exchanges++;
        world_run(w);
}

/* Of one card of an exchange, or of all. */
static void world_set_stands(World *w, const Put *put, bool all, bool stands)
{
        for (size_t i = 0; i < w->n_puts; i++)
                if (&w->puts[i] == put || (all && w->puts[i].exchange == put->exchange))
                        w->puts[i].stands = stands;
}

/* One card of an exchange, or all. */
static void world_undo(World *w, Put *put, bool all)
{
        char path[32];
        uint64_t key;

        path_of(path, put->exchange);
        world_note(w, all ? "undo" : "undo one card of", path);
        if (all)
                assert_int_equal(journal_undo(w->journal, path, &key), 0);
        else
                assert_int_equal(journal_undo_card(w->journal, path, &put->hash, &key), 0);
        world_set_stands(w, put, all, false);
        world_run(w);
}

/* What was undone, or one card of it, is put in again. */
static void world_redo(World *w, Put *put, bool all)
{
        char path[32];
        uint64_t key;

        path_of(path, put->exchange);
        world_note(w, all ? "redo" : "redo one card of", path);
        assert_int_equal(journal_redo(w->journal, path, all ? NULL : &put->hash, &key), 0);
        world_set_stands(w, put, all, true);
        w->redone++;
        world_run(w);
}

/* Into an entry of the book, or out into one of its own. */
static void world_move(World *w, const Put *put)
{
        const char *target = book_n > 0 && chance(3) ? book[chance((unsigned)book_n)].id : "";
        char path[32];
        uint64_t key;

        path_of(path, put->exchange);
        world_note(w, "move the card of", path);
        world_note(w, "to", target);
        assert_int_equal(
                journal_move(w->journal, path, &put->hash, writer_sink(w->writer), target, &key),
                0);
        world_run(w);
}

/* ---- what is in entries and cards ----------------------------------------------------------- */

static const char *const entry_lines[] = {
        "TEL;TYPE=HOME:+44 20 7946 0001",
        "TEL:020 7946 0001",
        "item1.TEL:+44 20 7946 0009\r\nitem1.X-ABLABEL:Boat",
        "item1.URL:https://ann.example/\r\nitem1.X-ABLabel:_$!<HomePage>!$_",
        "item2.X-ABLABEL:Boat",
        "huddle53f100-item1.TEL:+44 20 7946 0008\r\nhuddle53f100-item1.X-ABLABEL:Boat",
        "BDAY:1980-01-01",
        "PHOTO;ENCODING=b;TYPE=PNG:AAAA",
        "AGENT:B\\nC",
        "x-strange;y=\"a:b\": v ",
        "ADR;TYPE=HOME:;;1 Road\\, Left;Town;;;",
        "ORG:Mill\\; Sons;Repairs",
        "item1.TEL:+44 20 7946 0003\r\nitem1.X-ABLABEL:Boat", /* as a card may bring it */
        "huddle53f100-item1.X-ABLABEL:Boat",
        "TEL;TYPE=HOME,WORK:+44 20 7946 0001",
        "X-ABLABEL:Boat",
        "TITLE:Boss",
        "ADR;TYPE=HOME;TYPE=WORK:;;2 Road;Town;;;",
        ("X-LONG:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n "
         "bbbbbbbbbbbbbbbbbbbb\r\n\tc"),
};
static const char *const entry_lists[] = {
        "NOTE:mine",
        "NOTE:",
        "NOTE:tea, no milk; two sugars",
        "NOTE:path is C:\\",
        "NOTE:on\r\n e\\n\r\n \ttwo\\, three",
        "NOTE:world",
        "NOTE:hello\\nworld\\nhello",
        "NOTE:x\r\n \r\nNOTE:second",
        "NOTE;ENCODING=QUOTED-PRINTABLE:a=20b",
        "CATEGORIES:Friends\\, old,Work",
        "CATEGORIES:",
        "NOTE:one\\Ntwo\\nhello",
        "NOTE:C:\\\\",
        "NOTE:hello\\",
        "NOTE:, ; :",
        "note:lower case",
        "item4.NOTE:grouped\r\nitem4.X-ABLABEL:Boat",
        "NOTE:Name on the card: Dr. Ann Arbor",
        "CATEGORIES:a,,b",
        "CATEGORIES:a,b\\",
        "CATEGORIES:Huddle 2023-11-14 22:13",
};
static const char *const card_lines[] = {
        "TEL:+44 20 7946 0001",
        "TEL;TYPE=CELL:+442079460001",
        "TEL:020 7946 0001",
        "TEL;TYPE=WORK:+44 20 7946 0002",
        "item1.TEL:+44 20 7946 0003\r\nitem1.X-ABLABEL:Boat",
        "item2.TEL:+44 20 7946 0004\r\nitem2.X-ABLABEL:Boat",
        "item1.URL:https://new.example/\r\nitem1.X-ABLabel:_$!<HomePage>!$_",
        "item3.EMAIL:boat@ann.example\r\nitem3.URL:https://boat.example/\r\nitem3.X-ABLABEL:Boat",
        "BDAY:1980-01-01",
        "BDAY:1981-02-02",
        "TEL;TYPE=HOME:+44 (0)20 7946 0002\r\nTEL;TYPE=WORK:0044 20 79460002",
        "item5.TEL:+44 20 7946 0005\r\nitem5.X-ABLABEL:Boat\r\nitem6.TEL:020 7946 "
        "0005\r\nitem6.X-ABLABEL:Boat",
        "item7.X-ABLABEL:Boat\r\nitem7.TEL:+44 20 7946 0006\r\nitem7.ADR:;;7 "
        "Road;Town;;;\r\nitem7.X-ABADR:gb",
        "ADR;TYPE=HOME:;;2 Road;Town;;;\r\nADR;TYPE=WORK:;;2 Road;Town;;;",
        "X-SKYPE:ann\r\nIMPP:skype:ann",
        "CATEGORIES:Friends",
        "GENDER:F",
        "ANNIVERSARY:20010203",
        "item8.NOTE:in a group\r\nitem8.X-ABLABEL:Boat",
        "URL:https://same.example/",
        "URL:https://same.example/",
        "TITLE:Boss",
        "ORG:Mill\\; Sons;Repairs",
        "ADR;TYPE=HOME:;;1 Road\\, Left;Town;;;",
        "X-ODD:a\\,b",
        "PHOTO;ENCODING=b;TYPE=PNG:"
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+"
        "M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
        "gg==",
};
static const char *const card_notes[] = {
        "NOTE:hello", "NOTE:hello\\nworld",  "NOTE:world",          "NOTE:hello\\nworld\\nagain",
        "NOTE:Hello", "NOTE:tea\\, no milk", "NOTE:ends with \\\\", "NOTE:one\\Ntwo",
        "NOTE: ",
};

#define ANY_OF(list) ((list)[chance(ARRAY_LEN(list))])

/* They share a line; two of them are one person's. */
static const char *const people[] = {
        "UID:ann\r\nFN:Ann Arbor\r\nEMAIL:ann@example.org",
        "UID:ann\r\nFN:Dr. Ann Arbor\r\nEMAIL:ann@example.org",
        "UID:bob\r\nFN:Bob Arbor\r\nTEL:+44 20 7946 0001",
        "UID:ben\r\nFN:Arbor\r\nTEL:+44 20 7946 0001\r\nEMAIL:ann@example.org",
};
static const char *const owners[] = {
        "FN:Ann Arbor\r\nN:Arbor;Ann;;;\r\nEMAIL:ann@example.org",
        "FN:Ann & Bob Arbor\r\nTEL:+44 20 7946 0001",
        "FN:Bob Arbor\r\nN:Arbor;Bob;;;\r\nTEL:+44 20 7946 0001\r\nEMAIL:ann@example.org",
};

static void add_text(char text[TEXT_SIZE], const char *line)
{
        size_t used = strlen(text);

        assert_true(snprintf(text + used, TEXT_SIZE - used, "%s\r\n", line) <
                    (int)(TEXT_SIZE - used));
}

/* Lines that end with LF. */
static void drop_cr(char *text)
{
        char *to = text;

        for (const char *s = text; *s; s++)
                if (*s != '\r')
                        *to++ = *s;
        *to = '\0';
}

static void random_entry(char text[TEXT_SIZE])
{
        text[0] = '\0';
        add_text(text, "BEGIN:VCARD");
        add_text(text, chance(3) ? "VERSION:3.0" : "VERSION:4.0");
        for (unsigned n = chance(4); n > 0; n--)
                add_text(text, ANY_OF(entry_lines));
        add_text(text, ANY_OF(owners));
        for (unsigned n = chance(3); n > 0; n--)
                add_text(text, ANY_OF(entry_lists));
        for (unsigned n = chance(2); n > 0; n--)
                add_text(text, ANY_OF(entry_lines));
        add_text(text, "END:VCARD");
        if (book_style == FOLDER && chance(4) == 1)
                drop_cr(text);
}

static void random_card(char text[TEXT_SIZE])
{
        text[0] = '\0';
        add_text(text, "BEGIN:VCARD");
        add_text(text, "VERSION:3.0");
        add_text(text, ANY_OF(people));
        for (unsigned n = chance(6); n > 0; n--)
                add_text(text, ANY_OF(card_lines));
        if (chance(2))
                add_text(text, ANY_OF(card_notes));
        add_text(text, "END:VCARD");
}

/* ---- the user in between -------------------------------------------------------------------- */

static void entry_splice(Stored *e, size_t start, size_t end, const char *with)
{
        char *text = text_splice(e->text, start, end, with);

        free(e->text);
        e->text = text;
}

/* A line of the user's own, some as ours might be, at the end. */
static void edit_append(World *w, Stored *e)
{
        static const char *const lines[] = {
                "X-MINE:1\r\n",
                "TEL;TYPE=HOME:+44 20 7946 0777\r\n",
                "URL;TYPE=HOME:https://same.example/\r\n",
                "TITLE;LANGUAGE=en:Boss\r\n",
                "item1.X-MINE:2\r\n", /* its group may have a label of ours, which stays then */
                "mine7.TEL:+44 20 7946 0778\r\nmine7.X-ABLABEL:Boat\r\n",
        };
        const char *line = ANY_OF(lines);
        size_t end = (size_t)(strstr(e->text, "END:VCARD") - e->text);

        assert_true(w->n_mine < ARRAY_LEN(w->mine));
        w->mine[w->n_mine++] = strdup(line);
        entry_splice(e, end, end, line);
        world_note(w, "user adds", e->text);
}

/* The value of one of our lines becomes another: it and its labels are the user's from now on. */
static void edit_change(World *w, Stored *e)
{
        const char *at = strstr(e->text, "+44 20 7946 0003");
        size_t start = at ? (size_t)(at - e->text) : 0;

        for (size_t i = 0; i < w->n_before; i++)
                if (strcmp(w->before[i].id, e->id) == 0 && strstr(w->before[i].text, "0003"))
                        return;
        if (!at || w->changed || strncmp(at + strcspn(at, "\r\n"), "\r\n ", 3) == 0)
                return;
        w->changed = true;
        entry_splice(e, start, start + 16, "+44 20 7946 0999");
        world_note(w, "user changes", e->text);
}

static void world_edit(World *w)
{
        Stored *e = book_n > 0 ? &book[chance((unsigned)book_n)] : NULL;

        if (!e || w->edits == EDITS_MAX)
                return;
        w->edits++;
        if (chance(2))
                edit_append(w, e);
        else
                edit_change(w, e);
}

/* How long the line that begins here is, if it is the edited one, or a label in its group. */
static size_t edited_line(const char *text, const char *group)
{
        size_t len = strcspn(text, "\n") + 1, g = strlen(group);

        if (memmem(text, len, "+44 20 7946 0999", 16))
                return len;
        return g > 0 && strncmp(text, group, g) == 0 && strncasecmp(text + g + 1, "X-AB", 4) == 0
                       ? len
                       : 0;
}

static void edited_group(char ret[64], const char *text)
{
        const char *line = strstr(text, "+44 20 7946 0999");
        size_t len;

        ret[0] = '\0';
        while (line && line[-1] != '\n')
                line--;
        len = line ? strcspn(line, ".;:") : 0;
        if (line && line[len] == '.')
                (void)snprintf(ret, 64, "%.*s", (int)len, line);
}

static void take_changed(Stored *e)
{
        char group[64];

        edited_group(group, e->text);
        for (size_t at = 0, len; e->text[at]; at += strcspn(e->text + at, "\n") + 1)
                while (e->text[at] && (len = edited_line(e->text + at, group)) > 0)
                        entry_splice(e, at, at + len, "");
}

/* Takes a line of the user's out of the book; fails if it is not there. */
static void take_mine(World *w, const char *line)
{
        for (size_t i = 0; i < book_n; i++) {
                char *at = strstr(book[i].text, line);
                size_t start = at ? (size_t)(at - book[i].text) : 0;

                if (!at || (start > 0 && at[-1] != '\n'))
                        continue;
                entry_splice(&book[i], start, start + strlen(line), "");
                return;
        }
        fail_world(w, "the user's is gone", line);
}

static void take_edits(World *w)
{
        for (size_t i = 0; i < w->n_mine; i++)
                take_mine(w, w->mine[i]);
        for (size_t i = 0; i < book_n && w->changed; i++)
                take_changed(&book[i]);
}

/* ---- what must hold ------------------------------------------------------------------------- */

static bool book_has_number(const char *number)
{
        for (size_t i = 0; i < book_n; i++) {
                _cleanup_(card_freep) Card *c = NULL;
                const char *has;

                assert_int_equal(card_parse(&c, book[i].text, strlen(book[i].text), NULL, NULL), 0);
                for (size_t k = 0; (has = card_value(c, "TEL", k)); k++)
                        if (strlen(has) > 4 &&
                            strcmp(has + strlen(has) - 4, number + strlen(number) - 4) == 0)
                                return true;
        }
        return false;
}

static bool book_has_note(const char *note)
{
        for (size_t i = 0; i < book_n; i++) {
                _cleanup_(card_freep) Card *c = NULL;
                const char *has;

                assert_int_equal(card_parse(&c, book[i].text, strlen(book[i].text), NULL, NULL), 0);
                for (size_t k = 0; (has = card_value(c, "NOTE", k)); k++)
                        if (strstr(has, note))
                                return true;
        }
        return false;
}

/* Each number and note of a card that stands is in the book, in one notation or another. */
static void check_standing(const World *w)
{
        for (size_t i = 0; i < w->n_puts; i++) {
                _cleanup_(card_freep) Card *c = NULL;
                const char *number, *note, *text = w->puts[i].text;

                if (!w->puts[i].stands)
                        continue;
                assert_int_equal(card_parse(&c, text, strlen(text), NULL, NULL), 0);
                for (size_t k = 0; (number = card_value(c, "TEL", k)); k++)
                        if (!strstr(number, "0003") && !book_has_number(number))
                                fail_world(w, "gone", number); /* 0003: the user may change it */
                for (size_t k = 0; (note = card_value(c, "NOTE", k)); k++)
                        if (!book_has_note(note))
                                fail_world(w, "the note is gone", note);
        }
}

/* The entry has the user's and a name. */
static void check_kept(const World *w, const Stored *e)
{
        if (w->n_mine == 0 && !w->changed)
                fail_world(w, "left behind", e->text);
        if (strstr(e->text, "TEL") || strstr(e->text, "NOTE") || strstr(e->text, "CATEGORIES") ||
            (strstr(e->text, "X-AB") && !strstr(w->history, "item1.X-MINE")))
                fail_world(w, "left behind", e->text);
}

static void check_end(World *w)
{
        take_edits(w);
        for (size_t i = 0; i < w->n_before; i++) {
                const Stored *e = book_entry(w->before[i].id);

                if (!e || strcmp(e->text, w->before[i].text) != 0)
                        fail_world(w, "not as before", e ? e->text : w->before[i].id);
        }
        for (size_t i = 0; i < book_n; i++) {
                bool before = false;

                for (size_t k = 0; k < w->n_before; k++)
                        before = before || strcmp(w->before[k].id, book[i].id) == 0;
                if (!before)
                        check_kept(w, &book[i]);
        }
}

/* ---- worlds --------------------------------------------------------------------------------- */

static void world_begin(World *w)
{
        world_open(w);
        for (unsigned n = chance(4); n > 0; n--) {
                char id[] = {'m', (char)('0' + n), '\0'}, text[TEXT_SIZE];

                random_entry(text);
                book_put(id, text);
                w->before[w->n_before++] = (Stored){strdup(id), strdup(book_entry(id)->text)};
        }
        world_note_book(w);
}

static void world_meet(World *w)
{
        char cards[CARDS_MAX][TEXT_SIZE];
        unsigned n = 1 + chance(CARDS_MAX);

        for (unsigned i = 0; i < n; i++)
                random_card(cards[i]);
        world_exchange(w, cards, n);
}

/* The nth of the cards that stand, or that do not. */
static Put *world_put(World *w, bool stands, unsigned nth)
{
        for (size_t i = 0; i < w->n_puts; i++)
                if (w->puts[i].stands == stands && nth-- == 0)
                        return &w->puts[i];
        return NULL;
}

static unsigned world_count(const World *w)
{
        unsigned n = 0;

        for (size_t i = 0; i < w->n_puts; i++)
                n += w->puts[i].stands;
        return n;
}

static void world_step(World *w, bool edited, bool last)
{
        unsigned standing = world_count(w);
        unsigned undone = (unsigned)w->n_puts - standing;
        Put *put = standing > 0 ? world_put(w, true, chance(standing)) : NULL;

        if (undone > 0 && w->redone < REDONE_MAX && chance(5) == 1)
                world_redo(w, world_put(w, false, chance(undone)), chance(2) == 0);
        else if (!put || (!last && chance(3)))
                world_meet(w);
        else if (edited && chance(3) == 1)
                world_edit(w);
        else if (chance(4) == 1)
                world_move(w, put);
        else
                world_undo(w, put, chance(2) == 0);
}

static void play(void)
{
        World w = {0};
        unsigned exchanges = 1 + chance(EXCHANGES_MAX);
        bool edited = chance(2);

        book_style = (Style)chance(STYLES);
        world_begin(&w);
        while (w.exchanges < exchanges || world_count(&w) > 0) {
                world_step(&w, edited, w.exchanges == exchanges);
                check_standing(&w);
        }
        check_end(&w);
        world_close(&w);
}

/* ---- a world in a process of its own -------------------------------------------------------- */

static void play_quietly(bool told)
{
        if (!told && (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)))
                _exit(0);
}

/* Whether the process ended otherwise than well or by its alarm. */
static bool child_failed(pid_t child)
{
        int status;

        assert_int_equal(waitpid(child, &status, 0), child);
        return !(WIFEXITED(status) && WEXITSTATUS(status) == 0) &&
               !(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}

static pid_t begin_child(void)
{
        pid_t child;

        (void)fflush(NULL);
        child = fork();
        assert_true(child >= 0);
        return child;
}

/* Whether the tape's world fails. A failed assertion ends the child's main with an error. told:
 * what happened goes to the standard error. */
static bool tape_fails(bool told)
{
        pid_t child;

        tape_rewind();
        child = begin_child();
        if (child == 0) {
                play_quietly(told);
                (void)alarm(20); /* a simpler world may never end */
                play();
                _exit(0);
        }
        return child_failed(child);
}

/* *tape has the first that fails. */
static bool worlds_fail(uint64_t first, uint64_t n)
{
        pid_t child = begin_child();

        if (child == 0) {
                play_quietly(false);
                for (uint64_t i = first; i < first + n; i++) {
                        tape_record(i);
                        play();
                }
                _exit(0);
        }
        return child_failed(child);
}

/* ---- making it small ------------------------------------------------------------------------ */

/* Cuts pieces out of the tape as long as the world still fails. */
static bool tape_cut(size_t len)
{
        bool shorter = false;

        for (size_t at = 0; at + len <= tape->n;) {
                static uint16_t before[TAPE_MAX];
                size_t n = tape->n;

                memcpy(before, tape->list, sizeof before);
                memmove(tape->list + at, tape->list + at + len, (n - at - len) * sizeof before[0]);
                tape->n -= len;
                if (tape_fails(false)) {
                        shorter = true;
                        continue;
                }
                memcpy(tape->list, before, sizeof before);
                tape->n = n;
                at += len;
        }
        return shorter;
}

static bool tape_lower(void)
{
        bool lower = false;

        for (size_t i = 0; i < tape->n; i++) {
                uint16_t before = tape->list[i];

                tape->list[i] = 0;
                if (before > 0 && tape_fails(false))
                        lower = true;
                else
                        tape->list[i] = before;
        }
        return lower;
}

static void tape_shrink(void)
{
        bool smaller = true;

        while (smaller) {
                smaller = false;
                for (size_t len = tape->n / 2; len > 0; len /= 2)
                        smaller = tape_cut(len) || smaller;
                smaller = tape_lower() || smaller;
        }
}

/* ---- tests ---------------------------------------------------------------------------------- */

static uint64_t number_of(const char *name, uint64_t otherwise)
{
        const char *text = getenv(name);

        return text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_worlds(void **state)
{
        tape = mmap(NULL, sizeof *tape, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        assert_true(tape != MAP_FAILED);
        if (worlds_fail(number_of("HUDDLE_SEED", 0), number_of("HUDDLE_WORLDS", WORLDS))) {
                if (tape_fails(false))
                        tape_shrink();
                (void)tape_fails(true);
                fail_msg("world %llu: HUDDLE_SEED=%llu HUDDLE_WORLDS=1",
                         (unsigned long long)tape->world, (unsigned long long)tape->world);
        }
        (void)munmap(tape, sizeof *tape);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_worlds),
        };

        (void)setenv("TZ", "UTC", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
