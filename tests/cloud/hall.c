/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hall.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

enum {
        PIECE = 500,
        PIECES = HALL_PIECES / 2, /* of a part */
};

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

        (void)snprintf(route, sizeof route, "%04zu",
                       i / HALL_PARTY * 1111); /* no slip of another */
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
        if (step == HALL_JOIN)
                return ask_join(a, t, i);
        pb_request_init(&a->request);
        if (step == HALL_CLOSE)
                ask_close(a, t);
        else if (step == HALL_OPEN)
                ask_open(a, t);
        else
                ask_upload(a, t, step);
        return &a->request;
}

/* ---- all at once, and some harm in between ---- */

typedef struct Sent {
        Answer answer;
        Server *to;
        int fd; /* -1: it had nothing to ask, or has its answer */
        bool done;
} Sent;

/* Whoever asks again may ask another node. */
static Server *hall_go_somewhere(Hall *h, Terminal *t)
{
        Server *to = &h->server[chance_below(&h->chance, (uint32_t)h->n_nodes)];

        t->cloud = &to->cloud;
        return to;
}

static void hall_send(Hall *h, unsigned step, Sent sent[HALL_PEOPLE], size_t from, size_t to)
{
        for (size_t i = from; i < to; i++) {
                _cleanup_free_ uint8_t *sealed = NULL;
                size_t len;
                Ask a;

                sent[i] = (Sent){.to = hall_go_somewhere(h, &h->t[i])};
                terminal_seal(&h->t[i], ask_make(&a, &h->t[i], i, step), &sent[i].answer, &sealed,
                              &len);
                sent[i].fd = http_connect(sent[i].to);
                http_send(sent[i].fd, "POST", "/v1/rpc", sealed, len);
        }
}

/* All ask for the close, and that one may who was first. */
static void expect_done(unsigned step, int status)
{
        if (step != HALL_CLOSE || status != PB_STATUS_CONFLICT)
                assert_int_equal(status, OK);
}

static void hall_receive_one(Hall *h, unsigned step, Sent *s)
{
        _cleanup_free_ uint8_t *body = NULL;
        bool answered;
        size_t len;

        answered = http_receive(s->fd, &body, &len) == 200;
        assert_true(answered || !h->all_answer);
        if (answered) {
                assert_int_equal(answer_open(&s->answer, body, len), 0);
                s->done = s->answer.response->status != PB_STATUS_UNAVAILABLE;
                if (s->done)
                        expect_done(step, s->answer.response->status);
                answer_done(&s->answer);
        }
        (void)close(s->fd);
        s->fd = -1;
}

/* A node that is stopped answers when it goes on. */
static void hall_receive(Hall *h, unsigned step, Sent sent[HALL_PEOPLE], size_t from, size_t to)
{
        for (size_t i = from; i < to; i++)
                if (sent[i].fd >= 0 && sent[i].to != h->stopped)
                        hall_receive_one(h, step, &sent[i]);
}

static int hall_insist(Terminal *t, WireRequest *request)
{
        int status;

        while ((status = terminal_ask(t, request)) == PB_STATUS_UNAVAILABLE)
                (void)poll(NULL, 0, 20); /* a terminal waits longer */
        return status;
}

/* Whoever got no answer asks again: it is as if the first time, or as if it had been answered. */
static void hall_ask_again(Hall *h, unsigned step, const Sent sent[HALL_PEOPLE])
{
        for (size_t i = 0; i < HALL_PEOPLE; i++) {
                Ask a;

                if (sent[i].done)
                        continue;
                (void)hall_go_somewhere(h, &h->t[i]);
                expect_done(step, hall_insist(&h->t[i], ask_make(&a, &h->t[i], i, step)));
                h->n_unanswered++;
        }
}

/* Terminals say how long ago they have pressed. */
static void hall_pass_time(Hall *h)
{
        struct timespec ts;
        uint64_t now_ms;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        now_ms = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
        for (size_t i = 0; h->passed_ms > 0 && i < h->n_nodes; i++)
                step_clock_advance(h->server[i].cloud.clock, now_ms - h->passed_ms);
        h->passed_ms = now_ms;
}

static bool hall_harms(Hall *h, unsigned step)
{
        return h->harmed_steps == 0 ? chance_permille(&h->chance, 600)
                                    : h->harmed_steps >> step & 1;
}

static void hall_step(Hall *h, unsigned step)
{
        size_t answers = chance_below(&h->chance, HALL_PEOPLE);
        size_t before = h->all_answer ? HALL_PEOPLE / 4 : HALL_PEOPLE;
        bool harmed = hall_harms(h, step);
        Sent sent[HALL_PEOPLE];

        hall_send(h, step, sent, 0, before);
        hall_receive(h, step, sent, 0, MIN(answers, before));
        if (harmed) {
                h->harm(h);
                h->n_harmed++;
        }
        hall_pass_time(h);
        hall_send(h, step, sent, before, HALL_PEOPLE);
        hall_receive(h, step, sent, 0, HALL_PEOPLE);
        if (harmed)
                h->heal(h);
        hall_receive(h, step, sent, 0, HALL_PEOPLE);
        hall_pass_time(h);
        hall_ask_again(h, step, sent);
}

/* ---- what came of it ---- */

static WireResponse *hall_watch(Hall *h, Terminal *t)
{
        WireResponse *w;

        (void)hall_go_somewhere(h, t);
        w = terminal_watch(t, 0, 0, 0);
        assert_int_equal(w->status, OK);
        return w;
}

static void hall_wait_for_close(Hall *h)
{
        for (size_t i = 0; i < HALL_PEOPLE;) {
                WireResponse *w = hall_watch(h, &h->t[i]);

                assert_int_not_equal(w->watched->phase, PB_PHASE_ALONE);
                i += w->watched->phase != PB_PHASE_GATHERING;
                (void)wire_response_free(w);
        }
}

static bool hall_is_of_party(const Hall *h, size_t party, const PbOpening *o)
{
        for (size_t i = party * HALL_PARTY; i < (party + 1) * HALL_PARTY; i++)
                if (memcmp(o->member_id.data, h->t[i].keys.id.b, sizeof(Id)) == 0)
                        return true;
        return false;
}

static void hall_expect_all_cards(Hall *h, size_t i)
{
        WireResponse *w = hall_watch(h, &h->t[i]);
        size_t pieces, bytes;
        int status;

        assert_int_equal(w->watched->member_count, HALL_PARTY);
        assert_int_equal(w->watched->n_openings, HALL_PARTY);
        for (size_t k = 0; k < w->watched->n_openings; k++)
                assert_true(hall_is_of_party(h, i / HALL_PARTY, w->watched->openings[k]));
        (void)wire_response_free(w);
        do
                status = terminal_list(&h->t[i], 8192, &pieces, &bytes);
        while (status == PB_STATUS_UNAVAILABLE);
        assert_int_equal(status, OK);
        assert_int_equal(bytes, (HALL_PARTY - 1) * sizeof h->t[i].parts);
}

static void hall_acknowledge(Terminal *t)
{
        int status;

        do
                status = terminal_simple(t, PB_REQUEST_BODY_ACKNOWLEDGE);
        while (status == PB_STATUS_UNAVAILABLE);
        assert_int_equal(status, OK);
}

void hall_exchange(Hall *h)
{
        hall_pass_time(h);
        for (size_t i = 0; i < HALL_PEOPLE; i++)
                terminal_press(&h->t[i]);
        hall_step(h, HALL_JOIN);
        for (unsigned piece = 0; piece < HALL_PIECES; piece++)
                hall_step(h, piece);
        hall_step(h, HALL_CLOSE);
        hall_wait_for_close(h);
        hall_step(h, HALL_OPEN);
        for (size_t i = 0; i < HALL_PEOPLE; i++)
                hall_expect_all_cards(h, i);
        for (size_t i = 0; i < HALL_PEOPLE; i++)
                hall_acknowledge(&h->t[i]);
}

Hall *hall_new_each(size_t n_nodes, const char *const configs[], uint64_t seed)
{
        Hall *h = calloc(1, sizeof *h);
        char handle[16];

        assert_non_null(h);
        chance_seed(&h->chance, seed);
        server_begin(&h->server[0], configs[0]);
        for (h->n_nodes = 1; h->n_nodes < n_nodes; h->n_nodes++)
                server_begin_beside(&h->server[h->n_nodes], &h->server[0], configs[h->n_nodes]);
        for (size_t i = 0; i < HALL_PEOPLE; i++) {
                (void)snprintf(handle, sizeof handle, "person %zu", i);
                terminal_ready_made(&h->t[i], &h->server[0].cloud, handle);
        }
        return h;
}

Hall *hall_new(size_t n_nodes, const char *config, uint64_t seed)
{
        const char *configs[HALL_NODES];

        for (size_t i = 0; i < HALL_NODES; i++)
                configs[i] = config;
        return hall_new_each(n_nodes, configs, seed);
}

void hall_free(Hall *h)
{
        for (size_t i = 0; i < h->n_nodes; i++) {
                assert_int_equal(server_stop(&h->server[i], SIGTERM), 0);
                server_end(&h->server[i]);
        }
        free(h);
}

/* ---- what the tables say ---- */

/* Nobody is there twice, and no party is in two groups, or with another. */
static void hall_expect_whole_parties(const Postgres *p)
{
        assert_int_equal(postgres_run(p, "SELECT count(*) - count(DISTINCT member_id) FROM member"),
                         0);
        assert_int_equal(postgres_run(p, "SELECT count(*) FROM (SELECT grp FROM member GROUP BY grp"
                                         " HAVING count(*) <> 4) odd"),
                         0);
        assert_int_equal(postgres_run(p, "SELECT count(*) FROM member m LEFT JOIN grp g"
                                         " ON g.id = m.grp WHERE g.id IS NULL"),
                         0);
}

void hall_live_through(Hall *h, void (*harm)(Hall *), void (*heal)(Hall *), unsigned rounds,
                       const Postgres *p)
{
        h->harm = harm;
        h->heal = heal;
        for (unsigned round = 0; round < rounds; round++)
                hall_exchange(h);
        assert_int_not_equal(h->n_harmed, 0);
        hall_expect_whole_parties(p);
        hall_free(h);
}
