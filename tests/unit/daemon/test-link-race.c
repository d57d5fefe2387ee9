/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order a neighbour's addresses are tried, and who wins: with sockets on loopback, where
 * an address without a listener fails at once, and one whose backlog is full swallows. */
#include "daemon/link/link-lan.h"
#include "daemon/link/link-race.h"

#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <sys/epoll.h>

/* MARGIN_MS: for a busy machine; nine staggers, which some of the faults would cost, are more. */
enum { ETH = 2, WLAN = 3, DOCKER = 4, PORT = 4711, MARGIN_MS = 6 * LINK_RACE_STAGGER_MS };

static struct sockaddr_storage at(const char *text, uint16_t port)
{
        struct sockaddr_storage ret = {0};
        struct sockaddr_in *four = (void *)&ret;
        struct sockaddr_in6 *six = (void *)&ret;

        if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
                four->sin_family = AF_INET;
                four->sin_port = htons(port);
                return ret;
        }
        assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        return ret;
}

static LanAddress network(const char *text, uint32_t prefix, uint32_t interface, bool bridge)
{
        LanAddress ret = {.interface = interface, .prefix = prefix, .bridge = bridge};

        ret.family = inet_pton(AF_INET, text, ret.bytes) == 1 ? AF_INET : AF_INET6;
        if (ret.family == AF_INET6)
                assert_int_equal(inet_pton(AF_INET6, text, ret.bytes), 1);
        return ret;
}

/* ---- how near ---- */

static const struct {
        const char *address;
        uint32_t heard;
        LanNearness nearness;
} nearnesses[] = {
        {"192.168.1.9", ETH, LAN_HERE},
        {"192.168.1.200", ETH, LAN_ELSEWHERE}, /* outside of /25 there, inside of /24 of wlan */
        {"192.168.1.9", WLAN, LAN_HERE},
        {"fd00::9", ETH, LAN_HERE},
        {"fd00:0:0:1::9", ETH, LAN_FOREIGN},
        {"fe80::9", ETH, LAN_LINK_LOCAL},
        {"fe80::9", WLAN, LAN_LINK_LOCAL},
        {"10.9.9.9", ETH, LAN_FOREIGN},
        {"172.17.0.9", ETH, LAN_ELSEWHERE},
        {"172.17.0.9", DOCKER, LAN_BRIDGE},
        {"fe80::9", DOCKER, LAN_BRIDGE},
        {"172.17.0.1", ETH, LAN_OURS},
        {"192.168.1.2", ETH, LAN_OURS},
        {"fe80::2", ETH, LAN_OURS},
};

static void nearness_goes_by_our_own_networks(void **state)
{
        const LanAddress ours[] = {
                network("192.168.1.2", 25, ETH, false), network("192.168.1.3", 24, WLAN, false),
                network("fd00::2", 64, ETH, false),     network("fe80::2", 64, ETH, false),
                network("fe80::3", 64, WLAN, false),    network("172.17.0.1", 16, DOCKER, true),
        };

        for (size_t i = 0; i < ARRAY_LEN(nearnesses); i++) {
                struct sockaddr_storage to = at(nearnesses[i].address, PORT);

                assert_case(nearnesses[i].address,
                            lan_nearness(&to, nearnesses[i].heard, ours, ARRAY_LEN(ours)) ==
                                    nearnesses[i].nearness);
        }
}

/* ---- the order ---- */

/* Each word: family, and nearness as its digit; in the order of arrival, and in that of the
 * race. */
static const struct {
        const char *come, *go;
} orders[] = {
        {"", ""},
        {"40", "40"},
        {"40 60", "60 40"}, /* IPv6 first among equals */
        {"40 41 42 60", "60 40 41 42"},
        {"42 41 40", "40 41 42"},
        {"61 40 42", "40 61 42"},       /* near ones first, then the families in turn */
        {"40 40 40 61", "40 61 40 40"}, /* many of one family do not hold the other up */
        {"43 44 45 61", "61 43 44 45"},
        {"63 40 42", "40 42 63"}, /* no turn for bridges while others are left */
        {"64 65 43 40", "40 64 43 65"},
        {"65 45", "65 45"},
};

static size_t read_order(LanTarget ret[static 8], const char *text)
{
        size_t n = 0;

        for (; *text; text += text[2] ? 3 : 2)
                ret[n++] = (LanTarget){.to.ss_family = *text == '6' ? AF_INET6 : AF_INET,
                                       .nearness = (LanNearness)(text[1] - '0')};
        return n;
}

static void near_ones_first_and_families_in_turn(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
                LanTarget all[8], wanted[8];
                const LanTarget *left[8];
                size_t n = read_order(all, orders[i].come);
                sa_family_t family = AF_UNSPEC;

                assert_int_equal(read_order(wanted, orders[i].go), n);
                for (size_t k = 0; k < n; k++)
                        left[k] = &all[k];
                for (size_t k = 0; k < n; k++) {
                        const LanTarget *next = lan_order_next(left, n - k, family);
                        size_t at_index = 0;

                        assert_case(orders[i].come, next->to.ss_family == wanted[k].to.ss_family &&
                                                            next->nearness == wanted[k].nearness);
                        while (left[at_index] != next)
                                at_index++;
                        left[at_index] = left[n - k - 1];
                        family = next->to.ss_family;
                }
                assert_null(lan_order_next(left, 0, family));
        }
}

/* ---- the race ---- */

static sd_event *event;
static unsigned finished, callers;
static Link *won;

static void on_frame(void *userdata, Link *l, const Frame *frame)
{
}

static void on_closed(void *userdata, Link *l)
{
}

static void on_done(void *userdata, Link *taken)
{
        static const LinkEvents link_events = {on_frame, on_closed};

        finished++;
        won = taken;
        if (won)
                won->events = &link_events;
}

static uint64_t now_ms(void)
{
        uint64_t now;

        assert_true(sd_event_now(event, CLOCK_MONOTONIC, &now) >= 0);
        return now / 1000;
}

/* Runs until it is decided; how long it took. */
static uint64_t decide(void)
{
        uint64_t start;

        assert_true(sd_event_run(event, 0) >= 0);
        start = now_ms();
        while (finished == 0)
                assert_true(sd_event_run(event, UINT64_C(10000000)) > 0);
        return now_ms() - start;
}

static int on_caller(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        struct sockaddr_storage from;
        socklen_t len = sizeof from;

        (void)close(accept(fd, (struct sockaddr *)&from, &len));
        callers++;
        return 0;
}

/* A listener that takes nobody: its backlog is full, so the kernel drops what comes. */
static int swallower(const char *address, uint16_t port)
{
        struct sockaddr_storage here = at(address, port);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
        assert_int_equal(bind(fd, (void *)&here, sizeof(struct sockaddr_in)), 0);
        assert_int_equal(listen(fd, 0), 0);
        for (unsigned i = 0; i < 2; i++) { /* kept until the end of the test */
                int caller = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

                (void)connect(caller, (void *)&here, sizeof(struct sockaddr_in));
        }
        return fd;
}

typedef struct Track {
        LinkRace *race;
        uint16_t port;
        sd_event_source *listener;
} Track;

/* Somebody listens at 127.0.0.9 alone. */
static void track_begin(Track *t)
{
        struct sockaddr_storage here = at("127.0.0.9", 0);
        socklen_t len = sizeof(struct sockaddr_in);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        finished = callers = 0;
        won = NULL;
        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(bind(fd, (void *)&here, len), 0);
        assert_int_equal(listen(fd, 8), 0);
        assert_int_equal(getsockname(fd, (void *)&here, &len), 0);
        t->port = ntohs(((struct sockaddr_in *)&here)->sin_port);
        assert_true(sd_event_add_io(event, &t->listener, fd, EPOLLIN, on_caller, NULL) >= 0);
        assert_true(sd_event_source_set_io_fd_own(t->listener, true) >= 0);
        assert_int_equal(link_race_new(&t->race, event, on_done, NULL), 0);
}

static void track_end(Track *t)
{
        link_free(won);
        link_race_free(t->race);
        sd_event_source_disable_unref(t->listener);
        event = sd_event_unref(event);
}

static void enters(Track *t, const char *address)
{
        struct sockaddr_storage to = at(address, t->port);

        link_race_add(t->race, &to, 0);
}

static void one_that_answers_wins(void **state)
{
        Track t;

        track_begin(&t);
        enters(&t, "127.0.0.9");
        link_race_complete(t.race);
        assert_in_range(decide(), 0, MARGIN_MS);
        assert_non_null(won);
        track_end(&t);
}

static void those_that_refuse_cost_nothing(void **state)
{
        Track t;

        track_begin(&t);
        for (unsigned i = 1; i <= 8; i++) {
                char address[16];

                (void)snprintf(address, sizeof address, "127.0.1.%u", i);
                enters(&t, address);
        }
        enters(&t, "::1");
        enters(&t, "127.0.0.9");
        link_race_complete(t.race);
        assert_in_range(decide(), 0, MARGIN_MS);
        assert_non_null(won);
        track_end(&t);
}

static void each_that_swallows_costs_the_stagger(void **state)
{
        int swallowers[3];
        Track t;

        track_begin(&t);
        for (unsigned i = 0; i < ARRAY_LEN(swallowers); i++) {
                char address[16];

                (void)snprintf(address, sizeof address, "127.0.2.%u", i + 1);
                swallowers[i] = swallower(address, t.port);
                enters(&t, address);
        }
        enters(&t, "127.0.0.9");
        link_race_complete(t.race);
        assert_in_range(decide(), 3 * LINK_RACE_STAGGER_MS, 3 * LINK_RACE_STAGGER_MS + MARGIN_MS);
        assert_non_null(won);
        assert_true(sd_event_run(event, UINT64_C(100000)) >= 0);
        assert_int_equal(callers, 1);
        track_end(&t);
        for (unsigned i = 0; i < ARRAY_LEN(swallowers); i++)
                (void)close(swallowers[i]);
}

static void when_all_have_failed_it_is_lost_at_once(void **state)
{
        Track t;

        track_begin(&t);
        enters(&t, "127.0.1.1");
        enters(&t, "127.0.1.2");
        link_race_complete(t.race);
        assert_in_range(decide(), 0, MARGIN_MS);
        assert_null(won);
        track_end(&t);
}

static void others_may_still_come(void **state)
{
        Track t;

        track_begin(&t);
        enters(&t, "127.0.1.1");
        for (uint64_t start = now_ms(); now_ms() < start + 2 * LINK_RACE_STAGGER_MS;)
                assert_true(sd_event_run(event, UINT64_C(10000)) >= 0);
        assert_int_equal(finished, 0);
        enters(&t, "127.0.0.9");
        assert_in_range(decide(), 0, MARGIN_MS);
        assert_non_null(won);
        track_end(&t);
}

static void one_that_is_withdrawn_is_not_tried(void **state)
{
        struct sockaddr_storage gone;
        Track t;

        track_begin(&t);
        gone = at("127.0.0.9", t.port);
        enters(&t, "127.0.0.9");
        link_race_remove(t.race, &gone);
        link_race_complete(t.race);
        assert_in_range(decide(), 0, MARGIN_MS);
        assert_null(won);
        assert_int_equal(callers, 0);
        track_end(&t);
}

static void addresses_are_bounded(void **state)
{
        Track t;

        track_begin(&t);
        for (unsigned i = 1; i <= 200; i++) {
                char address[16];

                (void)snprintf(address, sizeof address, "127.0.3.%u", i);
                enters(&t, address);
        }
        enters(&t, "127.0.0.9"); /* comes too late */
        link_race_complete(t.race);
        (void)decide();
        assert_null(won);
        track_end(&t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nearness_goes_by_our_own_networks),
                cmocka_unit_test(near_ones_first_and_families_in_turn),
                cmocka_unit_test(one_that_answers_wins),
                cmocka_unit_test(those_that_refuse_cost_nothing),
                cmocka_unit_test(each_that_swallows_costs_the_stagger),
                cmocka_unit_test(when_all_have_failed_it_is_lost_at_once),
                cmocka_unit_test(others_may_still_come),
                cmocka_unit_test(one_that_is_withdrawn_is_not_tried),
                cmocka_unit_test(addresses_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
