/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "picture.h"
#include "out.h"
#include "src/base/program.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

/* ---- huddle-photo --------------------------------------------------------------------------- */

static int picture_run_program(int in, int out)
{
        char path[PATH_MAX], edge[16], bytes[16], *argv[] = {path, edge, bytes, NULL};
        posix_spawn_file_actions_t actions;
        int r, status;
        pid_t pid;

        program_find(path, "huddle-photo", LIBEXECDIR);
        (void)snprintf(edge, sizeof edge, "%d", CARD_PICTURE_EDGE);
        (void)snprintf(bytes, sizeof bytes, "%d", CARD_PICTURE_BYTES_MAX);
        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        if (r == 0) /* image libraries print warnings about their input */
                r = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY,
                                                     0);
        if (r == 0)
                r = posix_spawn(&pid, path, &actions, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
        if (r != 0)
                return -r;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EINVAL;
}

static int picture_write(int fd, const unsigned char *bytes, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, bytes, len);

                if (n < 0)
                        return -errno;
                bytes += n;
                len -= (size_t)n;
        }
        return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int picture_read_result(int fd, unsigned char **ret, size_t *ret_len)
{
        _cleanup_free_ unsigned char *bytes = malloc(CARD_PICTURE_BYTES_MAX + 1);
        ssize_t n;

        if (!bytes)
                return -ENOMEM;
        n = pread(fd, bytes, CARD_PICTURE_BYTES_MAX + 1, 0);
        if (n < 0)
                return -errno;
        if (n == 0 || n > CARD_PICTURE_BYTES_MAX)
                return -EINVAL;
        *ret = TAKE_PTR(bytes);
        *ret_len = (size_t)n;
        return 0;
}

int picture_fit(const void *bytes, size_t len, unsigned char **ret, size_t *ret_len)
{
        _cleanup_close_ int in = memfd_create("picture", MFD_CLOEXEC),
                            out = memfd_create("jpeg", MFD_CLOEXEC);
        int r;

        if (in < 0 || out < 0)
                return -errno;
        r = picture_write(in, bytes, len);
        if (r == 0)
                r = picture_run_program(in, out);
        return r == 0 ? picture_read_result(out, ret, ret_len) : r;
}

/* ---- pictures of a card --------------------------------------------------------------------- */

static unsigned long picture_kilobytes(size_t bytes)
{
        return (unsigned long)(bytes + 1023) / 1024;
}

/* after: 0 if the picture could not be read. */
static void picture_tell(const Cli *cli, json_t *told, const char *property, size_t before,
                         size_t after)
{
        (void)json_array_append_new(told,
                                    json_pack("{s:s, s:I, s:I}", "property", property, "before",
                                              (json_int_t)before, "after", (json_int_t)after));
        if (cli->json)
                return;
        if (after > 0 && before > CARD_PICTURE_BYTES_MAX)
                note(_("%s is made smaller: %lu kB instead of %lu"), property,
                     picture_kilobytes(after), picture_kilobytes(before));
        else if (after > 0)
                note(_("what the camera wrote into %s is removed"), property);
        else if (before > CARD_PICTURE_BYTES_MAX)
                note(_("%s is left out: %lu kB are too much, and only a JPEG, PNG or GIF can be "
                       "made smaller"),
                     property, picture_kilobytes(before));
        else
                note(_("%s is left out: it cannot be read, and may say where it was taken"),
                     property);
}

/* Copies the picture from its file into the card. */
static int picture_bring_kept(Card *c, const char *property, size_t n, unsigned char **ret,
                              size_t *ret_len)
{
        int r = picture_kept(card_value(c, property, n), ret, ret_len);
        const char *media = r == 0 ? card_picture_media(*ret, *ret_len) : NULL;

        if (r < 0)
                return r;
        return media ? card_set_inline(c, property, n, media, *ret, *ret_len) : -EINVAL;
}

/* Removes a reference to a file: useless to others, and its path may reveal something. Returns
 * 1. */
static int picture_leave_out(const Cli *cli, Card *c, const char *property, size_t n, json_t *told)
{
        int r = card_set_inline(c, property, n, NULL, NULL, 0);

        if (!cli->json)
                note(_("%s is left out: it is in a file of this machine"), property);
        (void)json_array_append_new(
                told, json_pack("{s:s, s:i, s:i}", "property", property, "before", 0, "after", 0));
        return r < 0 ? r : 1;
}

/* Returns 1 if the value was removed, else 0. */
static int picture_fit_one(const Cli *cli, Card *c, const char *property, size_t n, bool of_eds,
                           json_t *told)
{
        _cleanup_free_ unsigned char *bytes = NULL, *small = NULL;
        const char *value = card_value(c, property, n);
        size_t len, small_len = 0;
        int r = card_inline(c, property, n, &bytes, &len);

        assert(value);
        if (r == -ENOENT && strncasecmp(value, "file:", 5) == 0) {
                r = of_eds ? picture_bring_kept(c, property, n, &bytes, &len) : -EINVAL;
                if (r < 0)
                        return r == -ENOMEM ? r : picture_leave_out(cli, c, property, n, told);
        }
        if (r == -ENOENT || (r == 0 && card_picture_may_stay(bytes, len)))
                return 0;
        if (r == 0)
                r = picture_fit(bytes, len, &small, &small_len);
        if (r < 0 && r != -EINVAL && r != -ENOENT)
                return r;
        picture_tell(cli, told, property, len, small_len);
        r = card_set_inline(c, property, n, "image/jpeg", small, small_len);
        return r < 0 ? r : !small;
}

int pictures_fit(const Cli *cli, Card *c, bool of_eds, json_t **ret_told)
{
        static const char *const properties[] = {"PHOTO", "LOGO"};
        json_auto_t *told = json_array();
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(properties); i++)
                for (size_t n = 0; r >= 0 && card_value(c, properties[i], n);) {
                        r = picture_fit_one(cli, c, properties[i], n, of_eds, told);
                        n += r == 0;
                }
        *ret_told = json_incref(told);
        return MIN(r, 0);
}
