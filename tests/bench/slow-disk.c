/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slow-disk.c - preloaded: each sync takes SLOW_DISK_US microseconds longer than the disk does */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int slow_sync(const char *name, int fd)
{
        int (*sync)(int fd) = (int (*)(int))dlsym(RTLD_NEXT, name);
        const char *us = getenv("SLOW_DISK_US");
        long delay = us ? strtol(us, NULL, 10) : 0;

        (void)nanosleep(&(struct timespec){delay / 1000000, delay % 1000000 * 1000}, NULL);
        return sync(fd);
}

int fsync(int fd)
{
        return slow_sync("fsync", fd);
}

int fdatasync(int fd)
{
        return slow_sync("fdatasync", fd);
}
