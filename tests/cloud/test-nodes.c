/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-nodes.c - three nodes over PostgreSQL with a synchronous standby: they are one cloud, and
 * stay one while nodes, connections and the primary die */
#include "hall.h"
#include "postgres.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

enum { NODES = 3, ROUNDS = 2, PATIENCE_S = 500, WATCH_S = 50 };

static Postgres primary, standby;

static int begin_pair(void **state)
{
        postgres_begin(&primary);
        postgres_begin_standby(&standby, &primary);
        return 0;
}

static int end_pair(void **state)
{
        postgres_end(&standby);
        postgres_end(&primary);
        return 0;
}

static Hall *hall_over(const Postgres *one, const Postgres *other, uint64_t seed)
{
        char config[POSTGRES_CONNINFO];

        postgres_clear(one);
        postgres_config(one, other, config);
        return hall_new(NODES, config, seed);
}

static void nothing(Hall *h)
{
}

static void nodes_are_one_cloud(void **state)
{
        hall_live_through(hall_over(&primary, NULL, 1), nothing, nothing, ROUNDS, &primary);
}

/* ---- waking ---- */

static void send_watch(Terminal *t, uint64_t seen, Answer *answer, int fd)
{
        WireRequest request = PB_REQUEST_INIT;
        PbWatch w = PB_WATCH_INIT;
        _cleanup_free_ uint8_t *sealed = NULL;
        size_t len;

        w.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        w.seen_revision = seen;
        w.wait_ms = WATCH_S * 1000;
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &w;
        terminal_seal(t, &request, answer, &sealed, &len);
        http_send(fd, "POST", "/v1/rpc", sealed, len);
}

static void expect_members(int fd, Answer *answer, uint32_t n)
{
        _cleanup_free_ uint8_t *body = NULL;
        size_t len;

        assert_int_equal(http_receive(fd, &body, &len), 200);
        assert_int_equal(answer_open(answer, body, len), 0);
        assert_int_equal(answer->response->status, OK);
        assert_int_equal(answer->response->watched->member_count, n);
        answer_done(answer);
}

/* Of its metrics. */
static long server_number(const Server *s, const char *name)
{
        _cleanup_free_ uint8_t *body = NULL;
        int fd = http_connect_admin(s);
        const char *at;
        size_t len;

        http_send(fd, "GET", "/metrics", "", 0);
        assert_int_equal(http_receive(fd, &body, &len), 200);
        (void)close(fd);
        at = strstr((const char *)body, name);
        assert_non_null(at);
        return strtol(at + strlen(name), NULL, 10);
}

static bool one_waits(const Server *s)
{
        return server_number(s, "\nhuddle_waiting_requests ") == 1;
}

/* Somebody waits at one node, another comes at the next: the wait ends with the news. */
static void a_node_hears_of_another(void **state)
{
        Hall *h = hall_over(&primary, NULL, 2);
        int fd = http_connect(&h->server[0]);
        PbJoinVerdict verdict;
        time_t pressed;
        Answer answer;
        WireResponse *w;

        for (size_t i = 0; i < 2; i++)
                terminal_press(&h->t[i]);
        assert_int_equal(terminal_join(&h->t[0], "7777", &verdict), OK);
        w = terminal_watch(&h->t[0], 0, 0, 0);
        send_watch(&h->t[0], w->watched->revision, &answer, fd);
        (void)wire_response_free(w);
        while (!one_waits(&h->server[0]))
                ;
        h->t[1].cloud = &h->server[1].cloud;
        pressed = time(NULL);
        assert_int_equal(terminal_join(&h->t[1], "7777", &verdict), OK);
        expect_members(fd, &answer, 2);
        /* at its end a watch would see it anyway */
        assert_true(time(NULL) < pressed + WATCH_S / 2);
        (void)close(fd);
        hall_free(h);
}

/* ---- the connection for news ---- */

/* The server stands still where it answers for news, just after it was connected: the loop goes on
 * with its looks. */
static void a_silent_server_holds_nobody_up(void **state)
{
        static const char batches[] = "\nhuddle_batch_answers_count ";
        char config[POSTGRES_CONNINFO];
        Server server;
        long pid, before;

        postgres_clear(&primary);
        postgres_config(&primary, NULL, config);
        server_begin(&server, config);
        while (postgres_run(&primary, "SELECT count(*) FROM pg_stat_activity WHERE"
                                      " application_name = 'huddle-cloud'") != 2)
                ;
        pid = postgres_run(&primary, "SELECT pid FROM pg_stat_activity WHERE application_name ="
                                     " 'huddle-cloud' ORDER BY backend_start DESC LIMIT 1");
        assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
        before = server_number(&server, batches);
        while (server_number(&server, batches) < before + 3)
                ;
        assert_int_equal(kill((pid_t)pid, SIGCONT), 0);
        assert_int_equal(server_stop(&server, SIGTERM), 0);
        server_end(&server);
}

/* ---- harm ---- */

static Server *victim(Hall *h)
{
        return &h->server[chance_below(&h->chance, (uint32_t)h->n_nodes)];
}

static void kill_a_node(Hall *h)
{
        h->userdata = victim(h);
        assert_int_equal(server_stop(h->userdata, SIGKILL), -SIGKILL);
}

static void start_the_node(Hall *h)
{
        server_start(h->userdata);
}

static void a_node_is_killed(void **state)
{
        hall_live_through(hall_over(&primary, NULL, 3), kill_a_node, start_the_node, ROUNDS,
                          &primary);
}

/* In the middle of whatever they do, also of a commit. */
static void end_connections(Hall *h)
{
        (void)postgres_run(&primary, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                     " WHERE application_name = 'huddle-cloud'");
}

static void connections_are_ended(void **state)
{
        hall_live_through(hall_over(&primary, NULL, 4), end_connections, nothing, ROUNDS, &primary);
}

static void stop_a_node(Hall *h)
{
        h->stopped = victim(h);
        assert_int_equal(kill(h->stopped->pid, SIGSTOP), 0);
}

static void let_it_go_on(Hall *h)
{
        assert_int_equal(kill(h->stopped->pid, SIGCONT), 0);
        h->stopped = NULL;
}

static void a_node_stands_still(void **state)
{
        hall_live_through(hall_over(&primary, NULL, 5), stop_a_node, let_it_go_on, 1, &primary);
}

/* Once: then there is no other. */
static void kill_the_primary(Hall *h)
{
        if (primary.pid > 0)
                postgres_stop(&primary, SIGKILL);
}

static void promote_the_standby(Hall *h)
{
        if (h->userdata == &standby)
                return;
        h->userdata = &standby;
        postgres_promote(&standby);
}

static void the_primary_is_killed(void **state)
{
        hall_live_through(hall_over(&primary, &standby, 6), kill_the_primary, promote_the_standby,
                          ROUNDS, &standby);
}

/* ---- what the server has lost ---- */

/* Of so many nodes: a standby is not there, so what they have read waits for it. */
static void expect_waiting(const Postgres *p, size_t n)
{
        while (postgres_run(p, "SELECT count(*) FROM pg_stat_activity"
                               " WHERE wait_event = 'SyncRep'") < (long)n)
                ;
}

static void send_join(Terminal *t, const char *route, Answer *answer, int fd)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        JoinRequest join;
        size_t len;

        terminal_join_request(t, &join, route);
        terminal_seal(t, &join.request, answer, &sealed, &len);
        http_send(fd, "POST", "/v1/rpc", sealed, len);
}

static void expect_unavailable(int fd, Answer *answer)
{
        _cleanup_free_ uint8_t *body = NULL;
        size_t len;

        assert_int_equal(http_receive(fd, &body, &len), 200);
        assert_int_equal(answer_open(answer, body, len), 0);
        assert_int_equal(answer->response->status, PB_STATUS_UNAVAILABLE);
        answer_done(answer);
        (void)close(fd);
}

static bool is_answered(int fd)
{
        return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0;
}

/* Until it is committed, as the second: a node that waits for the standby already refuses it. */
static int join_unheard(const Postgres *p, Terminal *t, const char *route, Answer *answer,
                        const Server *node)
{
        int fd = http_connect(node);
        bool there = false;

        send_join(t, route, answer, fd);
        while (!(there = postgres_run(p, "SELECT count(*) FROM member") == 2) && !is_answered(fd))
                ;
        if (there)
                return fd;
        expect_unavailable(fd, answer);
        return join_unheard(p, t, route, answer, node);
}

static uint32_t members_at(Terminal *t, Server *node)
{
        WireResponse *w = NULL;
        uint32_t n;

        t->cloud = &node->cloud;
        do {
                (void)wire_response_free(w);
                w = terminal_watch(t, 0, 0, 0);
        } while (w->status == PB_STATUS_UNAVAILABLE);
        assert_int_equal(w->status, OK);
        n = w->watched->member_count;
        (void)wire_response_free(w);
        return n;
}

/* One node commits a join, another reads it; then the machine is lost before its standby has heard
 * of it. Neither has told anybody, and both forget it. */
static void what_was_lost_is_forgotten(void **state)
{
        Postgres one, other;
        PbJoinVerdict verdict;
        Answer answer[2];
        int fd[2];
        Hall *h;

        postgres_begin(&one);
        postgres_begin_standby(&other, &one);
        h = hall_over(&one, &other, 7);
        for (size_t i = 0; i < 2; i++)
                terminal_press(&h->t[i]);
        h->t[1].cloud = &h->server[1].cloud;
        assert_int_equal(terminal_join(&h->t[1], "7777", &verdict), OK);
        postgres_stop(&other, SIGINT);
        fd[0] = join_unheard(&one, &h->t[0], "7777", &answer[0], &h->server[0]);
        fd[1] = http_connect(&h->server[1]);
        send_watch(&h->t[1], 0, &answer[1], fd[1]);
        expect_waiting(&one, h->n_nodes);
        postgres_stop(&one, SIGKILL);
        postgres_start(&other);
        postgres_promote(&other);
        for (size_t i = 0; i < 2; i++)
                expect_unavailable(fd[i], &answer[i]);
        for (size_t i = 0; i < h->n_nodes; i++)
                assert_int_equal(members_at(&h->t[1], &h->server[i]), 1);
        assert_int_equal(terminal_join(&h->t[0], "7777", &verdict), OK);
        for (size_t i = 0; i < h->n_nodes; i++)
                assert_int_equal(members_at(&h->t[0], &h->server[i]), 2);
        hall_free(h);
        postgres_end(&other);
        postgres_end(&one);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nodes_are_one_cloud),
                cmocka_unit_test(a_node_hears_of_another),
                cmocka_unit_test(a_node_is_killed),
                cmocka_unit_test(connections_are_ended),
                cmocka_unit_test(a_node_stands_still),
                cmocka_unit_test(a_silent_server_holds_nobody_up),
                cmocka_unit_test(the_primary_is_killed),
                cmocka_unit_test(what_was_lost_is_forgotten),
        };

        if (!postgres_is_there())
                return postgres_skip();
        (void)alarm(PATIENCE_S); /* what is lost may be waited for in vain */
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, begin_pair, end_pair);
}
