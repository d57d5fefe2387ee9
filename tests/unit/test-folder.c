/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/folder.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

/* The linker puts these in the place of the system's. */
ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);

static int until_failure; /* the call that fails; 0 = none */
static bool half;         /* a write that fails has written half */

static bool fails_now(void)
{
        errno = EIO;
        return until_failure > 0 && --until_failure == 0;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
        if (!fails_now())
                return __real_write(fd, bytes, len);
        return half ? __real_write(fd, bytes, len / 2) : -1;
}

int __wrap_fsync(int fd)
{
        return fails_now() ? -1 : __real_fsync(fd);
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
        return fails_now() ? -1 : __real_renameat(from_dir, from, to_dir, to);
}

/* ---- a place of its own for each test ----------------------------------------------------------- */

static char place[256], folder_path[300], state_path[300];

static int make_place(void **state)
{
        const char *tmp = getenv("TMPDIR");

        (void)snprintf(place, sizeof place, "%s/huddle-folder.XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(place))
                return -1;
        (void)snprintf(folder_path, sizeof folder_path, "%s/data/contacts", place);
        (void)snprintf(state_path, sizeof state_path, "%s/state/agent", place);
        until_failure = 0;
        half = false;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int remove_place(void **state)
{
        return nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static Folder *opened(void)
{
        Folder *f = NULL;

        assert_int_equal(folder_open(&f, folder_path, state_path), 0);
        return f;
}

static int put_named(Folder *f, FolderOutcome *outcome, uint64_t exchange, const char *uid, const char *name,
                     const char *title)
{
        _cleanup_(card_freep) Card *c = NULL;

        assert_int_equal(card_new(&c, name), 0);
        assert_int_equal(card_set_uid(c, uid), 0);
        assert_int_equal(card_set(c, "TITLE", title), 0);
        return folder_put(f, outcome, exchange, c);
}

static int put(Folder *f, FolderOutcome *outcome, uint64_t exchange, const char *uid, const char *title)
{
        return put_named(f, outcome, exchange, uid, "Ann", title);
}

static FolderOutcome put_well(Folder *f, uint64_t exchange, const char *uid, const char *title)
{
        FolderOutcome outcome = -1;

        assert_int_equal(put(f, &outcome, exchange, uid, title), 0);
        return outcome;
}

/* The names of all files in the folder; *ret_path is the path of the last. */
static unsigned count_files(char *ret_path, size_t size)
{
        DIR *dir = opendir(folder_path);
        struct dirent *e;
        unsigned n = 0;

        assert_non_null(dir);
        while ((e = readdir(dir)))
                if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
                        (void)snprintf(ret_path, size, "%s/%s", folder_path, e->d_name);
                        n++;
                }
        (void)closedir(dir);
        return n;
}

static char *the_file(void)
{
        static char path[1024];

        assert_int_equal(count_files(path, sizeof path), 1);
        return path;
}

static char *content(const char *path)
{
        char *text = calloc(1, 8192);
        FILE *f = fopen(path, "r");

        assert_true(text && f);
        (void)fread(text, 1, 8191, f);
        (void)fclose(f);
        return text;
}

static void append(const char *path, const char *text)
{
        FILE *f = fopen(path, "a");

        assert_non_null(f);
        (void)fputs(text, f);
        assert_int_equal(fclose(f), 0);
}

static void assert_holds(const char *path, const char *name)
{
        _cleanup_free_ char *text = content(path);

        assert_memory_equal(text, "BEGIN:VCARD\r\nVERSION:3.0\r\n", 26);
        if (!strstr(text, name))
                fail_msg("%s is not in %s", name, text);
}

static unsigned state_lines(void)
{
        _cleanup_free_ char *text = content(state_path);
        unsigned n = 0;

        for (const char *s = text; *s; s++)
                n += *s == '\n';
        return n;
}

/* ---- tests -------------------------------------------------------------------------------------- */

static void one_file_a_person(void **state)
{
        _cleanup_(folder_freep) Folder *f = opened();
        struct stat st;
        char path[1024];

        assert_int_equal(put_well(f, 1, "a", "Cook"), FOLDER_WRITTEN);
        assert_holds(the_file(), "TITLE:Cook\r\n");
        assert_holds(the_file(), "FN:Ann\r\n");
        assert_holds(the_file(), "UID:urn:uuid:");
        assert_int_equal(stat(the_file(), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(put_well(f, 1, "../../etc/passwd", "Spy"), FOLDER_WRITTEN);
        assert_int_equal(count_files(path, sizeof path), 2);
        assert_int_equal(state_lines(), 2);
}

static void known_is_not_written(void **state)
{
        _cleanup_(folder_freep) Folder *f = opened();

        (void)put_well(f, 1, "a", "Cook");
        assert_int_equal(put_well(f, 1, "a", "Cook"), FOLDER_KNOWN);
        assert_int_equal(state_lines(), 1);
        assert_int_equal(put_well(f, 2, "a", "Cook"), FOLDER_KNOWN);
        assert_int_equal(state_lines(), 2);
}

static void known_after_a_restart(void **state)
{
        Folder *f = opened();

        (void)put_well(f, 1, "a", "Cook");
        (void)put_well(f, 2, "a", "Chair");
        folder_free(f);
        f = opened();
        assert_int_equal(put_well(f, 1, "a", "Cook"), FOLDER_KNOWN);
        assert_holds(the_file(), "TITLE:Chair\r\n"); /* the older card has not come back */
        folder_free(f);
}

static void a_newer_card_replaces_ours(void **state)
{
        _cleanup_(folder_freep) Folder *f = opened();

        (void)put_well(f, 1, "a", "Cook");
        assert_int_equal(put_well(f, 2, "a", "Chair"), FOLDER_WRITTEN);
        assert_holds(the_file(), "TITLE:Chair\r\n");
        assert_int_equal(put_well(f, 3, "a", "Cook"), FOLDER_WRITTEN);
        assert_holds(the_file(), "TITLE:Cook\r\n");
}

static void a_borrowed_uid_takes_nobodys_place(void **state)
{
        _cleanup_(folder_freep) Folder *f = opened();
        FolderOutcome outcome = -1;
        char path[1024];

        (void)put_well(f, 1, "a", "Cook");
        assert_int_equal(put_named(f, &outcome, 2, "a", "Eve", "Cook"), 0);
        assert_int_equal(outcome, FOLDER_WRITTEN);
        assert_int_equal(count_files(path, sizeof path), 2);
}

/* One exchange brings one card of each member: what looks like the same person twice is two. */
static void two_of_one_exchange_are_two(void **state)
{
        Folder *f = opened();
        char path[1024];

        for (unsigned i = 0; i < 2; i++) {
                FolderOutcome wanted = i == 0 ? FOLDER_WRITTEN : FOLDER_KNOWN;

                assert_int_equal(put_well(f, 1, "a", "Cook"), wanted);
                assert_int_equal(put_well(f, 1, "a", "Spy"), wanted);
                assert_int_equal(count_files(path, sizeof path), 2);
                folder_free(f);
                f = opened();
        }
        folder_free(f);
}

static void the_users_changes_win(void **state)
{
        Folder *f = opened();

        (void)put_well(f, 1, "a", "Cook");
        append(the_file(), "NOTE:mine\r\n");
        assert_int_equal(put_well(f, 2, "a", "Chair"), FOLDER_KEPT);
        assert_holds(the_file(), "NOTE:mine");
        folder_free(f);
        f = opened();
        assert_int_equal(put_well(f, 3, "a", "Clerk"), FOLDER_KEPT);
        assert_holds(the_file(), "TITLE:Cook\r\n");
        folder_free(f);
}

static void what_is_not_ours_is_left(void **state)
{
        Folder *f = opened();
        _cleanup_free_ char *path = NULL;

        (void)put_well(f, 1, "a", "Cook");
        path = strdup(the_file());
        folder_free(f);
        assert_int_equal(unlink(state_path), 0);
        append(path, "NOTE:mine\r\n");
        f = opened();
        assert_int_equal(put_well(f, 1, "a", "Cook"), FOLDER_KEPT);
        assert_holds(path, "NOTE:mine");

        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink("/etc/hostname", path), 0);
        assert_int_equal(put_well(f, 2, "a", "Cook"), FOLDER_KEPT);
        folder_free(f);
}

static void deleted_until_they_meet_again(void **state)
{
        _cleanup_(folder_freep) Folder *f = opened();
        char path[1024];

        (void)put_well(f, 1, "a", "Cook");
        assert_int_equal(unlink(the_file()), 0);
        assert_int_equal(put_well(f, 1, "a", "Cook"), FOLDER_KNOWN);
        assert_int_equal(count_files(path, sizeof path), 0);
        assert_int_equal(put_well(f, 2, "a", "Cook"), FOLDER_WRITTEN);
}

static void broken_state_lines_count_as_missing(void **state)
{
        static const char *const lines[] = {
                "00000000",
                "\n",
                "zzzzzzzzzzzzzzzz ",
                "a line that is much longer than any line of the state file may ever be, in fact far too "
                "long to be one of ours\n",
        };
        Folder *f = opened();

        (void)put_well(f, 1, "a", "Cook");
        folder_free(f);
        for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
                append(state_path, lines[i]);
                f = opened();
                assert_int_equal(put_well(f, 1, "a", "Cook"), FOLDER_KNOWN);
                assert_int_equal(put_well(f, 2 + i, "a", "Cook"), FOLDER_KNOWN);
                folder_free(f);
                f = opened();
                append(the_file(), "X:1\r\n");
                assert_int_equal(put_well(f, 2 + i, "a", "Cook"), FOLDER_KNOWN); /* it was remembered */
                folder_free(f);
                assert_int_equal(unlink(the_file()), 0);
                f = opened();
                assert_int_equal(put_well(f, 100 + i, "a", "Cook"), FOLDER_WRITTEN);
                folder_free(f);
        }
}

/* As after a crash behind the rename: the file is there, the line is not. */
static void a_crash_before_the_line(void **state)
{
        Folder *f = opened();

        (void)put_well(f, 1, "a", "Cook");
        folder_free(f);
        assert_int_equal(truncate(state_path, 0), 0);
        f = opened();
        assert_int_equal(put_well(f, 1, "a", "Cook"), FOLDER_KNOWN);
        assert_int_equal(state_lines(), 1);
        assert_int_equal(put_well(f, 2, "a", "Chair"), FOLDER_WRITTEN); /* and it is ours to replace */
        folder_free(f);
}

/* Fails the first call that writes, the second, …, each wholly and halfway; then goes on as after a restart.
 */
static void every_failure_is_recovered_from(void **state)
{
        for (int n = 1; n < 100; n++) {
                Folder *f = opened();
                FolderOutcome outcome;
                char uid[16], path[1024];
                int r;

                half = n % 2;
                until_failure = n / 2 + 1;
                (void)snprintf(uid, sizeof uid, "u%d", n);
                r = put(f, &outcome, 1, uid, "Cook");
                if (r == 0 && until_failure > 0) {
                        assert_true(n > 8); /* two writes, three syncs, one rename */
                        folder_free(f);
                        return;
                }
                until_failure = 0;
                folder_free(f);
                f = opened();
                outcome = put_well(f, 1, uid, "Cook");
                assert_true(outcome == FOLDER_WRITTEN || outcome == FOLDER_KNOWN);
                assert_int_equal(count_files(path, sizeof path), n);
                assert_int_equal(put_well(f, 2, uid, "Chair"), FOLDER_WRITTEN);
                folder_free(f);
        }
        fail_msg("no end");
}

static void one_agent_at_a_time(void **state)
{
        _cleanup_(folder_freep) Folder *f = opened();
        Folder *second = NULL;

        assert_int_equal(folder_open(&second, folder_path, state_path), FOLDER_E_IN_USE);
        assert_null(second);
}

static void no_folder_to_be_had(void **state)
{
        Folder *f = NULL;

        assert_int_equal(folder_open(&f, "/dev/null/contacts", state_path), -ENOTDIR);
        assert_int_equal(folder_open(&f, folder_path, "/dev/null/agent"), -ENOTDIR);
        assert_null(f);
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
        const struct CMUnitTest tests[] = {
                IN_A_PLACE(one_file_a_person),
                IN_A_PLACE(known_is_not_written),
                IN_A_PLACE(known_after_a_restart),
                IN_A_PLACE(a_newer_card_replaces_ours),
                IN_A_PLACE(a_borrowed_uid_takes_nobodys_place),
                IN_A_PLACE(two_of_one_exchange_are_two),
                IN_A_PLACE(the_users_changes_win),
                IN_A_PLACE(what_is_not_ours_is_left),
                IN_A_PLACE(deleted_until_they_meet_again),
                IN_A_PLACE(broken_state_lines_count_as_missing),
                IN_A_PLACE(a_crash_before_the_line),
                IN_A_PLACE(every_failure_is_recovered_from),
                IN_A_PLACE(one_agent_at_a_time),
                IN_A_PLACE(no_folder_to_be_had),
        };

        return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
