/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store-postgres-tables.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

enum {
        TEXT_MAX = 2048,    /* of a statement */
        SIGHTING_SIZE = 18, /* token, transport, strength, two times */
        NEAR_SIZE = 8,
};

/* ---- the tables ---- */

typedef enum ColumnKind {
        COLUMN_I64,
        COLUMN_U32, /* and enumerations */
        COLUMN_I32,
        COLUMN_TRUTH,
        COLUMN_TEXT,
        COLUMN_BYTES,
        COLUMN_BODY,  /* as many bytes as the message says */
        COLUMN_HEARD, /* sightings, packed */
        COLUMN_NEAR,  /* members, packed */
} ColumnKind;

typedef struct Column {
        const char *name;
        ColumnKind kind;
        size_t at, size; /* in the row */
} Column;

#define FIELD(name, kind, type, field)                                                             \
        {                                                                                          \
                name, COLUMN_##kind, offsetof(type, field), sizeof(((type *)0)->field)             \
        }
#define GROUP(name, kind, field) FIELD(name, kind, GroupRow, field)
#define MEMBER(name, kind, field) FIELD(name, kind, SetMember, field)
#define OPENING(name, field) FIELD(name, BYTES, SetOpening, row.field)
#define MESSAGE(name, kind, field) FIELD(name, kind, SetMessage, field)
#define PAIR(name, field) FIELD(name, I64, SetPair, field)

_Static_assert(sizeof(GroupPhase) == 4 && sizeof(GroupPassed) == 4 && sizeof(GuestMark) == 4,
               "enumerations are read as numbers of 32 bits");

static const Column group_columns[] = {
        GROUP("id", I64, id),
        GROUP("route", TEXT, route),
        GROUP("phase", U32, phase),
        GROUP("opened_ms", I64, opened_ms),
        GROUP("deadline_ms", I64, deadline_ms),
        GROUP("expires_ms", I64, expires_ms),
        GROUP("revision", I64, revision),
        GROUP("closed_revision", I64, closed_revision),
        GROUP("opener", BYTES, opener),
        GROUP("n_members", U32, n_members),
        GROUP("n_opened", U32, n_opened),
        GROUP("n_final", U32, n_final),
        GROUP("look_ms", I64, look_ms),
        GROUP("others", I64, others),
        GROUP("party", TRUTH, party),
        GROUP("passed", U32, passed),
        GROUP("n_guests", U32, n_guests),
        GROUP("n_refusing", U32, n_refusing),
        GROUP("window_end_ms", I64, window_end_ms),
};
static const Column member_columns[] = {
        MEMBER("id", I64, row.id),
        MEMBER("grp", I64, row.group),
        MEMBER("account", I64, row.account),
        MEMBER("member_id", BYTES, row.member_id),
        MEMBER("commitment", BYTES, row.commitment),
        MEMBER("route", TEXT, row.route),
        MEMBER("fix", TRUTH, row.fix.known),
        MEMBER("latitude", I32, row.fix.latitude_e7),
        MEMBER("longitude", I32, row.fix.longitude_e7),
        MEMBER("accuracy", U32, row.fix.accuracy_m),
        MEMBER("token", BYTES, row.token),
        MEMBER("press_ms", I64, row.press_ms),
        MEMBER("arrival_ms", I64, row.arrival_ms),
        MEMBER("revision", I64, row.revision),
        MEMBER("evidence_sequence", U32, row.evidence_sequence),
        MEMBER("ready", TRUTH, row.ready),
        MEMBER("gone", TRUTH, row.left),
        MEMBER("relayed", TRUTH, row.relayed),
        MEMBER("acknowledged", TRUTH, row.acknowledged),
        MEMBER("opening_order", U32, row.opening_order),
        MEMBER("words", TRUTH, row.words),
        MEMBER("mark", U32, row.mark),
        MEMBER("gathering", TRUTH, gathering),
        MEMBER("part1", U32, parts[0]),
        MEMBER("part2", U32, parts[1]),
};
_Static_assert(ARRAY_LEN(member_columns) <= SET_COLUMNS_MAX, "the widest table");

static const Column heard_columns[] = {
        FIELD("member", I64, SetHeard, member),
        FIELD("sightings", HEARD, SetHeard, list),
};
static const Column near_columns[] = {
        FIELD("member", I64, SetNear, member),
        FIELD("others", NEAR, SetNear, list),
};
static const Column opening_columns[] = {
        FIELD("member", I64, SetOpening, member),
        OPENING("box_key", box_key),
        OPENING("sign_key", sign_key),
        OPENING("hash1", part_hash[0]),
        OPENING("hash2", part_hash[1]),
        OPENING("nonce", nonce),
};
static const Column message_columns[] = {
        MESSAGE("grp", I64, group),
        MESSAGE("id", I64, row.id),
        MESSAGE("sender", BYTES, row.from),
        MESSAGE("to_all", TRUTH, row.to_all),
        MESSAGE("receiver", BYTES, row.to),
        MESSAGE("kind", U32, row.kind),
        MESSAGE("run", U32, row.run),
        MESSAGE("body", BODY, row.body),
        MESSAGE("signature", BYTES, row.signature),
        MESSAGE("has_key_id", TRUTH, row.has_key_id),
        MESSAGE("key_id", BYTES, row.key_id),
};
static const Column admission_columns[] = {
        PAIR("grp", a),
        PAIR("other", b),
        FIELD("yes", TRUTH, SetPair, yes),
};
static const Column tie_columns[] = {PAIR("a", a), PAIR("b", b)};
static const Column evidence_left_columns[] = {PAIR("grp", a)};
static const Column past_columns[] = {
        FIELD("member", I64, SetPast, member),
        FIELD("until_ms", I64, SetPast, until_ms),
        FIELD("token", BYTES, SetPast, token),
};

typedef struct Table {
        const char *name;
        const Column *columns;
        size_t n, n_keys;
        size_t size; /* of a row */
} Table;

#define TABLE(name, columns, n_keys, type)                                                         \
        {                                                                                          \
                name, columns, ARRAY_LEN(columns), n_keys, sizeof(type)                            \
        }

static const Table tables[SET_TABLES] = {
        [SET_GROUPS] = TABLE("grp", group_columns, 1, GroupRow),
        [SET_MEMBERS] = TABLE("member", member_columns, 1, SetMember),
        [SET_HEARD] = TABLE("heard", heard_columns, 1, SetHeard),
        [SET_NEAR] = TABLE("near", near_columns, 1, SetNear),
        [SET_OPENINGS] = TABLE("opening", opening_columns, 1, SetOpening),
        [SET_MESSAGES] = TABLE("message", message_columns, 2, SetMessage),
        [SET_ADMISSIONS] = TABLE("admission", admission_columns, 2, SetPair),
        [SET_TIES] = TABLE("tie", tie_columns, 2, SetPair),
        [SET_EVIDENCE_LEFT] = TABLE("evidence_left", evidence_left_columns, 1, SetPair),
        [SET_PAST] = TABLE("past", past_columns, 1, SetPast),
};

void postgres_table_key_of(SetTable table, const void *row, int64_t *ret_a, int64_t *ret_b)
{
        const Table *t = &tables[table];
        const uint8_t *bytes = row;

        *ret_a = *(const int64_t *)(bytes + t->columns[0].at);
        *ret_b = t->n_keys > 1 ? *(const int64_t *)(bytes + t->columns[1].at) : 0;
}

/* ---- a value ---- */

static void column_pack_heard(PgArray *a, const SetHeard *h)
{
        uint8_t packed[SERIAL_HEARD_MAX * SIGHTING_SIZE], *at = packed;

        for (size_t i = 0; i < h->n; i++, at += SIGHTING_SIZE) {
                const Sighting *s = &h->list[i];
                uint32_t times[] = {htobe32(s->first_heard_ms), htobe32(s->last_heard_ms)};

                memcpy(at, s->token.b, sizeof s->token.b);
                at[8] = (uint8_t)s->transport;
                at[9] = (uint8_t)s->rssi_dbm;
                memcpy(at + 10, times, sizeof times);
        }
        pg_array_bytes(a, packed, h->n * SIGHTING_SIZE);
}

static void column_pack_near(PgArray *a, const SetNear *near)
{
        uint64_t packed[SERIAL_HEARD_MAX];

        for (size_t i = 0; i < near->n; i++)
                packed[i] = htobe64((uint64_t)near->list[i]);
        pg_array_bytes(a, packed, near->n * NEAR_SIZE);
}

static char column_type(const Column *c)
{
        return c->kind == COLUMN_TEXT ? 'T' : c->kind < COLUMN_TEXT ? 'I' : 'B';
}

static void column_write(PgArray *a, const Column *c, const void *row)
{
        const void *at = (const uint8_t *)row + c->at;

        switch (c->kind) {
        case COLUMN_I64:
                pg_array_int(a, *(const int64_t *)at);
                break;
        case COLUMN_U32:
                pg_array_int(a, *(const uint32_t *)at);
                break;
        case COLUMN_I32:
                pg_array_int(a, *(const int32_t *)at);
                break;
        case COLUMN_TRUTH:
                pg_array_int(a, *(const bool *)at);
                break;
        case COLUMN_TEXT:
                pg_array_bytes(a, at, strnlen(at, c->size));
                break;
        case COLUMN_BYTES:
                pg_array_bytes(a, at, c->size);
                break;
        case COLUMN_BODY:
                pg_array_bytes(a, at, ((const SetMessage *)row)->row.body_len);
                break;
        case COLUMN_HEARD:
                column_pack_heard(a, row);
                break;
        case COLUMN_NEAR:
                column_pack_near(a, row);
                break;
        }
}

static bool column_unpack_heard(SetHeard *h, const uint8_t *packed, size_t size)
{
        h->n = size / SIGHTING_SIZE;
        if (size % SIGHTING_SIZE != 0 || h->n > SERIAL_HEARD_MAX)
                return false;
        for (size_t i = 0; i < h->n; i++, packed += SIGHTING_SIZE) {
                uint32_t times[2];

                memcpy(times, packed + 10, sizeof times);
                h->list[i] = (Sighting){
                        .transport = (SightingTransport)packed[8],
                        .rssi_dbm = (int8_t)packed[9],
                        .first_heard_ms = be32toh(times[0]),
                        .last_heard_ms = be32toh(times[1]),
                };
                memcpy(h->list[i].token.b, packed, sizeof h->list[i].token.b);
        }
        return true;
}

static bool column_unpack_near(SetNear *near, const uint8_t *packed, size_t size)
{
        near->n = size / NEAR_SIZE;
        if (size % NEAR_SIZE != 0 || near->n > SERIAL_HEARD_MAX)
                return false;
        for (size_t i = 0; i < near->n; i++) {
                uint64_t member;

                memcpy(&member, packed + i * NEAR_SIZE, sizeof member);
                near->list[i] = (int64_t)be64toh(member);
        }
        return true;
}

static bool column_read_bytes(void *at, size_t room, const uint8_t *bytes, size_t size, bool whole)
{
        if (whole ? size != room : size > room)
                return false;
        memcpy(at, bytes, size);
        return true;
}

/* false: of another size than it can have. */
static bool column_read(const Column *c, void *row, const PgRows *rows, int column)
{
        void *at = (uint8_t *)row + c->at;
        const uint8_t *bytes = pg_bytes(rows, column);
        size_t size = pg_size(rows, column);

        switch (c->kind) {
        case COLUMN_I64:
                *(int64_t *)at = pg_int(rows, column);
                return true;
        case COLUMN_U32:
                *(uint32_t *)at = (uint32_t)pg_int(rows, column);
                return true;
        case COLUMN_I32:
                *(int32_t *)at = (int32_t)pg_int(rows, column);
                return true;
        case COLUMN_TRUTH:
                *(bool *)at = pg_int(rows, column) != 0;
                return true;
        case COLUMN_TEXT:
                return column_read_bytes(at, c->size - 1, bytes, size, false);
        case COLUMN_BYTES:
                return column_read_bytes(at, c->size, bytes, size, true);
        case COLUMN_BODY:
                ((SetMessage *)row)->row.body_len = size;
                return column_read_bytes(at, c->size, bytes, size, false);
        case COLUMN_HEARD:
                return column_unpack_heard(row, bytes, size);
        case COLUMN_NEAR:
                return column_unpack_near(row, bytes, size);
        }
        return false;
}

/* ---- statements ---- */

typedef struct Text {
        char sql[TEXT_MAX], types[SET_COLUMNS_MAX + 1];
        size_t n;
} Text;

static void text_add(Text *t, const char *word)
{
        size_t n = strlen(word);

        assert(t->n + n < sizeof t->sql);
        memcpy(t->sql + t->n, word, n + 1);
        t->n += n;
}

static void text_add_names(Text *t, const Table *table, size_t n, const char *before)
{
        for (size_t i = 0; i < n; i++) {
                text_add(t, i > 0 ? ", " : "");
                text_add(t, before);
                text_add(t, table->columns[i].name);
        }
}

/* All columns have arrays for arguments, in their order. */
static void text_add_arrays(Text *t, const Table *table, size_t n)
{
        text_add(t, " unnest(");
        for (size_t i = 0; i < n; i++) {
                text_add(t, i > 0 ? ", ?" : "?");
                t->types[i] = column_type(&table->columns[i]);
        }
        text_add(t, ")");
}

static void text_add_keys(Text *t, const Table *table)
{
        text_add_arrays(t, table, table->n_keys);
        text_add(t, " AS key(");
        text_add_names(t, table, table->n_keys, "");
        text_add(t, ") WHERE ");
        for (size_t i = 0; i < table->n_keys; i++) {
                text_add(t, i > 0 ? " AND t." : "t.");
                text_add(t, table->columns[i].name);
                text_add(t, " = key.");
                text_add(t, table->columns[i].name);
        }
}

static void text_make_insert(Text *t, const Table *table)
{
        text_add(t, "INSERT INTO ");
        text_add(t, table->name);
        text_add(t, " (");
        text_add_names(t, table, table->n, "");
        text_add(t, ") SELECT * FROM");
        text_add_arrays(t, table, table->n);
        text_add(t, " ON CONFLICT (");
        text_add_names(t, table, table->n_keys, "");
        text_add(t, table->n > table->n_keys ? ") DO UPDATE SET " : ") DO NOTHING");
        for (size_t i = table->n_keys; i < table->n; i++) {
                text_add(t, i > table->n_keys ? ", " : "");
                text_add(t, table->columns[i].name);
                text_add(t, " = excluded.");
                text_add(t, table->columns[i].name);
        }
}

static void text_make_select(Text *t, const Table *table, bool keys)
{
        text_add(t, "SELECT ");
        text_add_names(t, table, table->n, "t.");
        text_add(t, " FROM ");
        text_add(t, table->name);
        text_add(t, keys ? " t," : " t");
        if (keys)
                text_add_keys(t, table);
}

static void text_make(Text *t, const Table *table, SetStatement statement)
{
        switch (statement) {
        case STATEMENT_INSERT:
                text_make_insert(t, table);
                break;
        case STATEMENT_DELETE:
                text_add(t, "DELETE FROM ");
                text_add(t, table->name);
                text_add(t, " t USING");
                text_add_keys(t, table);
                break;
        default:
                text_make_select(t, table, statement == STATEMENT_SELECT_KEYS);
        }
}

/* Made once: statements are found by the address of their text. */
static const Text *text_of(SetTable table, SetStatement statement)
{
        static Text texts[SET_TABLES][STATEMENTS];
        Text *t = &texts[table][statement];

        if (t->n == 0)
                text_make(t, &tables[table], statement);
        return t;
}

/* A row of memory. Heard and near rows are as long as their lists. */
void *postgres_table_read(SetTable table, const PgRows *rows, size_t *ret_size)
{
        const Table *t = &tables[table];
        _cleanup_free_ void *row = calloc(1, t->size);
        bool whole = row;

        for (size_t i = 0; whole && i < t->n; i++)
                whole = column_read(&t->columns[i], row, rows, (int)i);
        if (!whole)
                return NULL;
        if (table == SET_MEMBERS)
                set_member_screen(row);
        *ret_size = table == SET_HEARD  ? set_heard_size(((SetHeard *)row)->n)
                    : table == SET_NEAR ? set_near_size(((SetNear *)row)->n)
                                        : t->size;
        return TAKE_PTR(row);
}

/* ---- the columns of a statement ---- */

void set_columns_done(SetColumns *c)
{
        for (size_t i = 0; i < SET_COLUMNS_MAX; i++)
                pg_array_done(&c->list[i]);
}

void set_columns_begin(SetColumns *c, SetTable table, SetStatement statement)
{
        const Table *t = &tables[table];

        c->n = statement == STATEMENT_INSERT ? t->n : t->n_keys;
        for (size_t i = 0; i < c->n; i++)
                pg_array_begin(&c->list[i], column_type(&t->columns[i]));
}

void set_columns_add(SetColumns *c, SetTable table, const void *row)
{
        for (size_t i = 0; i < c->n; i++)
                column_write(&c->list[i], &tables[table].columns[i], row);
}

int set_columns_send(Pg *pg, bool wanted, SetTable table, SetStatement statement,
                     const SetColumns *c)
{
        const Text *t = text_of(table, statement);

        return pg_send_arrays(pg, wanted, t->sql, c ? t->types : "", c ? c->list : NULL);
}
