/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store-life.h"

#include "tests/unit/test.h"

#include <inttypes.h>
#include <string.h>

enum { ACCOUNTS = 4, TOKENS = 12, NAMES = 40, TIMES = 1000 };

static const char *const routes[] = {"1", "22", "23", "4821"};

/* ---- by chance ---- */

static Id life_id(Life *l)
{
        Id id = {{0}};

        id.b[15] = (uint8_t)chance_below(&l->chance, NAMES);
        return id;
}

static Token life_token(Life *l)
{
        Token t = {{0}};

        t.b[0] = (uint8_t)(1 + chance_below(&l->chance, TOKENS));
        return t;
}

static int64_t life_account(Life *l)
{
        return 1 + chance_below(&l->chance, ACCOUNTS);
}

static uint64_t life_time(Life *l)
{
        return chance_below(&l->chance, TIMES);
}

static Fix life_fix(Life *l)
{
        static const uint32_t accuracies[] = {20, 299, 300, 5000};
        Fix fix = {.known = chance_permille(&l->chance, 750)};

        if (!fix.known)
                return fix;
        fix.latitude_e7 = (int32_t)chance_between(&l->chance, 0, 6) * 50000 - 150000;
        fix.longitude_e7 = (int32_t)chance_between(&l->chance, 0, 6) * 50000 - 150000;
        fix.accuracy_m = accuracies[chance_below(&l->chance, ARRAY_LEN(accuracies))];
        return fix;
}

/* One that is there; false: it hit one that is not. */
static bool life_group(Life *l, Store *s, GroupRow *ret)
{
        int64_t id = 1 + chance_below(&l->chance, (uint32_t)l->last_group + 1);

        return store_group_get(s, id, ret) == 0;
}

static bool life_member(Life *l, Store *s, MemberRow *ret)
{
        int64_t id = 1 + chance_below(&l->chance, (uint32_t)l->last_member + 1);

        return store_member_by_row(s, id, ret) == 0;
}

/* ---- what happens ---- */

static int life_open_group(Life *l, Store *s)
{
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .opened_ms = life_time(l),
                .deadline_ms = life_time(l),
                .expires_ms = 1 + life_time(l),
                .revision = 1,
                .opener = life_id(l),
                .look_ms = chance_permille(&l->chance, 500) ? life_time(l) : 0,
        };
        int r;

        strcpy(g.route, routes[chance_below(&l->chance, ARRAY_LEN(routes))]);
        r = store_group_add(s, &g);
        l->last_group = MAX(l->last_group, g.id);
        return r;
}

static int life_change_group(Life *l, Store *s)
{
        GroupRow g;

        if (!life_group(l, s, &g))
                return 0;
        g.phase = (GroupPhase)chance_between(&l->chance, GROUP_GATHERING, GROUP_ALONE);
        g.deadline_ms = life_time(l);
        g.look_ms = life_time(l);
        g.revision++;
        g.n_members = chance_below(&l->chance, 9);
        return store_group_update(s, &g);
}

static int life_join(Life *l, Store *s)
{
        GroupRow g;
        MemberRow m = {
                .account = life_account(l),
                .member_id = life_id(l),
                .fix = life_fix(l),
                .token = life_token(l),
                .press_ms = life_time(l),
                .arrival_ms = life_time(l),
                .words = chance_permille(&l->chance, 500),
                .mark = (GuestMark)chance_below(&l->chance, 4),
        };
        int r;

        if (!life_group(l, s, &g))
                return 0;
        m.group = g.id;
        memcpy(m.route, g.route, sizeof m.route);
        r = store_member_add(s, &m);
        l->last_member = MAX(l->last_member, m.id);
        return r;
}

static int life_change_member(Life *l, Store *s)
{
        MemberRow m;

        if (!life_member(l, s, &m))
                return 0;
        m.revision++;
        m.left = chance_permille(&l->chance, 300);
        m.ready = chance_permille(&l->chance, 300);
        m.acknowledged = chance_permille(&l->chance, 300);
        m.evidence_sequence++;
        return store_member_update(s, &m);
}

static int life_hear(Life *l, Store *s)
{
        Sighting heard[6];
        size_t n = chance_below(&l->chance, ARRAY_LEN(heard) + 1);
        MemberRow m;

        if (!life_member(l, s, &m))
                return 0;
        for (size_t i = 0; i < n; i++)
                heard[i] = (Sighting){
                        .token = life_token(l),
                        .transport = SIGHTING_BLE,
                        .rssi_dbm = -60,
                        .first_heard_ms = 1,
                        .last_heard_ms = chance_below(&l->chance, 9),
                };
        return chance_permille(&l->chance, 800) ? store_heard_set(s, m.id, heard, n)
                                                : store_past_heard_set(s, m.id, heard, n);
}

static int life_move(Life *l, Store *s)
{
        MemberRow m;
        GroupRow g;
        Fix fix = life_fix(l);

        if (!life_member(l, s, &m))
                return 0;
        if (chance_permille(&l->chance, 500))
                return fix.known ? store_fix_set(s, m.id, &fix) : 0;
        if (!life_group(l, s, &g))
                return 0;
        m.group = g.id;
        return store_member_update(s, &m);
}

static int life_absorb(Life *l, Store *s)
{
        GroupRow a, b;

        return life_group(l, s, &a) && life_group(l, s, &b) && a.id != b.id
                       ? store_group_absorb(s, a.id, b.id)
                       : 0;
}

static int life_say(Life *l, Store *s)
{
        MemberRow a, b;

        if (!life_member(l, s, &a) || !life_member(l, s, &b))
                return 0;
        return chance_permille(&l->chance, 500)
                       ? store_admission_put(s, a.group, b.group, chance_permille(&l->chance, 500))
                       : store_tie_add(s, a.id, b.id);
}

static int life_close(Life *l, Store *s)
{
        uint64_t keep_ms = chance_permille(&l->chance, 500) ? life_time(l) : 0;
        int64_t after = 0;
        GroupRow g;
        int r;

        if (!life_group(l, s, &g))
                return 0;
        while ((r = store_near_keep(s, g.id, after, &after)) == 0)
                ;
        return r < 0 ? r : store_evidence_drop(s, g.id, keep_ms, chance_between(&l->chance, 1, 4));
}

static int life_open(Life *l, Store *s)
{
        MemberOpening o = {.id = life_id(l)};
        MemberRow m;

        o.nonce.b[0] = (uint8_t)chance_below(&l->chance, 9);
        return life_member(l, s, &m) ? store_opening_put(s, m.id, &o, (uint32_t)m.id) : 0;
}

static int life_deposit(Life *l, Store *s)
{
        static const uint8_t bytes[100];
        PieceRow p = {.part = chance_between(&l->chance, 1, 2), .total = 150, .bytes = bytes};
        MemberRow m;

        p.offset = 100 * chance_below(&l->chance, 2);
        p.len = p.offset > 0 ? 50 : 100;
        if (!life_member(l, s, &m))
                return 0;
        return chance_permille(&l->chance, 900) ? store_piece_put(s, m.id, &p)
                                                : store_pieces_drop(s, m.id);
}

static int life_post(Life *l, Store *s)
{
        MessageRow row = {
                .to_all = chance_permille(&l->chance, 500),
                .kind = chance_between(&l->chance, 1, 4),
                .run = chance_below(&l->chance, 2),
                .body = {(uint8_t)chance_below(&l->chance, 2)},
                .body_len = 1,
                .has_key_id = chance_permille(&l->chance, 500),
        };
        MemberRow m, to;

        if (!life_member(l, s, &m) || !life_member(l, s, &to))
                return 0;
        row.from = m.member_id;
        if (!row.to_all)
                row.to = to.member_id;
        row.signature[0] = (uint8_t)chance_below(&l->chance, 2);
        return store_message_add(s, m.group, &row, chance_permille(&l->chance, 900));
}

static int life_leave(Life *l, Store *s)
{
        MemberRow m;

        return life_member(l, s, &m) ? store_member_remove(s, m.id) : 0;
}

static int life_end_group(Life *l, Store *s)
{
        GroupRow g;

        return life_group(l, s, &g) ? store_group_delete(s, g.id) : 0;
}

static int life_expire(Life *l, Store *s)
{
        bool more = true;
        int r = 0;

        /* the order of deleting is a store's own: all or nothing */
        for (uint64_t now_ms = life_time(l) / 10; r >= 0 && more;)
                r = store_expire(s, now_ms, 1 + chance_below(&l->chance, 20), &more);
        return r;
}

static int life_shift_times(Life *l, Store *s)
{
        uint64_t deadline_ms = TIMES - 100 + life_time(l) / 10,
                 expires_ms = TIMES - 100 + life_time(l) / 10;
        GroupRow g;
        bool more = true;
        int r = 0;

        if (chance_permille(&l->chance, 500))
                return life_group(l, s, &g) ? store_group_put_off(s, g.id, life_time(l)) : 0;
        while (r == 0 && more)
                r = store_groups_cap(s, deadline_ms, expires_ms, 3, &more);
        return r;
}

static int life_forget_account(Life *l, Store *s)
{
        int r = 1;

        while (r > 0)
                r = store_account_left(s, life_account(l));
        return r;
}

int life_try(Life *l, Store *s)
{
        static const struct {
                int (*happens)(Life *l, Store *s);
                uint32_t weight;
        } events[] = {
                {life_open_group, 10},    {life_join, 30},          {life_change_group, 5},
                {life_change_member, 10}, {life_hear, 25},          {life_move, 10},
                {life_absorb, 3},         {life_say, 10},           {life_close, 6},
                {life_open, 10},          {life_deposit, 8},        {life_post, 20},
                {life_leave, 4},          {life_end_group, 2},      {life_expire, 2},
                {life_shift_times, 3},    {life_forget_account, 1},
        };
        uint32_t sum = 0, at;

        for (size_t i = 0; i < ARRAY_LEN(events); i++)
                sum += events[i].weight;
        at = chance_below(&l->chance, sum);
        for (size_t i = 0; i < ARRAY_LEN(events); i++) {
                if (at < events[i].weight)
                        return events[i].happens(l, s);
                at -= events[i].weight;
        }
        return 0;
}

void life_step(Life *l, Store *s)
{
        assert_true(life_try(l, s) >= 0);
}

/* ---- what can be seen ---- */

static int tell_row(int64_t id, void *userdata)
{
        fprintf(userdata, " %" PRId64, id);
        return 0;
}

static int tell_member_id(const MemberRow *m, void *userdata)
{
        return tell_row(m->id, userdata);
}

static int tell_sighting(const Sighting *h, void *userdata)
{
        fprintf(userdata, " %u:%d:%d:%u:%u", h->token.b[0], (int)h->transport, h->rssi_dbm,
                h->first_heard_ms, h->last_heard_ms);
        return 0;
}

static int tell_token(const Token *t, void *userdata)
{
        fprintf(userdata, " %u", t->b[0]);
        return 0;
}

static int tell_opening(const MemberOpening *o, uint32_t order, void *userdata)
{
        fprintf(userdata, " %u:%u:%u", order, o->id.b[15], o->nonce.b[0]);
        return 0;
}

static int tell_message(const MessageRow *m, void *userdata)
{
        fprintf(userdata, " %" PRId64 ":%u>%d:%u:%u:%u:%u:%u:%d", m->id, m->from.b[15],
                m->to_all ? -1 : m->to.b[15], m->kind, m->run, m->body[0], (unsigned)m->body_len,
                m->signature[0], m->has_key_id);
        return 0;
}

static int tell_piece(const PieceRow *p, void *userdata)
{
        fprintf(userdata, " %u:%u:%u:%zu", p->member_id.b[15], p->part, p->offset, p->len);
        return 0;
}

static void describe_group(FILE *f, Store *s, const GroupRow *g)
{
        uint64_t cursor;

        fprintf(f,
                "group %" PRId64 " %s phase %d opened %" PRIu64 " deadline %" PRIu64
                " expires %" PRIu64 " revision %" PRIu64 " opener %u members %u guests %u %u look "
                "%" PRIu64 "\n members",
                g->id, g->route, (int)g->phase, g->opened_ms, g->deadline_ms, g->expires_ms,
                g->revision, g->opener.b[15], g->n_members, g->n_guests, g->n_refusing, g->look_ms);
        assert_int_equal(store_members_of_group(s, g->id, tell_member_id, f), 0);
        fputs("\n left", f);
        assert_int_equal(store_members_left(s, g->id, tell_member_id, f), 0);
        fputs("\n openings", f);
        assert_int_equal(store_openings_walk(s, g->id, 0, tell_opening, f), 0);
        fputs("\n pieces", f);
        assert_int_equal(store_pieces_walk(s, g->id, 0, 0, &cursor, tell_piece, f), 0);
        fputs("\n messages", f);
        assert_int_equal(store_messages_walk(s, g->id, NULL, 0, 100, tell_message, f), 0);
        fputs("\n keys", f);
        assert_int_equal(store_card_keys_walk(s, g->id, 0, 100, tell_message, f), 0);
        fputc('\n', f);
}

static void describe_evidence(FILE *f, Store *s, const MemberRow *m)
{
        fputs("\n heard", f);
        assert_int_equal(store_heard_get(s, m->id, tell_sighting, f), 0);
        fputs("\n mutual", f);
        assert_int_equal(store_mutual_walk(s, m, tell_token, f), 0);
        fputs("\n near", f);
        assert_int_equal(store_near_walk(s, m->id, tell_member_id, f), 0);
        fputs("\n ties", f);
        assert_int_equal(store_ties_walk(s, m->id, tell_row, f), 0);
        fprintf(f, "\n radio %d missed %d", store_member_has_radio(s, m), store_past_missed(s, m));
        assert_int_equal(store_past_missed_walk(s, m, tell_member_id, f), 0);
}

static void describe_member(FILE *f, Store *s, const MemberRow *m)
{
        uint32_t n, n_to_all;
        MemberOpening o;

        fprintf(f,
                "member %" PRId64 " of %" PRId64 " account %" PRId64 " id %u %s fix %d %d %d %u "
                "token %u press %" PRIu64 " arrival %" PRIu64 " revision %" PRIu64
                " evidence %u %d%d%d%d words %d mark %d opened %u",
                m->id, m->group, m->account, m->member_id.b[15], m->route, m->fix.known,
                m->fix.latitude_e7, m->fix.longitude_e7, m->fix.accuracy_m, m->token.b[0],
                m->press_ms, m->arrival_ms, m->revision, m->evidence_sequence, m->ready, m->left,
                m->relayed, m->acknowledged, m->words, (int)m->mark, m->opening_order);
        describe_evidence(f, s, m);
        fprintf(f, "\n opening %d messages", store_opening_get(s, m->id, &o));
        assert_int_equal(store_messages_walk(s, m->group, &m->member_id, 0, 100, tell_message, f),
                         0);
        assert_int_equal(store_count_messages(s, m->group, &m->member_id, 5, &n, &n_to_all), 0);
        fprintf(f, "\n said %u %u key %d\n", n, n_to_all,
                store_card_key_given(s, m->group, &m->member_id));
}

static void describe_accounts(FILE *f, Store *s)
{
        uint32_t n, members;
        uint64_t bytes;

        for (int64_t account = 0; account <= ACCOUNTS; account++) {
                assert_int_equal(store_count_gathering(s, account, &n), 0);
                assert_int_equal(store_account_use(s, account, 100, &members, &bytes), 0);
                fprintf(f, "account %" PRId64 " gathers %u has %u %" PRIu64 ":", account, n,
                        members, bytes);
                assert_int_equal(store_members_of_account(s, account, tell_member_id, f), 0);
                fputc('\n', f);
        }
}

static void describe_tokens(FILE *f, Store *s)
{
        MemberRow m;

        for (uint8_t i = 1; i <= TOKENS; i++) {
                Token t = {{i}}, screen;

                screen_token(&screen, &t);
                fprintf(f, "token %u of", i);
                assert_int_equal(store_members_by_token(s, &t, tell_member_id, f), 0);
                fputs(" heard by", f);
                assert_int_equal(store_members_hearing(s, &t, 1000, tell_member_id, f), 0);
                fprintf(f, " screen %d\n", (int)store_member_by_screen(s, &screen, &m));
        }
}

static void describe_places(FILE *f, Store *s)
{
        static const int32_t boxes[][4] = {{-20000, 60000, -60000, 60000},
                                           {-150000, 150000, -150000, 150000},
                                           {-90000000, 90000000, 0, 150000}};
        uint32_t n;

        for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
                assert_int_equal(store_count_routes(s, strlen(routes[i]), 3, &n), 0);
                fprintf(f, "route %s taken %d, %u as long\n nowhere", routes[i],
                        store_route_taken(s, routes[i]), n);
                assert_int_equal(store_members_near(s, routes[i], NULL, 3, tell_member_id, f), 0);
                fputs("\n recent", f);
                assert_int_equal(store_members_recent(s, routes[i], 3, tell_member_id, f), 0);
                for (size_t k = 0; k < ARRAY_LEN(boxes); k++) {
                        fprintf(f, "\n box %zu", k);
                        assert_int_equal(
                                store_members_near(s, routes[i], boxes[k], 100, tell_member_id, f),
                                0);
                        if (k == 2)
                                continue;
                        fputs(" vague", f);
                        assert_int_equal(
                                store_members_vague(s, routes[i], boxes[k], 100, tell_member_id, f),
                                0);
                }
                fputc('\n', f);
        }
}

static void describe_times(FILE *f, Store *s)
{
        uint64_t next_ms = 0;
        int64_t left = 0;

        fputs("due", f);
        assert_int_equal(store_groups_due(s, TIMES / 2, tell_row, f), 0);
        fputs(" looking", f);
        assert_int_equal(store_groups_looking(s, TIMES / 2, tell_row, f), 0);
        if (store_next_deadline(s, &next_ms) == 0)
                fprintf(f, " next %" PRIu64, next_ms);
        fprintf(f, " left %d\n", store_evidence_left(s, &left));
}

static void describe_admissions(FILE *f, const Life *l, Store *s)
{
        bool yes;

        for (int64_t a = 1; a <= l->last_group; a++)
                for (int64_t b = 1; b <= l->last_group; b++)
                        if (store_admission_get(s, a, b, &yes) == 0)
                                fprintf(f, "%" PRId64 " of %" PRId64 ": %d\n", a, b, yes);
}

char *life_describe(const Life *l, Store *s)
{
        char *text;
        size_t len;
        FILE *f = open_memstream(&text, &len);
        StoreCounts n;
        GroupRow g;
        MemberRow m;
        Id name = {{0}};

        assert_non_null(f);
        for (int64_t id = 1; id <= l->last_group; id++)
                if (store_group_get(s, id, &g) == 0)
                        describe_group(f, s, &g);
        for (int64_t id = 1; id <= l->last_member; id++)
                if (store_member_by_row(s, id, &m) == 0)
                        describe_member(f, s, &m);
        for (; name.b[15] < NAMES; name.b[15]++)
                fprintf(f, "%d%d", store_member_get(s, &name, &m), store_spent(s, &name));
        fputc('\n', f);
        describe_accounts(f, s);
        describe_tokens(f, s);
        describe_places(f, s);
        describe_times(f, s);
        describe_admissions(f, l, s);
        assert_int_equal(store_count(s, &n), 0);
        fprintf(f,
                "groups %" PRIu64 " gathering %" PRIu64 " members %" PRIu64 " messages %" PRIu64
                " pieces %" PRIu64 "\n",
                n.groups, n.gathering, n.members, n.messages, n.pieces);
        assert_int_equal(fclose(f), 0);
        return text;
}
