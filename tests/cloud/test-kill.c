/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-kill.c - the cloud is killed under load, again and again, while people join, close, deposit
 * and open: what it has answered is there, and each gets the cards of its own party, all of them */
#include "server.h"

#include "tests/sim/chance.h"

#include <signal.h>

enum {
        PARTY = 4,
        PARTIES = 8,
        PEOPLE = PARTY * PARTIES,
        ROUNDS = 5,
        PATIENCE_S = 300,
        PIECE = 500,
        PIECES = 3, /* of a part */
};

typedef enum Step { /* pieces in between */
                    STEP_JOIN = 2 * PIECES,
                    STEP_CLOSE,
                    STEP_OPEN,
} Step;

typedef struct Hall {
        Server server;
        Terminal t[PEOPLE];
        Chance chance;
        unsigned n_killed, n_unanswered;
} Hall;

/* ---- one request of each ---- */

typedef struct Ask { /* what a request consists of, until it is sealed */
        JoinRequest join;
        WireRequest request;
        PbUpload upload;
        PbClose close;
        PbOpening opening;
        MemberOpening o;
} Ask;

static WireRequest *ask_join(Ask *a, Terminal *t, size_t i)
{
        char route[8];

        (void)snprintf(route, sizeof route, "%04zu", i / PARTY * 1111); /* no slip of another */
        terminal_join_request(t, &a->join, route);
        return &a->join.request;
}

static void ask_upload(Ask *a, Terminal *t, unsigned piece)
{
        size_t at = (size_t)(piece % PIECES) * PIECE, part = piece / PIECES;

        pb_upload_init(&a->upload);
        a->upload.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        a->upload.part = (uint32_t)part + 1;
        a->upload.offset = (uint32_t)at;
        a->upload.total = sizeof t->parts[part];
        a->upload.bytes =
                wire_bytes(t->parts[part] + at, MIN((size_t)PIECE, sizeof t->parts[part] - at));
        a->request.body_case = PB_REQUEST_BODY_UPLOAD;
        a->request.upload = &a->upload;
}

static void ask_close(Ask *a, Terminal *t)
{
        pb_close_init(&a->close);
        a->close.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        a->request.body_case = PB_REQUEST_BODY_CLOSE;
        a->request.close = &a->close;
}

static void ask_open(Ask *a, Terminal *t)
{
        pb_opening_init(&a->opening);
        opening_make(&a->o, &t->keys, t->hashes);
        wire_opening_fill(&a->opening, &a->o);
        a->request.body_case = PB_REQUEST_BODY_OPENING;
        a->request.opening = &a->opening;
}

static WireRequest *ask_make(Ask *a, Terminal *t, size_t i, unsigned step)
{
        if (step == STEP_JOIN)
                return ask_join(a, t, i);
        pb_request_init(&a->request);
        if (step == STEP_CLOSE)
                ask_close(a, t);
        else if (step == STEP_OPEN)
                ask_open(a, t);
        else
                ask_upload(a, t, step);
        return &a->request;
}

/* ---- all at once, and a kill in between ---- */

typedef struct Sent {
        Answer answer;
        int fd; /* -1: it had nothing to ask */
        bool done;
} Sent;

static void hall_send(Hall *h, unsigned step, Sent sent[PEOPLE])
{
        for (size_t i = 0; i < PEOPLE; i++) {
                _cleanup_free_ uint8_t *sealed = NULL;
                size_t len;
                Ask a;

                sent[i] = (Sent){.fd = -1};
                if (step == STEP_CLOSE && i % PARTY != 0)
                        continue;
                terminal_seal(&h->t[i], ask_make(&a, &h->t[i], i, step), &sent[i].answer, &sealed,
                              &len);
                sent[i].fd = http_connect(&h->server);
                http_send(sent[i].fd, "POST", "/v1/rpc", sealed, len);
        }
}

static void hall_receive(Sent sent[PEOPLE], size_t from, size_t to)
{
        for (size_t i = from; i < to; i++) {
                _cleanup_free_ uint8_t *body = NULL;
                size_t len;

                if (sent[i].fd < 0)
                        continue;
                if (http_receive(sent[i].fd, &body, &len) == 200) {
                        assert_int_equal(answer_open(&sent[i].answer, body, len), 0);
                        assert_int_equal(sent[i].answer.response->status, OK);
                        answer_done(&sent[i].answer);
                        sent[i].done = true;
                }
                (void)close(sent[i].fd);
        }
}

/* Whoever got no answer asks again: it is as if the first time, or as if it had been answered. */
static void hall_ask_again(Hall *h, unsigned step, const Sent sent[PEOPLE])
{
        for (size_t i = 0; i < PEOPLE; i++) {
                Ask a;

                if (sent[i].fd < 0 || sent[i].done)
                        continue;
                assert_int_equal(terminal_insist(&h->t[i], ask_make(&a, &h->t[i], i, step)), OK);
                h->n_unanswered++;
        }
}

static void hall_step(Hall *h, unsigned step)
{
        size_t answers = chance_below(&h->chance, PEOPLE);
        bool killed = chance_permille(&h->chance, 600);
        Sent sent[PEOPLE];

        hall_send(h, step, sent);
        hall_receive(sent, 0, answers);
        if (killed) {
                assert_int_equal(server_stop(&h->server, SIGKILL), -SIGKILL);
                h->n_killed++;
        }
        hall_receive(sent, answers, PEOPLE);
        if (killed)
                server_start(&h->server);
        hall_ask_again(h, step, sent);
}

/* ---- what came of it ---- */

static void hall_wait_for_close(Hall *h)
{
        for (size_t i = 0; i < PEOPLE;) {
                WireResponse *w = terminal_watch(&h->t[i], 0, 0, 0);

                assert_int_equal(w->status, OK);
                assert_int_not_equal(w->watched->phase, PB_PHASE_ALONE);
                i += w->watched->phase != PB_PHASE_GATHERING;
                (void)wire_response_free(w);
        }
}

static bool hall_is_of_party(const Hall *h, size_t party, const PbOpening *o)
{
        for (size_t i = party * PARTY; i < (party + 1) * PARTY; i++)
                if (memcmp(o->member_id.data, h->t[i].keys.id.b, sizeof(Id)) == 0)
                        return true;
        return false;
}

static void hall_expect_all_cards(Hall *h, size_t i)
{
        WireResponse *w = terminal_watch(&h->t[i], 0, 0, 0);
        size_t pieces, bytes;

        assert_int_equal(w->status, OK);
        assert_int_equal(w->watched->member_count, PARTY);
        assert_int_equal(w->watched->n_openings, PARTY);
        for (size_t k = 0; k < w->watched->n_openings; k++)
                assert_true(hall_is_of_party(h, i / PARTY, w->watched->openings[k]));
        (void)wire_response_free(w);
        assert_int_equal(terminal_list(&h->t[i], 8192, &pieces, &bytes), OK);
        assert_int_equal(bytes, (PARTY - 1) * sizeof h->t[i].parts);
}

static void hall_exchange(Hall *h)
{
        for (size_t i = 0; i < PEOPLE; i++)
                terminal_press(&h->t[i]);
        hall_step(h, STEP_JOIN);
        for (unsigned piece = 0; piece < 2 * PIECES; piece++)
                hall_step(h, piece);
        hall_step(h, STEP_CLOSE);
        hall_wait_for_close(h);
        hall_step(h, STEP_OPEN);
        for (size_t i = 0; i < PEOPLE; i++)
                hall_expect_all_cards(h, i);
        for (size_t i = 0; i < PEOPLE; i++)
                assert_int_equal(terminal_simple(&h->t[i], PB_REQUEST_BODY_ACKNOWLEDGE), OK);
}

static void killed_between_any_two_answers(void **state)
{
        Hall *h = calloc(1, sizeof *h);
        char handle[16];

        assert_non_null(h);
        chance_seed(&h->chance, 3);
        server_begin(&h->server, "");
        for (size_t i = 0; i < PEOPLE; i++) {
                (void)snprintf(handle, sizeof handle, "person %zu", i);
                terminal_ready_made(&h->t[i], &h->server.cloud, handle);
        }
        for (unsigned round = 0; round < ROUNDS; round++)
                hall_exchange(h);
        assert_in_range(h->n_killed, ROUNDS * 3, ROUNDS * 9);
        assert_int_not_equal(h->n_unanswered, 0);
        assert_int_equal(server_stop(&h->server, SIGTERM), 0);
        server_end(&h->server);
        free(h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killed_between_any_two_answers),
        };

        (void)alarm(PATIENCE_S); /* what is lost may be waited for in vain */
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
