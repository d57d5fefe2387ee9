/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which messages of rtnetlink say that requests may have to take another way. */
#include "daemon/link/network-watch.h"

#include "tests/unit/test.h"

#include <linux/rtnetlink.h>

typedef struct Message {
        struct nlmsghdr head;
        struct rtmsg route;
} Message;

static const struct {
        const char *name;
        uint16_t message;
        uint8_t table, type;
        uint32_t flags;
        bool news;
} routes[] = {
        {"a gateway comes", RTM_NEWROUTE, RT_TABLE_MAIN, RTN_UNICAST, 0, true},
        {"a gateway goes", RTM_DELROUTE, RT_TABLE_MAIN, RTN_UNICAST, 0, true},
        {"a table of a VPN", RTM_NEWROUTE, 51, RTN_UNICAST, 0, true},
        {"a way is closed", RTM_NEWROUTE, RT_TABLE_MAIN, RTN_UNREACHABLE, 0, true},
        {"of the kernel for itself", RTM_NEWROUTE, RT_TABLE_LOCAL, RTN_UNICAST, 0, false},
        {"an address of ours", RTM_NEWROUTE, RT_TABLE_MAIN, RTN_LOCAL, 0, false},
        {"multicast", RTM_NEWROUTE, RT_TABLE_MAIN, RTN_MULTICAST, 0, false},
        {"a copy for one host", RTM_NEWROUTE, RT_TABLE_MAIN, RTN_UNICAST, RTM_F_CLONED, false},
        {"an address: compared elsewhere", RTM_NEWADDR, RT_TABLE_MAIN, RTN_UNICAST, 0, false},
};

static Message message_of(size_t i)
{
        return (Message){
                .head = {.nlmsg_len = sizeof(Message), .nlmsg_type = routes[i].message},
                .route = {.rtm_table = routes[i].table,
                          .rtm_type = routes[i].type,
                          .rtm_flags = routes[i].flags},
        };
}

static void routes_that_requests_take_are_news(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
                Message m = message_of(i);

                assert_case(routes[i].name, network_has_route_news(&m, sizeof m) == routes[i].news);
        }
}

static void all_messages_are_read(void **state)
{
        Message m[3] = {message_of(8), message_of(4), message_of(0)};

        assert_true(network_has_route_news(m, sizeof m));
        assert_false(network_has_route_news(m, 2 * sizeof *m));
}

static void what_is_cut_is_not_read(void **state)
{
        Message m = message_of(0);

        for (size_t n = 0; n < sizeof m; n++)
                assert_false(network_has_route_news(&m, n));
        m.head.nlmsg_len = sizeof m.head; /* says that it has no route */
        assert_false(network_has_route_news(&m, sizeof m));
        m.head.nlmsg_len = 0;
        assert_false(network_has_route_news(&m, sizeof m));
        m.head.nlmsg_len = UINT32_MAX;
        assert_false(network_has_route_news(&m, sizeof m));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(routes_that_requests_take_are_news),
                cmocka_unit_test(all_messages_are_read),
                cmocka_unit_test(what_is_cut_is_not_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
