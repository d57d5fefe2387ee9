/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/agent/choice.h"
#include "src/base/paths.h"
#include "src/agent/sink-eds.h"
#include "tests/unit/test.h"

#include <ftw.h>
#include <sys/stat.h>

/* ---- a home of its own for each test -------------------------------------------------------- */

static char home[256];

static int make_home(void **state)
{
        const char *tmp = getenv("TMPDIR");

        (void)snprintf(home, sizeof home, "%s/huddle-choice.XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(home))
                return -1;
        assert_int_equal(setenv("HOME", home, 1), 0);
        assert_int_equal(unsetenv("XDG_CONFIG_HOME") | unsetenv("XDG_DATA_HOME") |
                                 unsetenv("XDG_CURRENT_DESKTOP"),
                         0);
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int remove_home(void **state)
{
        return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *below_home(const char *name)
{
        static char path[512];

        (void)snprintf(path, sizeof path, "%s/%s", home, name);
        return path;
}

static void write_file(const char *name, const char *text)
{
        char *path = below_home(name), *slash = strrchr(path, '/');
        FILE *file;

        *slash = '\0';
        assert_int_equal(make_folder(path), 0);
        *slash = '/';
        file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
}

static void count_warning(void *userdata, const char *file, unsigned line, const char *what)
{
        ++*(unsigned *)userdata;
}

/* Which are used, as letters. */
static const char *used(bool has_eds, unsigned wanted_warnings, char **ret_folder)
{
        static char letters[BOOK_KINDS + 1];
        char *to = letters;
        unsigned warnings = 0;
        Choice c;

        assert_int_equal(choice_read(&c, has_eds, NULL, count_warning, &warnings), 0);
        assert_int_equal(warnings, wanted_warnings);
        for (BookKind k = 0; k < BOOK_KINDS; k++)
                if (c.books[k].used)
                        *to++ = book_kinds[k][0];
        *to = '\0';
        if (ret_folder)
                *ret_folder = strdup(c.books[BOOK_FOLDER].place);
        choice_done(&c);
        return letters;
}

static void check_folder(const char *wanted)
{
        _cleanup_free_ char *folder = NULL;

        (void)used(false, 0, &folder);
        assert_string_equal(folder, below_home(wanted));
}

/* ---- what the user has ---------------------------------------------------------------------- */

static void test_nothing(void **state)
{
        assert_string_equal(used(false, 0, NULL), "f");
        check_folder(".local/share/huddle/contacts");
}

static void test_desktops(void **state)
{
        assert_string_equal(used(true, 0, NULL), "e");
        assert_int_equal(make_folder(below_home(".local/share/kpeoplevcard")), 0);
        assert_string_equal(used(true, 0, NULL), "ek");
        assert_string_equal(used(false, 0, NULL), "k");
        assert_int_equal(rmdir(below_home(".local/share/kpeoplevcard")), 0);
        assert_int_equal(setenv("XDG_CURRENT_DESKTOP", "X:KDE", 1), 0);
        assert_string_equal(used(false, 0, NULL), "k");
}

static void test_khard(void **state)
{
        write_file(".config/khard/khard.conf",
                   "# mine\n[addressbooks]\n[[gone]]\npath = "
                   "~/not-there\n[[people]]\npath = ~/people\n[general]\n");
        assert_string_equal(used(true, 0, NULL), "e");
        assert_int_equal(make_folder(below_home("people")), 0);
        assert_string_equal(used(true, 0, NULL), "ef");
        check_folder("people");
}

static void test_vdirsyncer(void **state)
{
        write_file(".config/vdirsyncer/config",
                   "[general]\nstatus_path = \"~/status\"\n[storage "
                   "mine]\ntype = \"filesystem\"\npath = \"~/books\"\n");
        write_file("books/first/a.vcf", "");
        check_folder("books/first/");
        write_file("books/b.vcf", "");
        check_folder("books");
}

static void test_eds_names(void **state)
{
        char *names[] = {(char[]){"org.freedesktop.DBus"}, (char[]){EDS_NAME "9"},
                         (char[]){EDS_NAME "10"}, (char[]){EDS_NAME "11x"}, (char[]){EDS_NAME}};

        assert_int_equal(eds_version(EDS_NAME, names, ARRAY_LEN(names)), 10);
        assert_int_equal(eds_version(EDS_NAME, names, 1), 0);
}

/* ---- what the user says --------------------------------------------------------------------- */

static void test_settings(void **state)
{
        write_file(".config/huddle/agent.conf",
                   "[AddressBooks]\nEds = no\nFolder = ~/cards\nHook = /bin/true\n");
        assert_string_equal(used(true, 0, NULL), "fh");
        check_folder("cards");
        write_file(".config/huddle/agent.conf",
                   "[AddressBooks]\nEds = another-book\nFolder = no\nKde = yes\n");
        assert_string_equal(used(false, 0, NULL), "ek");
        write_file(".config/huddle/agent.conf",
                   "[AddressBooks]\nFolder = relative\nHook = yes\nWhat = yes\n");
        assert_string_equal(used(true, 3, NULL), "e");
}

static void test_written(void **state)
{
        write_file(".config/huddle/agent.conf", "[AddressBooks]\nFolder = ~/cards\n");
        assert_int_equal(choice_write(BOOK_EDS, "no"), 0);
        assert_int_equal(choice_write(BOOK_HOOK, "/bin/true"), 0);
        assert_string_equal(used(true, 0, NULL), "fh");
        assert_int_equal(choice_write(BOOK_EDS, "auto"), 0);
        assert_int_equal(choice_write(BOOK_FOLDER, "~/others"), 0);
        assert_string_equal(used(true, 0, NULL), "efh");
        check_folder("others");
}

static NoteStyle notes(unsigned warnings)
{
        unsigned warned = 0;
        NoteStyle style;
        Choice c;

        assert_int_equal(choice_read(&c, false, NULL, count_warning, &warned), 0);
        assert_int_equal(warned, warnings);
        style = c.notes;
        choice_done(&c);
        return style;
}

static void test_notes(void **state)
{
        assert_int_equal(notes(0), NOTES_ON);
        write_file(".config/huddle/agent.conf", "[AddressBooks]\nNotes = no-place\n");
        assert_int_equal(notes(0), NOTES_NO_PLACE);
        write_file(".config/huddle/agent.conf", "[AddressBooks]\nNotes = maybe\n");
        assert_int_equal(notes(1), NOTES_ON);
        assert_int_equal(choice_write_notes(NOTES_OFF), 0);
        assert_int_equal(choice_write(BOOK_HOOK, "/bin/true"), 0);
        write_file(".config/huddle/agent.conf", "");
        assert_int_equal(notes(0), NOTES_OFF);
}

static void test_checked(void **state)
{
        static const struct {
                BookKind kind;
                const char *setting;
                int r;
        } cases[] = {
                {BOOK_EDS, "auto", 0},        {BOOK_EDS, "a-book", 0},
                {BOOK_EDS, "/path", -EINVAL}, {BOOK_EDS, "", -EINVAL},
                {BOOK_KDE, "yes", 0},         {BOOK_KDE, "/path", 0},
                {BOOK_KDE, "maybe", -EINVAL}, {BOOK_FOLDER, "~/x", 0},
                {BOOK_FOLDER, "x", -EINVAL},  {BOOK_HOOK, "/bin/x", 0},
                {BOOK_HOOK, "no", 0},         {BOOK_HOOK, "yes", -EINVAL},
                {BOOK_HOOK, "auto", -EINVAL}, {BOOK_FOLDER, "/a\nb", -EINVAL},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_case(cases[i].setting,
                            choice_check(cases[i].kind, cases[i].setting) == cases[i].r);
        assert_int_equal(book_kind("folder"), BOOK_FOLDER);
        assert_int_equal(book_kind("frob"), BOOK_KINDS);
}

static void test_only_folder(void **state)
{
        Choice c;

        assert_int_equal(choice_read(&c, true, "/tmp/x", NULL, NULL), 0);
        assert_false(c.books[BOOK_EDS].used || c.books[BOOK_KDE].used || c.books[BOOK_HOOK].used);
        assert_true(c.books[BOOK_FOLDER].used);
        assert_string_equal(c.books[BOOK_FOLDER].place, "/tmp/x");
        choice_done(&c);
}

/* Each key has its line in the manual page, and the page no other. */
static void test_manual(void **state)
{
        _cleanup_free_ char *path = NULL, *text = NULL;
        const char *top = getenv("top_srcdir"), *section, *end;
        size_t items = 0;
        FILE *file;

        assert_true(asprintf(&path, "%s/docs/huddle-agent.1", top ? top : ".") > 0);
        file = fopen(path, "r");
        assert_non_null(file);
        text = calloc(1, 65536);
        assert_non_null(text);
        assert_true(fread(text, 1, 65535, file) > 0);
        assert_int_equal(fclose(file), 0);
        section = strstr(text, ".Sh CONFIGURATION");
        assert_non_null(section);
        end = strstr(section, ".Sh ENVIRONMENT");
        assert_non_null(end);
        for (const char *at = section; (at = strstr(at, "\n.It ")) && at < end; at++)
                items++;
        assert_int_equal(items, CHOICE_SETTINGS);
        for (int k = 0; k < CHOICE_SETTINGS; k++) {
                _cleanup_free_ char *item = NULL;

                assert_true(asprintf(&item, "\n.It Cm %s\n", choice_table[k].key) > 0);
                assert_case(choice_table[k].key,
                            strstr(section, item) && strstr(section, item) < end);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_nothing, make_home, remove_home),
                cmocka_unit_test_setup_teardown(test_desktops, make_home, remove_home),
                cmocka_unit_test_setup_teardown(test_khard, make_home, remove_home),
                cmocka_unit_test_setup_teardown(test_vdirsyncer, make_home, remove_home),
                cmocka_unit_test(test_eds_names),
                cmocka_unit_test_setup_teardown(test_settings, make_home, remove_home),
                cmocka_unit_test_setup_teardown(test_written, make_home, remove_home),
                cmocka_unit_test_setup_teardown(test_notes, make_home, remove_home),
                cmocka_unit_test(test_checked),
                cmocka_unit_test_setup_teardown(test_only_folder, make_home, remove_home),
                cmocka_unit_test(test_manual),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
