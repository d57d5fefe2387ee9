/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-daemon-settings.c - configuration of a terminal: the place by hand, texts, and the manual
 * page */
#include "daemon/settings.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static char path[] = "/tmp/huddle-settings-test.XXXXXX";

static void count_warning(void *userdata, const char *file, unsigned line, const char *what)
{
        unsigned *n = userdata;

        (*n)++;
}

static void test_place_by_hand(void **state)
{
        static const struct {
                const char *name, *text;
                unsigned warnings;
                Fix fix;
        } rows[] = {
                {"nothing", "", 0, {0}},
                {"Vienna",
                 "[Location]\nLatitude=48.2082\nLongitude=16.3738\nAccuracy=30\n",
                 0,
                 {true, 482082000, 163738000, 30}},
                {"Ushuaia",
                 "[Location]\nLatitude=-54.8019\nLongitude=-68.303\n",
                 0,
                 {true, -548019000, -683030000, 50}},
                {"Null Island",
                 "[Location]\nLatitude=0\nLongitude=0\nAccuracy=0\n",
                 0,
                 {true, 0, 0, 0}},
                {"ends of the earth",
                 "[Location]\nLatitude=-90\nLongitude=180\n",
                 0,
                 {true, -900000000, 1800000000, 50}},
                {"taken back", "[Location]\nLatitude=48\nLongitude=16\nLatitude=\n", 0, {0}},
                {"switched off", "[Location]\nSource=Off\nLatitude=48\nLongitude=16\n", 0, {0}},
                {"by hand alone",
                 "[Location]\nSource=manual\nLatitude=48\nLongitude=16\n",
                 0,
                 {true, 480000000, 160000000, 50}},
                {"another source", "[Location]\nSource=stars\n", 1, {0}},
                {"half of it", "[Location]\nLatitude=48.2082\n", 0, {0}},
                {"beyond the pole", "[Location]\nLatitude=90.0001\nLongitude=0\n", 1, {0}},
                {"beyond the date line", "[Location]\nLatitude=0\nLongitude=-180.1\n", 1, {0}},
                {"two signs", "[Location]\nLatitude=--1\nLongitude=0\n", 1, {0}},
                {"a sign alone", "[Location]\nLatitude=-\nLongitude=0\n", 1, {0}},
                {"degrees and minutes", "[Location]\nLatitude=48 12'\nLongitude=0\n", 1, {0}},
                {"not a number", "[Location]\nLatitude=nan\nLongitude=0\n", 1, {0}},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                FILE *f = fopen(path, "we");
                DaemonSettings s;
                unsigned warnings = 0;
                Fix fix;

                assert_non_null(f);
                assert_true(fputs(rows[i].text, f) >= 0);
                assert_int_equal(fclose(f), 0);
                assert_case(rows[i].name, daemon_settings_read(&s, path, count_warning,
                                                               &warnings) == (int)rows[i].warnings);
                daemon_settings_fix(&s, &fix);
                assert_case(rows[i].name,
                            warnings == rows[i].warnings && fix.known == rows[i].fix.known);
                assert_case(rows[i].name, fix.latitude_e7 == rows[i].fix.latitude_e7 &&
                                                  fix.longitude_e7 == rows[i].fix.longitude_e7 &&
                                                  fix.accuracy_m == rows[i].fix.accuracy_m);
        }
}

/* Reads a file with these lines in [Cloud]; returns the number of warnings. */
static unsigned read_cloud(DaemonSettings *ret, const char *key, const char *rest)
{
        FILE *f = fopen(path, "we");
        unsigned warnings = 0;

        assert_non_null(f);
        assert_true(fprintf(f, "[Cloud]\n%s%s\n", key, rest) > 0 && fclose(f) == 0);
        (void)daemon_settings_read(ret, path, count_warning, &warnings);
        return warnings;
}

/* D-Bus shows them, and libdbus ends a program that sends it anything but UTF-8. */
static void test_texts_are_utf8(void **state)
{
        static const struct {
                const char *line, *url;
        } rows[] = {
                {"Url=http://wolke.example/\xc3\xa9", "http://wolke.example/\xc3\xa9"},
                {"Url=http://wolke.example/\xe9", ""},
                {"Url=http://wolke.example/\xed\xa0\x80", ""},
                {"Url=http://wolke.example/\x1b[m", ""},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                DaemonSettings s;
                unsigned warnings = read_cloud(&s, "", rows[i].line);

                assert_case(rows[i].line,
                            warnings == !*rows[i].url && strcmp(s.urls.of[0], rows[i].url) == 0);
        }
}

/* It goes into links, so it is an address, written in one way, and short. */
static void test_page_for_guests(void **state)
{
        static const struct {
                const char *line, *page;
        } rows[] = {
                {"GuestPage=", ""},
                {"GuestPage=https://cards.example", "https://cards.example"},
                {"GuestPage=HTTPS://Cards.Example:443/", "https://cards.example"},
                {"GuestPage=http://192.0.2.1:8480/huddle", "http://192.0.2.1:8480/huddle"},
                {"GuestPage=cards.example", ""},
                {"GuestPage=https://cards.example/?x#y", ""},
                {"GuestPage=javascript:alert(1)", ""},
                {"GuestPage=https://cards.example/"
                 "0123456789012345678901234567890123456789012345678901234567890123456789012345678"
                 "901234567890123456789",
                 ""},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                bool bad = !*rows[i].page && strcmp(rows[i].line, "GuestPage=") != 0;
                DaemonSettings s;
                unsigned warnings = read_cloud(&s, "", rows[i].line);

                assert_case(rows[i].line,
                            warnings == bad && strcmp(s.guest_page, rows[i].page) == 0);
        }
}

static void test_several_addresses_of_one_cloud(void **state)
{
        static const struct {
                const char *line;
                unsigned warnings;
                const char *urls[URLS_MAX];
        } rows[] = {
                {"", 0, {NULL}},
                {"http://a", 0, {"http://a"}},
                {"http://a  https://b:1\thttp://c http://d ",
                 0,
                 {"http://a", "https://b:1", "http://c", "http://d"}},
                {"http://a http://b http://c http://d http://e", 1, {NULL}},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                DaemonSettings s;
                unsigned warnings = read_cloud(&s, "Url=", rows[i].line);

                assert_case(rows[i].line, warnings == rows[i].warnings);
                for (size_t k = 0; k < URLS_MAX; k++)
                        assert_case(rows[i].line,
                                    rows[i].urls[k] ? strcmp(s.urls.of[k], rows[i].urls[k]) == 0
                                                    : s.urls.n <= k && !*s.urls.of[k]);
        }
}

/* inih has no room for lines of 200 bytes and more. */
static void test_long_lines(void **state)
{
        char name[SETTING_TEXT_SIZE], line[2048];
        DaemonSettings s;

        for (size_t n = 150; n < sizeof name; n++) { /* also where inih's room just ends */
                memset(name, 'x', n);
                memcpy(name, "http://", 7);
                name[n] = '\0';
                (void)snprintf(line, sizeof line, "%s ; why\nFixed=yes", name);
                assert_int_equal(read_cloud(&s, "Url =  ", line), 0);
                assert_string_equal(s.urls.of[0], name);
                assert_true(s.fixed); /* the next line is one of its own */
                (void)snprintf(line, sizeof line, "%s\t%s %s %s", name, name, name, name);
                assert_int_equal(read_cloud(&s, "Url=", line), 0);
                assert_string_equal(s.urls.of[URLS_MAX - 1], name);
        }
        (void)snprintf(line, sizeof line, "%s %s %s %s %s %s\nFixed=yes", name, name, name, name,
                       name, name);
        assert_int_equal(read_cloud(&s, "Url=", line), 1);
        assert_int_equal(s.urls.n, 0);
        assert_true(s.fixed);
        assert_int_equal(read_cloud(&s, name, "=1"), 1); /* no such setting */
        (void)snprintf(line, sizeof line, "# %s%s", name, name);
        assert_int_equal(read_cloud(&s, line, ""), 0);
}

/* Every setting stands there with its default, in the order of the table. */
static void test_manual_page_has_them_all(void **state)
{
        const char *top = getenv("top_srcdir");
        static char text[65536];
        char name[4096], entry[512];
        const char *at = text;
        FILE *f;

        (void)snprintf(name, sizeof name, "%s/docs/huddled.conf.5", top ? top : ".");
        f = fopen(name, "re");
        assert_non_null(f);
        text[fread(text, 1, sizeof text - 1, f)] = '\0';
        (void)fclose(f);
        for (size_t i = 0; i < daemon_settings_count; i++) {
                const Setting *s = &daemon_settings_table[i];

                (void)snprintf(entry, sizeof entry, "\n.It Li %s=%s\n", s->key, s->fallback);
                at = strstr(at, entry);
                assert_case(s->key, at != NULL);
        }
}

static int begin(void **state)
{
        int fd = mkstemp(path);

        return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
        return unlink(path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_place_by_hand),
                cmocka_unit_test(test_texts_are_utf8),
                cmocka_unit_test(test_page_for_guests),
                cmocka_unit_test(test_several_addresses_of_one_cloud),
                cmocka_unit_test(test_long_lines),
                cmocka_unit_test(test_manual_page_has_them_all),
        };

        return cmocka_run_group_tests(tests, begin, end);
}
