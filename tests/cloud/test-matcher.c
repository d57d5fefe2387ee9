/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-matcher.c - the decision on arrival and the regrouping at the close, over a real store */
#include "cloud/match/looking.h"
#include "tests/unit/test.h"
#include "usual-matching.h"

enum { MAX = 16, WINDOW_MS = 60000, START_MS = 1000000 };

/* The linker puts these in the place of malloc, calloc and realloc. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static int until_failure; /* the allocation that fails; 0 = none */

static bool fails_now(void)
{
        return until_failure > 0 && --until_failure == 0;
}

void *__wrap_malloc(size_t size)
{
        return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
        return fails_now() ? NULL : __real_realloc(p, size);
}

typedef struct Town {
        Store *store;
        MemberRow people[MAX];
        Sighting heard[MAX][MAX];
        size_t n_heard[MAX], n;
        MatchDecision last;
        bool party; /* presses from now on have a code without words */
} Town;

static Town *town_open(void)
{
        static Town t;

        t = (Town){0};
        assert_int_equal(store_sqlite_open(&t.store, ":memory:"), 0);
        assert_int_equal(store_begin(t.store), 0);
        return &t;
}

static void town_close(Town *t)
{
        assert_int_equal(store_commit(t->store), 0);
        t->store = store_free(t->store);
}

/* metres north and east of a point; accuracy 0: without a fix */
static MemberRow someone(const Town *t, const char *route, double north, double east,
                         uint32_t accuracy_m, uint32_t after_ms)
{
        MemberRow m = {
                .press_ms = START_MS + after_ms,
                .arrival_ms = START_MS + after_ms,
                .words = !t->party,
        };

        strcpy(m.route, route);
        m.member_id.b[0] = m.token.b[0] = (uint8_t)(t->n + 1);
        if (accuracy_m > 0)
                m.fix = (Fix){true, 470000000 + (int32_t)(north * 90),
                              80000000 + (int32_t)(east * 132), accuracy_m};
        return m;
}

static void open_group(Town *t, MemberRow *m)
{
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .opened_ms = m->press_ms,
                .deadline_ms = m->press_ms + WINDOW_MS,
                .expires_ms = m->press_ms + 10 * WINDOW_MS,
                .revision = 1,
                .opener = m->member_id,
                .n_members = 1,
        };

        strcpy(g.route, m->route);
        assert_int_equal(store_group_add(t->store, &g), 0);
        m->group = g.id;
}

static void enter_group(Town *t, MemberRow *m, int64_t group)
{
        GroupRow g;

        assert_int_equal(store_group_get(t->store, group, &g), 0);
        g.n_members++;
        assert_int_equal(store_group_update(t->store, &g), 0);
        m->group = group;
}

static MatchVerdict decide(Town *t, const MemberRow *m, uint32_t later_ms)
{
        assert_int_equal(matcher_decide(&settings, t->store, m, NULL, 0, WINDOW_MS,
                                        m->press_ms + later_ms, &t->last),
                         0);
        return t->last.verdict;
}

/* Presses and, unless a group is given (-1: a new one), goes where the matcher says. */
static size_t press(Town *t, MemberRow m, int64_t group)
{
        MatchVerdict verdict = decide(t, &m, 0);

        if (group > 0)
                enter_group(t, &m, group);
        else if (group < 0 || verdict == MATCH_OPEN)
                open_group(t, &m);
        else
                enter_group(t, &m, t->last.group);
        assert_int_equal(store_member_add(t->store, &m), 0);
        t->people[t->n] = m;
        return t->n++;
}

static void hear(Town *t, size_t listener, size_t whom, int8_t dbm)
{
        t->heard[listener][t->n_heard[listener]++] = (Sighting){
                .token = t->people[whom].token,
                .transport = SIGHTING_BLE,
                .rssi_dbm = dbm,
        };
        assert_int_equal(store_heard_set(t->store, t->people[listener].id, t->heard[listener],
                                         t->n_heard[listener]),
                         0);
}

static void hear_each_other(Town *t, size_t first, size_t n, int8_t dbm)
{
        for (size_t i = first; i < first + n; i++)
                for (size_t j = first; j < first + n; j++)
                        if (i != j)
                                hear(t, i, j, dbm);
}

static int64_t group_of(Town *t, size_t i)
{
        assert_int_equal(store_member_by_row(t->store, t->people[i].id, &t->people[i]), 0);
        return t->people[i].group;
}

/* n people on one spot, a second after each other, in one group by their fixes alone. */
static void press_together(Town *t, size_t n, uint32_t from_ms)
{
        size_t first = t->n;

        for (size_t i = 0; i < n; i++)
                press(t, someone(t, "1234", 0, 0, 20, from_ms + (uint32_t)i * 1000),
                      i == 0 ? -1 : group_of(t, first));
}

static GroupRow read_group(Town *t, int64_t id)
{
        GroupRow g;

        assert_int_equal(store_group_get(t->store, id, &g), 0);
        return g;
}

static GroupRow close_group_when(Town *t, size_t i, uint32_t max_members, uint64_t now_ms)
{
        GroupRow g = read_group(t, group_of(t, i));

        assert_int_equal(
                regroup(&settings, t->store, &g, max_members, WINDOW_MS, now_ms, NULL, NULL), 0);
        return g;
}

static GroupRow close_group_at_most(Town *t, size_t i, uint32_t max_members)
{
        return close_group_when(t, i, max_members, START_MS + WINDOW_MS);
}

static GroupRow close_group_of(Town *t, size_t i)
{
        return close_group_at_most(t, i, MAX);
}

/* ---- on arrival ---- */

static void arrivals(void **state)
{
        static const struct {
                const char *name, *route;
                double north;
                uint32_t accuracy_m, after_ms, listened_ms;
                MatchVerdict verdict;
        } rows[] = {
                {"the same place and moment", "1234", 5, 20, 2000, 0, MATCH_JOIN},
                {"nearly a window later", "1234", 5, 20, 55000, 0, MATCH_JOIN},
                {"past the window", "1234", 5, 20, WINDOW_MS, 0, MATCH_OPEN},
                {"pressed too long ago", "1234", 90000, 20, 0, WINDOW_MS, MATCH_REFUSED},
                {"another route", "4321", 5, 20, 2000, 0, MATCH_OPEN},
                {"a slip without radio", "1235", 5, 20, 2000, 0, MATCH_OPEN},
                {"two hundred metres off", "1234", 200, 20, 2000, 0, MATCH_OPEN},
                {"two kilometres off, but vague: no link", "1234", 2000, 5000, 2000, 0, MATCH_OPEN},
                {"without a fix: no link", "1234", 0, 0, 2000, 0, MATCH_OPEN},
                {"without a link, and too long ago", "1234", 0, 0, 2000, WINDOW_MS, MATCH_REFUSED},
                {"without a fix and late", "1234", 0, 0, 50000, 0, MATCH_OPEN},
                {"in another town", "1234", 90000, 20, 2000, 0, MATCH_OPEN},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Town *t = town_open();
                MemberRow m;

                press(t, someone(t, "1234", 0, 0, 20, 0), -1);
                m = someone(t, rows[i].route, rows[i].north, 0, rows[i].accuracy_m,
                            rows[i].after_ms);
                assert_case(rows[i].name, decide(t, &m, rows[i].listened_ms) == rows[i].verdict);
                assert_case(rows[i].name,
                            rows[i].verdict != MATCH_JOIN || t->last.group == group_of(t, 0));
                assert_case(rows[i].name, rows[i].verdict != MATCH_JOIN ||
                                                  t->last.like.composite >= settings.threshold);
                town_close(t);
        }
}

static void a_vague_group_is_found_from_afar(void **state)
{
        Town *t = town_open();
        MemberRow m;
        Sighting s;

        press(t, someone(t, "1234", 3000, 0, 5000, 0), -1);
        m = someone(t, "1234", 0, 0, 20, 1000);
        assert_int_equal(decide(t, &m, 0), MATCH_OPEN);
        assert_true(t->last.like.composite >= settings.threshold); /* alike, but not linked */
        s = (Sighting){.token = t->people[0].token, .transport = SIGHTING_BLE, .rssi_dbm = -60};
        assert_int_equal(
                matcher_decide(&settings, t->store, &m, &s, 1, WINDOW_MS, m.press_ms, &t->last), 0);
        assert_int_equal(t->last.verdict, MATCH_JOIN);
        town_close(t);
}

static void two_that_fit_equally_are_asked_about(void **state)
{
        Town *t = town_open();
        MemberRow m;
        Sighting s;

        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        press(t, someone(t, "1234", 0, 4, 20, 0), -1);
        m = someone(t, "1234", 0, 2, 20, 1000);
        assert_int_equal(decide(t, &m, 0), MATCH_JOIN); /* radio has not had time to tell */
        assert_int_equal(decide(t, &m, 10000), MATCH_AMBIGUOUS);
        s = (Sighting){.token = t->people[1].token, .transport = SIGHTING_BLE, .rssi_dbm = -60};
        assert_int_equal(matcher_decide(&settings, t->store, &m, &s, 1, WINDOW_MS,
                                        m.press_ms + 10000, &t->last),
                         0);
        assert_int_equal(t->last.verdict, MATCH_JOIN);
        town_close(t);
}

static void a_slip_joins_with_mutual_radio(void **state)
{
        Town *t = town_open();
        MemberRow m;
        Sighting s;

        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        m = someone(t, "1235", 0, 0, 20, 1000);
        s = (Sighting){.token = m.token, .transport = SIGHTING_BLE, .rssi_dbm = -60};
        assert_int_equal(store_heard_set(t->store, t->people[0].id, &s, 1), 0);
        s.token = t->people[0].token;
        assert_int_equal(
                matcher_decide(&settings, t->store, &m, &s, 1, WINDOW_MS, m.press_ms, &t->last), 0);
        assert_int_equal(t->last.verdict, MATCH_JOIN);
        assert_true(t->last.like.route == settings.slip);
        assert_true(t->last.like.place == 1);
        town_close(t);
}

/* ---- at the close ---- */

static void two_openers_merge(void **state)
{
        Town *t = town_open();
        GroupRow g;
        int64_t other;

        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        press(t, someone(t, "1234", 0, 0, 20, 100), -1);
        press(t, someone(t, "1234", 0, 0, 20, 200), group_of(t, 1));
        other = group_of(t, 1);
        hear_each_other(t, 0, 3, -60);
        g = close_group_of(t, 0);
        assert_int_equal(g.n_members, 3);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(group_of(t, i), g.id);
        assert_int_equal(store_group_get(t->store, other, &g), STORE_E_NOT_FOUND);
        town_close(t);
}

/* A watcher remembers the revision of its group. One that moves must not miss what is new. */
static void a_group_joined_has_a_revision_that_is_new_to_all(void **state)
{
        Town *t = town_open();
        GroupRow g;

        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        press(t, someone(t, "1234", 0, 4, 20, 1000), -1);
        g = read_group(t, group_of(t, 1));
        g.revision = 40;
        assert_int_equal(store_group_update(t->store, &g), 0);
        hear_each_other(t, 0, 2, -60);
        g = close_group_of(t, 0);
        assert_int_equal(g.n_members, 2);
        assert_true(g.revision > 40);
        town_close(t);
}

static void a_merge_stops_where_the_group_is_full(void **state)
{
        Town *t = town_open();
        GroupRow g, rest;

        for (uint32_t i = 0; i < 6; i++)
                press(t, someone(t, "1234", 0, 0, 20, 100 * i),
                      i == 0 || i == 3 ? -1 : group_of(t, i / 3 * 3));
        hear_each_other(t, 0, 6, -60);
        g = close_group_at_most(t, 0, 4);
        assert_int_equal(g.n_members, 4);
        assert_int_equal(group_of(t, 3), g.id);
        rest = read_group(t, group_of(t, 4));
        assert_int_not_equal(rest.id, g.id);
        assert_int_equal(rest.phase, GROUP_GATHERING);
        assert_int_equal(rest.n_members, 2);
        assert_int_equal(group_of(t, 5), rest.id);
        assert_memory_equal(&rest.opener, &t->people[4].member_id, sizeof rest.opener);
        town_close(t);
}

/* Three of the closing group belong to the three that gather on, where there is room for one. */
static void who_must_leave_opens_a_group_where_the_other_is_full(void **state)
{
        Town *t = town_open();
        GroupRow closing, other, new;

        for (uint32_t i = 0; i < 8; i++)
                press(t, someone(t, "1234", 0, i < 2 ? 0 : 80, 20, 100 * i),
                      i == 0 || i == 5 ? -1 : group_of(t, i / 5 * 5));
        hear_each_other(t, 0, 2, -60);
        hear_each_other(t, 2, 6, -60);
        closing = close_group_at_most(t, 0, 4);
        assert_int_equal(closing.n_members, 2);
        assert_int_equal(group_of(t, 1), closing.id);
        other = read_group(t, group_of(t, 5));
        assert_int_equal(other.n_members, 4);
        assert_int_equal(group_of(t, 2), other.id);
        new = read_group(t, group_of(t, 3));
        assert_int_equal(new.n_members, 2);
        assert_int_equal(new.phase, GROUP_GATHERING);
        assert_int_equal(group_of(t, 4), new.id);
        assert_true(new.id != closing.id &&new.id != other.id);
        assert_memory_equal(&new.opener, &t->people[3].member_id, sizeof new.opener);
        town_close(t);
}

static void a_bridge_is_cut(void **state)
{
        Town *t = town_open();
        GroupRow g, cut;

        for (uint32_t i = 0; i < 6; i++)
                press(t, someone(t, "1234", 0, i < 3 ? 0 : 6, 20, i < 3 ? 500 * i : 5000 + 500 * i),
                      i == 0 ? -1 : 0);
        assert_int_equal(group_of(t, 5), group_of(t, 0));
        hear_each_other(t, 0, 3, -60);
        hear_each_other(t, 3, 3, -60);
        for (size_t i = 0; i < 3; i++)
                for (size_t j = 3; j < 6; j++) {
                        hear(t, i, j, -84);
                        hear(t, j, i, -84);
                }
        g = close_group_of(t, 0);
        assert_int_equal(g.n_members, 3);
        assert_int_equal(group_of(t, 2), g.id);
        cut = read_group(t, group_of(t, 3));
        assert_int_not_equal(cut.id, g.id);
        assert_int_equal(cut.n_members, 3);
        assert_int_equal(cut.phase, GROUP_GATHERING);
        assert_memory_equal(&cut.opener, &t->people[3].member_id, sizeof cut.opener);
        assert_int_equal(cut.deadline_ms, t->people[3].press_ms + WINDOW_MS);
        assert_true(cut.revision > 1); /* its watchers have seen the old group's */
        town_close(t);
}

static void the_attacker_who_opened_is_left_alone(void **state)
{
        Town *t = town_open();
        GroupRow alone, g;

        press(t, someone(t, "1234", 0, 0, 10, 0), -1);
        for (uint32_t i = 1; i < 5; i++)
                press(t, someone(t, "1234", 0, 0, 20, 2000 + 500 * i), 0);
        hear_each_other(t, 1, 4, -60);
        alone = close_group_of(t, 0);
        assert_int_equal(alone.n_members, 1);
        g = read_group(t, group_of(t, 1));
        assert_int_equal(g.n_members, 4);
        assert_memory_equal(&g.opener, &t->people[1].member_id, sizeof g.opener);
        for (size_t i = 1; i < 5; i++)
                assert_int_equal(group_of(t, i), g.id);
        town_close(t);
}

static void the_silent_are_refused_at_once(void **state)
{
        Town *t = town_open();
        GroupRow g, alone;

        for (uint32_t i = 0; i < 6; i++)
                press(t, someone(t, "1234", 0, 0, 20, i < 4 ? 500 * i : 5000 * i), i == 0 ? -1 : 0);
        hear_each_other(t, 0, 4, -60);
        g = close_group_of(t, 0);
        assert_int_equal(g.n_members, 4);
        for (size_t i = 4; i < 6; i++) {
                alone = read_group(t, group_of(t, i));
                assert_int_equal(alone.phase, GROUP_ALONE);
                assert_int_equal(alone.n_members, 1);
        }
        assert_int_not_equal(group_of(t, 4), group_of(t, 5));
        town_close(t);
}

/* Else the second would be the only silent one beside those that gather on. */
static void the_silent_are_refused_with_a_silent_opener(void **state)
{
        Town *t = town_open();

        for (uint32_t i = 0; i < 4; i++)
                press(t, someone(t, "1234", 0, 0, 20, 15000 * i), i == 0 ? -1 : 0);
        hear_each_other(t, 1, 2, -60);
        assert_int_equal(close_group_of(t, 0).n_members, 1);
        assert_int_equal(read_group(t, group_of(t, 3)).phase, GROUP_ALONE);
        assert_int_not_equal(group_of(t, 3), group_of(t, 0));
        assert_int_equal(read_group(t, group_of(t, 1)).n_members, 2);
        assert_int_equal(group_of(t, 2), group_of(t, 1));
        town_close(t);
}

static void who_stays_inherits_the_group(void **state)
{
        Town *t = town_open();
        GroupRow g, rest;

        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        press(t, someone(t, "1234", 0, 0, 20, 500), group_of(t, 0));
        /* opens another, but belongs to the first two */
        press(t, someone(t, "1234", 0, 0, 20, 1000), -1);
        press(t, someone(t, "1234", 0, 80, 20, 9000), group_of(t, 2));
        press(t, someone(t, "1234", 0, 80, 20, 9500), group_of(t, 2));
        hear_each_other(t, 0, 3, -60);
        hear_each_other(t, 3, 2, -60);
        g = close_group_of(t, 0);
        assert_int_equal(g.n_members, 3);
        assert_int_equal(group_of(t, 2), g.id);
        rest = read_group(t, group_of(t, 3));
        assert_int_equal(rest.n_members, 2);
        assert_memory_equal(&rest.opener, &t->people[3].member_id, sizeof rest.opener);
        assert_int_equal(rest.deadline_ms, t->people[3].press_ms + WINDOW_MS);
        town_close(t);
}

/* Whoever comes when a group is full opens another, and joins that from then on. */
static void a_full_group_takes_nobody(void **state)
{
        Town *t = town_open();
        MemberRow m;
        GroupRow g;
        int64_t full;

        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        full = group_of(t, 0);
        m = someone(t, "1234", 0, 0, 20, 1000);
        assert_int_equal(decide(t, &m, 0), MATCH_JOIN);
        g = read_group(t, full);
        g.n_members = settings.max_members;
        assert_int_equal(store_group_update(t->store, &g), 0);
        assert_int_equal(decide(t, &m, 0), MATCH_OPEN);
        press(t, m, -1);
        m = someone(t, "1234", 0, 0, 20, 2000);
        assert_int_equal(decide(t, &m, 0), MATCH_JOIN);
        assert_int_equal(t->last.group, group_of(t, 1));
        town_close(t);
}

static void a_copied_token_is_the_first_ones(void **state)
{
        Town *t = town_open();
        MemberRow copy;
        GroupRow g;

        for (uint32_t i = 0; i < 3; i++)
                press(t, someone(t, "1234", 0, 0, 20, 500 * i), i == 0 ? -1 : 0);
        copy = someone(t, "1234", 0, 0, 20, 5000);
        copy.token = t->people[0].token;
        press(t, copy, 0);
        hear_each_other(t, 0, 3, -60);
        g = close_group_of(t, 0);
        assert_int_equal(g.n_members, 3);
        assert_int_not_equal(group_of(t, 3), g.id);
        town_close(t);
}

static void shortage_is_told(void **state)
{
        Town *t = town_open();
        GroupRow g;
        int r = -ENOMEM;

        for (uint32_t i = 0; i < 6; i++)
                press(t, someone(t, "1234", 0, 0, 20, 500 * i), i == 0 ? -1 : 0);
        hear_each_other(t, 0, 4, -60);
        g = read_group(t, group_of(t, 0));
        for (int n = 1; r == -ENOMEM; n++) {
                _cleanup_(match_plan_freep) MatchPlan *plan = NULL;

                until_failure = n;
                r = matcher_final(&settings, t->store, &g, WINDOW_MS, START_MS + WINDOW_MS, &plan);
                assert_true(n > 5 || r == -ENOMEM); /* there is something to fail */
                assert_true((r == 0) == (plan != NULL));
        }
        until_failure = 0;
        assert_int_equal(r, 0);
        town_close(t);
}

/* ---- groups that may close together ---- */

/* A remote attacker that knows code and place presses within a second of the first of a pair.
 * Returns whether it closes with them. */
static bool attacker_is_in(bool party, int32_t after_ms)
{
        Town *t = town_open();
        MemberRow m;
        bool in;

        t->party = party;
        press(t, someone(t, "1234", 0, 0, 20, 2000), -1);
        m = someone(t, "1234", 1, 0, 20, (uint32_t)(2000 + after_ms));
        press(t, m, 0);
        press(t, someone(t, "1234", 0, 1, 20, 3000), group_of(t, 0));
        hear(t, 0, 2, -60);
        hear(t, 2, 0, -60);
        assert_int_equal(regroup_linked(&settings, t->store, t->people[2].id, MAX, WINDOW_MS,
                                        START_MS, NULL, NULL),
                         0);
        (void)close_group_of(t, 0);
        in = group_of(t, 1) == group_of(t, 0);
        assert_int_equal(group_of(t, 2), group_of(t, 0));
        town_close(t);
        return in;
}

static void no_attacker_gets_into_a_party(void **state)
{
        size_t in = 0, with_words = 0;

        for (int32_t after_ms = -1000; after_ms < 1000; after_ms += 34) {
                in += attacker_is_in(true, after_ms);
                with_words += attacker_is_in(false, after_ms);
        }
        assert_int_equal(in, 0);
        assert_true(with_words > 0); /* there the words keep it out */
}

/* One without a fix and without radio beside a pair without fixes: it waits, until both say yes. */
static void the_silent_get_into_a_party_when_let_in(void **state)
{
        Town *t = town_open();
        GroupRow pair, silent;
        MatchOthers others;

        t->party = true;
        press(t, someone(t, "1234", 0, 0, 0, 0), -1);
        press(t, someone(t, "1234", 0, 0, 0, 1000), group_of(t, 0));
        hear_each_other(t, 0, 2, -60);
        assert_int_equal(press(t, someone(t, "1234", 0, 0, 0, 1500), 0), 2);
        assert_int_equal(t->last.verdict, MATCH_OPEN);
        pair = read_group(t, group_of(t, 0));
        assert_int_equal(matcher_others(&settings, t->store, &pair, WINDOW_MS, START_MS + 7000,
                                        false, &others),
                         0);
        assert_int_equal(others.n, 0); /* it has not listened yet */
        assert_int_equal(matcher_others(&settings, t->store, &pair, WINDOW_MS, START_MS + 8000,
                                        false, &others),
                         0);
        assert_int_equal(others.n, 1);
        assert_int_equal(others.list[0].id, group_of(t, 2));
        silent = others.list[0];
        assert_int_equal(regroup_admitted(t->store, &pair, &silent, MAX, NULL, NULL), 0);
        assert_int_equal(group_of(t, 2), group_of(t, 0));
        assert_int_equal(close_group_of(t, 0).n_members, 3);
        town_close(t);
}

static void the_silent_beside_a_party_stay_outside(void **state)
{
        Town *t = town_open();
        GroupRow g;

        t->party = true;
        press(t, someone(t, "1234", 0, 0, 0, 0), -1);
        press(t, someone(t, "1234", 0, 0, 0, 1000), group_of(t, 0));
        hear_each_other(t, 0, 2, -60);
        press(t, someone(t, "1234", 0, 0, 0, 1500), 0);
        assert_int_equal(close_group_of(t, 0).n_members, 2);
        g = read_group(t, group_of(t, 2));
        assert_int_equal(g.phase, GROUP_GATHERING); /* it may still be let in elsewhere */
        assert_int_equal(g.n_members, 1);
        assert_int_equal(close_group_of(t, 2).n_members, 1);
        town_close(t);
}

/* It presses first, with a fix on the spot, and closes as soon as two have come. */
static void a_stranger_cannot_close_the_window_of_a_party(void **state)
{
        Town *t = town_open();
        GroupRow g;

        t->party = true;
        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        assert_int_equal(press(t, someone(t, "1234", 1, 0, 20, 1000), 0), 1);
        assert_int_equal(group_of(t, 1), group_of(t, 0)); /* linked by fix, as yet */
        press(t, someone(t, "1234", 0, 1, 20, 2000), -1);
        hear_each_other(t, 1, 2, -60);
        assert_int_equal(close_group_of(t, 0).n_members, 1);
        g = read_group(t, group_of(t, 1));
        assert_int_equal(g.phase, GROUP_GATHERING);
        assert_int_not_equal(g.id, group_of(t, 0));
        assert_memory_not_equal(&g.opener, &t->people[0].member_id, sizeof g.opener);
        town_close(t);
}

static void evidence_merges_groups_at_once(void **state)
{
        Town *t = town_open();
        GroupRow g;

        press(t, someone(t, "1234", 0, 0, 0, 0), -1);
        press(t, someone(t, "1234", 0, 0, 0, 1000), 0);
        assert_int_not_equal(group_of(t, 1), group_of(t, 0));
        hear(t, 1, 0, -60); /* one of them heard the other: that is enough */
        assert_int_equal(regroup_linked(&settings, t->store, t->people[1].id, MAX, WINDOW_MS,
                                        START_MS, NULL, NULL),
                         0);
        assert_int_equal(group_of(t, 1), group_of(t, 0));
        assert_int_equal(read_group(t, group_of(t, 0)).n_members, 2);
        g = read_group(t, group_of(t, 0));
        assert_memory_equal(&g.opener, &t->people[0].member_id, sizeof g.opener);
        town_close(t);
}

/* Words, and no link: the group with the first deadline moves to the other, closing nobody's. */
static void a_lone_member_closes_nobody(void **state)
{
        Town *t = town_open();
        GroupRow g;

        press(t, someone(t, "1234", 0, 0, 0, 0), -1);
        press(t, someone(t, "1234", 0, 0, 0, 3000), -1);
        g = close_group_of(t, 0);
        assert_int_equal(g.n_members, 0); /* gone */
        assert_int_equal(group_of(t, 0), group_of(t, 1));
        g = read_group(t, group_of(t, 1));
        assert_int_equal(g.phase, GROUP_GATHERING);
        assert_int_equal(g.n_members, 2);
        assert_int_equal(close_group_of(t, 1).n_members, 2);
        town_close(t);
}

static bool finds(Town *t, size_t i, size_t other)
{
        GroupRow g = read_group(t, group_of(t, i));
        MatchOthers o;

        assert_int_equal(
                matcher_others(&settings, t->store, &g, WINDOW_MS, START_MS + 10000, false, &o), 0);
        return o.n == 1 && o.list[0].id == group_of(t, other);
}

/* Else one group is asked about the other, and the other about nobody. */
static void a_wrong_fix_hides_nobody_from_one_side(void **state)
{
        Town *t = town_open();

        press(t, someone(t, "1234", 400, 0, 10, 0), -1); /* 300 m off */
        press(t, someone(t, "1234", 0, 0, 30, 0), group_of(t, 0));
        hear_each_other(t, 0, 2, -60);
        press(t, someone(t, "1234", 0, 0, 20, 0), -1);
        assert_true(finds(t, 2, 0));
        assert_true(finds(t, 0, 2));
        town_close(t);
}

/* Two who are tied to each other alone are not those who hear each other, but who is tied to them
 * over somebody else is. */
static void who_is_let_in_over_another_stays(void **state)
{
        Town *t = town_open();
        GroupRow g;

        for (size_t i = 0; i < 4; i++)
                press(t, someone(t, "1234", 0, 0, 20, 0), i == 0 ? -1 : group_of(t, 0));
        hear_each_other(t, 0, 2, -60);
        assert_int_equal(store_tie_add(t->store, t->people[2].id, t->people[3].id), 0);
        assert_int_equal(store_tie_add(t->store, t->people[0].id, t->people[2].id), 0);
        g = read_group(t, group_of(t, 0));
        assert_int_equal(looking_cut_off(t->store, &g, WINDOW_MS, START_MS + 10000, NULL, NULL), 0);
        assert_int_equal(read_group(t, g.id).n_members, 4);
        town_close(t);

        t = town_open();
        for (size_t i = 0; i < 4; i++)
                press(t, someone(t, "1234", 0, 0, 20, 0), i == 0 ? -1 : group_of(t, 0));
        hear_each_other(t, 0, 2, -60);
        assert_int_equal(store_tie_add(t->store, t->people[2].id, t->people[3].id), 0);
        g = read_group(t, group_of(t, 0));
        assert_int_equal(looking_cut_off(t->store, &g, WINDOW_MS, START_MS + 10000, NULL, NULL), 0);
        assert_int_equal(g.n_members, 2);
        assert_int_equal(read_group(t, group_of(t, 2)).n_members, 1);
        assert_int_equal(read_group(t, group_of(t, 3)).n_members, 1);
        town_close(t);
}

/* People said yes to one, and not to a stranger whose fix is like that one's, nor when the window
 * of the stranger ends. */
static void who_is_let_in_lets_in_nobody(void **state)
{
        Town *t = town_open();

        t->party = true;
        press(t, someone(t, "1234", 0, 0, 20, 2500), -1); /* the stranger */
        press_together(t, 3, 1000);
        hear_each_other(t, 1, 2, -60);
        assert_int_equal(store_tie_add(t->store, t->people[1].id, t->people[3].id), 0);
        (void)close_group_of(t, 0);
        assert_true(group_of(t, 0) != group_of(t, 1));
        (void)close_group_of(t, 1);
        assert_int_equal(group_of(t, 3), group_of(t, 1));
        assert_true(group_of(t, 0) != group_of(t, 1));
        town_close(t);
}

/* Nor to one who was linked to it by its fix before. */
static void who_is_let_in_keeps_nobody(void **state)
{
        Town *t = town_open();

        t->party = true;
        press_together(t, 4, 0);
        hear_each_other(t, 1, 2, -60);
        assert_int_equal(store_tie_add(t->store, t->people[1].id, t->people[3].id), 0);
        (void)close_group_of(t, 1);
        assert_int_equal(group_of(t, 2), group_of(t, 1));
        assert_int_equal(group_of(t, 3), group_of(t, 1));
        assert_true(group_of(t, 0) != group_of(t, 1));
        town_close(t);
}

/* A guest is tied to the terminal whose screen it scanned. Where no radio is heard, that terminal
 * keeps the people whom fixes link to it. */
static void a_guest_cuts_nobody_off(void **state)
{
        for (uint64_t closes_ms = WINDOW_MS / 10; closes_ms <= WINDOW_MS;
             closes_ms += WINDOW_MS * 9 / 10) {
                Town *t = town_open();

                t->party = true;
                press_together(t, 3, 0);
                assert_int_equal(store_tie_add(t->store, t->people[0].id, t->people[2].id), 0);
                (void)close_group_when(t, 0, MAX, START_MS + closes_ms);
                for (size_t i = 1; i < 3; i++)
                        assert_int_equal(group_of(t, i), group_of(t, 0));
                town_close(t);
        }
}

/* Adds people who are there by their fixes alone, until the group is full. */
static void fill_group(Town *t, int64_t group, uint8_t number)
{
        GroupRow g = read_group(t, group);

        for (uint32_t i = g.n_members; i < settings.max_members; i++) {
                MemberRow m = someone(t, "1234", 0, 0, 20, 0);

                m.member_id.b[1] = m.token.b[1] = number;
                memcpy(&m.member_id.b[2], &i, sizeof i);
                memcpy(&m.token.b[2], &i, sizeof i);
                m.group = group;
                assert_int_equal(store_member_add(t->store, &m), 0);
        }
        g.n_members = settings.max_members;
        assert_int_equal(store_group_update(t->store, &g), 0);
}

/* A group is as large as may be, and so is that of two whom one of it hears: they are found, for
 * strangers who fill the place must not part them. */
static void two_full_groups_give_back_who_hear_each_other(void **state)
{
        Town *t = town_open();

        for (size_t i = 0; i < 3; i++)
                press(t, someone(t, "1234", 0, 0, 20, 0), i == 2 ? group_of(t, 1) : -1);
        fill_group(t, group_of(t, 0), 1);
        fill_group(t, group_of(t, 1), 2);
        hear_each_other(t, 0, 3, -60);
        (void)close_group_at_most(t, 0, settings.max_members);
        assert_int_equal(group_of(t, 1), group_of(t, 0));
        assert_int_equal(group_of(t, 2), group_of(t, 0));
        town_close(t);
}

/* With a party nobody's words count: it is not taken along by a group with words either. */
static void a_party_is_not_taken_along(void **state)
{
        Town *t = town_open();

        press(t, someone(t, "1234", 0, 0, 0, 0), -1);
        press(t, someone(t, "1234", 0, 0, 0, 500), group_of(t, 0));
        hear_each_other(t, 0, 2, -60);
        t->party = true;
        press(t, someone(t, "1234", 0, 0, 0, 1000), -1);
        assert_int_equal(close_group_of(t, 0).n_members, 2);
        assert_int_equal(read_group(t, group_of(t, 2)).phase, GROUP_GATHERING);
        town_close(t);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(arrivals),
                cmocka_unit_test(a_vague_group_is_found_from_afar),
                cmocka_unit_test(two_that_fit_equally_are_asked_about),
                cmocka_unit_test(a_slip_joins_with_mutual_radio),
                cmocka_unit_test(two_openers_merge),
                cmocka_unit_test(a_group_joined_has_a_revision_that_is_new_to_all),
                cmocka_unit_test(a_merge_stops_where_the_group_is_full),
                cmocka_unit_test(who_must_leave_opens_a_group_where_the_other_is_full),
                cmocka_unit_test(a_bridge_is_cut),
                cmocka_unit_test(the_attacker_who_opened_is_left_alone),
                cmocka_unit_test(the_silent_are_refused_at_once),
                cmocka_unit_test(the_silent_are_refused_with_a_silent_opener),
                cmocka_unit_test(who_stays_inherits_the_group),
                cmocka_unit_test(a_full_group_takes_nobody),
                cmocka_unit_test(a_copied_token_is_the_first_ones),
                cmocka_unit_test(no_attacker_gets_into_a_party),
                cmocka_unit_test(the_silent_get_into_a_party_when_let_in),
                cmocka_unit_test(the_silent_beside_a_party_stay_outside),
                cmocka_unit_test(a_stranger_cannot_close_the_window_of_a_party),
                cmocka_unit_test(evidence_merges_groups_at_once),
                cmocka_unit_test(a_lone_member_closes_nobody),
                cmocka_unit_test(a_wrong_fix_hides_nobody_from_one_side),
                cmocka_unit_test(who_is_let_in_over_another_stays),
                cmocka_unit_test(who_is_let_in_lets_in_nobody),
                cmocka_unit_test(who_is_let_in_keeps_nobody),
                cmocka_unit_test(a_guest_cuts_nobody_off),
                cmocka_unit_test(two_full_groups_give_back_who_hear_each_other),
                cmocka_unit_test(a_party_is_not_taken_along),
                cmocka_unit_test(shortage_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
