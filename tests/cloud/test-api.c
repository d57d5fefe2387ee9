/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-api.c - the cloud's side of the protocol, request by request, on a stepped clock */
#include "fixture.h"

#include "cloud/api/batch.h"
#include "cloud/match/looking.h"

enum { PARTY = 3 };

typedef struct Party {
        Cloud cloud;
        Terminal t[PARTY];
} Party;

static void party_begin(Party *p)
{
        char handle[16];

        memset(p, 0, sizeof *p);
        cloud_begin(&p->cloud, NULL);
        for (unsigned i = 0; i < PARTY; i++) {
                (void)snprintf(handle, sizeof handle, "person %u", i);
                terminal_ready_made(&p->t[i], &p->cloud, handle);
        }
}

static void party_join(Party *p)
{
        PbJoinVerdict verdict;

        for (unsigned i = 0; i < PARTY; i++) {
                assert_int_equal(terminal_join(&p->t[i], "4821", &verdict), OK);
                assert_int_equal(verdict, i == 0 ? PB_JOIN_OPENED : PB_JOIN_JOINED);
                for (unsigned part = 1; part <= 2; part++)
                        assert_int_equal(terminal_upload(&p->t[i], part), OK);
        }
}

static void party_close_and_open(Party *p)
{
        assert_int_equal(terminal_simple(&p->t[0], PB_REQUEST_BODY_CLOSE), OK);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(terminal_open(&p->t[i]), OK);
}

static int phase_of(Terminal *t)
{
        WireResponse *response = terminal_watch(t, 0, 0, 0);
        int phase = response->status == OK ? (int)response->watched->phase : -(int)response->status;

        (void)wire_response_free(response);
        return phase;
}

static void run_one_exchange(void **state)
{
        static const uint8_t key_id[8] = "the key", other_key_id[8] = "another";
        Party p;
        size_t pieces, bytes;

        party_begin(&p);
        party_join(&p);
        assert_int_equal(phase_of(&p.t[1]), PB_PHASE_GATHERING);
        party_close_and_open(&p);
        assert_int_equal(phase_of(&p.t[1]), PB_PHASE_EXCHANGING);
        for (unsigned i = 1; i < PARTY; i++)
                assert_int_equal(
                        terminal_post(&p.t[0], PB_MESSAGE_GROUP_KEY, &p.t[i].keys.id, key_id, 1),
                        OK);
        assert_int_equal(
                terminal_post(&p.t[1], PB_MESSAGE_GROUP_KEY, &p.t[2].keys.id, other_key_id, 1), OK);
        assert_int_equal(terminal_post(&p.t[1], PB_MESSAGE_GROUP_KEY, &p.t[2].keys.id, key_id, 1),
                         PB_STATUS_CONFLICT);
        for (unsigned i = 0; i < PARTY; i++) {
                assert_int_equal(terminal_post(&p.t[i], PB_MESSAGE_NAME_KEY, NULL, key_id, 2), OK);
                assert_int_equal(terminal_post(&p.t[i], PB_MESSAGE_NAME_KEY, NULL, key_id, 2), OK);
                assert_int_equal(terminal_post(&p.t[i], PB_MESSAGE_NAME_KEY, NULL, key_id, 3),
                                 PB_STATUS_CONFLICT);
        }
        for (unsigned i = 0; i < PARTY; i++) {
                assert_int_equal(terminal_list(&p.t[i], i == 0 ? 8192 : 262144, &pieces, &bytes),
                                 OK);
                assert_int_equal(bytes, (PARTY - 1) * 2 * 1200);
                assert_int_equal(terminal_simple(&p.t[i], PB_REQUEST_BODY_ACKNOWLEDGE), OK);
        }
        step_clock_advance(p.cloud.clock, p.cloud.settings.delivered_expiry_ms + 1);
        assert_int_equal(phase_of(&p.t[0]), -PB_STATUS_NO_MEMBER);
        cloud_end(&p.cloud);
}

static size_t card_keys_told(Terminal *t)
{
        WireResponse *w = terminal_watch(t, 0, 0, 0);
        size_t n = w->watched->n_card_keys;

        for (size_t i = 0; i < w->watched->n_messages; i++)
                assert_int_not_equal(w->watched->messages[i]->kind, PB_MESSAGE_CARD_KEY);
        (void)wire_response_free(w);
        return n;
}

/* The card keys of others only after one's own. */
static void card_keys_are_for_those_who_gave_theirs(void **state)
{
        static const uint8_t key_id[8] = "the key";
        Party p;

        party_begin(&p);
        party_join(&p);
        party_close_and_open(&p);
        assert_int_equal(terminal_post(&p.t[0], PB_MESSAGE_CARD_KEY, NULL, key_id, 1), OK);
        assert_int_equal(card_keys_told(&p.t[1]), 0);
        assert_int_equal(terminal_post(&p.t[1], PB_MESSAGE_CARD_KEY, NULL, key_id, 1), OK);
        assert_int_equal(card_keys_told(&p.t[1]), 2);
        assert_int_equal(card_keys_told(&p.t[0]), 2);
        assert_int_equal(card_keys_told(&p.t[2]), 0);
        cloud_end(&p.cloud);
}

/* ---- what one member and one account may deposit ---- */

/* Messages in one request, to one or (NULL) to all: so many from the first on, each of another kind
 * or run. */
static int post_many(Terminal *t, const Id *to, uint32_t first, size_t n)
{
        enum { RUNS = 15 };
        static const PbMessageKind kinds[] = {PB_MESSAGE_GROUP_KEY, PB_MESSAGE_NAME_KEY,
                                              PB_MESSAGE_CARD_KEY, PB_MESSAGE_UNPROVEN,
                                              PB_MESSAGE_BURN};
        static PbMemberMessage m[64], *list[64];
        WireRequest request = PB_REQUEST_INIT;
        PbPost post = PB_POST_INIT;
        uint8_t body[100] = {0}, signature[64] = {0};

        post.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        for (uint32_t i = 0; i < n; i++) {
                pb_member_message_init(&m[i]);
                m[i].from = post.member_id;
                if (to)
                        m[i].to = wire_bytes(to->b, sizeof to->b);
                m[i].kind = kinds[(first + i) / RUNS];
                m[i].run = (first + i) % RUNS;
                m[i].key_id = wire_bytes(body, GROUPKEY_ID_SIZE);
                m[i].body = wire_bytes(body, sizeof body);
                m[i].signature = wire_bytes(signature, sizeof signature);
                list[i] = &m[i];
        }
        post.n_messages = n;
        post.messages = list;
        request.body_case = PB_REQUEST_BODY_POST;
        request.post = &post;
        return terminal_ask(t, &request);
}

/* 64 to all and 16 for each member: so a group holds no more than 64 n + 16 n^2, of 512 bytes at
 * most. Who has used up those to all may still answer one. */
static void messages_of_a_member_are_counted(void **state)
{
        Party p;
        uint32_t run = 0;

        party_begin(&p);
        party_join(&p);
        party_close_and_open(&p);
        assert_int_equal(post_many(&p.t[0], NULL, 0, 60), OK);
        assert_int_equal(post_many(&p.t[0], NULL, 60, 5), PB_STATUS_BUSY);
        assert_int_equal(post_many(&p.t[0], NULL, 60, 4), OK);
        assert_int_equal(post_many(&p.t[0], NULL, 64, 1), PB_STATUS_BUSY);
        assert_int_equal(post_many(&p.t[0], NULL, 10, 54), OK); /* a repetition takes no room */
        for (; run < 16 * PARTY; run += 16)
                assert_int_equal(post_many(&p.t[0], &p.t[1].keys.id, run, 16), OK);
        assert_int_equal(post_many(&p.t[0], &p.t[2].keys.id, run, 1), PB_STATUS_BUSY);
        assert_int_equal(post_many(&p.t[0], &p.t[1].keys.id, run - 16, 16), OK);
        assert_int_equal(post_many(&p.t[1], NULL, 0, 1), OK); /* each for itself */
        cloud_end(&p.cloud);
}

/* The bytes of all cards that one account has in groups; a part is counted when it begins. */
static void bytes_of_an_account_are_counted(void **state)
{
        PbJoinVerdict verdict;
        Party p;

        party_begin(&p);
        p.cloud.settings.account_bytes = 3 * sizeof p.t[0].parts[0];
        for (unsigned i = 0; i < 2; i++) {
                terminal_press(&p.t[0]);
                assert_int_equal(terminal_join(&p.t[0], i ? "4821" : "4822", &verdict), OK);
                assert_int_equal(terminal_upload(&p.t[0], 1), OK);
                assert_int_equal(terminal_upload(&p.t[0], 2), i ? PB_STATUS_BUSY : OK);
        }
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_LEAVE), OK);
        terminal_press(&p.t[0]);
        assert_int_equal(terminal_join(&p.t[0], "4823", &verdict), OK);
        assert_int_equal(terminal_upload(&p.t[0], 1), OK); /* what was left is free again */
        cloud_end(&p.cloud);
}

/* Tiny pieces would cost as much as large ones. */
static void tiny_pieces_are_refused(void **state)
{
        WireRequest request = PB_REQUEST_INIT;
        PbUpload w = PB_UPLOAD_INIT;
        PbJoinVerdict verdict;
        Party p;

        party_begin(&p);
        assert_int_equal(terminal_join(&p.t[0], "4821", &verdict), OK);
        w.member_id = wire_bytes(p.t[0].keys.id.b, sizeof(Id));
        w.part = 1;
        w.total = sizeof p.t[0].parts[0];
        w.bytes = wire_bytes(p.t[0].parts[0], 10);
        request.body_case = PB_REQUEST_BODY_UPLOAD;
        request.upload = &w;
        assert_int_equal(terminal_ask(&p.t[0], &request), PB_STATUS_MALFORMED);
        assert_int_equal(terminal_upload(&p.t[0], 1), OK);
        cloud_end(&p.cloud);
}

static void watch_tells_openings_and_messages_once(void **state)
{
        static const uint8_t key_id[8] = "the key";
        WireResponse *first, *second;
        Party p;

        party_begin(&p);
        party_join(&p);
        party_close_and_open(&p);
        assert_int_equal(terminal_post(&p.t[0], PB_MESSAGE_GROUP_KEY, &p.t[1].keys.id, key_id, 1),
                         OK);
        assert_int_equal(terminal_post(&p.t[0], PB_MESSAGE_NAME_KEY, NULL, key_id, 1), OK);
        first = terminal_watch(&p.t[1], 0, 0, 0);
        assert_int_equal(first->watched->n_openings, PARTY);
        assert_int_equal(first->watched->final_openings, PARTY);
        assert_int_equal(first->watched->n_messages, 2);
        assert_non_null(first->watched->roster);
        second = terminal_watch(&p.t[1], first->watched->revision, first->watched->next_message,
                                PARTY);
        assert_int_equal(second->watched->n_openings, 0);
        assert_int_equal(second->watched->n_messages, 0);
        assert_null(second->watched->roster);
        assert_int_equal(second->watched->next_message, first->watched->next_message);
        (void)wire_response_free(second);
        second = terminal_watch(&p.t[2], first->watched->revision, 0,
                                PARTY); /* what was for another is not told */
        assert_int_equal(second->watched->n_messages, 1);
        (void)wire_response_free(first);
        (void)wire_response_free(second);
        cloud_end(&p.cloud);
}

static int send_watch(Terminal *t, uint64_t seen, uint32_t wait_ms, Answer *answer)
{
        WireRequest request = PB_REQUEST_INIT;
        PbWatch w = PB_WATCH_INIT;
        int r;

        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.seen_revision = seen;
        w.wait_ms = wait_ms;
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &w;
        r = terminal_send(t, &request, answer);
        api_flush(t->cloud->api);
        return r;
}

static void watch_waits_for_news(void **state)
{
        PbJoinVerdict verdict;
        Answer answer;
        Party p;

        party_begin(&p);
        assert_int_equal(terminal_join(&p.t[0], "4821", &verdict), OK);
        assert_int_equal(send_watch(&p.t[0], 1, 50000, &answer), 0);
        assert_false(answer.done);
        step_clock_advance(p.cloud.clock, 3000);
        assert_false(answer.done);
        terminal_press(&p.t[1]);
        assert_int_equal(terminal_join(&p.t[1], "4821", &verdict), OK);
        assert_true(answer.done);
        assert_int_equal(answer.response->watched->member_count, 2);
        answer_done(&answer);
        assert_int_equal(send_watch(&p.t[0], 2, 5000, &answer), 0);
        step_clock_advance(p.cloud.clock, 4999);
        assert_false(answer.done);
        step_clock_advance(p.cloud.clock, 1 + API_BATCH_MS);
        assert_true(answer.done);
        assert_int_equal(answer.response->watched->revision, 2);
        answer_done(&answer);
        cloud_end(&p.cloud);
}

static void send_gathering_watch(Terminal *t, const PbWatched *seen, uint32_t gather_ms,
                                 Answer *answer)
{
        WireRequest request = PB_REQUEST_INIT;
        PbWatch w = PB_WATCH_INIT;

        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.seen_revision = seen->revision;
        w.next_message = seen->next_message;
        w.next_opening = (uint32_t)seen->n_openings;
        w.wait_ms = 50000;
        w.gather_ms = gather_ms;
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &w;
        assert_int_equal(terminal_send(t, &request, answer), 0);
        api_flush(t->cloud->api);
        assert_false(answer->done);
}

/* Of two who watch, one lets messages wait for others, for half a second after the first. */
static void messages_wait_for_each_other(void **state)
{
        static const uint8_t key_id[8] = {1};
        WireResponse *w;
        Answer patient, hasty;
        Party p;

        party_begin(&p);
        party_join(&p);
        party_close_and_open(&p);
        w = terminal_watch(&p.t[0], 0, 0, 0);
        send_gathering_watch(&p.t[0], w->watched, 500, &patient);
        send_gathering_watch(&p.t[1], w->watched, 0, &hasty);
        (void)wire_response_free(w);
        step_clock_advance(p.cloud.clock, 3000);
        assert_int_equal(terminal_post(&p.t[2], PB_MESSAGE_NAME_KEY, NULL, key_id, 2), OK);
        assert_true(hasty.done);
        assert_int_equal(hasty.response->watched->n_messages, 1);
        step_clock_advance(p.cloud.clock, 400);
        assert_int_equal(terminal_post(&p.t[1], PB_MESSAGE_NAME_KEY, NULL, key_id, 2), OK);
        assert_false(patient.done);
        step_clock_advance(p.cloud.clock, 100 + API_BATCH_MS);
        assert_true(patient.done);
        assert_int_equal(patient.response->watched->n_messages, 2);
        answer_done(&patient);
        answer_done(&hasty);
        cloud_end(&p.cloud);
}

static void second_watch_ends_the_first(void **state)
{
        PbJoinVerdict verdict;
        Answer first, second;
        Party p;

        party_begin(&p);
        assert_int_equal(terminal_join(&p.t[0], "4821", &verdict), OK);
        assert_int_equal(send_watch(&p.t[0], 1, 50000, &first), 0);
        assert_int_equal(send_watch(&p.t[0], 1, 50000, &second), 0);
        assert_true(first.done);
        assert_false(second.done);
        api_drain(p.cloud.api);
        assert_true(second.done);
        answer_done(&first);
        answer_done(&second);
        cloud_end(&p.cloud);
}

static int amend_hearing(Terminal *t, const Token *token)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAmend amend = PB_AMEND_INIT;
        PbSighting sighting, *list = &sighting;
        Sighting s = {.token = *token, .transport = SIGHTING_MDNS};

        wire_heard_fill(&sighting, &list, &s, 1);
        request.body_case = PB_REQUEST_BODY_AMEND;
        request.amend = &amend;
        amend.member_id = wire_bytes(t->keys.id.b, 16);
        amend.n_heard = 1;
        amend.heard = &list;
        amend.sequence = 1;
        return terminal_ask(t, &request);
}

typedef enum Late {
        LATE_BOTH,        /* both hear each other, and the late one joins first */
        LATE_BOTH_BEFORE, /* the same, but the other hears it before */
        LATE_HEARS,       /* but is not heard */
        LATE_HEARD,       /* but does not hear */
        LATE_OTHER_ROUTE,
        LATE_AGAIN, /* somebody of the group itself */
        LATE_MINUTE,
} Late;

static void late_join(Party *p, Terminal *t, Late late)
{
        JoinRequest join;

        terminal_join_request(t, &join, late == LATE_OTHER_ROUTE ? "4822" : "4821");
        join.serial.heard[0] = (Sighting){.token = p->t[0].token, .transport = SIGHTING_MDNS};
        join.serial.n_heard = late == LATE_HEARD ? 0 : 1;
        wire_serial_fill(&join.wire, &join.serial);
        assert_int_equal(terminal_ask(t, &join.request), OK);
}

/* Two have closed. */
static void late_begin(Party *p)
{
        PbJoinVerdict verdict;

        party_begin(p);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(terminal_join(&p->t[i], "4821", &verdict), OK);
        step_clock_advance(p->cloud.clock, 5000);
        assert_int_equal(terminal_simple(&p->t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(phase_of(&p->t[1]), PB_PHASE_OPENING);
}

static bool late_is_told(Late late)
{
        Terminal again, *t;
        WireResponse *w;
        bool told;
        Party p;

        late_begin(&p);
        again = p.t[1];
        t = late == LATE_AGAIN ? &again : &p.t[2];
        if (late == LATE_MINUTE)
                step_clock_advance(p.cloud.clock, 61 * 1000);
        terminal_press(t);
        if (late == LATE_BOTH_BEFORE)
                assert_int_equal(amend_hearing(&p.t[0], &t->token), OK);
        late_join(&p, t, late);
        if (late != LATE_BOTH_BEFORE && late != LATE_HEARS)
                assert_int_equal(amend_hearing(&p.t[0], &t->token),
                                 late == LATE_MINUTE ? PB_STATUS_WRONG_PHASE : OK);
        w = terminal_watch(t, 0, 0, 0);
        assert_int_equal(w->watched->member_count, 1);
        told = w->watched->missed;
        (void)wire_response_free(w);
        cloud_end(&p.cloud);
        return told;
}

static void who_comes_too_late_is_told(void **state)
{
        assert_true(late_is_told(LATE_BOTH));
        assert_true(late_is_told(LATE_BOTH_BEFORE));
        assert_false(late_is_told(LATE_HEARS));
        assert_false(late_is_told(LATE_HEARD));
        assert_false(late_is_told(LATE_OTHER_ROUTE));
        assert_false(late_is_told(LATE_AGAIN));
        assert_false(late_is_told(LATE_MINUTE));
}

/* At once, and to the end. */
static void who_comes_too_late_is_woken(void **state)
{
        Answer answer;
        WireResponse *w;
        Party p;

        late_begin(&p);
        terminal_press(&p.t[2]);
        late_join(&p, &p.t[2], LATE_BOTH);
        w = terminal_watch(&p.t[2], 0, 0, 0);
        assert_int_equal(send_watch(&p.t[2], w->watched->revision, 50000, &answer), 0);
        (void)wire_response_free(w);
        assert_int_equal(amend_hearing(&p.t[1], &p.t[2].token), OK);
        assert_false(answer.done); /* t[2] does not hear that one */
        assert_int_equal(amend_hearing(&p.t[0], &p.t[2].token), OK);
        assert_true(answer.done && answer.response->watched->missed);
        answer_done(&answer);
        step_clock_advance(p.cloud.clock, 60 * 1000);
        w = terminal_watch(&p.t[2], 0, 0, 0);
        assert_int_equal(w->watched->phase, PB_PHASE_ALONE);
        assert_true(w->watched->missed && !w->watched->passed);
        (void)wire_response_free(w);
        cloud_end(&p.cloud);
}

static void mutual_sightings_wake_both(void **state)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAmend amend = PB_AMEND_INIT;
        PbSighting sighting, *list = &sighting;
        PbJoinVerdict verdict;
        Answer answers[PARTY];
        WireResponse *w;
        Party p;

        party_begin(&p);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(terminal_join(&p.t[i], "4821", &verdict), OK);
        w = terminal_watch(&p.t[0], 0, 0, 0);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(send_watch(&p.t[i], w->watched->revision, 50000, &answers[i]), 0);
        (void)wire_response_free(w);
        request.body_case = PB_REQUEST_BODY_AMEND;
        request.amend = &amend;
        amend.n_heard = 1;
        amend.heard = &list;
        amend.sequence = 1;
        for (unsigned i = 0; i < 2; i++) {
                Sighting s = {.token = p.t[1 - i].token, .transport = SIGHTING_MDNS};

                wire_heard_fill(&sighting, &list, &s, 1);
                amend.member_id = wire_bytes(p.t[i].keys.id.b, 16);
                assert_false(answers[i].done);
                assert_int_equal(terminal_ask(&p.t[i], &request), OK);
        }
        for (unsigned i = 0; i < 2; i++) {
                assert_true(answers[i].done);
                assert_int_equal(answers[i].response->watched->n_mutual, 1);
                assert_memory_equal(answers[i].response->watched->mutual[0].data,
                                    p.t[1 - i].token.b, 8);
                answer_done(&answers[i]);
        }
        assert_false(answers[2].done);
        api_drain(p.cloud.api);
        assert_int_equal(answers[2].response->watched->n_mutual, 0);
        answer_done(&answers[2]);
        cloud_end(&p.cloud);
}

static int amend_fix(Terminal *t, int32_t latitude_e7, uint32_t sequence)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAmend amend = PB_AMEND_INIT;

        request.body_case = PB_REQUEST_BODY_AMEND;
        request.amend = &amend;
        amend.member_id = wire_bytes(t->keys.id.b, 16);
        amend.sequence = sequence;
        amend.has_fix = true;
        amend.latitude_e7 = latitude_e7;
        amend.accuracy_m = 20;
        return terminal_ask(t, &request);
}

/* Three press the same digits at the same time, without a place: nothing links them. Then two turn
 * out to be at one place, and are one group at once; the third is 100 km away. */
static void late_fix_tells_apart(void **state)
{
        JoinRequest join;
        MemberRow m;
        WireResponse *w;
        Party p;

        party_begin(&p);
        for (unsigned i = 0; i < PARTY; i++) {
                terminal_join_request(&p.t[i], &join, "4821");
                join.wire.place.has_fix = false;
                w = terminal_call(&p.t[i], &join.request);
                assert_int_equal(w->joined->member_count, 1);
                (void)wire_response_free(w);
        }
        assert_int_equal(amend_fix(&p.t[0], 470000000, 5), OK);
        assert_int_equal(amend_fix(&p.t[0], 480000000, 4), OK); /* older: it comes too late */
        assert_int_equal(amend_fix(&p.t[1], 470000500, 5), OK);
        assert_int_equal(amend_fix(&p.t[2], 479000000, 5), OK);
        for (unsigned i = 0; i < 3; i++) {
                w = terminal_watch(&p.t[i], 0, 0, 0);
                assert_int_equal(w->watched->member_count, i < 2 ? 2 : 1);
                (void)wire_response_free(w);
        }
        step_clock_advance(p.cloud.clock, 60 * 1000 + 2 * API_BATCH_MS);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        assert_int_equal(phase_of(&p.t[1]), PB_PHASE_OPENING);
        assert_int_equal(phase_of(&p.t[2]), PB_PHASE_ALONE);
        assert_int_equal(amend_fix(&p.t[1], 470000500, 6), OK); /* who hears whom still matters, */
        assert_int_equal(store_member_get(p.cloud.store, &p.t[1].keys.id, &m), 0);
        assert_false(m.fix.known); /* but not the place */
        step_clock_advance(p.cloud.clock, 60 * 1000);
        assert_int_equal(amend_fix(&p.t[1], 470000500, 7), PB_STATUS_WRONG_PHASE);
        cloud_end(&p.cloud);
}

static void window_closes_by_itself(void **state)
{
        Party p;

        party_begin(&p);
        party_join(&p);
        step_clock_advance(p.cloud.clock, 59 * 1000);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_GATHERING);
        step_clock_advance(p.cloud.clock, 1000);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

static void close_waits_for_who_came_last(void **state)
{
        Party p;

        party_begin(&p);
        p.cloud.settings.settle_ms = 1500;
        party_join(&p);
        step_clock_advance(p.cloud.clock, 500);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        step_clock_advance(p.cloud.clock, 999);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_GATHERING);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE),
                         OK); /* again: puts nothing off */
        step_clock_advance(p.cloud.clock, 1);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

static void closes_when_all_are_ready(void **state)
{
        Party p;

        party_begin(&p);
        party_join(&p);
        for (unsigned i = 0; i < PARTY; i++) {
                assert_int_equal(phase_of(&p.t[0]), PB_PHASE_GATHERING);
                assert_int_equal(terminal_simple(&p.t[i], PB_REQUEST_BODY_READY), OK);
        }
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

static void alone_is_told(void **state)
{
        PbJoinVerdict verdict;
        Party p;

        party_begin(&p);
        assert_int_equal(terminal_join(&p.t[0], "4821", &verdict), OK);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_READY), OK);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_GATHERING);
        step_clock_advance(p.cloud.clock, 60 * 1000);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_ALONE);
        cloud_end(&p.cloud);
}

static void only_the_opener_closes(void **state)
{
        Party p;

        party_begin(&p);
        party_join(&p);
        assert_int_equal(terminal_simple(&p.t[1], PB_REQUEST_BODY_CLOSE), PB_STATUS_CONFLICT);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_LEAVE), OK);
        assert_int_equal(terminal_simple(&p.t[1], PB_REQUEST_BODY_CLOSE),
                         OK); /* it is the oldest that is left */
        assert_int_equal(terminal_simple(&p.t[1], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(phase_of(&p.t[2]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

static void goes_on_without_who_does_not_open(void **state)
{
        WireResponse *w;
        Party p;

        party_begin(&p);
        party_join(&p);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(terminal_open(&p.t[0]), OK);
        step_clock_advance(p.cloud.clock, p.cloud.settings.opening_timeout_ms + 1);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING); /* one is not enough */
        assert_int_equal(terminal_open(&p.t[1]), OK);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING); /* the rest has its time again */
        step_clock_advance(p.cloud.clock, p.cloud.settings.opening_timeout_ms + 1);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_EXCHANGING);
        assert_int_equal(terminal_open(&p.t[2]), OK);
        w = terminal_watch(&p.t[0], 0, 0, 0);
        assert_int_equal(w->watched->final_openings, 2);
        assert_int_equal(w->watched->n_openings, 3);
        assert_memory_equal(w->watched->openings[2]->member_id.data, p.t[2].keys.id.b, 16);
        (void)wire_response_free(w);
        cloud_end(&p.cloud);
}

/* Two have opened; the third asks now and then. */
static unsigned openings_end_after_ms(unsigned asks_every_ms, unsigned asks_until_ms)
{
        unsigned ms;
        Party p;

        party_begin(&p);
        party_join(&p);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(terminal_open(&p.t[0]), OK);
        assert_int_equal(terminal_open(&p.t[1]), OK);
        for (ms = 0; phase_of(&p.t[0]) == PB_PHASE_OPENING; ms += 1000) {
                if (ms <= asks_until_ms && ms % asks_every_ms == 0)
                        assert_int_equal(phase_of(&p.t[2]), PB_PHASE_OPENING);
                step_clock_advance(p.cloud.clock, 1000);
        }
        cloud_end(&p.cloud);
        return ms;
}

static void who_asks_is_waited_for(void **state)
{
        /* the last request, and when the time is over: 20 s later, within 30 and 90 s */
        static const unsigned rows[][2] = {
                {0, 30}, {9, 30}, {18, 38}, {36, 56}, {63, 83}, {99, 90}, {600, 90},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                assert_int_equal(openings_end_after_ms(9 * 1000, rows[i][0] * 1000),
                                 rows[i][1] * 1000);
}

static void leaving_after_the_close_is_seen(void **state)
{
        WireResponse *w;
        Party p;

        party_begin(&p);
        party_join(&p);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(terminal_open(&p.t[0]), OK);
        assert_int_equal(terminal_open(&p.t[1]), OK);
        assert_int_equal(terminal_simple(&p.t[2], PB_REQUEST_BODY_LEAVE), OK);
        w = terminal_watch(&p.t[0], 0, 0, 0);
        assert_int_equal(w->watched->phase, PB_PHASE_EXCHANGING); /* everyone present has opened */
        assert_int_equal(w->watched->n_left, 1);
        assert_int_equal(w->watched->member_count, PARTY);
        (void)wire_response_free(w);
        assert_int_equal(terminal_open(&p.t[2]), PB_STATUS_WRONG_PHASE);
        cloud_end(&p.cloud);
}

static void openings_are_held_to_the_commitment(void **state)
{
        Party p;

        party_begin(&p);
        party_join(&p);
        assert_int_equal(terminal_open(&p.t[0]), PB_STATUS_WRONG_PHASE); /* not closed yet */
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        p.t[1].keys.nonce.b[0] ^= 1;
        assert_int_equal(terminal_open(&p.t[1]), PB_STATUS_CONFLICT);
        p.t[1].keys.nonce.b[0] ^= 1;
        assert_int_equal(terminal_open(&p.t[1]), OK);
        assert_int_equal(terminal_open(&p.t[1]), OK);
        p.t[1].keys.nonce.b[0] ^= 1;
        assert_int_equal(terminal_open(&p.t[1]), PB_STATUS_CONFLICT);
        cloud_end(&p.cloud);
}

static void opening_needs_both_parts(void **state)
{
        PbJoinVerdict verdict;
        Party p;

        party_begin(&p);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(terminal_join(&p.t[i], "4821", &verdict), OK);
        assert_int_equal(terminal_upload(&p.t[0], 1), OK);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(terminal_open(&p.t[0]), PB_STATUS_WRONG_PHASE);
        assert_int_equal(terminal_upload(&p.t[0], 2), OK);
        assert_int_equal(terminal_open(&p.t[0]), OK);
        cloud_end(&p.cloud);
}

static void opening_names_what_was_deposited(void **state)
{
        PbJoinVerdict verdict;
        Party p;

        party_begin(&p);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(terminal_join(&p.t[i], "4821", &verdict), OK);
        p.t[0].parts[1][0] ^= 1; /* after the commitment */
        for (unsigned i = 1; i <= 2; i++) {
                assert_int_equal(terminal_upload(&p.t[0], i), OK);
                assert_int_equal(terminal_upload(&p.t[1], i), OK);
        }
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(terminal_open(&p.t[0]), PB_STATUS_CONFLICT);
        assert_int_equal(terminal_open(&p.t[1]), OK);
        cloud_end(&p.cloud);
}

static void joining_again_is_the_same(void **state)
{
        PbJoinVerdict verdict;
        Terminal thief;
        Party p;

        party_begin(&p);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(terminal_join(&p.t[0], "4821", &verdict), OK);
                assert_int_equal(verdict, PB_JOIN_OPENED);
        }
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(terminal_join(&p.t[1], "4821", &verdict), OK);
                assert_int_equal(verdict, PB_JOIN_JOINED);
        }
        thief = p.t[2];
        thief.keys = p.t[0].keys;
        assert_int_equal(terminal_join(&thief, "4821", &verdict), PB_STATUS_CONFLICT);
        assert_int_equal(terminal_simple(&thief, PB_REQUEST_BODY_CLOSE), PB_STATUS_NO_MEMBER);
        cloud_end(&p.cloud);
}

static void what_left_does_not_come_back(void **state)
{
        PbJoinVerdict verdict;
        Party p;

        party_begin(&p);
        assert_int_equal(terminal_join(&p.t[0], "4821", &verdict), OK);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_LEAVE), OK);
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_LEAVE), OK);
        assert_int_equal(terminal_join(&p.t[0], "4821", &verdict), PB_STATUS_WRONG_PHASE);
        assert_int_equal(terminal_join(&p.t[1], "4821", &verdict), OK);
        step_clock_advance(p.cloud.clock, 60 * 1000 + p.cloud.settings.delivered_expiry_ms);
        assert_int_equal(phase_of(&p.t[1]), -PB_STATUS_NO_MEMBER);
        assert_int_equal(terminal_join(&p.t[1], "4821", &verdict), PB_STATUS_WRONG_PHASE);
        cloud_end(&p.cloud);
}

static void too_many_at_once(void **state)
{
        PbJoinVerdict verdict;
        Party p;

        party_begin(&p);
        for (unsigned i = 0; i <= p.cloud.settings.gathering_per_account; i++) {
                char route[8];

                (void)snprintf(route, sizeof route, "%u%u%u%u", i, i, i, i);
                terminal_press(&p.t[0]);
                assert_int_equal(terminal_join(&p.t[0], route, &verdict),
                                 i == p.cloud.settings.gathering_per_account ? PB_STATUS_BUSY : OK);
        }
        cloud_end(&p.cloud);
}

static void nothing_is_forgotten_over_a_restart(void **state)
{
        size_t pieces, bytes;
        Party p;

        party_begin(&p);
        party_join(&p);
        cloud_restart(&p.cloud);
        step_clock_advance(p.cloud.clock, 60 * 1000); /* the deadline is set anew */
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        for (unsigned i = 0; i < PARTY; i++) {
                cloud_restart(&p.cloud);
                assert_int_equal(terminal_open(&p.t[i]), OK);
        }
        cloud_restart(&p.cloud);
        assert_int_equal(terminal_list(&p.t[0], 8192, &pieces, &bytes), OK);
        assert_int_equal(bytes, (PARTY - 1) * 2 * 1200);
        cloud_end(&p.cloud);
}

/* ---- accounts ---- */

static void handles_are_unique(void **state)
{
        static const struct {
                const char *name, *handle;
                int status;
        } rows[] = {
                {"the same", "Jos\xc3\xa9@example.org", PB_STATUS_HANDLE_TAKEN},
                {"in other case", "JOS\xc3\x89@Example.ORG", PB_STATUS_HANDLE_TAKEN},
                {"decomposed", "jose\xcc\x81@example.org", PB_STATUS_HANDLE_TAKEN},
                {"with space around", "  jos\xc3\xa9@example.org ", PB_STATUS_HANDLE_TAKEN},
                {"only space", "   ", PB_STATUS_MALFORMED},
                {"a Hangul filler", "\xe3\x85\xa4", PB_STATUS_MALFORMED},
                {"a phone number", "+41 79 111 22 33", OK},
                {"the same, as others write it", "0041 (79) 111-22-33", PB_STATUS_HANDLE_TAKEN},
                {"two spaces inside", "a  b", PB_STATUS_MALFORMED},
                {"a line feed", "a\nb", PB_STATUS_MALFORMED},
                {"a direction override",
                 "a\xe2\x80\xae"
                 "b",
                 PB_STATUS_MALFORMED},
                {"another", "jose@example.org", OK},
                {"Chinese", "\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e", OK},
        };
        Terminal t;
        Cloud c = {0};

        cloud_begin(&c, NULL);
        terminal_begin(&t, &c);
        assert_int_equal(terminal_register(&t, "jos\xc3\xa9@example.org"), OK);
        assert_int_equal(terminal_register(&t, "jos\xc3\xa9@example.org"), OK);
        assert_int_equal(terminal_register(&t, "other"), PB_STATUS_CONFLICT);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                terminal_begin(&t, &c);
                assert_case(rows[i].name, terminal_register(&t, rows[i].handle) == rows[i].status);
        }
        cloud_end(&c);
}

static int confirm(Terminal *t, const char *code)
{
        WireRequest request = PB_REQUEST_INIT;
        PbConfirm w = PB_CONFIRM_INIT;

        w.code = (char *)code;
        request.body_case = PB_REQUEST_BODY_CONFIRM;
        request.confirm = &w;
        return terminal_ask(t, &request);
}

static void handles_are_confirmed(void **state)
{
        PbJoinVerdict verdict;
        Terminal t, other;
        Cloud c = {.verifies = true};

        cloud_begin(&c, NULL);
        terminal_ready_made(&t, &c, "+41 79 000 00 00");
        assert_string_equal(c.sent_handle, "+41790000000");
        assert_int_equal(terminal_join(&t, "4821", &verdict), PB_STATUS_NO_ACCOUNT);
        assert_int_equal(terminal_register(&t, "+41 79 000 00 00"), OK);
        assert_int_equal(c.n_sent, 1); /* the code stands */
        assert_int_equal(confirm(&t, "0000000"), PB_STATUS_WRONG_CODE);
        assert_int_equal(confirm(&t, c.sent_code), OK);
        terminal_begin(&other, &c);
        assert_int_equal(terminal_register(&other, "+41 79 000 00 00"), PB_STATUS_HANDLE_TAKEN);
        assert_int_equal(confirm(&t, c.sent_code), OK);
        assert_int_equal(terminal_join(&t, "4821", &verdict), OK);
        cloud_end(&c);
}

static void guessing_a_code_ends(void **state)
{
        Terminal t, other;
        Cloud c = {.verifies = true};

        cloud_begin(&c, NULL);
        terminal_ready_made(&t, &c, "somebody");
        for (unsigned i = 0; i < CODE_TRIES; i++)
                assert_int_equal(confirm(&t, "0000000"), PB_STATUS_WRONG_CODE);
        assert_int_equal(confirm(&t, c.sent_code), PB_STATUS_WRONG_CODE);
        step_clock_advance(c.clock, c.settings.code_lifetime_ms + 1);
        terminal_ready_made(&other, &c, "somebody"); /* nobody confirmed it: it is free again */
        assert_int_equal(confirm(&other, c.sent_code), OK);
        assert_int_equal(confirm(&t, c.sent_code), PB_STATUS_WRONG_CODE);
        cloud_end(&c);
}

/* Whoever names a handle and never confirms it keeps it from nobody; the first to confirm has
 * it. */
static void an_unconfirmed_handle_is_nobodys(void **state)
{
        Terminal squatter, owner;
        char code[sizeof((Cloud *)0)->sent_code];
        Cloud c = {.verifies = true};

        cloud_begin(&c, NULL);
        terminal_ready_made(&squatter, &c, "bob@example.org");
        memcpy(code, c.sent_code, sizeof code);
        terminal_ready_made(&owner, &c, "bob@example.org");
        assert_string_equal(c.sent_handle, "bob@example.org");
        assert_int_equal(confirm(&owner, c.sent_code), OK);
        assert_int_equal(confirm(&squatter, code), PB_STATUS_HANDLE_TAKEN);
        assert_int_equal(terminal_register(&squatter, "bob@example.org"), OK); /* nothing is lost */
        cloud_end(&c);
}

/* A flood of codes for one handle is stopped; other handles get theirs. */
static void codes_to_a_handle_are_few(void **state)
{
        Cloud c = {.verifies = true};
        unsigned busy = 0;
        Terminal t;

        cloud_begin(&c, NULL);
        for (unsigned i = 0; i < 2 * c.settings.codes_per_hour; i++) {
                terminal_begin(&t, &c);
                busy += terminal_register(&t, "victim@example.org") == PB_STATUS_BUSY;
        }
        assert_int_equal(busy, c.settings.codes_per_hour);
        assert_int_equal(c.n_sent, c.settings.codes_per_hour);
        terminal_begin(&t, &c);
        assert_int_equal(terminal_register(&t, "other@example.org"), OK);
        assert_string_equal(c.sent_handle, "other@example.org");
        step_clock_advance(c.clock, 3600 * 1000 / c.settings.codes_per_hour);
        terminal_begin(&t, &c);
        assert_int_equal(terminal_register(&t, "victim@example.org"), OK);
        cloud_end(&c);
}

static int register_from(Cloud *c, uint8_t network, const char *handle)
{
        Terminal t;

        terminal_begin(&t, c);
        t.origin = (ApiOrigin){{192, 0, 2, network}, 4};
        return terminal_register(&t, handle);
}

/* A stranger uses up the codes that its own address gets. The owner, elsewhere, gets one still,
 * also while three more flood the handle; all together they are bounded. */
static void a_stranger_does_not_use_up_the_codes_of_the_owner(void **state)
{
        enum { OWNER = 100, STRANGERS = 4, FROM_ALL = 5 };
        Cloud c = {.verifies = true};
        unsigned per_address;

        cloud_begin(&c, NULL);
        per_address = c.settings.codes_per_hour;
        for (uint8_t from = 1; from <= STRANGERS; from++)
                for (unsigned i = 0; i < 2 * per_address; i++)
                        assert_int_equal(register_from(&c, from, "owner@example.org"),
                                         i < per_address ? OK : PB_STATUS_BUSY);
        assert_int_equal(register_from(&c, OWNER, "owner@example.org"), OK);
        assert_int_equal(c.n_sent, STRANGERS * per_address + 1);
        for (unsigned i = 0; i < 2 * per_address; i++)
                (void)register_from(&c, (uint8_t)(OWNER + 1 + i % 4), "owner@example.org");
        assert_int_equal(c.n_sent, FROM_ALL * per_address);
        assert_int_equal(register_from(&c, OWNER, "other@example.org"), OK);
        cloud_end(&c);
}

/* New accounts are bounded for each address, all neighbours count as one, and the address of a
 * front counts not at all. */
static void registrations_from_an_address_are_bounded(void **state)
{
        Cloud c = {.verifies = false};
        char handle[32];
        unsigned most;
        Terminal t;

        cloud_begin(&c, NULL);
        most = c.settings.registrations_per_hour;
        for (unsigned i = 0; i < 2 * most; i++) {
                int limited = i < most ? OK : PB_STATUS_BUSY;

                (void)snprintf(handle, sizeof handle, "address %u", i);
                assert_int_equal(register_from(&c, 1, handle), limited);
                terminal_begin(&t, &c);
                t.way = API_RELAYED;
                t.origin = (ApiOrigin){{192, 0, 3, (uint8_t)i}, 4};
                (void)snprintf(handle, sizeof handle, "neighbour %u", i);
                assert_int_equal(terminal_register(&t, handle), limited);
                terminal_begin(&t, &c);
                (void)snprintf(handle, sizeof handle, "front %u", i);
                assert_int_equal(terminal_register(&t, handle), OK);
        }
        assert_int_equal(register_from(&c, 2, "elsewhere"), OK);
        step_clock_advance(c.clock, 3600 * 1000 / most);
        assert_int_equal(register_from(&c, 1, "later"), OK);
        cloud_end(&c);
}

/* A code that got lost can be had again after a minute. */
static void a_lost_code_is_sent_again(void **state)
{
        Cloud c = {.verifies = true};
        Terminal t;

        cloud_begin(&c, NULL);
        terminal_ready_made(&t, &c, "ann");
        step_clock_advance(c.clock, 59 * 1000);
        assert_int_equal(terminal_register(&t, "ann"), OK);
        assert_int_equal(c.n_sent, 1);
        step_clock_advance(c.clock, 1000);
        assert_int_equal(terminal_register(&t, "ann"), OK);
        assert_int_equal(c.n_sent, 2);
        assert_int_equal(confirm(&t, c.sent_code), OK);
        cloud_end(&c);
}

static void unregistering_leaves_nothing(void **state)
{
        StoreCounts counts;
        WireResponse *w;
        Party p;

        party_begin(&p);
        party_join(&p);
        assert_int_equal(terminal_simple(&p.t[1], PB_REQUEST_BODY_UNREGISTER), OK);
        assert_int_equal(terminal_simple(&p.t[1], PB_REQUEST_BODY_UNREGISTER),
                         PB_STATUS_NO_ACCOUNT);
        w = terminal_watch(&p.t[0], 0, 0, 0);
        assert_int_equal(w->watched->member_count, PARTY - 1);
        (void)wire_response_free(w);
        assert_int_equal(store_count(p.cloud.store, &counts), 0);
        assert_int_equal(counts.accounts, PARTY - 1);
        assert_int_equal(counts.members, PARTY - 1);
        assert_int_equal(terminal_register(&p.t[1], "person 1"),
                         PB_STATUS_CONFLICT); /* a replayed request does not */
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(terminal_simple(&p.t[2], PB_REQUEST_BODY_UNREGISTER), OK);
        w = terminal_watch(&p.t[0], 0, 0, 0);
        assert_int_equal(w->watched->n_left, 1);
        (void)wire_response_free(w);
        cloud_end(&p.cloud);
}

/* ---- sessions ---- */

static void tickets_end(void **state)
{
        Party p;

        party_begin(&p);
        assert_int_equal(phase_of(&p.t[0]), -PB_STATUS_NO_MEMBER);
        step_clock_advance(p.cloud.clock, p.cloud.settings.session_lifetime_ms + 1);
        assert_int_equal(phase_of(&p.t[0]), -PB_STATUS_NO_SESSION);
        assert_int_equal(terminal_open_session(&p.t[0]), OK);
        assert_int_equal(phase_of(&p.t[0]), -PB_STATUS_NO_MEMBER);
        memcpy(p.t[1].ticket, p.t[0].ticket, p.t[0].n_ticket); /* of another session */
        assert_int_equal(phase_of(&p.t[1]), -PB_STATUS_NO_SESSION);
        assert_int_equal(terminal_simple(&p.t[1], PB_REQUEST_BODY_DESCRIBE), OK);
        cloud_end(&p.cloud);
}

static void ignore_answer(void *userdata, int result, uint8_t *sealed, size_t len)
{
        free(sealed);
}

static void broken_envelopes_are_refused(void **state)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        uint8_t plain[100] = {0xff}, nonce[ENVELOPE_NONCE];
        size_t len;
        Party p;

        party_begin(&p);
        assert_int_equal(
                envelope_seal_request(&sealed, &len, nonce, &p.t[0].session, plain, sizeof plain),
                0);
        assert_int_equal(api_handle(p.cloud.api, API_DIRECT, sealed, len, ignore_answer, NULL),
                         API_E_MALFORMED);
        sealed[len - 1] ^= 1;
        assert_int_equal(api_handle(p.cloud.api, API_DIRECT, sealed, len, ignore_answer, NULL),
                         API_E_NOT_FOR_US);
        assert_int_equal(api_handle(p.cloud.api, API_DIRECT, sealed, len - 1, ignore_answer, NULL),
                         API_E_MALFORMED);
        assert_int_equal(api_handle(p.cloud.api, API_DIRECT, sealed, 0, ignore_answer, NULL),
                         API_E_MALFORMED);
        assert_int_equal(api_metrics(p.cloud.api)->refused, 4);
        cloud_end(&p.cloud);
}

static void what_a_neighbour_brings_is_marked(void **state)
{
        PbJoinVerdict verdict;
        MemberRow m;
        Party p;

        party_begin(&p);
        p.t[1].way = API_RELAYED;
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(terminal_join(&p.t[i], "4821", &verdict), OK);
                assert_int_equal(store_member_get(p.cloud.store, &p.t[i].keys.id, &m), 0);
                assert_int_equal(m.relayed, p.t[i].way == API_RELAYED);
        }
        cloud_end(&p.cloud);
}

static void sessions_beyond_the_cache_are_served(void **state)
{
        Terminal t[100];
        Cloud c = {0};

        cloud_begin(&c, NULL); /* it keeps 64 */
        for (unsigned round = 0; round < 2; round++)
                for (unsigned i = 0; i < ARRAY_LEN(t); i++) {
                        if (round == 0)
                                terminal_begin(&t[i], &c);
                        assert_int_equal(terminal_simple(&t[i], PB_REQUEST_BODY_DESCRIBE), OK);
                }
        assert_int_equal(api_metrics(c.api)->sessions, 200);
        cloud_end(&c);
}

/* Terminals answered together may ask together again: the cloud waits for them, not for long. */
static void batches_wait_for_each_other(void **state)
{
        WireRequest request = PB_REQUEST_INIT;
        PbDescribe w = PB_DESCRIBE_INIT;
        Answer answers[3];
        Cloud c = {0};
        Terminal t;

        cloud_begin(&c, NULL);
        terminal_begin(&t, &c);
        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &w;
        assert_int_equal(terminal_send(&t, &request, &answers[0]), 0);
        api_flush_if_full(c.api);
        assert_true(answers[0].done); /* one that comes alone waits for nobody */
        answer_done(&answers[0]);

        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(terminal_send(&t, &request, &answers[i]), 0);
        api_flush_if_full(c.api);
        assert_true(answers[0].done && answers[1].done);
        for (unsigned i = 0; i < 2; i++)
                answer_done(&answers[i]);

        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(terminal_send(&t, &request, &answers[i]), 0);
                api_flush_if_full(c.api);
                assert_int_equal(answers[i].done, i == 1);
        }
        step_clock_advance(c.clock, API_BATCH_MS);
        assert_true(answers[2].done);
        for (unsigned i = 0; i < 3; i++)
                answer_done(&answers[i]);
        cloud_end(&c);
}

/* ---- a party is asked about groups that are not heard nearby ---- */

static int admit(Terminal *t, const Terminal *other, bool yes)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAdmit w = PB_ADMIT_INIT;

        request.body_case = PB_REQUEST_BODY_ADMIT;
        request.admit = &w;
        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.other = wire_bytes(other->keys.id.b, sizeof other->keys.id.b);
        w.yes = yes;
        return terminal_ask(t, &request);
}

static void join_expecting(Terminal *t, JoinRequest *join, uint32_t members)
{
        WireResponse *w = terminal_call(t, &join->request);

        assert_int_equal(w->joined->member_count, members);
        (void)wire_response_free(w);
}

static void join_party(Terminal *t, bool has_fix, bool words, uint32_t members)
{
        JoinRequest join;

        terminal_join_request(t, &join, "4821");
        join.wire.place.has_fix = has_fix;
        join.join.words = words;
        join_expecting(t, &join, members);
}

static void open_for(Terminal *t, uint32_t window_s)
{
        JoinRequest join;

        terminal_join_request(t, &join, "4821");
        join.join.window_s = window_s;
        join_expecting(t, &join, 1);
}

static void join_by_fix(Terminal *t, bool words, uint32_t members)
{
        join_party(t, true, words, members);
}

/* This one presses then. */
static void party_let_pass(Party *p, uint64_t ms, unsigned i)
{
        step_clock_advance(p->cloud.clock, ms);
        p->t[i].press_ms = clock_now(p->cloud.clock);
}

/* A pair by their fixes, and one without. */
static void party_begin_with_stranger(Party *p, bool words)
{
        party_begin(p);
        for (unsigned i = 0; i < PARTY; i++)
                join_party(&p->t[i], i < 2, words, i == 1 ? 2 : 1);
        step_clock_advance(p->cloud.clock, 9000);
}

static void expect_others(Terminal *t, size_t n, bool confirmed, bool confirms_us)
{
        WireResponse *w = terminal_watch(t, 0, 0, 0);

        assert_int_equal(w->watched->n_others, n);
        assert_int_equal(w->watched->opener_commitment.len, n > 0 ? 32 : 0);
        if (n > 0) {
                assert_int_equal(w->watched->others[0]->confirmed, confirmed);
                assert_int_equal(w->watched->others[0]->confirms_us, confirms_us);
        }
        (void)wire_response_free(w);
}

static void expect_members(Terminal *t, uint32_t n)
{
        WireResponse *w = terminal_watch(t, 0, 0, 0);

        assert_int_equal(w->watched->member_count, n);
        (void)wire_response_free(w);
}

static int amend_heard_now(Terminal *t, const Terminal *other, uint32_t sequence)
{
        WireRequest request = PB_REQUEST_INIT;
        PbAmend amend = PB_AMEND_INIT;
        PbSighting sighting, *list = &sighting;
        Sighting s = {.token = other->token, .transport = SIGHTING_MDNS};

        request.body_case = PB_REQUEST_BODY_AMEND;
        request.amend = &amend;
        amend.n_heard = 1;
        amend.heard = &list;
        amend.sequence = sequence;
        amend.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        wire_heard_fill(&sighting, &list, &s, 1);
        return terminal_ask(t, &request);
}

static int amend_heard(Terminal *t, const Terminal *other)
{
        return amend_heard_now(t, other, 1);
}

static void a_party_lets_somebody_in(void **state)
{
        Answer answer;
        Party p;

        party_begin_with_stranger(&p, false);
        for (unsigned i = 0; i < PARTY; i++)
                expect_others(&p.t[i], 1, false, false);
        assert_int_equal(admit(&p.t[2], &p.t[1], true), PB_STATUS_CONFLICT); /* not an opener */
        assert_int_equal(send_watch(&p.t[2], 1000, 50000, &answer), 0);
        assert_int_equal(admit(&p.t[1], &p.t[2], true), OK);
        expect_others(&p.t[0], 1, true, false);
        expect_others(&p.t[2], 1, false, true);
        expect_members(&p.t[0], 2); /* not before it has said yes, too */
        assert_int_equal(admit(&p.t[2], &p.t[0], true), OK);
        for (unsigned i = 0; i < PARTY; i++) {
                expect_members(&p.t[i], 3);
                expect_others(&p.t[i], 0, false, false);
        }
        api_drain(p.cloud.api);
        answer_done(&answer);
        step_clock_advance(p.cloud.clock, 60 * 1000);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(phase_of(&p.t[i]), PB_PHASE_OPENING);
        assert_int_equal(admit(&p.t[2], &p.t[0], true), PB_STATUS_WRONG_PHASE);
        cloud_end(&p.cloud);
}

/* The window of the group that was first is that of both, so each is asked about the other. */
static void a_long_window_asks_both_sides(void **state)
{
        Party p;

        party_begin(&p);
        open_for(&p.t[0], 300);
        join_by_fix(&p.t[1], false, 2);
        party_let_pass(&p, 80 * 1000, 2);
        join_party(&p.t[2], false, false, 1);
        step_clock_advance(p.cloud.clock, 9000);
        for (unsigned i = 0; i < PARTY; i++)
                expect_others(&p.t[i], 1, false, false);
        assert_int_equal(admit(&p.t[0], &p.t[2], true), OK);
        assert_int_equal(admit(&p.t[2], &p.t[0], true), OK);
        expect_members(&p.t[0], 3);
        cloud_end(&p.cloud);
}

static void a_yes_lapses_when_somebody_comes(void **state)
{
        JoinRequest join;
        WireResponse *w;
        Terminal fourth;
        Party p;

        party_begin_with_stranger(&p, false);
        assert_int_equal(admit(&p.t[0], &p.t[2], true), OK);
        terminal_ready_made(&fourth, &p.cloud, "fourth");
        terminal_join_request(&fourth, &join, "4821");
        w = terminal_call(&fourth, &join.request);
        assert_int_equal(w->joined->member_count, 3);
        (void)wire_response_free(w);
        expect_others(&p.t[2], 1, false, false);
        assert_int_equal(admit(&p.t[2], &p.t[0], true), OK);
        expect_members(&p.t[2], 1);
        cloud_end(&p.cloud);
}

static void a_no_is_not_asked_again(void **state)
{
        Party p;

        party_begin_with_stranger(&p, false);
        assert_int_equal(admit(&p.t[0], &p.t[2], false), OK);
        expect_others(&p.t[1], 0, false, false);
        expect_others(&p.t[2], 1, false, false);
        step_clock_advance(p.cloud.clock, 60 * 1000);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        assert_int_equal(phase_of(&p.t[2]), PB_PHASE_ALONE);
        cloud_end(&p.cloud);
}

/* Not yet, for its people have to be told of somebody and answer first. */
static void expect_gathering(Party *p, uint64_t ms)
{
        step_clock_advance(p->cloud.clock, ms);
        assert_int_equal(phase_of(&p->t[0]), PB_PHASE_GATHERING);
}

static void party_hears_two(Party *p)
{
        assert_int_equal(amend_heard(&p->t[0], &p->t[1]), OK);
        assert_int_equal(amend_heard(&p->t[1], &p->t[0]), OK);
}

/* A pair that hears each other, and a third five seconds before their window ends. */
static void party_begin_with_late(Party *p, uint32_t window_s)
{
        party_begin(p);
        open_for(&p->t[0], window_s);
        party_let_pass(p, (window_s - 40) * 1000, 1);
        join_by_fix(&p->t[1], false, 2);
        party_hears_two(p);
        party_let_pass(p, 35 * 1000, 2);
        join_by_fix(&p->t[2], false, 1);
}

static void waits_for_its_answer(uint32_t window_s)
{
        Party p;

        party_begin_with_late(&p, window_s);
        expect_gathering(&p, 9000); /* its window is over */
        expect_others(&p.t[0], 1, false, false);
        assert_int_equal(admit(&p.t[0], &p.t[2], true), OK);
        assert_int_equal(admit(&p.t[2], &p.t[0], true), OK);
        expect_members(&p.t[0], 3);
        step_clock_advance(p.cloud.clock, 7500);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(phase_of(&p.t[i]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

static void a_party_waits_for_its_answer(void **state)
{
        waits_for_its_answer(60);
        waits_for_its_answer(70); /* the third presses after the window of the cloud */
}

/* Those who are there do not wait for the answer about others when they say that all are. */
static void a_close_by_hand_ends_the_wait_for_others(void **state)
{
        Party p;

        party_begin_with_late(&p, 60);
        expect_gathering(&p, 9000); /* its window is over */
        assert_int_equal(terminal_simple(&p.t[0], PB_REQUEST_BODY_CLOSE), OK);
        assert_int_equal(phase_of(&p.t[1]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

/* For the third, until it leaves, and not for the fourth: it presses after the window. */
static void a_party_waits_only_so_long(void **state)
{
        Terminal fourth;
        Party p;

        party_begin_with_late(&p, 60);
        expect_gathering(&p, 12000);
        assert_int_equal(terminal_simple(&p.t[2], PB_REQUEST_BODY_LEAVE), OK);
        terminal_ready_made(&fourth, &p.cloud, "fourth");
        fourth.press_ms = clock_now(p.cloud.clock);
        join_by_fix(&fourth, false, 1);
        step_clock_advance(p.cloud.clock, LOOKING_EVERY_MS);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

/* All come by their fixes; then the first two hear each other, and nobody hears the third. */
static void party_begin_with_silent(Party *p, bool words)
{
        party_begin(p);
        for (unsigned i = 0; i < PARTY; i++)
                join_by_fix(&p->t[i], words, i + 1);
        party_hears_two(p);
}

/* Else the count would say three until the close, and the close would leave one alone unasked. */
static void a_party_is_asked_about_whom_radio_cuts_off(void **state)
{
        Terminal fourth;
        Party p;

        party_begin_with_silent(&p, false);
        step_clock_advance(p.cloud.clock, 5000); /* it has not listened yet */
        expect_members(&p.t[2], 3);
        step_clock_advance(p.cloud.clock, 4000);
        expect_members(&p.t[0], 2);
        expect_members(&p.t[2], 1);
        for (unsigned i = 0; i < PARTY; i++)
                expect_others(&p.t[i], 1, false, false);
        assert_int_equal(admit(&p.t[1], &p.t[2], true), OK);
        assert_int_equal(admit(&p.t[2], &p.t[0], true), OK);
        step_clock_advance(p.cloud.clock, 20 * 1000); /* who is let in is not cut off again */
        expect_members(&p.t[2], 3);
        /* nor does its fix let others in, who are asked about in their turn */
        terminal_ready_made(&fourth, &p.cloud, "fourth");
        join_by_fix(&fourth, false, 1);
        step_clock_advance(p.cloud.clock, 9000);
        expect_others(&p.t[0], 1, false, false);
        step_clock_advance(p.cloud.clock, 31 * 1000);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(phase_of(&p.t[i]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

/* Who came by its fix near the end of the window, and is not heard, is asked about as well. */
static void a_party_waits_for_whom_radio_cuts_off(void **state)
{
        Party p;

        party_begin(&p);
        for (unsigned i = 0; i < 2; i++)
                join_by_fix(&p.t[i], false, i + 1);
        party_let_pass(&p, 57 * 1000, 2);
        join_by_fix(&p.t[2], false, 3);
        party_hears_two(&p);
        expect_gathering(&p, 9000);
        expect_others(&p.t[0], 1, false, false);
        step_clock_advance(p.cloud.clock, 9000);
        assert_int_equal(phase_of(&p.t[0]), PB_PHASE_OPENING);
        cloud_end(&p.cloud);
}

/* Whoever cannot prove the words gets nothing, so the doubtful one stays to be asked for them. */
static void words_keep_whom_radio_cuts_off(void **state)
{
        Party p;

        party_begin_with_silent(&p, true);
        step_clock_advance(p.cloud.clock, 70 * 1000);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(phase_of(&p.t[i]), PB_PHASE_OPENING);
        expect_members(&p.t[2], 3);
        cloud_end(&p.cloud);
}

/* The third hears the two who hear each other, and nobody hears it: its claim lets it in for no
 * longer than it takes to be heard. */
static void party_begin_with_unheard(Party *p, bool words)
{
        party_begin_with_silent(p, words);
        assert_int_equal(amend_heard(&p->t[2], &p->t[1]), OK);
}

static void a_party_is_asked_about_whom_nobody_hears(void **state)
{
        Party p;

        party_begin_with_unheard(&p, false);
        step_clock_advance(p.cloud.clock, 5000); /* it may be heard yet */
        expect_members(&p.t[2], 3);
        step_clock_advance(p.cloud.clock, 4000);
        expect_members(&p.t[0], 2);
        expect_members(&p.t[2], 1);
        assert_int_equal(amend_heard_now(&p.t[2], &p.t[0], 2), OK); /* it is no link any more */
        expect_members(&p.t[2], 1);
        for (unsigned i = 0; i < PARTY; i++)
                expect_others(&p.t[i], 1, false, false);
        assert_int_equal(admit(&p.t[1], &p.t[2], true), OK);
        assert_int_equal(admit(&p.t[2], &p.t[0], true), OK);
        step_clock_advance(p.cloud.clock, 60 * 1000);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(phase_of(&p.t[i]), PB_PHASE_OPENING);
        expect_members(&p.t[2], 3);
        cloud_end(&p.cloud);
}

static void who_is_heard_late_needs_no_answer(void **state)
{
        Party p;

        party_begin_with_unheard(&p, false);
        step_clock_advance(p.cloud.clock, 9000);
        expect_members(&p.t[2], 1);
        assert_int_equal(amend_heard_now(&p.t[0], &p.t[2], 2), OK);
        expect_members(&p.t[2], 3);
        cloud_end(&p.cloud);
}

static void words_keep_whom_nobody_hears(void **state)
{
        Party p;

        party_begin_with_unheard(&p, true);
        step_clock_advance(p.cloud.clock, 70 * 1000);
        for (unsigned i = 0; i < PARTY; i++)
                assert_int_equal(phase_of(&p.t[i]), PB_PHASE_OPENING);
        expect_members(&p.t[2], 3);
        cloud_end(&p.cloud);
}

static void words_ask_nobody(void **state)
{
        Party p;

        party_begin_with_stranger(&p, true);
        for (unsigned i = 0; i < PARTY; i++)
                expect_others(&p.t[i], 0, false, false);
        assert_int_equal(admit(&p.t[0], &p.t[2], true), PB_STATUS_CONFLICT);
        cloud_end(&p.cloud);
}

static void routes_are_drawn_free(void **state)
{
        WireRequest request = PB_REQUEST_INIT;
        PbDrawRoute draw = PB_DRAW_ROUTE_INIT;
        PbJoinVerdict verdict;
        WireResponse *w;
        Party p;

        party_begin(&p);
        request.body_case = PB_REQUEST_BODY_DRAW_ROUTE;
        request.draw_route = &draw;
        for (unsigned i = 0; i < PARTY; i++) {
                w = terminal_call(&p.t[i], &request);
                assert_int_equal(w->status, OK);
                assert_int_equal(strlen(w->route_drawn->route), 4);
                assert_int_equal(terminal_join(&p.t[i], w->route_drawn->route, &verdict), OK);
                assert_int_equal(verdict, PB_JOIN_OPENED);
                (void)wire_response_free(w);
        }
        cloud_end(&p.cloud);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(run_one_exchange),
                cmocka_unit_test(watch_tells_openings_and_messages_once),
                cmocka_unit_test(card_keys_are_for_those_who_gave_theirs),
                cmocka_unit_test(messages_of_a_member_are_counted),
                cmocka_unit_test(bytes_of_an_account_are_counted),
                cmocka_unit_test(tiny_pieces_are_refused),
                cmocka_unit_test(watch_waits_for_news),
                cmocka_unit_test(messages_wait_for_each_other),
                cmocka_unit_test(second_watch_ends_the_first),
                cmocka_unit_test(mutual_sightings_wake_both),
                cmocka_unit_test(who_comes_too_late_is_told),
                cmocka_unit_test(who_comes_too_late_is_woken),
                cmocka_unit_test(late_fix_tells_apart),
                cmocka_unit_test(a_party_lets_somebody_in),
                cmocka_unit_test(a_long_window_asks_both_sides),
                cmocka_unit_test(a_yes_lapses_when_somebody_comes),
                cmocka_unit_test(a_no_is_not_asked_again),
                cmocka_unit_test(a_party_waits_for_its_answer),
                cmocka_unit_test(a_close_by_hand_ends_the_wait_for_others),
                cmocka_unit_test(a_party_waits_only_so_long),
                cmocka_unit_test(a_party_waits_for_whom_radio_cuts_off),
                cmocka_unit_test(a_party_is_asked_about_whom_radio_cuts_off),
                cmocka_unit_test(a_party_is_asked_about_whom_nobody_hears),
                cmocka_unit_test(who_is_heard_late_needs_no_answer),
                cmocka_unit_test(words_keep_whom_nobody_hears),
                cmocka_unit_test(words_keep_whom_radio_cuts_off),
                cmocka_unit_test(words_ask_nobody),
                cmocka_unit_test(routes_are_drawn_free),
                cmocka_unit_test(window_closes_by_itself),
                cmocka_unit_test(close_waits_for_who_came_last),
                cmocka_unit_test(closes_when_all_are_ready),
                cmocka_unit_test(alone_is_told),
                cmocka_unit_test(only_the_opener_closes),
                cmocka_unit_test(goes_on_without_who_does_not_open),
                cmocka_unit_test(who_asks_is_waited_for),
                cmocka_unit_test(leaving_after_the_close_is_seen),
                cmocka_unit_test(openings_are_held_to_the_commitment),
                cmocka_unit_test(opening_needs_both_parts),
                cmocka_unit_test(opening_names_what_was_deposited),
                cmocka_unit_test(joining_again_is_the_same),
                cmocka_unit_test(what_left_does_not_come_back),
                cmocka_unit_test(too_many_at_once),
                cmocka_unit_test(nothing_is_forgotten_over_a_restart),
                cmocka_unit_test(handles_are_unique),
                cmocka_unit_test(handles_are_confirmed),
                cmocka_unit_test(guessing_a_code_ends),
                cmocka_unit_test(an_unconfirmed_handle_is_nobodys),
                cmocka_unit_test(codes_to_a_handle_are_few),
                cmocka_unit_test(a_stranger_does_not_use_up_the_codes_of_the_owner),
                cmocka_unit_test(registrations_from_an_address_are_bounded),
                cmocka_unit_test(a_lost_code_is_sent_again),
                cmocka_unit_test(unregistering_leaves_nothing),
                cmocka_unit_test(tickets_end),
                cmocka_unit_test(broken_envelopes_are_refused),
                cmocka_unit_test(what_a_neighbour_brings_is_marked),
                cmocka_unit_test(sessions_beyond_the_cache_are_served),
                cmocka_unit_test(batches_wait_for_each_other),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
