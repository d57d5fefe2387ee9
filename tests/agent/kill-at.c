/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill-at.c - preloaded: kills the process right before the n-th thing it does that lasts or
 * that others see, or has that fail
 *
 * KILL_AT=N  the n-th call of fsync, fdatasync, rename…, unlink…, sendmsg or posix_spawn,
 * counted FAIL_AT=N  the n-th call of fsync, fdatasync or rename…: the disk is full
 * KILL_WHEN=FILE  from when this file is there; it goes when a call fails
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_due(const char *variable, long *left)
{
        const char *at = getenv(variable), *when = getenv("KILL_WHEN");

        if (!at || !when || access(when, F_OK) != 0)
                return false;
        if (*left < 0)
                *left = strtol(at, NULL, 10);
        return --*left == 0;
}

static void step(void)
{
        static long left = -1;

        if (is_due("KILL_AT", &left))
                (void)kill(getpid(), SIGKILL);
}

static bool fails(void)
{
        static long left = -1;

        if (!is_due("FAIL_AT", &left))
                return false;
        (void)remove(getenv("KILL_WHEN"));
        errno = ENOSPC;
        return true;
}

#define WRAP(name, parameters, arguments, can_fail)                                                \
        int name parameters;                                                                       \
        int name parameters                                                                        \
        {                                                                                          \
                int(*real) parameters = (int(*) parameters)dlsym(RTLD_NEXT, #name);                \
                                                                                                   \
                step();                                                                            \
                if (can_fail && fails())                                                           \
                        return -1;                                                                 \
                return real arguments;                                                             \
        }

WRAP(fsync, (int fd), (fd), true)
WRAP(fdatasync, (int fd), (fd), true)
WRAP(rename, (const char *from, const char *to), (from, to), true)
WRAP(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), true)
WRAP(renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags), true)
WRAP(unlink, (const char *path), (path), false)
WRAP(unlinkat, (int dir, const char *path, int flags), (dir, path, flags), false)
WRAP(posix_spawn,
     (pid_t *restrict pid, const char *restrict path,
      const posix_spawn_file_actions_t *restrict actions,
      const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
      char *const env[restrict]),
     (pid, path, actions, attributes, argv, env), false)

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
        ssize_t (*real)(int, const struct msghdr *, int) =
                (ssize_t(*)(int, const struct msghdr *, int))dlsym(RTLD_NEXT, "sendmsg");

        step();
        return real(fd, m, flags);
}
