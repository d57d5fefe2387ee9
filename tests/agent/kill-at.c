/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill-at.c - preloaded: kills the process right before the n-th thing it does that lasts or that others see
 *
 * KILL_AT=N  the n-th call of fsync, fdatasync, rename…, unlink…, sendmsg or posix_spawn, counted
 * KILL_WHEN=FILE  from when this file is there
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void step(void)
{
        static long left = -1;
        const char *at = getenv("KILL_AT"), *when = getenv("KILL_WHEN");

        if (!at || !when || access(when, F_OK) != 0)
                return;
        if (left < 0)
                left = strtol(at, NULL, 10);
        if (--left == 0)
                (void)kill(getpid(), SIGKILL);
}

#define WRAP(name, parameters, arguments)                                                                     \
        int name parameters;                                                                                  \
        int name parameters                                                                                   \
        {                                                                                                     \
                int(*real) parameters = (int(*) parameters)dlsym(RTLD_NEXT, #name);                           \
                                                                                                              \
                step();                                                                                       \
                return real arguments;                                                                        \
        }

WRAP(fsync, (int fd), (fd))
WRAP(fdatasync, (int fd), (fd))
WRAP(rename, (const char *from, const char *to), (from, to))
WRAP(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
WRAP(unlink, (const char *path), (path))
WRAP(unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(posix_spawn,
     (pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
      const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const env[restrict]),
     (pid, path, actions, attributes, argv, env))

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
        ssize_t (*real)(int, const struct msghdr *, int) =
                (ssize_t(*)(int, const struct msghdr *, int))dlsym(RTLD_NEXT, "sendmsg");

        step();
        return real(fd, m, flags);
}
