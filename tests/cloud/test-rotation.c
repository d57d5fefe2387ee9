/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions and tickets while the cloud's keys are replaced, and when they are revoked, on two nodes
 * that share one store. */
#include "fixture.h"

#include "cloud/api/ticket.h"

#include <stdio.h>

enum { DAY_MS = 24 * 3600 * 1000, HOUR_MS = 3600 * 1000 };
static const KeyOverlap overlap = {30 * UINT64_C(86400000), 7 * UINT64_C(86400000)};

typedef struct Nodes {
        char folder[64], path[128];
        Cloud one, other;
} Nodes;

static void nodes_begin(Nodes *n)
{
        Store *store;

        memset(n, 0, sizeof *n);
        (void)snprintf(n->folder, sizeof n->folder, "/tmp/huddle-rotation.XXXXXX");
        assert_non_null(mkdtemp(n->folder));
        (void)snprintf(n->path, sizeof n->path, "%s/db", n->folder);
        assert_int_equal(store_sqlite_open(&store, n->path), 0);
        cloud_begin(&n->one, store);
        assert_int_equal(store_sqlite_open(&store, n->path), 0);
        cloud_begin(&n->other, store);
        n->other.keys = n->one.keys;
}

static void nodes_end(Nodes *n)
{
        char path[160];

        cloud_end(&n->one);
        cloud_end(&n->other);
        (void)unlink(n->path);
        (void)snprintf(path, sizeof path, "%s-wal", n->path);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s-shm", n->path);
        (void)unlink(path);
        (void)rmdir(n->folder);
}

static int ask(Terminal *t, Cloud *node)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetProfile w = PB_GET_PROFILE_INIT;

        request.body_case = PB_REQUEST_BODY_GET_PROFILE;
        request.get_profile = &w;
        t->cloud = node;
        return terminal_ask(t, &request);
}

static void advance(Nodes *n, uint64_t ms)
{
        step_clock_advance(n->one.clock, ms);
        step_clock_advance(n->other.clock, ms);
}

/* Both nodes have the new file. */
static void hand_out_keys(Nodes *n)
{
        n->other.keys = n->one.keys;
        api_forget_sessions(n->one.api);
        api_forget_sessions(n->other.api);
}

static uint64_t now(const Nodes *n)
{
        return clock_wall(n->one.clock);
}

/* ---- tickets ---- */

static void tickets_outlive_a_rotation_until_they_expire(void **state)
{
        Terminal before, after;
        Nodes n;

        nodes_begin(&n);
        terminal_ready_made(&before, &n.one, "ann");
        assert_int_equal(cloud_keys_rotate_ticket(&n.one.keys, now(&n)), 0);
        hand_out_keys(&n);
        advance(&n, CLOUD_KEYS_SPREAD_MS + 1);
        terminal_ready_made(&after, &n.one, "ben");
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(ask(&before, i ? &n.other : &n.one), OK);
                assert_int_equal(ask(&after, i ? &n.other : &n.one), OK);
        }
        advance(&n, DAY_MS - CLOUD_KEYS_SPREAD_MS - 2);
        assert_int_equal(ask(&before, &n.other), OK); /* its last millisecond */
        advance(&n, 1);
        assert_int_equal(ask(&before, &n.other), PB_STATUS_NO_SESSION);
        assert_int_equal(api_metrics(n.other.api)->audit[AUDIT_TICKET_EXPIRED], 1);
        assert_int_equal(ask(&after, &n.other), OK);
        nodes_end(&n);
}

static void a_stolen_ticket_key_is_worth_nothing_when_it_is_over(void **state)
{
        uint64_t expires_ms;
        Terminal t;
        Key stolen;
        Nodes n;

        nodes_begin(&n);
        terminal_ready_made(&t, &n.one, "ann");
        stolen = n.one.keys.tickets[0].key;
        assert_int_equal(cloud_keys_rotate_ticket(&n.one.keys, now(&n)), 0);
        hand_out_keys(&n);
        advance(&n, 2 * (uint64_t)DAY_MS); /* nobody has pruned the file */
        expires_ms = now(&n) + DAY_MS;
        ticket_seal(t.ticket, &stolen, &(Ticket){1, 0, expires_ms}, &t.session.public_key);
        t.n_ticket = TICKET_SIZE;
        assert_int_equal(ask(&t, &n.one), PB_STATUS_NO_SESSION);
        ticket_seal(t.ticket, cloud_keys_ticket(&n.one.keys, now(&n)), &(Ticket){1, 0, expires_ms},
                    &t.session.public_key);
        assert_int_equal(ask(&t, &n.one), OK);
        nodes_end(&n);
}

static void a_code_can_be_confirmed_over_a_rotation(void **state)
{
        WireRequest request = PB_REQUEST_INIT;
        PbConfirm w = PB_CONFIRM_INIT;
        Cloud c = {.verifies = true};
        Terminal t;

        cloud_begin(&c, NULL);
        terminal_begin(&t, &c);
        assert_int_equal(cloud_keys_rotate_ticket(&c.keys, clock_wall(c.clock)), 0);
        step_clock_advance(c.clock, CLOUD_KEYS_SPREAD_MS - 1000);
        assert_int_equal(terminal_register(&t, "ann"), OK);
        assert_int_equal(terminal_open_session(&t), OK);
        step_clock_advance(c.clock, 2000);
        w.code = c.sent_code;
        request.body_case = PB_REQUEST_BODY_CONFIRM;
        request.confirm = &w;
        assert_int_equal(terminal_ask(&t, &request), OK);
        cloud_end(&c);
}

/* ---- revocation ---- */

static void revoked_sessions_are_refused_at_once_on_every_node(void **state)
{
        AccountRow row;
        Terminal t, bystander;
        Nodes n;

        nodes_begin(&n);
        terminal_ready_made(&t, &n.one, "ann");
        terminal_ready_made(&bystander, &n.one, "ben");
        assert_int_equal(ask(&t, &n.other), OK);
        assert_int_equal(store_begin(n.one.store), 0);
        assert_int_equal(store_account_by_handle(n.one.store, "ann", &row), 0);
        assert_int_equal(store_account_revoke(n.one.store, row.id), 0);
        assert_int_equal(store_commit(n.one.store), 0);
        assert_int_equal(ask(&t, &n.one), PB_STATUS_NO_SESSION);
        assert_int_equal(ask(&t, &n.other), PB_STATUS_NO_SESSION);
        assert_int_equal(ask(&bystander, &n.other), OK);
        assert_int_equal(api_metrics(n.other.api)->audit[AUDIT_TICKET_REVOKED], 1);
        /* whoever has the account's key opens another one */
        assert_int_equal(terminal_open_session(&t), OK);
        assert_int_equal(ask(&t, &n.one), OK);
        assert_int_equal(ask(&t, &n.other), OK);
        nodes_end(&n);
}

static void tickets_of_a_deleted_account_are_refused_at_once_on_every_node(void **state)
{
        Terminal t;
        Nodes n;

        nodes_begin(&n);
        terminal_ready_made(&t, &n.one, "ann");
        assert_int_equal(ask(&t, &n.other), OK);
        t.cloud = &n.one;
        assert_int_equal(terminal_simple(&t, PB_REQUEST_BODY_UNREGISTER), OK);
        assert_int_equal(ask(&t, &n.one), PB_STATUS_NO_ACCOUNT);
        assert_int_equal(ask(&t, &n.other), PB_STATUS_NO_ACCOUNT);
        assert_int_equal(api_metrics(n.one.api)->audit[AUDIT_UNREGISTERED], 1);
        assert_int_equal(api_metrics(n.other.api)->audit[AUDIT_TICKET_DELETED], 1);
        nodes_end(&n);
}

/* ---- sessions ---- */

static WireResponse *open_session(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbOpenSession w = PB_OPEN_SESSION_INIT;
        uint8_t signature[64];

        account_sign_session(signature, &t->account, &t->session.cloud_key, &t->session.public_key);
        w.account_key = wire_bytes(t->account.public_key.b, 32);
        w.signature = wire_bytes(signature, sizeof signature);
        request.body_case = PB_REQUEST_BODY_OPEN_SESSION;
        request.open_session = &w;
        return terminal_call(t, &request);
}

/* API_E_…, or 0 where it was answered. */
static int try_request(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbDescribe describe = PB_DESCRIBE_INIT;
        Answer answer = {0};
        int r;

        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &describe;
        r = terminal_send(t, &request, &answer);
        api_flush(t->cloud->api);
        answer_done(&answer);
        return r;
}

static void both_box_keys_serve_until_the_end_of_the_overlap(void **state)
{
        Terminal old, fresh;
        Succession s;
        WireResponse *w;
        Nodes n;

        nodes_begin(&n);
        terminal_ready_made(&old, &n.one, "ann");
        assert_int_equal(cloud_keys_rotate_identity(&n.one.keys, true, true, &overlap, now(&n)), 0);
        hand_out_keys(&n);
        w = open_session(&old); /* not told before all nodes have the file */
        assert_int_equal(w->session_opened->succession.len, 0);
        (void)wire_response_free(w);
        advance(&n, CLOUD_KEYS_SPREAD_MS);
        w = open_session(&old);
        assert_int_equal(succession_read(&s, w->session_opened->succession.data,
                                         w->session_opened->succession.len),
                         0);
        (void)wire_response_free(w);
        assert_memory_equal(&s.from, &n.one.keys.identity, sizeof s.from);
        terminal_begin(&fresh, &n.other);
        assert_int_equal(session_begin(&fresh.session, &s.to.box_key), 0);
        assert_int_equal(terminal_register(&fresh, "ben"), OK);
        assert_int_equal(terminal_open_session(&fresh), OK);
        advance(&n, overlap.overlap_ms - CLOUD_KEYS_SPREAD_MS - 1);
        assert_int_equal(try_request(&old), 0);
        assert_int_equal(try_request(&fresh), 0);
        advance(&n, 1); /* also for a session that is kept in memory */
        assert_int_equal(try_request(&old), API_E_NOT_FOR_US);
        assert_int_equal(try_request(&fresh), 0);
        assert_int_equal(api_metrics(n.one.api)->audit[AUDIT_NOT_FOR_US], 1);
        nodes_end(&n);
}

/* A signature is for the key of the envelope it comes in, not for another one of the same cloud. */
static void a_signature_for_the_other_key_opens_no_session(void **state)
{
        WireResponse *w;
        Terminal t;
        Nodes n;

        nodes_begin(&n);
        terminal_ready_made(&t, &n.one, "ann");
        assert_int_equal(cloud_keys_rotate_identity(&n.one.keys, true, true, &overlap, now(&n)), 0);
        t.session.cloud_key = n.one.keys.next.identity.box_key;
        w = open_session(&t);
        assert_int_equal(w->status, PB_STATUS_MALFORMED);
        assert_int_equal(api_metrics(n.one.api)->audit[AUDIT_SIGNATURE], 1);
        (void)wire_response_free(w);
        nodes_end(&n);
}

static int set_up(void **state)
{
        return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(tickets_outlive_a_rotation_until_they_expire),
                cmocka_unit_test(a_stolen_ticket_key_is_worth_nothing_when_it_is_over),
                cmocka_unit_test(a_code_can_be_confirmed_over_a_rotation),
                cmocka_unit_test(revoked_sessions_are_refused_at_once_on_every_node),
                cmocka_unit_test(tickets_of_a_deleted_account_are_refused_at_once_on_every_node),
                cmocka_unit_test(both_box_keys_serve_until_the_end_of_the_overlap),
                cmocka_unit_test(a_signature_for_the_other_key_opens_no_session),
        };

        return cmocka_run_group_tests_name("rotation", tests, set_up, NULL);
}
