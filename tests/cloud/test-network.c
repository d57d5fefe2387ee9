/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-network.c - three nodes, each with a cable of its own to PostgreSQL; cables are pulled, and
 * carry only one way */
#include "hall.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

enum { NODES = 3, PATIENCE_S = 300 };

static Postgres primary;
static int net_of_server, net_of_nodes;

/* ---- cables ---- */

static int open_net(void)
{
        int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static void run_in(int net, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void run_in(int net, const char *format, ...)
{
        char command[256];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(command, sizeof command, format, ap);
        va_end(ap);
        assert_int_equal(setns(net, CLONE_NEWNET), 0);
        assert_int_equal(system(command), 0);
        assert_int_equal(setns(net_of_nodes, CLONE_NEWNET), 0);
}

static void lay_cable(size_t i)
{
        run_in(net_of_nodes, "ip link add n%zu type veth peer name s%zu netns %d", i, i,
               (int)primary.pid);
        run_in(net_of_nodes, "ip addr add 10.9.%zu.2/30 dev n%zu && ip link set n%zu up", i, i, i);
        run_in(net_of_server, "ip addr add 10.9.%zu.1/30 dev s%zu && ip link set s%zu up", i, i, i);
}

static int begin_network(void **state)
{
        assert_int_equal(unshare(CLONE_NEWNET), 0);
        net_of_server = open_net();
        postgres_begin(&primary);
        postgres_go_on_network(&primary);
        assert_int_equal(unshare(CLONE_NEWNET), 0);
        net_of_nodes = open_net();
        run_in(net_of_nodes, "ip link set lo up");
        for (size_t i = 0; i < NODES; i++)
                lay_cable(i);
        return 0;
}

static int end_network(void **state)
{
        postgres_end(&primary);
        (void)close(net_of_server);
        (void)close(net_of_nodes);
        return 0;
}

static Hall *hall_over_cables(uint64_t seed)
{
        char config[NODES][POSTGRES_CONNINFO];
        const char *configs[NODES];

        postgres_clear(&primary);
        for (size_t i = 0; i < NODES; i++) {
                configs[i] = config[i];
                (void)snprintf(config[i], sizeof config[i],
                               "[Store]\nPostgreSQL=host=10.9.%zu.1 port=%u user=huddle"
                               " dbname=postgres\n",
                               i, primary.port);
        }
        return hall_new_each(NODES, configs, seed);
}

static size_t draw_cable(Hall *h)
{
        size_t i = chance_below(&h->chance, NODES);

        h->userdata = &h->server[i];
        return i;
}

static size_t cable_of_victim(const Hall *h)
{
        return (size_t)((const Server *)h->userdata - h->server);
}

static void pull_a_cable(Hall *h)
{
        run_in(net_of_server, "ip link set s%zu down", draw_cable(h));
}

static void plug_it_in(Hall *h)
{
        run_in(net_of_server, "ip link set s%zu up", cable_of_victim(h));
}

/* Requests arrive, also a COMMIT; no answer does. */
static void lose_answers(Hall *h)
{
        run_in(net_of_server, "ip route add blackhole 10.9.%zu.2", draw_cable(h));
}

static void let_answers_pass(Hall *h)
{
        run_in(net_of_server, "ip route del blackhole 10.9.%zu.2", cable_of_victim(h));
}

/* ---- tests ---- */

/* Everybody is answered meanwhile, if only with "unavailable". */
static void live_through(uint64_t seed, void (*harm)(Hall *h), void (*heal)(Hall *h))
{
        Hall *h = hall_over_cables(seed);

        h->harmed_steps = 1u << HALL_JOIN | 1u << 2;
        h->all_answer = true;
        hall_live_through(h, harm, heal, 1, &primary);
}

static void a_cable_is_pulled(void **state)
{
        live_through(1, pull_a_cable, plug_it_in);
}

static void answers_are_lost(void **state)
{
        live_through(2, lose_answers, let_answers_pass);
}

static int join_at(Terminal *t, Server *node)
{
        PbJoinVerdict verdict;

        t->cloud = &node->cloud;
        return terminal_join(t, "7777", &verdict);
}

static void insist_to_join_at(Terminal *t, Server *node)
{
        int status;

        do
                status = join_at(t, node);
        while (status == PB_STATUS_UNAVAILABLE);
        assert_int_equal(status, OK);
}

static uint32_t members_at(Terminal *t, Server *node)
{
        WireResponse *w;
        uint32_t n;

        t->cloud = &node->cloud;
        w = terminal_watch(t, 0, 0, 0);
        assert_int_equal(w->status, OK);
        n = w->watched->member_count;
        (void)wire_response_free(w);
        return n;
}

/* One node is alone, and says so; the others are a cloud. Then it is of it again, and knows what
 * has come meanwhile. */
static void others_go_on(void **state)
{
        Hall *h = hall_over_cables(3);

        for (size_t i = 0; i < 3; i++)
                terminal_press(&h->t[i]);
        insist_to_join_at(&h->t[0], &h->server[0]);
        h->userdata = &h->server[0];
        run_in(net_of_server, "ip link set s0 down");
        assert_int_equal(join_at(&h->t[1], &h->server[0]), PB_STATUS_UNAVAILABLE);
        insist_to_join_at(&h->t[1], &h->server[1]);
        insist_to_join_at(&h->t[2], &h->server[2]);
        assert_int_equal(members_at(&h->t[0], &h->server[1]), 3);
        plug_it_in(h);
        for (size_t i = 0; i < NODES; i++)
                assert_int_equal(members_at(&h->t[1], &h->server[i]), 3);
        hall_free(h);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(others_go_on),
                cmocka_unit_test(a_cable_is_pulled),
                cmocka_unit_test(answers_are_lost),
        };

        if (!postgres_is_there())
                return postgres_skip();
        if (geteuid() != 0) {
                puts("a network of its own needs root");
                return 77;
        }
        (void)alarm(PATIENCE_S);
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, begin_network, end_network);
}
