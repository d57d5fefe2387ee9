/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strangers near us say of a cloud: it is read whole or not at all. */
#include "src/protocol/cloud-offer.h"
#include "tests/unit/test.h"

#define IDENTITY                                                                                   \
        "huddle1:N8BLgWinT5SWITSLSrLoNGZLkB2SxaX2yEhbH3XIjXZm7Pzz_wQ5csOjG3cOg-iA9-"               \
        "I19CurisAKsoIYtBK8kT-A9Ig"
#define NOWHERE "http://0df2311ce5.invalid"
#define NAME_63 "123456789-123456789-123456789-123456789-123456789-123456789-123"
#define PATH_39 "/23456789-123456789-123456789-123456789"
#define LABEL_63 "a23456789-123456789-123456789-123456789-123456789-123456789-123"
#define URL_200 "https://" LABEL_63 "." LABEL_63 ".example.org" PATH_39 "/3456789-12345"

static CloudIdentity identity;

/* ---- reading ---- */

static const struct {
        const char *name, *called, *url;
        bool good;
} offers[] = {
        {"a laptop", "zoe-laptop", "http://192.168.1.5:40123", true},
        {"a cloud with a name", "cloud.example", "https://cloud.example/huddle", true},
        {"nowhere", "zoe-laptop", NOWHERE, true},
        {"the longest of both", NAME_63, URL_200, true},
        {"one character each", "z", "http://a", true},
        {"a digit at the head of a name", "z", "http://1and1.example", true},
        {"no name", "", "http://192.168.1.5", false},
        {"a blank name", " ", "http://192.168.1.5", false},
        {"a name too long", NAME_63 "4", "http://192.168.1.5", false},
        {"an escape sequence", "\033[2Jzoe", "http://192.168.1.5", false},
        {"a name that turns the line", "\342\200\256zoe", "http://192.168.1.5", false},
        {"a name that is not UTF-8", "zo\377e", "http://192.168.1.5", false},
        {"no URL", "zoe", "", false},
        {"another scheme", "zoe", "file:///etc/passwd", false},
        {"another spelling", "zoe", "http://192.168.1.5/", false},
        {"capitals", "zoe", "HTTP://cloud.example", false},
        {"a user", "zoe", "http://a@cloud.example", false},
        {"a URL too long", "zoe", URL_200 "4", false},
        {"this machine", "zoe", "http://127.0.0.1:8470", false},
        {"this machine, shorter", "zoe", "http://127.1:8470", false},
        {"this machine, as a number", "zoe", "http://2130706433", false},
        {"this machine, in base 16", "zoe", "http://0x7f.0x1", false},
        {"this machine by name", "zoe", "http://localhost:8470", false},
        {"this machine by a longer name", "zoe", "http://a.localhost", false},
        {"this machine, IPv6", "zoe", "http://[::1]:8470", false},
        {"IPv4 in IPv6", "zoe", "http://[::ffff:127.0.0.1]", false},
        {"a group", "zoe", "http://224.0.0.251", false},
};

/* As cloud_offer_write would, of anything. */
static size_t put(uint8_t *to, const char *name, const char *url)
{
        size_t n = strlen(name), len = CLOUD_OFFER_HEAD + n + strlen(url);

        memcpy(to, &identity, 64);
        to[64] = (uint8_t)n;
        memcpy(to + CLOUD_OFFER_HEAD, name, n);
        memcpy(to + CLOUD_OFFER_HEAD + n, url, strlen(url));
        return len;
}

/* Of its exact size: reading past it is seen by sanitizers. */
static bool read_exactly(CloudOffer *ret, const uint8_t *bytes, size_t len)
{
        uint8_t *copy = malloc(len + !len);
        bool read;

        assert_non_null(copy);
        memcpy(copy, bytes, len);
        read = cloud_offer_read(ret, copy, len);
        free(copy);
        return read;
}

static void offers_of_strangers(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
                uint8_t bytes[CLOUD_OFFER_MAX + 64], again[CLOUD_OFFER_MAX];
                size_t len = put(bytes, offers[i].called, offers[i].url);
                CloudOffer o;
                bool read = read_exactly(&o, bytes, len);

                assert_case(offers[i].name, read == offers[i].good);
                if (!read)
                        continue;
                assert_case(offers[i].name, strcmp(o.name, offers[i].called) == 0);
                assert_case(offers[i].name, strcmp(o.url, offers[i].url) == 0);
                assert_memory_equal(&o.identity, &identity, sizeof identity);
                assert_int_equal(cloud_offer_write(again, &o), len);
                assert_memory_equal(again, bytes, len);
        }
}

static void what_is_cut_is_refused(void **state)
{
        uint8_t bytes[CLOUD_OFFER_MAX];
        CloudOffer o;

        (void)put(bytes, "zoe", "http://a");
        for (size_t len = 0; len < CLOUD_OFFER_HEAD + 3 + sizeof "http://a" - 1; len++)
                assert_false(read_exactly(&o, bytes, len));
        bytes[64] = 255; /* past the end */
        assert_false(read_exactly(&o, bytes, CLOUD_OFFER_HEAD + 11));
        (void)put(bytes, "z\1e", "http://a");
        bytes[CLOUD_OFFER_HEAD + 1] = '\0';
        assert_false(read_exactly(&o, bytes, CLOUD_OFFER_HEAD + 11));
        (void)put(bytes, "zoe", "http://a");
        bytes[CLOUD_OFFER_HEAD + 11] = '\0'; /* a NUL at the end of the URL */
        assert_false(read_exactly(&o, bytes, CLOUD_OFFER_HEAD + 12));
}

/* ---- making ---- */

static const struct {
        const char *name, *called, *url, *shown, *offered; /* offered NULL: refused */
} made[] = {
        {"a host", "zoe-laptop", "http://192.168.1.5:40123", "zoe-laptop",
         "http://192.168.1.5:40123"},
        {"a host without a network", "zoe-laptop", "http://127.0.0.1:8470", "zoe-laptop", NOWHERE},
        {"the same by name", "zoe-laptop", "http://localhost:8470", "zoe-laptop", NOWHERE},
        {"a cloud that is known", NULL, "HTTPS://Cloud.example/", "cloud.example",
         "https://cloud.example"},
        {"one at an address", NULL, "http://[2001:db8::5]:8470", "2001:db8::5",
         "http://[2001:db8::5]:8470"},
        {"a long name of a host", NULL, "http://" LABEL_63 ".example", LABEL_63,
         "http://" LABEL_63 ".example"},
        {"no URL of a cloud", "zoe", "zoe", NULL, NULL},
        {"no name of a cloud", " ", "http://cloud.example", NULL, NULL},
};

static void what_is_offered_can_be_read(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(made); i++) {
                uint8_t bytes[CLOUD_OFFER_MAX];
                CloudOffer o, read;
                bool ok = cloud_offer_make(&o, &identity, made[i].called, made[i].url);

                assert_case(made[i].name, ok == (made[i].offered != NULL));
                if (!ok)
                        continue;
                assert_case(made[i].name, strcmp(o.name, made[i].shown) == 0);
                assert_case(made[i].name, strcmp(o.url, made[i].offered) == 0);
                assert_case(made[i].name,
                            cloud_offer_read(&read, bytes, cloud_offer_write(bytes, &o)));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(offers_of_strangers),
                cmocka_unit_test(what_is_cut_is_refused),
                cmocka_unit_test(what_is_offered_can_be_read),
        };

        if (sodium_init() < 0 || cloud_identity_parse(&identity, IDENTITY) < 0)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
