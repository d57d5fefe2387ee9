/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/protocol/cloud-words.h"
#include "src/protocol/huddle-link.h"
#include "tests/unit/test.h"

/* The vectors have it, too. */
#define IDENTITY                                                                                   \
        "huddle1:N8BLgWinT5SWITSLSrLoNGZLkB2SxaX2yEhbH3XIjXZm7Pzz_wQ5csOjG3cOg-iA9-"               \
        "I19CurisAKsoIYtBK8kT-A9Ig"
#define URL "https://cloud.example"
#define CLOUD "?c=" URL "&k=" IDENTITY
#define WORDS "burrito food eyelash" /* as the vectors have them */
#define NUMBER "12345678903"
#define PASSWORD "7K3F-9QXM-2WTD-HJ4P"
#define PAGE "https://cards.example/r/"
#define GUESTS "https://cards.example/"
#define SCREEN "&t=0123456789abcdef"

/* What is read, and how we write it. */
static const struct {
        const char *name, *link, *written;
} good[] = {
        {"join", "huddle:join" CLOUD "#4821-maple-tiger", NULL},
        {"party", "huddle:join" CLOUD "#4821", NULL},
        {"cloud", "huddle:cloud" CLOUD, NULL},
        {"record", "huddle:r/" NUMBER CLOUD "#" PASSWORD, NULL},
        {"record of the reader's own cloud", "huddle:r/" NUMBER "#" PASSWORD, NULL},
        {"capitals", "HUDDLE:JOIN" CLOUD "#4821-MAPLE-tiger",
         "huddle:join" CLOUD "#4821-maple-tiger"},
        {"small letters of a password", "HUDDLE:R/" NUMBER "#7k3f9qxm2wtdhj4p",
         "huddle:r/" NUMBER "#" PASSWORD},
        {"parameters the other way", "huddle:cloud?k=" IDENTITY "&c=" URL, "huddle:cloud" CLOUD},
        {"escaped", "huddle:cloud?c=https%3A%2F%2Fcloud.example&k=" IDENTITY, "huddle:cloud" CLOUD},
        {"escaped code", "huddle:join" CLOUD "#4821%2dmaple", "huddle:join" CLOUD "#4821-maple"},
        {"address in other letters", "huddle:cloud?c=HTTPS://Cloud.Example:443/&k=" IDENTITY,
         "huddle:cloud" CLOUD},
        {"port and path", "huddle:cloud?c=http://192.0.2.1:8470/h/1&k=" IDENTITY, NULL},
        {"IPv6", "huddle:cloud?c=http://[2001:db8::1]:8470&k=" IDENTITY, NULL},
        {"page", PAGE "#" NUMBER "-" PASSWORD CLOUD, NULL},
        {"page below a path", "http://192.0.2.1:8080/huddle/r/#" NUMBER "-" PASSWORD CLOUD, NULL},
        {"page in other letters", "HTTPS://Cards.Example:443/r/#" NUMBER "-7k3f9qxm2wtdhj4p" CLOUD,
         PAGE "#" NUMBER "-" PASSWORD CLOUD},
        {"page with an escape", PAGE "#" NUMBER "-7K3F%2D9QXM-2WTD-HJ4P" CLOUD,
         PAGE "#" NUMBER "-" PASSWORD CLOUD},
        {"exchange for a guest", GUESTS "#4821-maple-tiger" CLOUD SCREEN, NULL},
        {"party for a guest, read aloud", GUESTS "#4821" CLOUD, NULL},
        {"below a path, in other letters",
         "HTTP://192.0.2.1:80/huddle/#4821%2DMAPLE" CLOUD "&t=0123456789ABCDEF",
         "http://192.0.2.1/huddle/#4821-maple" CLOUD SCREEN},
};

static void links_that_are_read(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                const char *wanted = good[i].written ? good[i].written : good[i].link;
                _cleanup_huddle_link_ HuddleLink l = {};
                char written[HUDDLE_LINK_SIZE];

                assert_case(good[i].name, huddle_link_parse(&l, good[i].link) == 0);
                huddle_link_format(written, &l);
                assert_case(good[i].name, strcmp(written, wanted) == 0);
        }
}

static void what_begins_like_a_link(void **state)
{
        static const struct {
                const char *text;
                bool is;
        } cases[] = {
                {"huddle:", true},
                {"Huddle:join", true},
                {"huddle", false},
                {PAGE "#", true},
                {GUESTS "#4821?c=", true},
                {GUESTS "#4821", false},
                {GUESTS "#section?c=", false},
                {PAGE, false},
                {"https://cards.example/", false},
                {"https://cards.example/huddle:join", false},
                {"cards.example/r/#", false},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_case(cases[i].text, huddle_link_is(cases[i].text) == cases[i].is);
}

static const struct {
        const char *name, *link;
        int result;
} bad[] = {
        {"nothing", "", HUDDLE_LINK_E_OTHER},
        {"other scheme", "ftp://cards.example/r/#" NUMBER "-" PASSWORD CLOUD, HUDDLE_LINK_E_OTHER},
        {"some page", "https://cards.example/", HUDDLE_LINK_E_OTHER},
        {"number before the fragment", PAGE NUMBER "#" PASSWORD, HUDDLE_LINK_E_OTHER},
        {"secret in the query", "https://cards.example/r/?p=" NUMBER "-" PASSWORD "#",
         HUDDLE_LINK_E_OTHER},
        {"page without a cloud", PAGE "#" NUMBER "-" PASSWORD, HUDDLE_LINK_E_CUT},
        {"page without a password", PAGE "#" NUMBER CLOUD, HUDDLE_LINK_E_CUT},
        {"page with a cut password", PAGE "#" NUMBER "-7K3F-9QXM" CLOUD, HUDDLE_LINK_E_SECRET},
        {"page cut in the identity", PAGE "#" NUMBER "-" PASSWORD "?c=" URL "&k=huddle1:N8BL",
         HUDDLE_LINK_E_IDENTITY},
        {"page without a number", PAGE "#-" PASSWORD CLOUD, HUDDLE_LINK_E_NUMBER},
        {"page with a slip in the number", PAGE "#12345678901-" PASSWORD CLOUD,
         HUDDLE_LINK_E_NUMBER},
        {"page with a user", "https://a:b@cards.example/r/#" NUMBER "-" PASSWORD CLOUD,
         HUDDLE_LINK_E_URL},
        {"page with a long address",
         "https://cards.example/"
         "123456789012345678901234567890123456789012345678901234567890123456789"
         "0123456789/r/#" NUMBER "-" PASSWORD CLOUD,
         HUDDLE_LINK_E_URL},
        {"guest without a cloud", GUESTS "#4821?c=", HUDDLE_LINK_E_CUT},
        {"guest with a cut code", GUESTS "#48" CLOUD, HUDDLE_LINK_E_SECRET},
        {"guest with a cut token", GUESTS "#4821" CLOUD "&t=0123456789abcde", HUDDLE_LINK_E_CUT},
        {"guest with a long token", GUESTS "#4821" CLOUD SCREEN "0", HUDDLE_LINK_E_CUT},
        {"guest with a wrong token", GUESTS "#4821" CLOUD "&t=0123456789abcdeg", HUDDLE_LINK_E_CUT},
        {"guest with two tokens", GUESTS "#4821" CLOUD SCREEN SCREEN, HUDDLE_LINK_E_TWICE},
        {"guest with a parameter of later", GUESTS "#4821" CLOUD "&u=1", HUDDLE_LINK_E_OTHER},
        {"record with a token", PAGE "#" NUMBER "-" PASSWORD CLOUD SCREEN, HUDDLE_LINK_E_OTHER},
        {"token for a terminal", "huddle:join" CLOUD SCREEN "#4821", HUDDLE_LINK_E_OTHER},
        {"other version of the scheme", "huddle2:join" CLOUD "#4821", HUDDLE_LINK_E_OTHER},
        {"other kind", "huddle:pay" CLOUD "#4821", HUDDLE_LINK_E_OTHER},
        {"other version of a kind", "huddle:join2" CLOUD "#4821", HUDDLE_LINK_E_OTHER},
        {"unknown parameter", "huddle:join" CLOUD "&v=2#4821", HUDDLE_LINK_E_OTHER},
        {"code in the query", "huddle:join" CLOUD "&code=4821#4821", HUDDLE_LINK_E_OTHER},
        {"cloud with a secret", "huddle:cloud" CLOUD "#4821", HUDDLE_LINK_E_OTHER},
        {"other version of the identity", "huddle:cloud?c=" URL "&k=huddle2:N8BL",
         HUDDLE_LINK_E_IDENTITY},
        {"cut in the scheme", "huddle", HUDDLE_LINK_E_OTHER},
        {"cut before the cloud", "huddle:join", HUDDLE_LINK_E_CUT},
        {"cut in the address", "huddle:join?c=https://clo", HUDDLE_LINK_E_CUT},
        {"cut in a name", "huddle:join?c=" URL "&k", HUDDLE_LINK_E_CUT},
        {"cut in the identity", "huddle:join?c=" URL "&k=huddle1:N8BLgWinT5SWITSLSr",
         HUDDLE_LINK_E_IDENTITY},
        {"cut before the code", "huddle:join" CLOUD, HUDDLE_LINK_E_CUT},
        {"cut at the code", "huddle:join" CLOUD "#", HUDDLE_LINK_E_CUT},
        {"cut in the code", "huddle:join" CLOUD "#48", HUDDLE_LINK_E_SECRET},
        {"cut in a word", "huddle:join" CLOUD "#4821-map", HUDDLE_LINK_E_SECRET},
        {"cut in the password", "huddle:r/" NUMBER CLOUD "#7K3F-9QXM-2WTD-HJ4",
         HUDDLE_LINK_E_SECRET},
        {"password and more", "huddle:r/" NUMBER CLOUD "#" PASSWORD "#", HUDDLE_LINK_E_SECRET},
        {"record without a password", "huddle:r/" NUMBER CLOUD, HUDDLE_LINK_E_CUT},
        {"record without its number", "huddle:r/" CLOUD "#" PASSWORD, HUDDLE_LINK_E_NUMBER},
        {"wrong check digit", "huddle:r/12345678901#" PASSWORD, HUDDLE_LINK_E_NUMBER},
        {"record with half a cloud", "huddle:r/" NUMBER "?c=" URL "#" PASSWORD, HUDDLE_LINK_E_CUT},
        {"identity with a slip",
         "huddle:cloud?c=" URL "&k=huddle1:N8BLgWinT5SWITSLSrLoNGZLkB2SxaX2yEhbH3XIjXZm7Pzz_wQ5csOj"
         "G3cOg-iA9-I19CurisAKsoIYtBK8kT-A9Ih",
         HUDDLE_LINK_E_IDENTITY},
        {"address twice", "huddle:cloud?c=" URL "&k=" IDENTITY "&c=https://evil.example",
         HUDDLE_LINK_E_TWICE},
        {"identity twice", "huddle:cloud" CLOUD "&k=" IDENTITY, HUDDLE_LINK_E_TWICE},
        {"empty query", "huddle:cloud?", HUDDLE_LINK_E_OTHER},
        {"ampersand at the end", "huddle:cloud" CLOUD "&", HUDDLE_LINK_E_OTHER},
        {"space", "huddle:join" CLOUD "#4821 maple", HUDDLE_LINK_E_CHARACTER},
        {"escaped space", "huddle:join" CLOUD "#4821%20maple", HUDDLE_LINK_E_CHARACTER},
        {"newline at the end", "huddle:cloud" CLOUD "\n", HUDDLE_LINK_E_CHARACTER},
        {"escape for a terminal", "huddle:cloud?c=http://a\033[31m&k=" IDENTITY,
         HUDDLE_LINK_E_CHARACTER},
        {"escaped NUL", "huddle:join" CLOUD "#4821%00", HUDDLE_LINK_E_CHARACTER},
        {"broken escape", "huddle:join" CLOUD "#4821%2", HUDDLE_LINK_E_CHARACTER},
        {"unicode host", "huddle:cloud?c=https://cl\u00f6ud.example&k=" IDENTITY,
         HUDDLE_LINK_E_CHARACTER},
        {"escaped unicode host", "huddle:cloud?c=https://cl%C3%B6ud.example&k=" IDENTITY,
         HUDDLE_LINK_E_CHARACTER},
        {"escaped twice", "huddle:cloud?c=https%253A//cloud.example&k=" IDENTITY,
         HUDDLE_LINK_E_URL},
        {"file", "huddle:cloud?c=file:///etc/passwd&k=" IDENTITY, HUDDLE_LINK_E_URL},
        {"javascript", "huddle:cloud?c=javascript:alert(1)&k=" IDENTITY, HUDDLE_LINK_E_URL},
        {"user in the address", "huddle:cloud?c=https://a:b@cloud.example&k=" IDENTITY,
         HUDDLE_LINK_E_URL},
        {"query in the address", "huddle:cloud?c=https://cloud.example/?a&k=" IDENTITY,
         HUDDLE_LINK_E_URL},
        {"escaped fragment in the address", "huddle:cloud?c=https://cloud.example%23a&k=" IDENTITY,
         HUDDLE_LINK_E_URL},
        {"no host", "huddle:cloud?c=https://&k=" IDENTITY, HUDDLE_LINK_E_URL},
        {"empty label", "huddle:cloud?c=https://cloud..example&k=" IDENTITY, HUDDLE_LINK_E_URL},
        {"label begins with a dash", "huddle:cloud?c=https://-cloud.example&k=" IDENTITY,
         HUDDLE_LINK_E_URL},
        {"no port", "huddle:cloud?c=https://cloud.example:&k=" IDENTITY, HUDDLE_LINK_E_URL},
        {"port too large", "huddle:cloud?c=https://cloud.example:65536&k=" IDENTITY,
         HUDDLE_LINK_E_URL},
        {"port 0", "huddle:cloud?c=https://cloud.example:0&k=" IDENTITY, HUDDLE_LINK_E_URL},
        {"not IPv6", "huddle:cloud?c=https://[1::2::3]&k=" IDENTITY, HUDDLE_LINK_E_URL},
        {"folder above", "huddle:cloud?c=https://cloud.example/../x&k=" IDENTITY,
         HUDDLE_LINK_E_URL},
        {"two slashes", "huddle:cloud?c=https://cloud.example//x&k=" IDENTITY, HUDDLE_LINK_E_URL},
};

static void links_that_are_refused(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                HuddleLink l = {.kind = 99};
                int r = huddle_link_parse(&l, bad[i].link);

                if (r != bad[i].result)
                        fail_msg("%s: %d", bad[i].name, r);
                assert_case(bad[i].name, (int)l.kind == 99); /* nothing was written */
        }
}

static void lengths(void **state)
{
        char text[10 * 1024] = "huddle:join" CLOUD "#4821", url[2 * CLOUD_URL_SIZE] = "http://a/";
        char ret[CLOUD_URL_SIZE];
        HuddleLink l;
        size_t n = strlen(text);

        memset(text + n, '-', HUDDLE_LINK_MAX - n);
        assert_int_equal(huddle_link_parse(&l, text), HUDDLE_LINK_E_SECRET);
        text[HUDDLE_LINK_MAX] = '-';
        assert_int_equal(huddle_link_parse(&l, text), HUDDLE_LINK_E_TOO_LONG);
        memset(text + n, '-', sizeof text - n - 1);
        assert_int_equal(huddle_link_parse(&l, text), HUDDLE_LINK_E_TOO_LONG);

        memset(url + 9, 'x', CLOUD_URL_SIZE - 10);
        assert_true(cloud_url_normalise(ret, url));
        url[CLOUD_URL_SIZE - 1] = 'x';
        assert_false(cloud_url_normalise(ret, url));
}

/* The longest links that can be written fit, and are read. */
static void longest(void **state)
{
        HuddleLink l = {.kind = HUDDLE_LINK_JOIN, .has_cloud = true, .url = "http://a/"}, back;
        char text[HUDDLE_LINK_SIZE], page[HUDDLE_PAGE_SIZE + 1] = "http://b/";
        unsigned at;

        memset(l.url + 9, 'x', sizeof l.url - 10);
        assert_int_equal(code_parse(&l.code, "12345678 starfish stairway squirrel", NULL), 0);
        huddle_link_format(text, &l);
        assert_int_equal(huddle_link_parse(&back, text), 0);
        assert_string_equal(back.url, l.url);

        l.kind = HUDDLE_LINK_RECORD;
        memcpy(l.number, NUMBER, sizeof l.number);
        assert_int_equal(record_password_parse(&l.password, PASSWORD, &at), 0);
        memset(page + 9, 'y', sizeof page - 10);
        assert_false(huddle_link_set_page(&l, page));
        page[HUDDLE_PAGE_SIZE - 1] = '\0';
        assert_true(huddle_link_set_page(&l, page));
        huddle_link_format(text, &l);
        assert_int_equal(huddle_link_parse(&back, text), 0);
        assert_string_equal(back.url, l.url);
        assert_string_equal(back.page, page);
        assert_true(huddle_link_set_page(&back, ""));
        assert_string_equal(back.page, "");
}

/* Who serves a page there could be the cloud. */
static void hosts(void **state)
{
        static const struct {
                const char *name, *other;
                bool same;
        } cases[] = {
                {"another port", "http://a.example:8470", true},
                {"another scheme and path", "https://a.example/x", true},
                {"a name below it", "https://b.a.example", false},
                {"a longer name", "https://a.examples", false},
                {"a shorter name", "https://a.exampl", false},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_case(cases[i].name, cloud_url_same_host("http://a.example/r",
                                                               cases[i].other) == cases[i].same);
        assert_true(cloud_url_same_host("http://[2001:db8::1]:1", "http://[2001:db8::1]/x"));
        assert_false(cloud_url_same_host("http://[2001:db8::1]", "http://[2001:db8::2]"));
}

static void words_of_a_cloud(void **state)
{
        char words[CLOUD_WORDS_SIZE], others[CLOUD_WORDS_SIZE];
        CloudIdentity id;

        assert_int_equal(cloud_identity_parse(&id, IDENTITY), 0);
        cloud_words(words, &id);
        assert_string_equal(words, WORDS);
        id.sign_key.b[0] ^= 1;
        cloud_words(others, &id);
        assert_string_not_equal(words, others);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(links_that_are_read),
                cmocka_unit_test(what_begins_like_a_link),
                cmocka_unit_test(links_that_are_refused),
                cmocka_unit_test(lengths),
                cmocka_unit_test(longest),
                cmocka_unit_test(hosts),
                cmocka_unit_test(words_of_a_cloud),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
