/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a neighbour that mDNS shows may be reached: unicast addresses only, and not ourselves. */
#include "daemon/radio/avahi.h"
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

static bool read_address(struct sockaddr_storage *ret, const char *text)
{
        uint8_t bytes[16];

        if (inet_pton(AF_INET, text, bytes) == 1)
                return mdns_address_read(ret, INTERFACE, DNS_A, bytes, 4);
        assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
        return mdns_address_read(ret, INTERFACE, DNS_AAAA, bytes, 16);
}

static void only_neighbours_are_taken(void **state)
{
        struct sockaddr_storage where;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_case(cases[i].address,
                            read_address(&where, cases[i].address) == cases[i].taken);
}

static void an_address_comes_as_it_is(void **state)
{
        struct sockaddr_storage where;
        const struct sockaddr_in *four = (const void *)&where;
        const struct sockaddr_in6 *six = (const void *)&where;

        assert_true(read_address(&where, "192.168.1.5"));
        assert_int_equal(four->sin_family, AF_INET);
        assert_string_equal(inet_ntoa(four->sin_addr), "192.168.1.5");
        assert_true(read_address(&where, "2001:db8::5"));
        assert_int_equal(six->sin6_family, AF_INET6);
        assert_int_equal(six->sin6_scope_id, 0);
        assert_true(read_address(&where, "fe80::1"));
        assert_int_equal(six->sin6_scope_id, INTERFACE); /* means nothing without it */
}

static void a_record_of_another_size_is_no_address(void **state)
{
        static const uint8_t bytes[17] = {10, 0, 0, 1};
        struct sockaddr_storage where;

        for (size_t n = 0; n <= sizeof bytes; n++) {
                assert_int_equal(mdns_address_read(&where, INTERFACE, DNS_A, bytes, n), n == 4);
                assert_int_equal(mdns_address_read(&where, INTERFACE, DNS_AAAA, bytes, n), n == 16);
                assert_false(mdns_address_read(&where, INTERFACE, DNS_TXT, bytes, n));
        }
}

#define SRV                                                                                        \
        "\0\0\0\0\x12\x67\20"                                                                      \
        "0123456789abcdef"                                                                         \
        "\5local"

static const struct {
        const char *name, *data;
        size_t len;
        uint16_t port;
} services[] = {
        {"plain", SRV, 30, PORT},
        {"cut", SRV, 29, 0},
        {"longer", SRV "\0", 31, 0},
        {"empty", "", 0, 0},
        {"another host",
         "\0\0\0\0\x12\x67\20"
         "0123456789abcdee"
         "\5local",
         30, 0},
        {"no help",
         "\0\0\0\0\0\0\20"
         "0123456789abcdef"
         "\5local",
         30, 0},
};

static void the_port_is_that_of_the_token(void **state)
{
        static const Token token = {{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};

        for (size_t i = 0; i < ARRAY_LEN(services); i++)
                assert_case(services[i].name,
                            mdns_srv_read(&token, (const uint8_t *)services[i].data,
                                          services[i].len) == services[i].port);
}

static const struct {
        const char *data;
        size_t len;
        bool ours;
} texts[] = {
        {"\3v=1", 4, true},      {"\3V=1", 4, true},
        {"\0\0\3v=1", 6, true},  {"\5x=abc\3v=1", 10, true},
        {"\3v=1\3v=2", 8, true}, {"\3v=2\3v=1", 8, false},
        {"\1v\3v=1", 6, false},  {"\2v=", 3, false},
        {"\4v=11", 5, false},    {"\3w=1", 4, false},
        {"\3v=1", 3, false},     {"\377v=1", 4, false},
        {"", 0, false},
};

static void other_versions_are_not_taken(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                assert_case(texts[i].data, mdns_txt_read((const uint8_t *)texts[i].data,
                                                         texts[i].len) == texts[i].ours);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_neighbours_are_taken),
                cmocka_unit_test(an_address_comes_as_it_is),
                cmocka_unit_test(a_record_of_another_size_is_no_address),
                cmocka_unit_test(the_port_is_that_of_the_token),
                cmocka_unit_test(other_versions_are_not_taken),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
