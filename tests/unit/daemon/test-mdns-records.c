/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a neighbour that mDNS shows may be reached: unicast addresses only, and not ourselves. */
#include "daemon/radio/mdns-records.h"

#include "tests/unit/test.h"

#include <arpa/inet.h>

enum { INTERFACE = 7, PORT = 4711 };

static const struct {
        const char *address;
        bool taken;
} cases[] = {
        {"192.168.1.5", true},
        {"10.0.0.1", true},
        {"169.254.3.4", true},
        {"0.0.0.0", false},
        {"127.0.0.1", false},
        {"127.255.0.9", false},
        {"224.0.0.251", false},
        {"239.255.255.250", false},
        {"240.0.0.1", false},
        {"255.255.255.255", false},
        {"2001:db8::5", true},
        {"fd00::1", true},
        {"fe80::1", true},
        {"::", false},
        {"::1", false},
        {"ff02::fb", false},
        {"::ffff:192.168.1.5", false},
        {"::ffff:127.0.0.1", false},
};

static bool read_offer(struct sockaddr_storage *ret, const char *text, uint16_t port,
                       const char *txt)
{
        AvahiStringList *list = avahi_string_list_new(txt, NULL);
        AvahiAddress a;
        bool taken;

        assert_non_null(list);
        assert_non_null(avahi_address_parse(text, AVAHI_PROTO_UNSPEC, &a));
        taken = mdns_offer_read(ret, INTERFACE, &a, port, list);
        avahi_string_list_free(list);
        return taken;
}

static void only_neighbours_are_taken(void **state)
{
        struct sockaddr_storage where;

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_case(cases[i].address,
                            read_offer(&where, cases[i].address, PORT, "v=1") == cases[i].taken);
}

static void an_address_comes_as_it_is(void **state)
{
        struct sockaddr_storage where;
        const struct sockaddr_in *four = (const void *)&where;
        const struct sockaddr_in6 *six = (const void *)&where;

        assert_true(read_offer(&where, "192.168.1.5", PORT, "v=1"));
        assert_int_equal(four->sin_family, AF_INET);
        assert_int_equal(ntohs(four->sin_port), PORT);
        assert_string_equal(inet_ntoa(four->sin_addr), "192.168.1.5");
        assert_true(read_offer(&where, "2001:db8::5", PORT, "v=1"));
        assert_int_equal(six->sin6_family, AF_INET6);
        assert_int_equal(six->sin6_scope_id, 0);
        assert_true(read_offer(&where, "fe80::1", PORT, "v=1"));
        assert_int_equal(six->sin6_scope_id, INTERFACE); /* means nothing without it */
        assert_int_equal(ntohs(six->sin6_port), PORT);
}

static void other_versions_are_not_taken(void **state)
{
        struct sockaddr_storage where;

        assert_false(read_offer(&where, "192.168.1.5", PORT, "v=2"));
        assert_false(read_offer(&where, "192.168.1.5", PORT, "v=11"));
        assert_false(read_offer(&where, "192.168.1.5", PORT, "w=1"));
        assert_false(read_offer(&where, "192.168.1.5", 0, "v=1"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_neighbours_are_taken),
                cmocka_unit_test(an_address_comes_as_it_is),
                cmocka_unit_test(other_versions_are_not_taken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
