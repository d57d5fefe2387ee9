/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-settings.c - configuration of a cloud: values good and bad, folders, what is refused, and
 * the manual page */
#include "cloud/settings.h"

#include "tests/unit/test.h"

#include <ftw.h>
#include <sys/stat.h>

typedef struct Warnings {
        int n;
        unsigned line; /* of the last */
        char file[128], what[128];
} Warnings;

static void on_warning(void *userdata, const char *file, unsigned line, const char *what)
{
        Warnings *w = userdata;

        w->n++;
        w->line = line;
        (void)snprintf(w->file, sizeof w->file, "%s", file);
        (void)snprintf(w->what, sizeof w->what, "%s", what);
}

static char folder[] = "/tmp/huddle-settings-test.XXXXXX", path[64];

static void write_file(const char *name, const char *text)
{
        FILE *f = fopen(name, "we");

        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static int read_text(const char *text, CloudSettings *ret, Warnings *w)
{
        memset(w, 0, sizeof *w);
        write_file(path, text);
        return cloud_settings_read(ret, path, on_warning, w);
}

static void values(void **state)
{
        static const struct {
                const char *name, *text;
                unsigned line; /* of a warning; 0: none */
                uint64_t window_ms;
        } rows[] = {
                {"nothing", "", 0, 60000},
                {"seconds", "[Groups]\nWindow=90s\n", 0, 90000},
                {"no unit", "[Groups]\nWindow = 90\n", 0, 90000},
                {"minutes", "[Groups]\nWindow=2min", 0, 120000},
                {"milliseconds", "[Groups]\nWindow=1500ms\n", 0, 1500},
                {"a fraction", "[Groups]\nWindow=1.5s\n", 0, 1500},
                {"comments", "; one\n# two\n[Groups]\n#Window=5\n", 0, 60000},
                {"the last one counts", "[Groups]\nWindow=5\nWindow=6\n", 0, 6000},
                {"unknown unit", "[Groups]\nWindow=90 parsecs\n", 2, 60000},
                {"nothing behind it", "\n[Groups]\n\nWindow=\n", 4, 60000},
                {"negative", "[Groups]\nWindow=-5\n", 2, 60000},
                {"not a number", "[Groups]\nWindow=nan\n", 2, 60000},
                {"infinite", "[Groups]\nWindow=1e999\n", 2, 60000},
                {"too small", "[Groups]\nWindow=10ms\n", 2, 60000},
                {"too large", "[Groups]\nWindow=1d\n", 2, 60000},
                {"unknown key", "[Groups]\nWindows=5\n", 2, 60000},
                {"key of another section", "[Server]\nWindow=5\n", 2, 60000},
                {"no section", "Window=5\n", 1, 60000},
                {"neither key nor section", "[Groups]\nWindow\nWindow=5\n", 2, 5000},
                {"broken section", "[Groups\nWindow=5\n", 1, 60000},
        };
        CloudSettings s;
        Warnings w;

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                int n = read_text(rows[i].text, &s, &w);

                assert_case(rows[i].name, (n > 0) == (rows[i].line > 0));
                assert_case(rows[i].name, rows[i].line == 0 || w.line == rows[i].line || n > 1);
                assert_case(rows[i].name, s.window_ms == rows[i].window_ms);
        }
}

static void a_long_line_is_dropped_whole(void **state)
{
        char text[4000] = "[Groups]\nx";
        CloudSettings s;
        Warnings w;

        memset(text + strlen(text), 'x', 3000);
        strcat(text, "\nWindow=5s\n");
        assert_int_equal(read_text(text, &s, &w), 1);
        assert_int_equal(w.line, 2);
        assert_int_equal(s.window_ms, 5000);
}

static void the_folder_comes_after_the_file(void **state)
{
        char name[128];
        CloudSettings s;
        Warnings w;

        (void)snprintf(name, sizeof name, "%s.d", path);
        assert_int_equal(mkdir(name, 0700), 0);
        (void)snprintf(name, sizeof name, "%s.d/20.conf", path);
        write_file(name, "[Groups]\nWindow=20s\nBad\n");
        (void)snprintf(name, sizeof name, "%s.d/10.conf", path);
        write_file(name, "[Groups]\nWindow=10s\nMaxMembers=10\n");
        (void)snprintf(name, sizeof name, "%s.d/30.txt", path);
        write_file(name, "[Groups]\nWindow=30s\n");
        assert_int_equal(read_text("[Groups]\nWindow=5s\nMaxMembers=5\n", &s, &w), 1);
        assert_int_equal(s.window_ms, 20000);
        assert_int_equal(s.matching.max_members, 10);
        assert_int_equal(w.line, 3);
        assert_non_null(strstr(w.file, "/20.conf"));
}

static void what_cannot_be_served_is_refused(void **state)
{
        static const struct {
                const char *text;
                int result;
        } rows[] = {
                {"", 0},
                {"[Matching]\nWeightTime=0.31\n", -EINVAL},
                {"[Matching]\nThreshold=0.5\n", -EINVAL},
                {"[Groups]\nWindow=10min\n", -EINVAL},
                {"[Groups]\nExpiryAfterDelivery=8d\n", -EINVAL},
                {"[Server]\nTlsKey=/a/key\n", -EINVAL},
                {"[Server]\nAnnounce=zoe-laptop\n", 0},
                {"[Server]\nAnnounce=an announcement has room for sixty-three bytes and no more"
                 " than that\n",
                 -EINVAL},
                {"[Server]\nAnnounce=x\nTlsCertificate=/a\nTlsKey=/b\n", -EINVAL},
                {"[Server]\nPageOrigins=https://cards.example  http://[2001:db8::1]:8080\n", 0},
                {"[Server]\nPageOrigins=https://cards.example/\n", -EINVAL},
                {"[Server]\nPageOrigins=https://cards.example/r\n", -EINVAL},
                {"[Server]\nPageOrigins=https://cards.example:443\n", -EINVAL},
                {"[Server]\nPageOrigins=*\n", -EINVAL},
                {"[Pages]\nClouds=https://cloud.example/h/1 http://192.0.2.1:8470\n", 0},
                {"[Pages]\nClouds=https://cloud.example; script-src *\n", -EINVAL},
                {"[Pages]\nClouds=*\n", -EINVAL},
                {"[Pages]\nTlsKey=/a/key\n", -EINVAL},
        };
        char reason[256];
        CloudSettings s;
        Warnings w;

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                assert_int_equal(read_text(rows[i].text, &s, &w), 0);
                reason[0] = '\0';
                assert_case(rows[i].text,
                            cloud_settings_check(&s, reason, sizeof reason) == rows[i].result);
                assert_case(rows[i].text, (reason[0] != '\0') == (rows[i].result < 0));
        }
}

static void missing_is_empty_and_unreadable_is_told(void **state)
{
        CloudSettings s;

        assert_int_equal(cloud_settings_read(&s, "/nowhere/huddle-cloud.conf", NULL, NULL), 0);
        assert_int_equal(s.window_ms, 60000);
        assert_true(cloud_settings_read(&s, "/etc/passwd/x", NULL, NULL) < 0);
}

/* Every setting stands in the manual page with its default, under its section. */
static void the_manual_page_has_them_all(void **state)
{
        const char *top = getenv("top_srcdir");
        static char text[65536];
        char name[512], entry[512];
        const char *at = text;
        FILE *f;

        (void)snprintf(name, sizeof name, "%s/docs/huddle-cloud.8", top ? top : ".");
        f = fopen(name, "re");
        assert_non_null(f);
        text[fread(text, 1, sizeof text - 1, f)] = '\0';
        (void)fclose(f);
        for (size_t i = 0; i < cloud_settings_count; i++) {
                const Setting *s = &cloud_settings_table[i];

                (void)snprintf(entry, sizeof entry, "\n.It Li %s=%s\n", s->key, s->fallback);
                at = strstr(at, entry);
                assert_case(s->key, at != NULL);
        }
}

static int begin(void **state)
{
        if (!mkdtemp(folder))
                return -1;
        (void)snprintf(path, sizeof path, "%s/cloud.conf", folder);
        return 0;
}

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *at)
{
        return remove(name);
}

static int end(void **state)
{
        return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values),
                cmocka_unit_test(a_long_line_is_dropped_whole),
                cmocka_unit_test(what_cannot_be_served_is_refused),
                cmocka_unit_test(missing_is_empty_and_unreadable_is_told),
                cmocka_unit_test(the_folder_comes_after_the_file),
                cmocka_unit_test(the_manual_page_has_them_all),
        };

        return cmocka_run_group_tests(tests, begin, end);
}
