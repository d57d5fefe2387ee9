/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random entries, random cards, undone in any order: byte for byte what was there before
 *
 * The real writer and journal work on an address book in memory. It keeps texts as they are (as a
 * folder does), or writes them anew each time (as Evolution Data Server does), or reads them as
 * KContacts. In half of the worlds the user edits the entry in between. HUDDLE_WORLDS=n tries more.
 */
#include "src/agent/bound.h"
#include "src/agent/lines.h"
#include "src/agent/writer.h"
#include "tests/unit/test.h"

#include <strings.h>

enum { WORLDS = 300, EXCHANGES_MAX = 5, EDITS_MAX = 4, TEXT_SIZE = 4096 };

/* ---- chance --------------------------------------------------------------------------------- */

static uint64_t seed;

static unsigned chance(unsigned n)
{
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return (unsigned)((seed >> 11) % n);
}

/* ---- an address book ------------------------------------------------------------------------ */

typedef enum Style { FOLDER, EDS, KDE, STYLES } Style;

static char *book_id, *book_text; /* one entry or none */
static Style book_style;

/* Unfolds, folds at another column, and puts a date on it. */
static char *rewritten(const char *text)
{
        char *new = NULL;
        size_t size;
        FILE *to = open_memstream(&new, &size);
        unsigned column = 0;

        assert_non_null(to);
        for (const char *s = text; *s; s++) {
                if (strncmp(s, "\r\n ", 3) == 0) {
                        s += 2;
                        continue;
                }
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

static void book_put(const char *id, const char *text)
{
        char *copy = book_style == EDS ? rewritten(text) : strdup(text);

        free(book_text);
        book_text = copy;
        if (!book_id)
                book_id = strdup(id);
}

static void book_clear(void)
{
        free(book_id);
        free(book_text);
        book_id = book_text = NULL;
}

static bool book_has(const char *id)
{
        return book_id && strcmp(book_id, id) == 0;
}

static char *memory_name(const Sink *s, const char *person)
{
        char uid[SINK_UID_SIZE];

        sink_uid(uid, person);
        return strdup(uid);
}

static void memory_load(Sink *s)
{
        int r = book_id ? s->each(s->userdata, book_id, book_text) : 0;

        sink_end(s, r, NULL);
}

static void memory_read(Sink *s, const char *id)
{
        sink_end(s, book_has(id) ? 0 : SINK_E_GONE, book_has(id) ? book_text : NULL);
}

static void memory_create(Sink *s, const char *id, const char *text)
{
        assert_null(book_id);
        book_put(id, text);
        sink_end(s, 0, NULL);
}

static void memory_replace(Sink *s, const char *id, const char *old, const char *text)
{
        assert_true(book_has(id));
        assert_string_equal(old, book_text);
        book_put(id, text);
        sink_end(s, 0, NULL);
}

static void memory_remove(Sink *s, const char *id, const char *old)
{
        assert_true(book_has(id));
        book_clear();
        sink_end(s, 0, NULL);
}

static void memory_free(Sink *s)
{
        free(s);
}

#define MEMORY_OPS(is_kde)                                                                         \
        {                                                                                          \
                .kind = "memory", .kcontacts = is_kde, .name = memory_name, .load = memory_load,   \
                .read = memory_read, .create = memory_create, .replace = memory_replace,           \
                .remove = memory_remove, .free = memory_free,                                      \
        }
static const SinkOps memory_ops = MEMORY_OPS(false), kde_ops = MEMORY_OPS(true);

/* ---- a world -------------------------------------------------------------------------------- */

typedef struct World {
        sd_event *event;
        Clock *clock;
        Journal *journal;
        Writer *writer;
        char history[32768]; /* what happened, for a failure */
        unsigned n;
        bool stands[EXCHANGES_MAX];
        char *cards[EXCHANGES_MAX];
        char *mine[EDITS_MAX + 8]; /* lines that the user wrote in between */
        size_t n_mine;
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
        for (unsigned i = 0; i < w->n; i++)
                free(w->cards[i]);
        for (size_t i = 0; i < w->n_mine; i++)
                free(w->mine[i]);
        book_clear();
}

static void world_note(World *w, const char *what, const char *text)
{
        size_t used = strlen(w->history);

        (void)snprintf(w->history + used, sizeof w->history - used, "--- %s\n%s\n", what, text);
}

/* fail_msg cuts long texts. */
static void fail_world(const World *w, const char *why, const char *what)
{
        (void)fputs(w->history, stderr);
        fail_msg("%s: %s", why, what);
}

static void world_run(World *w)
{
        writer_wake(w->writer);
        do
                assert_true(sd_event_run(w->event, 0) >= 0);
        while (!writer_is_resting(w->writer));
        if (*writer_trouble(w->writer))
                fail_world(w, "trouble", writer_trouble(w->writer));
}

static void path_of(char ret[32], unsigned n)
{
        (void)snprintf(ret, 32, "/org/huddle/exchange/%u", n);
}

static void world_exchange(World *w, const char *vcard)
{
        _cleanup_(card_freep) Card *c = NULL;
        char path[32], person[PERSON_HEX + 1];
        /* some in the same second, which is what tells groups apart */
        Meeting m = {.key = w->n + 1,
                     .path = path,
                     .time_s = 1700000000 + 40 * chance(4),
                     .people = 2 + chance(2),
                     .cards = 1,
                     .level = "proven",
                     .place = ""};
        Wanted wanted = {0};
        _cleanup_free_ char *text = NULL;
        Bytes32 hash;
        BoundLoss loss;
        size_t len;

        path_of(path, w->n);
        assert_int_equal(card_read_bounded(&c, &loss, vcard), 0);
        assert_int_equal(card_write(&text, &len, c, CARD_V40), 0);
        digest_one(&hash, "agent card", vcard, strlen(vcard));
        person_name(person, card_uid(c), card_name(c), 0);
        wanted = (Wanted){&hash, person, card_name(c), text, loss.values, card_uid(c)};
        assert_int_equal(journal_begin(w->journal), 0);
        assert_int_equal(journal_want(w->journal, &m, writer_sink(w->writer), &wanted), 0);
        assert_int_equal(journal_take(w->journal, &m, "x"), 0);
        assert_int_equal(journal_end(w->journal, 0), 0);
        world_note(w, "card", vcard);
        world_run(w);
        world_note(w, "book", book_text);
        w->cards[w->n] = strdup(vcard);
        w->stands[w->n++] = true;
}

static void world_undo(World *w, unsigned n)
{
        char path[32];
        uint64_t key;

        path_of(path, n);
        assert_int_equal(journal_undo(w->journal, path, &key), 0);
        w->stands[n] = false;
        world_run(w);
        world_note(w, "undo", path);
        world_note(w, "book", book_text ? book_text : "(none)");
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
        "NOTE:hello", "NOTE:hello\\nworld",  "NOTE:world", "NOTE:hello\\nworld\\nagain",
        "NOTE:Hello", "NOTE:tea\\, no milk",
};

#define ANY_OF(list) ((list)[chance(ARRAY_LEN(list))])

static void add_text(char text[TEXT_SIZE], const char *line)
{
        size_t used = strlen(text);

        assert_true(snprintf(text + used, TEXT_SIZE - used, "%s\r\n", line) <
                    (int)(TEXT_SIZE - used));
}

static void random_entry(char text[TEXT_SIZE])
{
        text[0] = '\0';
        add_text(text, "BEGIN:VCARD");
        add_text(text, chance(3) ? "VERSION:3.0" : "VERSION:4.0");
        add_text(text, "UID:mine");
        for (unsigned n = chance(4); n > 0; n--)
                add_text(text, ANY_OF(entry_lines));
        add_text(text, "FN:Ann Arbor");
        add_text(text, "N:Arbor;Ann;;;");
        add_text(text, "EMAIL:ann@example.org");
        for (unsigned n = chance(3); n > 0; n--)
                add_text(text, ANY_OF(entry_lists));
        for (unsigned n = chance(2); n > 0; n--)
                add_text(text, ANY_OF(entry_lines));
        add_text(text, "END:VCARD");
        if (book_style == FOLDER && chance(4) == 0) { /* lines that end with LF */
                char *to = text;

                for (const char *s = text; *s; s++)
                        if (*s != '\r')
                                *to++ = *s;
                *to = '\0';
        }
}

static void random_card(char text[TEXT_SIZE])
{
        text[0] = '\0';
        add_text(text, "BEGIN:VCARD");
        add_text(text, "VERSION:3.0");
        add_text(text, "UID:ann");
        add_text(text, chance(6) ? "FN:Ann Arbor" : "FN:Dr. Ann Arbor");
        add_text(text, "EMAIL:ann@example.org");
        for (unsigned n = chance(6); n > 0; n--)
                add_text(text, ANY_OF(card_lines));
        if (chance(2))
                add_text(text, ANY_OF(card_notes));
        add_text(text, "END:VCARD");
}

/* ---- the user in between -------------------------------------------------------------------- */

static void remember(World *w, const char *line, size_t len)
{
        assert_true(w->n_mine < ARRAY_LEN(w->mine));
        w->mine[w->n_mine++] = strndup(line, len);
}

static void splice_book(size_t start, size_t end, const char *with)
{
        char *text = text_splice(book_text, start, end, with);

        free(book_text);
        book_text = text;
}

/* A line of the user's own, some as ours might be, at the end. */
static void edit_append(World *w)
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
        size_t end = (size_t)(strstr(book_text, "END:VCARD") - book_text);

        remember(w, line, strlen(line));
        splice_book(end, end, line);
        world_note(w, "user adds", line);
}

/* The value of one of our lines becomes another: it and its labels are the user's from now on. */
static void edit_change(World *w)
{
        const char *at = strstr(book_text, "+44 20 7946 0003"), *line, *end;

        if (!at || strstr(book_text, "+44 20 7946 0999"))
                return;
        for (line = at; line[-1] != '\n';)
                line--;
        end = at + strcspn(at, "\r");
        if (strncmp(end, "\r\n ", 3) == 0)
                return;
        splice_book((size_t)(at - book_text), (size_t)(at - book_text) + 16, "+44 20 7946 0999");
        world_note(w, "user changes", book_text);
}

/* How long the line that begins here is, if it is the edited one, or a label in its group. */
static size_t edited_line(const char *text, const char *group)
{
        size_t len = strcspn(text, "\n") + 1, g = strlen(group);

        if (memmem(text, len, "+44 20 7946 0999", 16))
                return len;
        return g > 0 && strncmp(text, group, g) == 0 &&
                               strncasecmp(text + g + 1, "X-ABLABEL", 9) == 0
                       ? len
                       : 0;
}

static void edited_group(char ret[64])
{
        const char *line = book_text ? strstr(book_text, "+44 20 7946 0999") : NULL;
        size_t len;

        ret[0] = '\0';
        while (line && line[-1] != '\n')
                line--;
        len = line ? strcspn(line, ".;:") : 0;
        if (line && line[len] == '.')
                (void)snprintf(ret, 64, "%.*s", (int)len, line);
}

/* Takes what the user wrote out of the entry; fails if it is not there. */
static void take_edits(World *w)
{
        char group[64];

        edited_group(group);
        for (size_t i = 0; i < w->n_mine; i++) {
                char *at = book_text ? strstr(book_text, w->mine[i]) : NULL;

                if (!at)
                        fail_world(w, "the user's is gone", w->mine[i]);
                splice_book((size_t)(at - book_text), (size_t)(at - book_text) + strlen(w->mine[i]),
                            "");
        }
        for (size_t at = 0, len; book_text && book_text[at];
             at += strcspn(book_text + at, "\n") + 1)
                while ((len = edited_line(book_text + at, group)) > 0)
                        splice_book(at, at + len, "");
}

/* ---- what must hold ------------------------------------------------------------------------- */

/* Each number of an exchange that stands is in the entry, in one notation or another. */
static void check_standing(const World *w)
{
        for (unsigned i = 0; i < w->n; i++) {
                _cleanup_(card_freep) Card *c = NULL, *entry = NULL;
                const char *number, *has, *note;

                if (!w->stands[i])
                        continue;
                assert_non_null(book_text);
                assert_int_equal(card_parse(&c, w->cards[i], strlen(w->cards[i]), NULL, NULL), 0);
                assert_int_equal(card_parse(&entry, book_text, strlen(book_text), NULL, NULL), 0);
                for (size_t k = 0; (number = card_value(c, "TEL", k)); k++) {
                        bool found = strstr(number, "0003") != NULL; /* the user may change it */

                        for (size_t e = 0; (has = card_value(entry, "TEL", e)); e++)
                                found = found || strcmp(has + strlen(has) - 4,
                                                        number + strlen(number) - 4) == 0;
                        if (!found)
                                fail_world(w, "gone", number);
                }
                note = card_value(c, "NOTE", 0);
                for (size_t e = 0; note && (has = card_value(entry, "NOTE", e)); e++)
                        if (strstr(has, note))
                                note = NULL;
                if (note)
                        fail_world(w, "the note is gone", note);
        }
}

static void play(void)
{
        char entry[TEXT_SIZE] = "", card[TEXT_SIZE];
        World w = {0};
        unsigned standing = 0, edits = 0, exchanges = 1 + chance(EXCHANGES_MAX);
        bool has_entry, edited = chance(2);

        book_style = (Style)chance(STYLES);
        has_entry = chance(4) > 0;
        world_open(&w);
        if (has_entry) {
                random_entry(entry);
                book_put("mine", entry);
                (void)snprintf(entry, sizeof entry, "%s", book_text);
                world_note(&w, "entry", entry);
        }
        while (w.n < exchanges || standing > 0) {
                if (w.n < exchanges && (standing == 0 || chance(3))) {
                        random_card(card);
                        world_exchange(&w, card);
                        standing++;
                } else if (edited && edits < EDITS_MAX && chance(3) == 0) {
                        edits++;
                        if (chance(2) || !has_entry)
                                edit_append(&w);
                        else
                                edit_change(&w);
                } else {
                        unsigned n = chance(w.n);

                        /* a bare entry of the user's would not be known again */
                        if (!w.stands[n] ||
                            (!has_entry && w.n_mine > 0 && standing == 1 && w.n < exchanges))
                                continue;
                        world_undo(&w, n);
                        standing--;
                }
                check_standing(&w);
        }
        take_edits(&w);
        if (has_entry && strcmp(book_text, entry) != 0)
                fail_world(&w, "not as before", book_text);
        if (!has_entry && w.n_mine == 0 && book_text)
                fail_world(&w, "left behind", book_text);
        if (!has_entry && w.n_mine > 0 &&
            (strstr(book_text, "TEL") || strstr(book_text, "NOTE") ||
             strstr(book_text, "CATEGORIES") ||
             (strstr(book_text, "X-AB") && !strstr(w.history, "item1.X-MINE"))))
                fail_world(&w, "left behind", book_text);
        world_close(&w);
}

static void test_orders(void **state)
{
        const char *more = getenv("HUDDLE_WORLDS");
        uint64_t worlds = more ? strtoull(more, NULL, 10) : WORLDS;

        for (uint64_t i = 0; i < worlds; i++) {
                seed = 88172645463325252ULL + i * 0x9e3779b97f4a7c15ULL;
                play();
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_orders),
        };

        (void)setenv("TZ", "UTC", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
