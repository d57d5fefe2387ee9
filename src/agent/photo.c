/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "photo.h"
#include "src/base/program.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct Photo {
        sd_event_source *child, *patience;
        pid_t pid;
        int output;
        size_t max; /* bytes that the helper may write */
        PhotoFunc func;
        void *userdata;
};

extern char **environ;

int photo_file(const void *bytes, size_t len)
{
        _cleanup_close_ int fd = memfd_create("huddle-picture", MFD_CLOEXEC);
        const uint8_t *from = bytes;

        if (fd < 0)
                return -errno;
        while (len > 0) {
                ssize_t n = write(fd, from, len);

                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                from += n;
                len -= (size_t)n;
        }
        return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

/* ---- the helper ---- */

static int photo_actions(posix_spawn_file_actions_t *a, int input, int output)
{
        int r = posix_spawn_file_actions_adddup2(a, input, STDIN_FILENO);

        if (r == 0)
                r = posix_spawn_file_actions_adddup2(a, output, STDOUT_FILENO);
        if (r == 0) /* image libraries print warnings about their input */
                r = posix_spawn_file_actions_addopen(a, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        return r;
}

static int photo_run(Photo *p, char *const argv[], int input)
{
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r = posix_spawn_file_actions_init(&actions);

        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attributes);
        if (r == 0) {
                (void)sigemptyset(&none);
                r = posix_spawnattr_setsigmask(&attributes, &none);
                if (r == 0)
                        r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
                if (r == 0)
                        r = photo_actions(&actions, input, p->output);
                if (r == 0)
                        r = posix_spawn(&p->pid, argv[0], &actions, &attributes, argv, environ);
                (void)posix_spawnattr_destroy(&attributes);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int photo_spawn(Photo *p, const PhotoWish *w)
{
        char path[PATH_MAX], edge[16], max[24] = "raw", x[16], y[16], size[16];
        char *argv[] = {path, edge, max, x, y, size, NULL};

        program_find(path, "huddle-photo", LIBEXECDIR);
        (void)snprintf(edge, sizeof edge, "%u", w->edge);
        if (w->max > 0)
                (void)snprintf(max, sizeof max, "%zu", w->max);
        (void)snprintf(x, sizeof x, "%u", w->x);
        (void)snprintf(y, sizeof y, "%u", w->y);
        (void)snprintf(size, sizeof size, "%u", w->size);
        if (w->size == 0)
                argv[3] = NULL;
        return photo_run(p, argv, w->input);
}

/* ---- its end ---- */

static void photo_read_result(Photo *p)
{
        struct stat st;
        void *bytes;
        int r = fstat(p->output, &st) < 0 ? -errno : 0;

        if (r == 0 && (st.st_size == 0 || (size_t)st.st_size > p->max))
                r = -EINVAL;
        if (r < 0) {
                p->func(p->userdata, r, NULL, 0);
                return;
        }
        /* the helper has ended, so the file does not change any more */
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, p->output, 0);
        if (bytes == MAP_FAILED) {
                p->func(p->userdata, -errno, NULL, 0);
                return;
        }
        p->func(p->userdata, 0, bytes, (size_t)st.st_size); /* may free p */
        (void)munmap(bytes, (size_t)st.st_size);
}

static int photo_on_exit(sd_event_source *source, const siginfo_t *si, void *userdata)
{
        Photo *p = userdata;

        p->pid = 0;
        if (si->si_code == CLD_EXITED && si->si_status == 0)
                photo_read_result(p);
        else
                p->func(p->userdata, -EINVAL, NULL, 0);
        return 0;
}

static int photo_on_timeout(sd_event_source *source, uint64_t now, void *userdata)
{
        Photo *p = userdata;

        (void)kill(p->pid, SIGKILL); /* photo_on_exit reports it */
        return 0;
}

/* ---- life ---- */

Photo *photo_free(Photo *p)
{
        if (!p)
                return NULL;
        sd_event_source_disable_unref(p->child);
        sd_event_source_disable_unref(p->patience);
        if (p->pid > 0) {
                (void)kill(p->pid, SIGKILL);
                (void)waitpid(p->pid, NULL, 0);
        }
        if (p->output >= 0)
                (void)close(p->output);
        free(p);
        return NULL;
}

static int photo_watch(Photo *p, sd_event *event)
{
        int r = sd_event_add_child(event, &p->child, p->pid, WEXITED, photo_on_exit, p);

        if (r >= 0)
                r = sd_event_add_time_relative(event, &p->patience, CLOCK_MONOTONIC,
                                               PHOTO_PATIENCE_S * 1000000ULL, 0, photo_on_timeout,
                                               p);
        return MIN(r, 0);
}

int photo_new(Photo **ret, sd_event *event, const PhotoWish *wish, PhotoFunc func, void *userdata)
{
        _cleanup_(photo_freep) Photo *p = calloc(1, sizeof *p);
        int r;

        assert(wish->max > 0 || wish->edge <= PHOTO_EDGE_MAX);
        if (!p)
                return -ENOMEM;
        *p = (Photo){.output = memfd_create("huddle-photo", MFD_CLOEXEC),
                     .max = wish->max > 0 ? wish->max : 8 + (size_t)4 * wish->edge * wish->edge,
                     .func = func,
                     .userdata = userdata};
        if (p->output < 0)
                return -errno;
        r = photo_spawn(p, wish);
        if (r == 0)
                r = photo_watch(p, event);
        if (r == 0)
                *ret = TAKE_PTR(p);
        return r;
}
