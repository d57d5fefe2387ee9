/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-bounds.c - the worst case of every request: what it costs beside as much as strangers can
 * deposit
 *
 * Units and their bound as in test-work.c. The table has a case for every request of huddle.proto.
 */
#include "crowd.h"
#include "fixture.h"

#include "cloud/store/store.h"

enum {
        WORK_MAX = 200000, /* 5 ms */
        MEMBERS = 1000,
        TO_ALL = 63,
        DEPOSITS = 4,
        FETCHES = 100,
        FIRST_BODY = 10, /* the number of the first request in huddle.proto */
};

/* A group that exchanges cards, with everything in it that its members may deposit; we are the last
 * of it. */
typedef struct World {
        Cloud cloud;
        Terminal us;
        MemberRow member;
        GroupRow group;
        char number[RECORD_NUMBER_SIZE];
        uint8_t token[32];
        WireRequest request;
} World;

static void world_add_messages(World *w, const MemberRow *m)
{
        static const uint32_t kinds[] = {PB_MESSAGE_GROUP_KEY, PB_MESSAGE_NAME_KEY,
                                         PB_MESSAGE_UNPROVEN, PB_MESSAGE_BURN};
        MessageRow row = {
                .from = m->member_id, .to_all = true, .body_len = 100, .has_key_id = true};

        for (unsigned i = 0; i < TO_ALL; i++) {
                row.kind = kinds[i % 4];
                row.run = i / 4;
                assert_int_equal(store_message_add(w->cloud.store, w->group.id, &row, true), 0);
        }
        row.kind = PB_MESSAGE_CARD_KEY;
        assert_int_equal(store_message_add(w->cloud.store, w->group.id, &row, true), 0);
        row.to_all = false;
        row.to = w->member.member_id;
        row.kind = PB_MESSAGE_PROOF_A;
        row.run = 1;
        assert_int_equal(store_message_add(w->cloud.store, w->group.id, &row, true), 0);
}

static void world_add_pieces(World *w, const MemberRow *m)
{
        uint8_t bytes[256] = {0};
        PieceRow p = {.part = 1, .total = 4 * sizeof bytes, .bytes = bytes, .len = sizeof bytes};

        for (unsigned i = 0; i < 4; i++, p.offset += sizeof bytes)
                assert_int_equal(store_piece_put(w->cloud.store, m->id, &p), 0);
}

/* All members share their tokens, so that revoking one revokes all. */
static void world_add_escrows(World *w, const MemberRow *m)
{
        EscrowRow e = {.member = m->id, .stands = true};

        memcpy(e.number, w->number, sizeof e.number);
        e.expires_ms = w->group.expires_ms;
        for (uint8_t i = 0; i < DEPOSITS; i++) {
                uint8_t token[32] = {i};

                record_token_hash(&e.token_hash, w->number, token);
                assert_int_equal(store_escrow_add(w->cloud.store, &e), 0);
        }
}

static void world_add_member(World *w, unsigned i, int64_t account)
{
        MemberOpening o = {0};
        MemberRow m = {.group = w->group.id, .account = account, .route = "4821", .words = true};

        m.member_id = i + 1 < MEMBERS ? crowd_id(5000 + i) : w->us.keys.id;
        assert_int_equal(store_member_add(w->cloud.store, &m), 0);
        o.id = m.member_id;
        assert_int_equal(store_opening_put(w->cloud.store, m.id, &o, i + 1), 0);
        m.opening_order = i + 1;
        m.left = i % 2 == 1 && i + 1 < MEMBERS;
        assert_int_equal(store_member_update(w->cloud.store, &m), 0);
        w->member = m;
}

static void world_begin_record(World *w)
{
        RecordRow r = {.group = w->group.id, .expires_ms = w->group.expires_ms};

        memcpy(r.number, w->number, sizeof r.number);
        record_half_draw(r.half);
        assert_int_equal(store_record_add(w->cloud.store, &r), 0);
}

static void world_sign_roster(World *w)
{
        static RosterMember list[MEMBERS];
        _cleanup_(roster_freep) Roster *roster = NULL;

        for (unsigned i = 0; i < MEMBERS; i++)
                list[i].id = i + 1 < MEMBERS ? crowd_id(5000 + i) : w->us.keys.id;
        record_number_draw(w->number);
        assert_int_equal(roster_sign(&roster, w->number, WALL_START_MS, &w->us.keys.id, list,
                                     MEMBERS, w->cloud.keys.sign_private),
                         0);
        assert_int_equal(store_roster_put(w->cloud.store, w->group.id, roster), 0);
}

static void world_fill(World *w, int64_t account)
{
        Store *s = w->cloud.store;
        EscrowRow e = {0};

        world_sign_roster(w);
        world_begin_record(w);
        for (unsigned i = 0; i < MEMBERS; i++) {
                world_add_member(w, i, i + 1 < MEMBERS ? 1000000 + i : account);
                world_add_pieces(w, &w->member);
                world_add_escrows(w, &w->member);
        }
        for (unsigned i = 0; i < MEMBERS; i++) {
                MemberRow m = {.member_id = crowd_id(5000 + i)};

                world_add_messages(w, i + 1 < MEMBERS ? &m : &w->member);
        }
        memcpy(e.number, w->number, sizeof e.number);
        record_token_hash(&e.token_hash, w->number, w->token);
        for (unsigned i = 0; i < FETCHES; i++)
                assert_int_equal(store_fetch_add(s, &e, (const uint8_t *)&i, sizeof i, i), 0);
        assert_int_equal(store_evidence_drop(s, w->group.id, 0, MEMBERS + 1), 0);
}

static void world_begin(World *w)
{
        AccountRow account;
        Store *s;

        memset(w, 0, sizeof *w);
        cloud_begin(&w->cloud, NULL);
        s = w->cloud.store;
        terminal_ready_made(&w->us, &w->cloud, "us");
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_account_by_handle(s, "us", &account), 0);
        w->group = (GroupRow){
                .phase = GROUP_EXCHANGING,
                .route = "4821",
                .opened_ms = WALL_START_MS,
                .expires_ms = WALL_START_MS + 86400000,
                .revision = 5,
                .closed_revision = 3,
                .opener = w->us.keys.id,
                .n_members = MEMBERS,
                .n_opened = MEMBERS,
                .n_final = MEMBERS,
        };
        assert_int_equal(store_group_add(s, &w->group), 0);
        world_fill(w, account.id);
        assert_int_equal(store_commit(s), 0);
        pb_request_init(&w->request);
}

/* Asks, which must end with this status, and returns what it cost. */
static uint64_t world_ask(World *w, unsigned body, int status)
{
        uint64_t before = api_work(w->cloud.api), cost;
        int s;

        w->request.body_case = (PbRequestBodyCase)body;
        s = terminal_ask(&w->us, &w->request);
        cost = api_work(w->cloud.api) - before;
        print_message("%u: status %d, %lu units\n", body, s, (unsigned long)cost);
        assert_int_equal(s, status);
        return cost;
}

static ProtobufCBinaryData our_id(World *w)
{
        return wire_bytes(w->us.keys.id.b, sizeof w->us.keys.id.b);
}

/* ---- the cases ---- */

static uint64_t ask_simple(World *w, unsigned body)
{
        uint64_t before = api_work(w->cloud.api);

        assert_int_equal(terminal_simple(&w->us, body), OK);
        return api_work(w->cloud.api) - before;
}

static uint64_t case_describe(World *w)
{
        return ask_simple(w, PB_REQUEST_BODY_DESCRIBE);
}

static uint64_t case_unregister(World *w)
{
        return ask_simple(w, PB_REQUEST_BODY_UNREGISTER);
}

static uint64_t case_leave(World *w)
{
        return ask_simple(w, PB_REQUEST_BODY_LEAVE);
}

static uint64_t case_acknowledge(World *w)
{
        return ask_simple(w, PB_REQUEST_BODY_ACKNOWLEDGE);
}

static uint64_t case_open_session(World *w)
{
        uint64_t before = api_work(w->cloud.api);

        assert_int_equal(terminal_open_session(&w->us), OK);
        return api_work(w->cloud.api) - before;
}

static uint64_t case_register(World *w)
{
        uint64_t before = api_work(w->cloud.api);
        Terminal t;

        terminal_begin(&t, &w->cloud);
        assert_int_equal(terminal_register(&t, "somebody"), OK);
        return api_work(w->cloud.api) - before;
}

static uint64_t case_register_guest(World *w)
{
        uint64_t before = api_work(w->cloud.api);
        Terminal t;

        w->cloud.settings.guests = true;
        terminal_begin(&t, &w->cloud);
        assert_int_equal(terminal_register_guest(&t), OK);
        return api_work(w->cloud.api) - before;
}

/* Everybody waits with the same handle; we are the one that confirms it. */
static uint64_t case_confirm(World *w)
{
        PbConfirm c = PB_CONFIRM_INIT;
        Terminal other;

        w->cloud.verifies = true;
        cloud_restart(&w->cloud);
        w->cloud.settings.registrations_per_hour = 0;
        for (unsigned i = 0; i < MEMBERS; i++) {
                terminal_begin(&other, &w->cloud);
                (void)terminal_register(&other, "wanted");
        }
        w->us = other;
        assert_int_equal(terminal_open_session(&w->us), OK);
        w->cloud.settings.codes_per_hour = 0;
        step_clock_advance(w->cloud.clock, w->cloud.settings.code_lifetime_ms);
        assert_int_equal(terminal_register(&w->us, "wanted"), OK);
        c.code = w->cloud.sent_code;
        w->request.confirm = &c;
        return world_ask(w, PB_REQUEST_BODY_CONFIRM, OK);
}

static uint64_t case_profile(World *w)
{
        static uint8_t bytes[60000];
        PbPutProfile p = PB_PUT_PROFILE_INIT;

        p.revision = 1;
        p.ciphertext = wire_bytes(bytes, sizeof bytes);
        w->request.put_profile = &p;
        return world_ask(w, PB_REQUEST_BODY_PUT_PROFILE, OK);
}

static uint64_t case_get_profile(World *w)
{
        static uint8_t bytes[131112];
        PbGetProfile g = PB_GET_PROFILE_INIT;
        AccountRow account;

        assert_int_equal(store_account_by_handle(w->cloud.store, "us", &account), 0);
        assert_int_equal(store_profile_put(w->cloud.store, account.id, 1, bytes,
                                           w->cloud.settings.max_card_bytes),
                         0);
        w->request.get_profile = &g;
        return world_ask(w, PB_REQUEST_BODY_GET_PROFILE, OK);
}

/* A crowd gathers; we come with 64 sightings of it. */
static void gather(World *w, CrowdKind kind)
{
        terminal_press(&w->us);
        assert_int_equal(store_begin(w->cloud.store), 0);
        (void)crowd_add(w->cloud.store, kind, MEMBERS - 1, WALL_START_MS + 60000);
        assert_int_equal(store_commit(w->cloud.store), 0);
}

static uint64_t join_crowd(World *w, CrowdKind kind)
{
        JoinRequest join;

        gather(w, kind);
        terminal_join_request(&w->us, &join, "4821");
        for (unsigned i = 0; i < SERIAL_HEARD_MAX; i++)
                join.serial.heard[i] = (Sighting){.token.b = {1, (uint8_t)(i * 3)},
                                                  .transport = SIGHTING_BLE,
                                                  .rssi_dbm = -60};
        join.serial.n_heard = SERIAL_HEARD_MAX;
        wire_serial_fill(&join.wire, &join.serial);
        w->request = join.request;
        return world_ask(w, PB_REQUEST_BODY_JOIN, OK);
}

static uint64_t case_join(World *w)
{
        return join_crowd(w, CROWD_GROUPS);
}

/* A member of the crowd hears 64 others, and us last. */
static int hear_us_last(const MemberRow *m, void *userdata)
{
        World *w = userdata;
        Sighting heard[SERIAL_HEARD_MAX];

        for (unsigned i = 0; i < SERIAL_HEARD_MAX; i++)
                heard[i] = (Sighting){.token.b = {1, (uint8_t)(i * 3)}};
        heard[SERIAL_HEARD_MAX - 1].token = w->us.token;
        return store_heard_set(w->cloud.store, m->id, heard, SERIAL_HEARD_MAX);
}

/* Our group has closed, and the crowd is too late for it. */
static uint64_t amend_closed(World *w, PbAmend *a)
{
        Store *s = w->cloud.store;
        MemberRow us;
        GroupRow g;

        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_member_get(s, &w->us.keys.id, &us), 0);
        assert_int_equal(store_group_get(s, us.group, &g), 0);
        g.phase = GROUP_OPENING;
        assert_int_equal(store_group_update(s, &g), 0);
        assert_int_equal(store_evidence_drop(s, g.id, WALL_START_MS * UINT64_C(2), SIZE_MAX), 0);
        for (unsigned i = 0; i < SERIAL_HEARD_MAX; i++) {
                Token t = {.b = {1, (uint8_t)(i * 3)}};

                assert_int_equal(store_members_by_token(s, &t, hear_us_last, w), 0);
        }
        assert_int_equal(store_commit(s), 0);
        a->sequence = 2;
        return world_ask(w, PB_REQUEST_BODY_AMEND, OK);
}

static uint64_t case_amend(World *w)
{
        PbJoinVerdict verdict;
        PbAmend a = PB_AMEND_INIT;
        JoinRequest heard;

        gather(w, CROWD_GROUPS);
        assert_int_equal(terminal_join(&w->us, "4821", &verdict), OK);
        terminal_join_request(&w->us, &heard, "4821");
        for (unsigned i = 0; i < SERIAL_HEARD_MAX; i++)
                heard.serial.heard[i] = (Sighting){.token.b = {1, (uint8_t)(i * 3)},
                                                   .transport = SIGHTING_BLE,
                                                   .rssi_dbm = -60};
        heard.serial.n_heard = SERIAL_HEARD_MAX;
        wire_serial_fill(&heard.wire, &heard.serial);
        a.member_id = our_id(w);
        a.n_heard = SERIAL_HEARD_MAX;
        a.heard = heard.wire.serial.place->heard;
        a.sequence = 1;
        w->request.amend = &a;
        return MAX(world_ask(w, PB_REQUEST_BODY_AMEND, OK), amend_closed(w, &a));
}

/* We open a group that gathers, and everybody else comes into it. */
static void open_crowd(World *w)
{
        PbJoinVerdict verdict;
        MemberRow m;
        GroupRow g;
        Store *s = w->cloud.store;

        terminal_press(&w->us);
        assert_int_equal(terminal_join(&w->us, "9999", &verdict), OK);
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_member_get(s, &w->us.keys.id, &m), 0);
        assert_int_equal(store_group_get(s, m.group, &g), 0);
        for (unsigned i = 0; i + 1 < MEMBERS; i++) {
                m.id = 0;
                m.member_id = crowd_id(9000 + i);
                m.ready = true;
                randombytes_buf(&m.token, sizeof m.token);
                assert_int_equal(store_member_add(s, &m), 0);
        }
        g.n_members = MEMBERS;
        assert_int_equal(store_group_update(s, &g), 0);
        assert_int_equal(store_commit(s), 0);
}

static uint64_t case_ready(World *w)
{
        open_crowd(w);
        return ask_simple(w, PB_REQUEST_BODY_READY);
}

static uint64_t case_close(World *w)
{
        open_crowd(w);
        return ask_simple(w, PB_REQUEST_BODY_CLOSE);
}

/* A party of as many people, without a place, so that it is linked to nobody. */
static int64_t add_party(World *w, unsigned first, unsigned n, int64_t account)
{
        Store *s = w->cloud.store;
        uint64_t now_ms = clock_wall(w->cloud.clock);
        MemberRow m = {.route = "4821", .press_ms = now_ms};
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .route = "4821",
                .opened_ms = now_ms,
                .deadline_ms = now_ms + 60000,
                .expires_ms = now_ms + 86400000,
                .revision = 1,
                .opener = first == 0 ? w->us.keys.id : crowd_id(9000 + first),
                .n_members = n,
                .party = true,
                .look_ms = now_ms + 3600000,
        };

        assert_int_equal(store_group_add(s, &g), 0);
        for (unsigned i = 0; i < n; i++) {
                m.group = g.id;
                m.account = i == 0 ? account : 1000000 + i;
                m.member_id = i == 0 ? g.opener : crowd_id(9000 + first + i);
                randombytes_buf(&m.token, sizeof m.token);
                assert_int_equal(store_member_add(s, &m), 0);
        }
        return g.id;
}

/* Two parties of one size, of which ours came first, and the other has said yes already: one group
 * of a thousand. */
static uint64_t case_admit(World *w)
{
        PbAdmit a = PB_ADMIT_INIT;
        Id other = crowd_id(9000 + MEMBERS / 2);
        Store *s = w->cloud.store;
        AccountRow account;
        uint64_t cost;
        MemberRow m;
        GroupRow g;
        int64_t ours, theirs;

        gather(w, CROWD_GROUPS);
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_account_by_handle(s, "us", &account), 0);
        ours = add_party(w, 0, MEMBERS / 2, account.id);
        theirs = add_party(w, MEMBERS / 2, MEMBERS / 2, 1);
        assert_int_equal(store_admission_put(s, theirs, ours, true), 0);
        assert_int_equal(store_commit(s), 0);
        step_clock_advance(w->cloud.clock, 6000);
        a.member_id = our_id(w);
        a.other = wire_bytes(other.b, sizeof other.b);
        a.yes = true;
        w->request.admit = &a;
        cost = world_ask(w, PB_REQUEST_BODY_ADMIT, OK);
        assert_int_equal(store_member_get(s, &other, &m), 0);
        assert_int_equal(store_group_get(s, m.group, &g), 0);
        assert_int_equal(g.n_members, MEMBERS);
        assert_memory_equal(&g.opener, &w->us.keys.id, sizeof g.opener);
        return cost;
}

static uint64_t case_draw_route(World *w)
{
        PbDrawRoute d = PB_DRAW_ROUTE_INIT;

        gather(w, CROWD_GROUPS);
        w->request.draw_route = &d;
        return world_ask(w, PB_REQUEST_BODY_DRAW_ROUTE, OK);
}

static uint64_t case_upload(World *w)
{
        static uint8_t bytes[8192];
        PbUpload u = PB_UPLOAD_INIT;

        u.member_id = our_id(w);
        u.part = 2;
        u.total = sizeof bytes;
        u.bytes = wire_bytes(bytes, sizeof bytes);
        w->request.upload = &u;
        return world_ask(w, PB_REQUEST_BODY_UPLOAD, OK);
}

/* The last opening of a thousand: everybody is looked at. */
static uint64_t case_opening(World *w)
{
        uint64_t before;
        PbJoinVerdict verdict;
        MemberRow m;
        GroupRow g;
        Store *s = w->cloud.store;

        terminal_press(&w->us);
        assert_int_equal(terminal_join(&w->us, "9999", &verdict), OK);
        assert_int_equal(terminal_upload(&w->us, 1), OK);
        assert_int_equal(terminal_upload(&w->us, 2), OK);
        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_member_get(s, &w->us.keys.id, &m), 0);
        assert_int_equal(store_group_get(s, m.group, &g), 0);
        for (unsigned i = 0; i + 1 < MEMBERS; i++) {
                m.id = 0;
                m.member_id = crowd_id(9000 + i);
                m.opening_order = i + 1;
                assert_int_equal(store_member_add(s, &m), 0);
        }
        g.n_members = MEMBERS;
        g.n_opened = MEMBERS - 1;
        g.phase = GROUP_OPENING;
        assert_int_equal(store_group_update(s, &g), 0);
        assert_int_equal(store_commit(s), 0);
        before = api_work(w->cloud.api);
        assert_int_equal(terminal_open(&w->us), OK);
        return api_work(w->cloud.api) - before;
}

/* As many as a member may post, so that all are counted. */
static void post_much(World *w)
{
        MessageRow row = {.from = w->us.keys.id, .kind = PB_MESSAGE_PROOF_A, .body_len = 100};

        assert_int_equal(store_begin(w->cloud.store), 0);
        for (unsigned i = 0; i < MEMBERS; i++)
                for (row.run = 2; row.run < 17; row.run++) {
                        row.to = crowd_id(5000 + i);
                        assert_int_equal(store_message_add(w->cloud.store, w->group.id, &row, true),
                                         0);
                }
        assert_int_equal(store_commit(w->cloud.store), 0);
}

static uint64_t case_post(World *w)
{
        static PbMemberMessage m[64], *list[64];
        static Id to[64];
        uint8_t body[512] = {0}, signature[64] = {0};
        PbPost p = PB_POST_INIT;

        for (unsigned i = 0; i < ARRAY_LEN(m); i++) {
                to[i] = crowd_id(5000 + i);
                pb_member_message_init(&m[i]);
                m[i].from = our_id(w);
                m[i].to = wire_bytes(to[i].b, sizeof to[i].b);
                m[i].kind = PB_MESSAGE_PROOF_B;
                m[i].run = 1;
                m[i].body = wire_bytes(body, sizeof body);
                m[i].signature = wire_bytes(signature, sizeof signature);
                list[i] = &m[i];
        }
        post_much(w);
        p.member_id = our_id(w);
        p.n_messages = ARRAY_LEN(m);
        p.messages = list;
        w->request.post = &p;
        return world_ask(w, PB_REQUEST_BODY_POST, OK);
}

static uint64_t case_watch(World *w)
{
        PbWatch q = PB_WATCH_INIT;

        q.member_id = our_id(w);
        w->request.watch = &q;
        return world_ask(w, PB_REQUEST_BODY_WATCH, OK);
}

static uint64_t ask_list(World *w, uint64_t cursor)
{
        PbGetList q = PB_GET_LIST_INIT;

        q.member_id = our_id(w);
        q.max_bytes = 262144;
        q.cursor = cursor;
        w->request.get_list = &q;
        return world_ask(w, PB_REQUEST_BODY_GET_LIST, OK);
}

/* A full page, and the last one with the head of everything. */
static uint64_t case_get_list(World *w)
{
        uint64_t page = ask_list(w, 0), head = ask_list(w, (uint64_t)w->member.id << 20);

        return MAX(page, head);
}

static uint64_t case_get_record(World *w)
{
        PbGetRecord q = PB_GET_RECORD_INIT;
        Bytes32 hash;

        record_token_hash(&hash, w->number, w->token);
        q.member_id = our_id(w);
        q.token_hash = wire_bytes(hash.b, sizeof hash.b);
        w->request.get_record = &q;
        return world_ask(w, PB_REQUEST_BODY_GET_RECORD, OK);
}

static uint64_t case_put_record(World *w)
{
        uint8_t escrow[RECORD_ESCROW_SIZE] = {0};
        PbPutRecord q = PB_PUT_RECORD_INIT;
        Bytes32 hash;

        record_token_hash(&hash, w->number, w->token);
        q.member_id = our_id(w);
        q.token_hash = wire_bytes(hash.b, sizeof hash.b);
        q.escrow = wire_bytes(escrow, sizeof escrow);
        w->request.put_record = &q;
        return world_ask(w, PB_REQUEST_BODY_PUT_RECORD, OK);
}

/* All are revoked in the end, in turns of which none costs more. */
static uint64_t revoke_the_rest(World *w)
{
        uint64_t worst = 0, before;
        EscrowRow e;
        Bytes32 hash;

        for (unsigned i = 0; i < 100; i++) {
                before = api_work(w->cloud.api);
                step_clock_advance(w->cloud.clock, 1);
                worst = MAX(worst, api_work(w->cloud.api) - before);
        }
        for (uint8_t i = 0; i < DEPOSITS; i++) {
                uint8_t token[32] = {i};

                record_token_hash(&hash, w->number, token);
                assert_int_equal(store_escrow_find(w->cloud.store, w->number, &hash, &e), 0);
                assert_true(e.revoked && !e.stands);
        }
        return worst;
}

static uint64_t case_revoke_record(World *w)
{
        uint64_t first;
        PbRevokeRecord q = PB_REVOKE_RECORD_INIT;

        q.member_id = our_id(w);
        q.token = wire_bytes(w->token, sizeof w->token);
        w->request.revoke_record = &q;
        first = world_ask(w, PB_REQUEST_BODY_REVOKE_RECORD, OK);
        return MAX(first, revoke_the_rest(w));
}

static uint64_t case_fetch_record(World *w)
{
        PbFetchRecord q = PB_FETCH_RECORD_INIT;

        q.number = w->number;
        q.token = wire_bytes(w->token, sizeof w->token);
        q.max_bytes = 262144;
        w->request.fetch_record = &q;
        w->cloud.settings.record_fetches = FETCHES + 1;
        return world_ask(w, PB_REQUEST_BODY_FETCH_RECORD, OK);
}

static uint64_t (*const cases[])(World *w) = {
        [PB_REQUEST_BODY_OPEN_SESSION] = case_open_session,
        [PB_REQUEST_BODY_DESCRIBE] = case_describe,
        [PB_REQUEST_BODY_REGISTER] = case_register,
        [PB_REQUEST_BODY_CONFIRM] = case_confirm,
        [PB_REQUEST_BODY_UNREGISTER] = case_unregister,
        [PB_REQUEST_BODY_PUT_PROFILE] = case_profile,
        [PB_REQUEST_BODY_GET_PROFILE] = case_get_profile,
        [PB_REQUEST_BODY_JOIN] = case_join,
        [PB_REQUEST_BODY_AMEND] = case_amend,
        [PB_REQUEST_BODY_READY] = case_ready,
        [PB_REQUEST_BODY_CLOSE] = case_close,
        [PB_REQUEST_BODY_LEAVE] = case_leave,
        [PB_REQUEST_BODY_ADMIT] = case_admit,
        [PB_REQUEST_BODY_DRAW_ROUTE] = case_draw_route,
        [PB_REQUEST_BODY_UPLOAD] = case_upload,
        [PB_REQUEST_BODY_OPENING] = case_opening,
        [PB_REQUEST_BODY_POST] = case_post,
        [PB_REQUEST_BODY_WATCH] = case_watch,
        [PB_REQUEST_BODY_GET_LIST] = case_get_list,
        [PB_REQUEST_BODY_ACKNOWLEDGE] = case_acknowledge,
        [PB_REQUEST_BODY_GET_RECORD] = case_get_record,
        [PB_REQUEST_BODY_PUT_RECORD] = case_put_record,
        [PB_REQUEST_BODY_REVOKE_RECORD] = case_revoke_record,
        [PB_REQUEST_BODY_FETCH_RECORD] = case_fetch_record,
        [PB_REQUEST_BODY_REGISTER_GUEST] = case_register_guest,
};

static void each_request_has_a_case(void **state)
{
        const ProtobufCMessageDescriptor *d = &huddle__v1__request__descriptor;

        for (unsigned i = 0; i < d->n_fields; i++)
                if (d->fields[i].id >= FIRST_BODY) {
                        print_message("%s\n", d->fields[i].name);
                        assert_in_range(d->fields[i].id, 0, ARRAY_LEN(cases) - 1);
                        assert_non_null(cases[d->fields[i].id]);
                }
}

static void each_request_is_bounded(void **state)
{
        unsigned n_over = 0;

        for (unsigned body = 0; body < ARRAY_LEN(cases); body++) {
                static World w;
                uint64_t cost;

                if (!cases[body])
                        continue;
                world_begin(&w);
                cost = cases[body](&w);
                print_message("request %u: %lu units%s\n", body, (unsigned long)cost,
                              cost > WORK_MAX ? ": TOO MANY" : "");
                n_over += cost > WORK_MAX;
                cloud_end(&w.cloud);
        }
        assert_int_equal(n_over, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_request_has_a_case),
                cmocka_unit_test(each_request_is_bounded),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
