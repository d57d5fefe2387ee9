/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/protocol/cloud-announce.h"
#include "tests/unit/test.h"

/* Of the identity in the vectors; protocol.md has its words. */
#define IDENTITY                                                                                   \
        "huddle1:N8BLgWinT5SWITSLSrLoNGZLkB2SxaX2yEhbH3XIjXZm7Pzz_wQ5csOjG3cOg-iA9-"               \
        "I19CurisAKsoIYtBK8kT-A9Ig"
#define WORDS "burrito food eyelash"
#define DIGEST "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define V "\003v=1"
#define N "\014n=zoe-laptop"
#define D "\055d=" DIGEST
#define NAME_63 "123456789-123456789-123456789-123456789-123456789-123456789-123"

/* A record with its length, so that it may hold a NUL. */
#define TXT(text) (text), sizeof(text) - 1

static const struct {
        const char *name, *txt;
        size_t len;
        const char *shown; /* NULL: refused */
} records[] = {
        {"ours", TXT(V N D), "zoe-laptop"},
        {"another order", TXT(D N V), "zoe-laptop"},
        {"keys of a later minor version", TXT("\001x" V "\003p=1" N D "\000"), "zoe-laptop"},
        {"the first counts",
         TXT(V N D "\005n=max"
                   "\003v=2"
                   "\002d="),
         "zoe-laptop"},
        {"longest name", TXT(V "\101n=" NAME_63 D), NAME_63},
        {"letters of many bytes", TXT(V "\012n=zo\303\253 \345\247\224" D),
         "zo\303\253 \345\247\224"},
        {"nothing", TXT(""), NULL},
        {"empty string", TXT("\000"), NULL},
        {"no version", TXT(N D), NULL},
        {"no name", TXT(V D), NULL},
        {"no digest", TXT(V N), NULL},
        {"other version", TXT("\003v=2" N D), NULL},
        {"version that begins alike", TXT("\004v=11" N D), NULL},
        {"empty version", TXT("\002v=" N D), NULL},
        {"version without a value", TXT("\001v" N D), NULL},
        {"key in capitals", TXT("\003V=1" N D), NULL},
        {"empty name", TXT(V "\002n=" D), NULL},
        {"blank name", TXT(V "\004n=  " D), NULL},
        {"name too long", TXT(V "\102n=" NAME_63 "4" D), NULL},
        {"name with an escape sequence", TXT(V "\010n=\033[2Jzoe" D), NULL},
        {"name with a NUL", TXT(V "\007n=zo\000ex" D), NULL},
        {"name of two lines", TXT(V "\007n=zo\nex" D), NULL},
        {"name that turns the line", TXT(V "\010n=\342\200\256zoe" D), NULL},
        {"name that is not UTF-8", TXT(V "\006n=zo\377e" D), NULL},
        {"name cut in a letter", TXT(V "\006n=zo\303" D), NULL},
        {"digest cut", TXT(V N "\054d=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh"), NULL},
        {"digest too long", TXT(V N "\056d=" DIGEST "A"), NULL},
        {"digest padded", TXT(V N "\056d=" DIGEST "="), NULL},
        {"digest with bits left over", TXT(V N "\055d=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"),
         NULL},
        {"digest in the other alphabet",
         TXT(V N "\055d=//////////////////////////////////////////8"), NULL},
        {"digest with a space", TXT(V N "\055d=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh "), NULL},
        {"string past the end", TXT(V N "\056d=" DIGEST), NULL},
        {"length alone", TXT(V N D "\001"), NULL},
};

static void records_of_strangers(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(records); i++) {
                /* of its exact size: reading past it is seen by sanitizers */
                uint8_t *txt = malloc(records[i].len + !records[i].len);
                CloudAnnounce a;
                bool read;

                assert_non_null(txt);
                memcpy(txt, records[i].txt, records[i].len);
                read = cloud_announce_read(&a, txt, records[i].len);
                free(txt);
                assert_case(records[i].name, read == (records[i].shown != NULL));
                assert_case(records[i].name, !read || strcmp(a.name, records[i].shown) == 0);
                for (uint8_t n = 0; read && n < sizeof a.digest.b; n++)
                        assert_case(records[i].name, a.digest.b[n] == n);
        }
}

/* Bounded before it is looked at. */
static void record_too_long(void **state)
{
        uint8_t txt[CLOUD_ANNOUNCE_MAX + 1] = V N D;
        CloudAnnounce a;

        assert_true(cloud_announce_read(&a, txt, CLOUD_ANNOUNCE_MAX));
        assert_false(cloud_announce_read(&a, txt, sizeof txt));
}

static void ours_is_read(void **state)
{
        CloudAnnounce a = {.name = NAME_63}, read;
        uint8_t txt[CLOUD_ANNOUNCE_SIZE];
        char words[CLOUD_WORDS_SIZE], text[CLOUD_DIGEST_TEXT_SIZE];
        CloudIdentity id;
        Bytes32 digest;

        assert_int_equal(cloud_identity_parse(&id, IDENTITY), 0);
        cloud_digest(&a.digest, &id);
        assert_true(cloud_announce_read(&read, txt, cloud_announce_write(txt, &a)));
        assert_string_equal(read.name, a.name);
        cloud_digest_words(words, &read.digest);
        assert_string_equal(words, WORDS);
        cloud_digest_format(text, &a.digest);
        assert_true(cloud_digest_parse(&digest, text, strlen(text)));
        assert_memory_equal(&digest, &a.digest, sizeof digest);
}

static const struct {
        const char *name, *address;
        unsigned port;
        const char *url; /* NULL: refused */
} addresses[] = {
        {"IPv4", "192.168.1.5", 40123, "http://192.168.1.5:40123"},
        {"port of the scheme", "192.168.1.5", 80, "http://192.168.1.5"},
        {"link-local IPv4", "169.254.7.8", 1, "http://169.254.7.8:1"},
        {"IPv6", "2001:DB8::5", 65535, "http://[2001:db8::5]:65535"},
        {"no port", "192.168.1.5", 0, NULL},
        {"port too large", "192.168.1.5", 65536, NULL},
        {"no address", "", 40123, NULL},
        {"a name", "evil.example", 40123, NULL},
        {"address and more", "192.168.1.5/x?", 40123, NULL},
        {"this machine", "127.0.0.1", 40123, NULL},
        {"no machine", "0.0.0.0", 40123, NULL},
        {"all machines", "255.255.255.255", 40123, NULL},
        {"a group", "224.0.0.251", 40123, NULL},
        {"this machine, IPv6", "::1", 40123, NULL},
        {"no machine, IPv6", "::", 40123, NULL},
        {"a group, IPv6", "ff02::fb", 40123, NULL},
        {"IPv4 in IPv6", "::ffff:127.0.0.1", 40123, NULL},
        {"an address that needs a network card", "fe80::1", 40123, NULL},
};

static void addresses_of_strangers(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
                char url[CLOUD_URL_SIZE] = "";
                bool ok = cloud_announce_url(url, addresses[i].address, addresses[i].port);

                assert_case(addresses[i].name, ok == (addresses[i].url != NULL));
                assert_case(addresses[i].name, !ok || strcmp(url, addresses[i].url) == 0);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(records_of_strangers),
                cmocka_unit_test(record_too_long),
                cmocka_unit_test(ours_is_read),
                cmocka_unit_test(addresses_of_strangers),
        };

        if (sodium_init() < 0)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
