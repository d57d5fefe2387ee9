/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-tcp-watch.c - what TCP knows of a way, by given times and of real connections */
#include "daemon/cloud-link/tcp-watch.h"
#include "tests/unit/test.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* round trip, variation, least, quiet; up to two connections */
static const struct {
        const char *name;
        TcpState states[2];
        size_t n;
        uint64_t age_ms;
        bool slow, moves;
} rows[] = {
        {"nothing is connected", {{0}}, 0, 0, false, false},
        {"a quick way is not waited for", {{10, 3, 8, 5}}, 1, 1500, false, false},
        {"nor at once", {{10, 3, 8, 5}}, 1, 2, false, false},
        {"a near way that loses packets", {{900, 150, 1, 100}}, 1, 100, false, false},
        {"a line whose queue fills", {{900, 150, 125, 400}}, 1, 3000, true, true},
        {"the same, and nothing comes any more", {{900, 150, 125, 7000}}, 1, 7000, true, false},
        {"others of it move, but this is lost", {{900, 150, 125, 100}}, 1, 12001, true, false},
        {"a long way is not slow", {{3000, 50, 3000, 1000}}, 1, 5000, false, true},
        {"one that was made in a full queue",
         {{5000, 600, 5000, 300}, {900, 50, 125, 2000}},
         2,
         6000,
         true,
         true},
        {"one of two is silent",
         {{900, 150, 125, 9000}, {900, 150, 125, 100}},
         2,
         5000,
         true,
         true},
        {"even the slowest way has an end", {{8000, 4000, 125, 12000}}, 1, 12000, true, false},
        {"and a request on it", {{8000, 4000, 125, 0}}, 1, 24000, true, false},
        {"just before", {{8000, 4000, 125, 0}}, 1, 23999, true, true},
};

static void slow_ways_are_told_from_dead_ones(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                TcpWay way = {0};

                for (size_t k = 0; k < rows[i].n; k++)
                        tcp_way_note(&way, &rows[i].states[k]);
                assert_case(rows[i].name, tcp_is_slow(&way.all) == rows[i].slow);
                assert_case(rows[i].name, tcp_way_moves(&way, rows[i].age_ms) == rows[i].moves);
        }
}

/* Two ends of a connection on this machine; the first is taken as those of the cloud are. */
static void connect_pair(int ret[2])
{
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t len = sizeof a;
        int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_return_code(bind(listening, (struct sockaddr *)&a, len), errno);
        assert_return_code(listen(listening, 1), errno);
        assert_return_code(getsockname(listening, (struct sockaddr *)&a, &len), errno);
        ret[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        tcp_prepare(ret[0], TCP_SEGMENT_SMALL);
        tcp_take_at_once(ret[0], TCP_AT_ONCE_FEW);
        assert_return_code(connect(ret[0], (struct sockaddr *)&a, len), errno);
        ret[1] = accept(listening, NULL, NULL);
        assert_return_code(ret[1], errno);
        (void)close(listening);
}

static int option(int fd, int name)
{
        int value = -1;
        socklen_t len = sizeof value;

        assert_return_code(getsockopt(fd, IPPROTO_TCP, name, &value, &len), errno);
        return value;
}

static void connections_are_measured(void **state)
{
        int pair[2], unconnected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        TcpWatch w = {0};
        TcpState s;
        TcpWay way;

        connect_pair(pair);
        assert_false(tcp_measure(unconnected, &s));
        assert_true(tcp_measure(pair[0], &s));
        assert_false(tcp_is_slow(&s));
        tcp_watch_add(&w, unconnected);
        tcp_watch_add(&w, pair[0]);
        way = tcp_watch_look(&w);
        assert_int_equal(way.n, 1);
        assert_false(tcp_watch_is_slow(&w));
        tcp_watch_drop(&w, unconnected);
        tcp_watch_drop(&w, unconnected);
        assert_int_equal(w.n, 1);
        tcp_watch_drop(&w, pair[0]);
        assert_int_equal(tcp_watch_look(&w).n, 0);
        for (int i = 0; i < TCP_WATCH_MAX + 2; i++)
                tcp_watch_add(&w, i);
        assert_int_equal(w.n, TCP_WATCH_MAX);
        (void)close(unconnected);
        (void)close(pair[0]);
        (void)close(pair[1]);
}

/* The sending side never has segments of more than that. */
static void segments_are_small_where_asked(void **state)
{
        int pair[2];

        connect_pair(pair);
        assert_in_range(option(pair[0], TCP_MAXSEG), 1, TCP_SEGMENT_SMALL);
        assert_in_range(option(pair[1], TCP_MAXSEG), 1, TCP_SEGMENT_SMALL);
        (void)close(pair[0]);
        (void)close(pair[1]);
}

/* How many bytes the other end lets be on their way at once. */
static uint32_t room_of(int fd)
{
        struct tcp_info info = {0};
        socklen_t len = sizeof info;

        assert_return_code(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), errno);
        return info.tcpi_snd_wnd;
}

static void a_few_packets_come_at_once_until_more_are_let(void **state)
{
        TcpWatch w = {0};
        int pair[2];

        connect_pair(pair);
        assert_in_range(room_of(pair[1]), 1, TCP_AT_ONCE_FEW);
        (void)close(pair[0]);
        (void)close(pair[1]);
        connect_pair(pair);
        tcp_watch_add(&w, pair[0]);
        tcp_watch_adapt(&w, true, 4000);
        assert_int_equal(option(pair[0], TCP_WINDOW_CLAMP), TCP_AT_ONCE_FEW + 2000);
        assert_int_equal(option(pair[0], TCP_THIN_LINEAR_TIMEOUTS), 0);
        tcp_watch_adapt(&w, false, 0);
        assert_int_equal(option(pair[0], TCP_WINDOW_CLAMP), TCP_AT_ONCE_ALL);
        (void)close(pair[0]);
        (void)close(pair[1]);
}

static void patience_is_told_to_the_kernel(void **state)
{
        int pair[2], ten_seconds = 10000;

        connect_pair(pair);
        assert_int_equal(option(pair[0], TCP_THIN_LINEAR_TIMEOUTS), 1);
        tcp_be_patient(pair[0]);
        assert_int_equal(option(pair[0], TCP_THIN_LINEAR_TIMEOUTS), 0);
        assert_int_equal(option(pair[0], TCP_USER_TIMEOUT), 0); /* none was set */
        assert_return_code(setsockopt(pair[0], IPPROTO_TCP, TCP_USER_TIMEOUT, &ten_seconds,
                                      sizeof ten_seconds),
                           errno);
        tcp_be_patient(pair[0]);
        assert_int_equal(option(pair[0], TCP_USER_TIMEOUT), 30000);
        (void)close(pair[0]);
        (void)close(pair[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(slow_ways_are_told_from_dead_ones),
                cmocka_unit_test(connections_are_measured),
                cmocka_unit_test(segments_are_small_where_asked),
                cmocka_unit_test(a_few_packets_come_at_once_until_more_are_let),
                cmocka_unit_test(patience_is_told_to_the_kernel),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
