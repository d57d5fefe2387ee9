/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-store.c - what store.h promises, over each store that there is */
#include "cloud/store/store-sqlite.h"
#include "src/protocol/cardseal.h"

#include "postgres.h"
#include "store-failing.h"

#include "tests/unit/same-tables.h"
#include "tests/unit/test.h"

#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>

enum { NOW = 1000000 };

static bool more; /* as store_expire tells it */

#define ok(call) assert_int_equal(store_##call, 0)
#define gives(result, call) assert_int_equal(store_##call, (result))

static int open_sqlite(Store **ret)
{
        return store_sqlite_open(ret, ":memory:");
}

/* The failing store without a failure: it must hand everything on. */
static int open_failing(Store **ret)
{
        Store *inner;
        int r = store_sqlite_open(&inner, ":memory:");

        return r < 0 ? r : store_failing_new(ret, inner);
}

static int open_postgres(Store **ret)
{
        char conninfo[POSTGRES_CONNINFO];

        postgres_conninfo(&postgres, NULL, conninfo);
        postgres_clear(&postgres);
        return store_postgres_open(ret, conninfo);
}

static int (*const openers[])(Store **ret) = {open_sqlite, open_failing, open_postgres};

static int begin(void **state)
{
        Store *s;

        if (openers[(size_t)*state](&s) < 0)
                return -1;
        *state = s;
        return store_begin(s);
}

static int end(void **state)
{
        Store *s = *state;
        int r = store_commit(s);

        (void)store_free(s);
        return r;
}

static AccountRow make_account(Store *s, const char *handle)
{
        AccountRow a = {.confirmed = true, .consent_version = 3, .created_ms = NOW};

        randombytes_buf(&a.key, sizeof a.key);
        (void)snprintf(a.handle, sizeof a.handle, "%s", handle);
        ok(account_add(s, &a));
        return a;
}

static GroupRow make_group(Store *s, uint64_t deadline_ms)
{
        GroupRow g = {
                .route = "4821",
                .phase = GROUP_GATHERING,
                .opened_ms = NOW,
                .deadline_ms = deadline_ms,
                .expires_ms = NOW + 100000,
                .revision = 1,
        };

        id_random(&g.opener);
        ok(group_add(s, &g));
        return g;
}

static MemberRow make_member(Store *s, int64_t group, int32_t latitude_e7)
{
        MemberRow m = {
                .group = group,
                .account = 77,
                .route = "4821",
                .fix = {true, latitude_e7, 80000000, 20},
                .press_ms = NOW,
                .arrival_ms = NOW,
        };

        id_random(&m.member_id);
        randombytes_buf(&m.token, sizeof m.token);
        randombytes_buf(&m.commitment, sizeof m.commitment);
        ok(member_add(s, &m));
        return m;
}

typedef struct Seen {
        int64_t ids[32];
        size_t n, stop_after; /* 0: never */
} Seen;

static int note(Seen *seen, int64_t id)
{
        seen->ids[seen->n++] = id;
        return seen->n == seen->stop_after ? 7 : 0;
}

static int see_member(const MemberRow *m, void *userdata)
{
        return note(userdata, m->id);
}

static int see_group(int64_t group, void *userdata)
{
        return note(userdata, group);
}

static int see_message(const MessageRow *m, void *userdata)
{
        return note(userdata, m->id);
}

static int see_opening(const MemberOpening *o, uint32_t order, void *userdata)
{
        return note(userdata, order);
}

static int see_token(const Token *t, void *userdata)
{
        return note(userdata, t->b[0]);
}

/* ---- accounts ---- */

static void keep_near(Store *s, int64_t group)
{
        int64_t row = 0;
        int r;

        while ((r = store_near_keep(s, group, row, &row)) == 0)
                ;
        assert_int_equal(r, STORE_E_NOT_FOUND);
}

static void accounts(void **state)
{
        Store *s = *state;
        AccountRow a = make_account(s, "ann"), b = make_account(s, "bob"), found, twin = a;
        Id spent;

        ok(account_by_key(s, &b.key, &found));
        assert_int_equal(found.id, b.id);
        assert_string_equal(found.handle, "bob");
        assert_int_equal(found.consent_version, 3);
        gives(STORE_E_EXISTS, account_add(s, &twin));
        randombytes_buf(&twin.key, sizeof twin.key);
        gives(STORE_E_EXISTS, account_add(s, &twin)); /* the handle alone */
        memcpy(spent.b, a.key.b, sizeof spent.b);
        gives(STORE_E_NOT_FOUND, spent(s, &spent));
        ok(account_delete(s, a.id));
        ok(spent(s, &spent));
        gives(STORE_E_NOT_FOUND, account_by_handle(s, "ann", &found));
        gives(STORE_E_NOT_FOUND, account_delete(s, a.id));
}

static void codes(void **state)
{
        Store *s = *state;
        Bytes32 right = {{1}}, wrong = {{2}};

        ok(code_put(s, 5, &right, NOW, NOW + 100));
        gives(STORE_E_EXISTS, code_put(s, 5, &wrong, NOW + 99, NOW + 200));
        for (unsigned i = 1; i < CODE_TRIES; i++)
                gives(STORE_E_NOT_FOUND, code_try(s, 5, &wrong, NOW));
        ok(code_try(s, 5, &right, NOW));
        gives(STORE_E_NOT_FOUND, code_try(s, 5, &right, NOW)); /* that was one try too many */
        ok(code_put(s, 5, &wrong, NOW + 100, NOW + 200));
        gives(STORE_E_NOT_FOUND, code_try(s, 5, &wrong, NOW + 200));
        gives(STORE_E_NOT_FOUND, code_try(s, 6, &wrong, NOW));
}

static void profiles(void **state)
{
        Store *s = *state;
        _cleanup_free_ uint8_t *bytes = NULL;
        uint64_t revision;
        size_t len;

        gives(STORE_E_NOT_FOUND, profile_get(s, 5, &revision, &bytes, &len));
        ok(profile_put(s, 5, 2, (const uint8_t *)"two", 3));
        ok(profile_put(s, 5, 2, (const uint8_t *)"two", 3));
        gives(STORE_E_EXISTS, profile_put(s, 5, 2, (const uint8_t *)"TWO", 3));
        gives(STORE_E_EXISTS, profile_put(s, 5, 1, (const uint8_t *)"one", 3));
        ok(profile_put(s, 5, 3, NULL, 0));
        ok(profile_get(s, 5, &revision, &bytes, &len));
        assert_int_equal(revision, 3);
        assert_int_equal(len, 0);
}

/* ---- groups and members ---- */

static void deadlines(void **state)
{
        Store *s = *state;
        GroupRow late, early;
        Seen due = {0};
        uint64_t next;

        gives(STORE_E_NOT_FOUND, next_deadline(s, &next));
        late = make_group(s, NOW + 2000);
        early = make_group(s, NOW + 1000);
        ok(next_deadline(s, &next));
        assert_int_equal(next, NOW + 1000);
        gives(0, groups_due(s, NOW + 999, see_group, &due));
        assert_int_equal(due.n, 0);
        gives(0, groups_due(s, NOW + 2000, see_group, &due));
        assert_int_equal(due.n, 2);
        assert_int_equal(due.ids[0], early.id);
        ok(group_put_off(s, late.id, NOW + 1500)); /* it is due later than that */
        ok(group_put_off(s, early.id, NOW + 1500));
        ok(next_deadline(s, &next));
        assert_int_equal(next, NOW + 1500);
        early.deadline_ms = late.deadline_ms = 0;
        ok(group_update(s, &early));
        ok(group_update(s, &late));
        ok(next_deadline(s, &next));
        assert_int_equal(next, late.expires_ms);
}

static void members(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, NOW + 1), other = make_group(s, NOW + 1), read;
        MemberRow a = make_member(s, g.id, 1), b = make_member(s, g.id, 2), found, twin = a;
        Seen seen = {.stop_after = 1};
        uint32_t n;
        int64_t left;

        gives(STORE_E_EXISTS, member_add(s, &twin));
        ok(member_get(s, &b.member_id, &found));
        assert_memory_equal(&found.commitment, &b.commitment, sizeof found.commitment);
        assert_memory_equal(&found.token, &b.token, sizeof found.token);
        assert_int_equal(found.fix.latitude_e7, 2);
        /* what the callback says ends the walk */
        gives(7, members_of_group(s, g.id, see_member, &seen));
        assert_int_equal(seen.ids[0], a.id);
        b.left = true;
        ok(member_update(s, &b));
        seen = (Seen){0};
        ok(members_left(s, g.id, see_member, &seen));
        assert_true(seen.n == 1 && seen.ids[0] == b.id);
        b.left = false;
        b.group = other.id;
        b.ready = true;
        b.revision = 9;
        ok(member_update(s, &b));
        ok(member_by_row(s, b.id, &found));
        assert_true(found.ready && found.revision == 9 && found.group == other.id);
        ok(count_gathering(s, 77, &n));
        assert_int_equal(n, 2);
        g.phase = GROUP_OPENING;
        g.n_final = 2;
        ok(group_update(s, &g));
        assert_int_equal(store_evidence_drop(s, g.id, 0, 1), 1);
        ok(evidence_left(s, &left));
        assert_int_equal(left, g.id);
        ok(evidence_drop(s, g.id, 0, 100));
        gives(STORE_E_NOT_FOUND, evidence_left(s, &left));
        ok(count_gathering(s, 77, &n));
        assert_int_equal(n, 1);
        ok(group_get(s, g.id, &read));
        assert_true(read.n_final == 2 && read.phase == GROUP_OPENING);
        ok(member_remove(s, a.id));
        gives(STORE_E_NOT_FOUND, member_get(s, &a.member_id, &found));
        ok(spent(s, &a.member_id));
        gives(STORE_E_NOT_FOUND, spent(s, &b.member_id));
}

static void evidence(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, NOW + 1);
        MemberRow a = make_member(s, g.id, 100000), b = make_member(s, g.id, 200000),
                  c = make_member(s, g.id, 300000), found;
        Sighting of_a = {
                .token = a.token, .transport = SIGHTING_BLE, .rssi_dbm = -60, .last_heard_ms = 5};
        Sighting of_b = {.token = b.token, .transport = SIGHTING_MDNS}, of_c = {.token = c.token};
        Sighting by_a[] = {of_b, of_c};
        int32_t box[4] = {200000, 300000, 80000000, 80000000};
        Seen mutual = {0}, hearing = {0}, near = {0}, gone = {0}, kept = {0};

        ok(heard_set(s, a.id, by_a, 2));
        ok(heard_set(s, b.id, &of_a, 1));
        ok(mutual_walk(s, &a, see_token, &mutual));
        assert_int_equal(mutual.n, 1); /* c does not hear a */
        assert_int_equal(mutual.ids[0], b.token.b[0]);
        ok(members_hearing(s, &a.token, 64, see_member, &hearing));
        assert_true(hearing.n == 1 && hearing.ids[0] == b.id);
        ok(members_near(s, "4821", box, 10, see_member, &near));
        assert_int_equal(near.n, 2);
        ok(fix_set(s, a.id, &(Fix){true, 250000, 80000000, 12})); /* where it is looked for, too */
        ok(members_near(s, "4821", box, 10, see_member, &near));
        assert_int_equal(near.n, 5);
        ok(member_by_row(s, a.id, &found));
        assert_true(found.fix.known && found.fix.latitude_e7 == 250000 &&
                    found.fix.accuracy_m == 12);
        gives(STORE_E_NOT_FOUND, fix_set(s, 4711, &found.fix));
        keep_near(s, g.id);
        ok(heard_set(s, a.id, NULL, 0)); /* replaces */
        ok(mutual_walk(s, &a, see_token, &gone));
        ok(evidence_drop(s, g.id, 0, 100));
        ok(members_by_token(s, &b.token, see_member, &gone));
        ok(members_near(s, "4821", box, 10, see_member, &gone));
        ok(near_walk(s, c.id, see_member, &gone));
        assert_int_equal(gone.n, 0);
        ok(member_by_row(s, a.id, &found));
        assert_false(found.fix.known);
        ok(near_walk(s, a.id, see_member, &kept)); /* the near table outlasts the evidence */
        ok(near_walk(s, b.id, see_member, &kept));
        assert_true(kept.n == 2 && kept.ids[0] == b.id && kept.ids[1] == a.id);
}

/* a has closed; b has come too late. */
static void past_tokens(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, NOW + 1), late = make_group(s, NOW + 1);
        MemberRow a = make_member(s, g.id, 1), b = make_member(s, late.id, 2);
        MemberRow other = make_member(s, late.id, 3);
        Sighting of_a = {.token = a.token}, of_b = {.token = b.token};
        Sighting of_other = {.token = other.token};
        Seen seen = {0};
        bool left;

        b.account = 78;
        ok(member_remove(s, b.id));
        id_random(&b.member_id);
        ok(member_add(s, &b));
        ok(heard_set(s, b.id, &of_a, 1));
        ok(heard_set(s, other.id, &of_a, 1));
        gives(STORE_E_NOT_FOUND, past_heard_set(s, a.id, &of_b, 1)); /* it gathers */
        ok(evidence_drop(s, g.id, NOW + 60, 100));
        gives(STORE_E_NOT_FOUND, past_missed(s, &b)); /* a does not hear it */
        ok(past_heard_set(s, a.id, &of_b, 1));
        ok(past_missed(s, &b));
        ok(past_missed_walk(s, &a, see_member, &seen));
        assert_true(seen.n == 1 && seen.ids[0] == b.id);
        ok(past_heard_set(s, a.id, &of_other, 1));
        gives(STORE_E_NOT_FOUND, past_missed(s, &other)); /* of the same account as a */
        ok(past_heard_set(s, a.id, &of_b, 1));
        assert_int_equal(store_expire(s, NOW + 59, 256, &left), 0);
        ok(past_missed(s, &b));
        assert_int_equal(store_expire(s, NOW + 60, 256, &left), 0);
        assert_false(left);
        gives(STORE_E_NOT_FOUND, past_missed(s, &b));
        gives(STORE_E_NOT_FOUND, past_heard_set(s, a.id, &of_b, 1));
        seen = (Seen){0};
        ok(members_hearing(s, &b.token, 64, see_member, &seen));
        ok(past_missed_walk(s, &a, see_member, &seen));
        assert_int_equal(seen.n, 0);
}

/* ---- deposits ---- */

static PieceRow piece(uint32_t part, uint32_t offset, uint32_t total, const char *text)
{
        return (PieceRow){.part = part,
                          .offset = offset,
                          .total = total,
                          .bytes = (const uint8_t *)text,
                          .len = strlen(text)};
}

typedef struct Text {
        char text[64];
        size_t room; /* pieces that are still taken */
} Text;

static int add_text(const PieceRow *p, void *userdata)
{
        Text *t = userdata;

        if (t->room-- == 0)
                return 1;
        strncat(t->text, (const char *)p->bytes, p->len);
        return 0;
}

static void pieces(void **state)
{
        Store *s = *state;
        static const struct {
                const char *name;
                uint32_t part, offset, total;
                const char *text;
                int result;
        } rows[] = {
                {"one before it is missing", 1, 3, 6, "def", STORE_E_NOT_FOUND},
                {"first", 1, 0, 6, "abc", 0},
                {"first again", 1, 0, 6, "abc", 0},
                {"other bytes", 1, 0, 6, "ABC", STORE_E_EXISTS},
                {"other total", 1, 3, 7, "def", STORE_E_EXISTS},
                {"into what is there", 1, 2, 6, "cde", STORE_E_EXISTS},
                {"second part, whole", 2, 0, 1, "x", 0},
                {"second", 1, 3, 6, "def", 0},
        };
        GroupRow g = make_group(s, NOW + 1);
        MemberRow a = make_member(s, g.id, 1), b = make_member(s, g.id, 2);
        Text text = {.room = 2}, rest = {.room = 10}, none = {.room = 10};
        uint64_t cursor = 0;
        Bytes32 hash[2], expected;
        PieceRow p;

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                p = piece(rows[i].part, rows[i].offset, rows[i].total, rows[i].text);
                gives(STORE_E_NOT_FOUND, pieces_complete(s, a.id, hash));
                assert_case(rows[i].name, store_piece_put(s, a.id, &p) == rows[i].result);
        }
        ok(pieces_complete(s, a.id, hash));
        card_part_hash(&expected, (const uint8_t *)"abcdef", 6);
        assert_memory_equal(&hash[0], &expected, sizeof expected);
        card_part_hash(&expected, (const uint8_t *)"x", 1);
        assert_memory_equal(&hash[1], &expected, sizeof expected);
        gives(1, pieces_walk(s, g.id, b.id, cursor, &cursor, add_text, &text));
        assert_string_equal(text.text, "abcdef");
        ok(pieces_walk(s, g.id, b.id, cursor, &cursor, add_text, &rest));
        assert_string_equal(rest.text, "x");
        ok(pieces_walk(s, g.id, a.id, 0, &cursor, add_text, &none));
        ok(pieces_walk(s, g.id, b.id, UINT64_MAX, &cursor, add_text, &none));
        a.left = true;
        ok(member_update(s, &a));
        ok(pieces_walk(s, g.id, b.id, 0, &cursor, add_text, &none));
        assert_string_equal(none.text, "");
}

static void openings(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, NOW + 1);
        MemberRow a = make_member(s, g.id, 1), b = make_member(s, g.id, 2);
        MemberOpening o, found;
        Seen all = {0}, later = {0};

        randombytes_buf(&o, sizeof o);
        ok(opening_put(s, b.id, &o, 1));
        gives(STORE_E_EXISTS, opening_put(s, b.id, &o, 2));
        ok(opening_put(s, a.id, &o, 2));
        ok(openings_walk(s, g.id, 0, see_opening, &all));
        ok(openings_walk(s, g.id, 1, see_opening, &later));
        assert_true(all.n == 2 && all.ids[0] == 1 && later.n == 1 && later.ids[0] == 2);
        ok(opening_get(s, a.id, &found));
        assert_memory_equal(&found.id, &a.member_id, sizeof found.id);
        assert_memory_equal(&found.nonce, &o.nonce, sizeof found.nonce);
}

static void rosters(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, NOW + 1), other = make_group(s, NOW + 1);
        _cleanup_(roster_freep) Roster *found = NULL;
        Roster r = {.record_number = "12345678903",
                    .bytes = (uint8_t *)"roster",
                    .n_bytes = 6,
                    .signature = {9}};

        gives(STORE_E_NOT_FOUND, roster_get(s, g.id, &found));
        ok(roster_put(s, g.id, &r));
        gives(STORE_E_EXISTS, roster_put(s, other.id, &r));
        ok(roster_get(s, g.id, &found));
        assert_string_equal(found->record_number, "12345678903");
        assert_int_equal(found->n_bytes, 6);
        assert_memory_equal(found->bytes, "roster", 6);
        assert_int_equal(found->signature[0], 9);
}

static void messages(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, NOW + 1);
        Id ann = {{1}}, bob = {{2}}, cid = {{3}};
        MessageRow m = {.from = ann, .to_all = true, .kind = 2, .body = "all", .body_len = 3},
                   again = m;
        MessageRow to_bob = {.from = ann,
                             .to = bob,
                             .kind = 1,
                             .has_key_id = true,
                             .key_id = "the key"},
                   next_run;
        Seen by_bob = {0}, by_cid = {0}, to_all = {0}, after = {0};
        uint32_t n;

        ok(message_add(s, g.id, &m, true));
        ok(message_add(s, g.id, &again, true));
        ok(message_add(s, g.id, &again, false)); /* a repetition takes no room */
        assert_int_equal(again.id, 0);
        again.body[0] = 'A';
        gives(STORE_E_EXISTS, message_add(s, g.id, &again, true));
        gives(STORE_E_FULL, message_add(s, g.id, &to_bob, false));
        ok(message_add(s, g.id, &to_bob, true));
        next_run = to_bob;
        next_run.run = 1;
        ok(message_add(s, g.id, &next_run, true));
        assert_true(next_run.id > to_bob.id);
        ok(messages_walk(s, g.id, &bob, 0, 10, see_message, &by_bob));
        ok(messages_walk(s, g.id, &cid, 0, 10, see_message, &by_cid));
        ok(messages_walk(s, g.id, NULL, 0, 10, see_message, &to_all));
        ok(messages_walk(s, g.id, &bob, m.id, 10, see_message, &after));
        assert_true(by_bob.n == 3 && by_cid.n == 1 && to_all.n == 1);
        ok(span_to_all(s, g.id, &n));
        assert_int_equal(n, 1);
        assert_true(after.n == 2 && after.ids[0] == to_bob.id);
}

/* ---- time and batches ---- */

static void expiry(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, NOW + 1);
        MemberRow m = make_member(s, g.id, 1);
        AccountRow slow = make_account(s, "slow"),
                   unconfirmed = {.handle = "never", .created_ms = NOW};
        PieceRow p = piece(1, 0, 1, "x");
        StoreCounts n;

        ok(account_add(s, &unconfirmed));
        ok(piece_put(s, m.id, &p));
        gives(0, expire(s, g.expires_ms - 1, 10, &more));
        gives(1, expire(s, g.expires_ms, 10, &more));
        ok(count(s, &n));
        assert_int_equal(n.groups + n.members + n.pieces, 0);
        assert_int_equal(n.accounts, 2);
        ok(spent(s, &m.member_id));
        gives(0, expire(s, NOW + SPENT_MS, 10, &more));
        gives(STORE_E_NOT_FOUND, spent(s, &m.member_id));
        ok(count(s, &n));
        assert_int_equal(n.accounts, 1); /* the unconfirmed account is gone */
        ok(account_by_id(s, slow.id, &slow));
}

/* Nothing else is due then. */
static void each_goes_when_it_alone_is_due(void **state)
{
        Store *s = *state;
        AccountRow unconfirmed = {.handle = "never", .created_ms = NOW}, a;
        Bytes32 code = {{1}};
        GroupRow g;
        MemberRow m;

        ok(code_put(s, 5, &code, NOW, NOW + 100));
        ok(expire(s, NOW + 100, 10, &more));
        ok(code_put(s, 5, &code, NOW + 99, NOW + 101)); /* refused while there is one */
        ok(expire(s, NOW + 101, 10, &more));

        ok(account_add(s, &unconfirmed));
        ok(expire(s, NOW + UNCONFIRMED_MS, 10, &more));
        ok(account_by_id(s, unconfirmed.id, &a));
        ok(expire(s, NOW + UNCONFIRMED_MS + 1, 10, &more));
        gives(STORE_E_NOT_FOUND, account_by_id(s, unconfirmed.id, &a));

        g = make_group(s, NOW + 1);
        m = make_member(s, g.id, 1);
        gives(1, expire(s, g.expires_ms, 10, &more));
        ok(spent(s, &m.member_id));
        ok(expire(s, NOW + SPENT_MS, 10, &more));
        gives(STORE_E_NOT_FOUND, spent(s, &m.member_id));
}

static RecordRow make_record(Store *s, const char *number, int64_t group)
{
        RecordRow r = {.group = group, .half = "7K3F", .expires_ms = NOW + 1000};

        (void)snprintf(r.number, sizeof r.number, "%s", number);
        ok(record_add(s, &r));
        return r;
}

static EscrowRow deposit(Store *s, const RecordRow *r, int64_t member, uint8_t token)
{
        EscrowRow e = {.member = member,
                       .expires_ms = r->expires_ms,
                       .token_hash = {{token}},
                       .stands = true};

        memcpy(e.number, r->number, sizeof e.number);
        memset(e.escrow, token, sizeof e.escrow);
        ok(escrow_add(s, &e));
        return e;
}

static void records(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, 0);
        RecordRow r = make_record(s, "12345678903", g.id), found;

        ok(record_of_group(s, g.id, &found));
        assert_string_equal(found.number, r.number);
        assert_string_equal(found.half, "7K3F");
        gives(STORE_E_EXISTS, record_add(s, &r));
        ok(record_by_number(s, r.number, &found));
        assert_int_equal(found.expires_ms, r.expires_ms);
        gives(STORE_E_NOT_FOUND, record_by_number(s, "98765432107", &found));
        gives(STORE_E_NOT_FOUND, record_of_group(s, g.id + 1, &found));
}

static bool stands(Store *s, const char *number, uint8_t token)
{
        EscrowRow found;
        Bytes32 hash = {{token}};

        ok(escrow_find(s, number, &hash, &found));
        assert_int_equal(found.stands, !found.revoked);
        return found.stands && found.escrow[0] == token;
}

static void escrows(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, 0);
        RecordRow r = make_record(s, "12345678903", g.id),
                  other = make_record(s, "98765432107", g.id + 1);
        EscrowRow e, found;
        uint32_t n;

        gives(STORE_E_NOT_FOUND, escrow_any(s, r.number));
        e = deposit(s, &r, 1, 'a');
        gives(STORE_E_EXISTS, escrow_add(s, &e));
        (void)deposit(s, &r, 1, 'b');
        (void)deposit(s, &r, 2, 'b');
        (void)deposit(s, &r, 2, 'c');
        (void)deposit(s, &r, 3, 'd');
        (void)deposit(s, &other, 3, 'a');
        ok(escrow_count_others(s, &e, &n));
        assert_int_equal(n, 1);
        assert_true(stands(s, r.number, 'a') && stands(s, r.number, 'd'));
        ok(escrow_revoke(s, r.number, &e.token_hash)); /* b by the first, c by the second */
        assert_false(stands(s, r.number, 'a') || stands(s, r.number, 'b') ||
                     stands(s, r.number, 'c'));
        assert_true(stands(s, r.number, 'd') && stands(s, other.number, 'a'));
        gives(STORE_E_NOT_FOUND, escrow_find(s, other.number, &(Bytes32){{'d'}}, &found));
        ok(escrow_any(s, r.number));
}

static void a_remembered_number_is_not_given_again(void **state)
{
        static uint8_t bytes[1];
        Store *s = *state;
        GroupRow old = make_group(s, 0), new = make_group(s, 0);
        Roster roster = {.bytes = bytes, .n_bytes = sizeof bytes};
        RecordRow r = make_record(s, "12345678903", old.id);

        (void)snprintf(roster.record_number, sizeof roster.record_number, "%s", r.number);
        ok(group_delete(s, old.id));
        gives(STORE_E_EXISTS, roster_put(s, new.id, &roster));
}

static int see_time(uint64_t at_ms, void *userdata)
{
        return note(userdata, (int64_t)at_ms);
}

static void fetches(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, 0);
        RecordRow r = make_record(s, "12345678903", g.id);
        AccountRow a = make_account(s, "reader");
        const uint8_t *reader = (const uint8_t *)&a.id;
        EscrowRow e = deposit(s, &r, 1, 'a'), other = deposit(s, &r, 2, 'b');
        Seen seen = {0};

        gives(STORE_E_NOT_FOUND, fetch_find(s, &e, reader, sizeof a.id));
        ok(fetch_add(s, &e, reader, sizeof a.id, NOW));
        gives(STORE_E_EXISTS, fetch_add(s, &e, reader, sizeof a.id, NOW + 1));
        ok(fetch_find(s, &e, reader, sizeof a.id));
        gives(STORE_E_NOT_FOUND, fetch_find(s, &other, reader, sizeof a.id));
        ok(fetch_add(s, &e, (const uint8_t *)"x", 1, NOW + 2));
        ok(account_delete(s, a.id));
        ok(account_left(s, a.id)); /* the fetch stays, its reader is forgotten */
        gives(STORE_E_NOT_FOUND, fetch_find(s, &e, reader, sizeof a.id));
        ok(fetches_walk(s, &e, see_time, &seen));
        assert_int_equal(seen.n, 2);
        assert_int_equal(seen.ids[0], NOW);
        ok(group_delete(s, g.id));
        seen.n = 0;
        ok(fetches_walk(s, &e, see_time, &seen));
        assert_int_equal(seen.n, 0);
}

static void tries(void **state)
{
        Store *s = *state;
        TriesRow t = {NOW, 2, 3, "mark", NOW + 10}, found;

        gives(STORE_E_NOT_FOUND, tries_get(s, "12345678903", &found));
        ok(tries_put(s, "12345678903", &t));
        t.recent = 4;
        ok(tries_put(s, "12345678903", &t));
        ok(tries_get(s, "12345678903", &found));
        assert_int_equal(found.recent, 4);
        assert_int_equal(found.total, 3);
        assert_memory_equal(found.last, t.last, sizeof t.last);
        ok(expire(s, NOW + 9, 10, &more));
        ok(tries_get(s, "12345678903", &found));
        ok(expire(s, NOW + 10, 10, &more));
        gives(STORE_E_NOT_FOUND, tries_get(s, "12345678903", &found));
}

/* First the escrow goes, with the group all else but the token's hash, and later that. */
static void records_expire(void **state)
{
        Store *s = *state;
        GroupRow g = make_group(s, 0);
        RecordRow r = make_record(s, "12345678903", g.id), found;
        EscrowRow e;
        uint64_t next;

        e = deposit(s, &r, 1, 'a');
        ok(next_deadline(s, &next));
        assert_int_equal(next, r.expires_ms);
        ok(expire(s, r.expires_ms, 10, &more));
        ok(escrow_find(s, r.number, &e.token_hash, &e));
        assert_false(e.stands || e.revoked);
        ok(next_deadline(s, &next));
        assert_int_equal(next, g.expires_ms);
        gives(1, expire(s, g.expires_ms, 10, &more));
        ok(record_by_number(s, r.number, &found));
        assert_true(found.group == 0 && !found.half[0]);
        ok(escrow_find(s, r.number, &e.token_hash, &e));
        ok(expire(s, r.expires_ms + RECORD_MEMORY_MS - 1, 10, &more));
        ok(record_by_number(s, r.number, &found));
        ok(expire(s, r.expires_ms + RECORD_MEMORY_MS, 10, &more));
        gives(STORE_E_NOT_FOUND, record_by_number(s, r.number, &found));
        gives(STORE_E_NOT_FOUND, escrow_find(s, r.number, &e.token_hash, &e));
}

static void rollback_undoes_all(void **state)
{
        Store *s = *state;
        AccountRow a, found;

        ok(commit(s));
        ok(begin(s));
        a = make_account(s, "gone");
        store_rollback(s);
        store_rollback(s); /* nothing more to undo */
        ok(begin(s));
        gives(STORE_E_NOT_FOUND, account_by_id(s, a.id, &found));
}

/* ---- files ---- */

static void a_file_is_private_and_stays(void **state)
{
        char folder[] = "/tmp/huddle-store-test.XXXXXX", path[64];
        AccountRow a, found;
        struct stat st;
        Store *s;

        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof path, "%s/db", folder);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        ok(begin(s));
        a = make_account(s, "ann");
        ok(commit(s));
        (void)store_free(s);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        ok(begin(s));
        ok(account_by_id(s, a.id, &found));
        ok(commit(s));
        (void)store_free(s);
        (void)unlink(path);
        (void)rmdir(folder);
}

enum { HOSTILE = 80 };

/* All carry the same token, and claim it 64 times. No look-up may multiply. */
static void claims_do_not_multiply(void **state)
{
        Sighting heard[SERIAL_HEARD_MAX] = {0};
        Seen seen = {0};
        GroupRow g;
        MemberRow m = {0};
        uint64_t before;
        Store *s;

        assert_int_equal(store_sqlite_open(&s, ":memory:"), 0);
        ok(begin(s));
        g = (GroupRow){.phase = GROUP_GATHERING, .route = "4821", .n_members = HOSTILE};
        ok(group_add(s, &g));
        for (size_t i = 0; i < SERIAL_HEARD_MAX; i++)
                heard[i].token.b[0] = 1;
        for (uint8_t i = 0; i < HOSTILE; i++) {
                m = (MemberRow){.group = g.id, .account = i + 1, .route = "4821"};
                m.member_id.b[0] = i;
                m.token.b[0] = 1;
                ok(member_add(s, &m));
                ok(heard_set(s, m.id, heard, SERIAL_HEARD_MAX));
        }
        before = store_steps(s);
        keep_near(s, g.id);
        assert_true(store_steps(s) - before < HOSTILE * SERIAL_HEARD_MAX * 60);
        before = store_steps(s);
        ok(mutual_walk(s, &m, see_token, &seen));
        ok(members_by_token(s, &m.token, see_member, &seen));
        ok(members_hearing(s, &m.token, 16, see_member, &seen));
        assert_true(store_steps(s) - before < SERIAL_HEARD_MAX * 60 + 5000);
        ok(commit(s));
        (void)store_free(s);
}

static void change_file(const char *path, const char *sql)
{
        sqlite3 *db;

        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Makes a file of what a cloud of that version has left: tests/cloud/store-VERSION.sql. */
static void make_old_file(const char *path, unsigned version)
{
        static char sql[64 * 1024];
        const char *top = getenv("top_srcdir");
        char from[512];
        size_t n;
        FILE *f;

        (void)snprintf(from, sizeof from, "%s/tests/cloud/store-%u.sql", top ? top : ".", version);
        f = fopen(from, "re");
        assert_non_null(f);
        n = fread(sql, 1, sizeof sql - 1, f);
        assert_true(feof(f));
        (void)fclose(f);
        sql[n] = '\0';
        change_file(path, sql);
        (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %u", version);
        change_file(path, sql);
}

static int count_piece(const PieceRow *p, void *userdata)
{
        return note(userdata, p->part);
}

static void a_new_file_has_the_tables_of_an_old_one(void **state)
{
        expect_same_tables(&store_sqlite_schema);
}

static void a_file_of_version_1_gains_the_rest(void **state)
{
        char folder[] = "/tmp/huddle-store-test.XXXXXX", path[64];
        MemberRow m = {.group = 0};
        GroupRow g;
        Store *s;

        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof path, "%s/db", folder);
        make_old_file(path, 1);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        ok(begin(s));
        (void)make_record(s, "12345678903", 1);
        g = make_group(s, NOW);
        m = make_member(s, g.id, 0);
        ok(commit(s));
        (void)store_free(s);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        ok(member_get(s, &m.member_id, &m));
        assert_int_equal(m.group, g.id);
        (void)store_free(s);
        change_file(path, "PRAGMA user_version = 1000");
        assert_int_equal(store_sqlite_open(&s, path), -EPROTONOSUPPORT);
        (void)unlink(path);
        (void)rmdir(folder);
}

/* Two groups that gather, each of two members that have heard each other, the first with a fix; the
 * first has let the second in, and a member of each is tied to one of the other. */
static void check_old_gathering(Store *s)
{
        Seen seen = {0};
        MemberRow m, other;
        GroupRow g;
        bool yes = false;

        ok(group_get(s, 1, &g));
        assert_true(g.phase == GROUP_GATHERING && g.deadline_ms == 9000 && g.look_ms == 8000);
        ok(member_by_row(s, 1, &m));
        assert_int_equal(m.group, 1);
        assert_true(m.fix.known && m.fix.latitude_e7 == 480000000 && m.token.b[0] == 64);
        ok(member_by_row(s, 2, &other));
        assert_false(other.fix.known);
        ok(mutual_walk(s, &m, see_token, &seen));
        assert_int_equal(seen.n, 1);
        ok(admission_get(s, 1, 2, &yes));
        assert_true(yes);
        ok(ties_walk(s, 3, see_group, &seen));
        assert_int_equal(seen.ids[1], 1);
}

/* The third exchanges: one of its two members has opened, deposited and posted. */
static void check_old_exchange(Store *s)
{
        Seen seen = {0};
        MemberOpening o;
        uint32_t members;
        uint64_t bytes, cursor;
        MemberRow m;
        int64_t left;

        ok(member_by_row(s, 5, &m));
        ok(opening_get(s, 5, &o));
        assert_true(o.nonce.b[0] == 5 && o.part_hash[1].b[31] == 4 &&
                    o.id.b[0] == m.member_id.b[0]);
        ok(account_use(s, 77, 10, &members, &bytes));
        assert_int_equal(members, 4);
        assert_int_equal(bytes, 140); /* of both parts, as announced */
        ok(pieces_walk(s, 3, 0, 0, &cursor, count_piece, &seen));
        assert_int_equal(seen.n, 2);
        ok(near_walk(s, 5, see_member, &seen));
        assert_int_equal(seen.ids[2], 6);
        ok(member_by_row(s, 6, &m));
        ok(messages_walk(s, 3, &m.member_id, 0, 10, see_message, &seen));
        assert_int_equal(seen.n, 5);
        ok(evidence_left(s, &left));
        assert_int_equal(left, 3);
}

static void groups_of_version_12_live_on(void **state)
{
        char folder[] = "/tmp/huddle-store-test.XXXXXX", path[64];
        AccountRow a;
        GroupRow g;
        uint8_t *plan;
        size_t len;
        Store *s;

        assert_non_null(mkdtemp(folder));
        (void)snprintf(path, sizeof path, "%s/db", folder);
        make_old_file(path, 12);
        for (unsigned i = 0; i < 2; i++) { /* and once more, from what the first has written */
                assert_int_equal(store_sqlite_open(&s, path), 0);
                ok(begin(s));
                ok(account_by_handle(s, "ann", &a));
                check_old_gathering(s);
                check_old_exchange(s);
                ok(plan_get(s, 2, &plan, &len));
                free(plan);
                g = make_group(s, NOW); /* numbers go on */
                assert_int_equal(g.id, 4 + i);
                ok(commit(s));
                (void)store_free(s);
        }
        (void)unlink(path);
        (void)rmdir(folder);
}

static void not_a_store_is_refused(void **state)
{
        char path[] = "/tmp/huddle-store-test.XXXXXX";
        char text[4096] = "this is not a database";
        int fd = mkstemp(path);
        Store *s;

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, sizeof text), sizeof text);
        (void)close(fd);
        assert_int_equal(store_sqlite_open(&s, path), -EBADMSG);
        (void)unlink(path);
        assert_int_equal(store_sqlite_open(&s, "/nowhere/at/all"), -ENOENT);
}

#define SUITE(test)                                                                                \
        {#test " (sqlite)", test, begin, end, (void *)0},                                          \
        {                                                                                          \
#test " (failing)", test, begin, end, (void *)1                                    \
        }
#define SUITE_OF_POSTGRES(test)                                                                    \
        {                                                                                          \
#test " (postgresql)", test, begin, end, (void *)2                                 \
        }

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE(accounts),
                SUITE(codes),
                SUITE(profiles),
                SUITE(deadlines),
                SUITE(members),
                SUITE(evidence),
                SUITE(past_tokens),
                SUITE(pieces),
                SUITE(openings),
                SUITE(rosters),
                SUITE(messages),
                SUITE(records),
                SUITE(escrows),
                SUITE(a_remembered_number_is_not_given_again),
                SUITE(fetches),
                SUITE(tries),
                SUITE(records_expire),
                SUITE(expiry),
                SUITE(each_goes_when_it_alone_is_due),
                SUITE(rollback_undoes_all),
                cmocka_unit_test(a_file_is_private_and_stays),
                cmocka_unit_test(claims_do_not_multiply),
                cmocka_unit_test(a_new_file_has_the_tables_of_an_old_one),
                cmocka_unit_test(a_file_of_version_1_gains_the_rest),
                cmocka_unit_test(groups_of_version_12_live_on),
                cmocka_unit_test(not_a_store_is_refused),
        };

        const struct CMUnitTest tests_of_postgres[] = {
                SUITE_OF_POSTGRES(accounts),
                SUITE_OF_POSTGRES(codes),
                SUITE_OF_POSTGRES(profiles),
                SUITE_OF_POSTGRES(deadlines),
                SUITE_OF_POSTGRES(members),
                SUITE_OF_POSTGRES(evidence),
                SUITE_OF_POSTGRES(past_tokens),
                SUITE_OF_POSTGRES(pieces),
                SUITE_OF_POSTGRES(openings),
                SUITE_OF_POSTGRES(rosters),
                SUITE_OF_POSTGRES(messages),
                SUITE_OF_POSTGRES(records),
                SUITE_OF_POSTGRES(escrows),
                SUITE_OF_POSTGRES(a_remembered_number_is_not_given_again),
                SUITE_OF_POSTGRES(fetches),
                SUITE_OF_POSTGRES(tries),
                SUITE_OF_POSTGRES(records_expire),
                SUITE_OF_POSTGRES(expiry),
                SUITE_OF_POSTGRES(each_goes_when_it_alone_is_due),
                SUITE_OF_POSTGRES(rollback_undoes_all),
        };
        int failed = sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);

        if (!postgres_is_there())
                return failed ? failed : postgres_skip();
        return failed +
               cmocka_run_group_tests(tests_of_postgres, postgres_set_up, postgres_tear_down);
}
