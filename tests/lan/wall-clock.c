/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wall-clock.c - preloaded into a program: its wall clock is WALL_CLOCK_OFFSET seconds ahead, or so
 * many as the file WALL_CLOCK_FILE has now, a number of eight bytes
 *
 * The other clocks stay as they are, for timers are set by them (libfaketime moves those of
 * timerfd too, and the program's loop ends).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t *shared; /* NULL: no file */

__attribute__((constructor)) static void share(void)
{
        const char *path = getenv("WALL_CLOCK_FILE");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shared, PROT_READ, MAP_SHARED, fd, 0);

        if (path && map == MAP_FAILED)
                abort();
        if (path)
                shared = map;
        if (fd >= 0)
                (void)close(fd);
}

static time_t offset(void)
{
        const char *text = getenv("WALL_CLOCK_OFFSET");

        if (shared)
                return (time_t)__atomic_load_n(shared, __ATOMIC_RELAXED);
        return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
        int r = (int)syscall(SYS_clock_gettime, clock, ret);

        if (r == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                ret->tv_sec += offset();
        return r;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
        struct timespec now;

        (void)zone;
        if (clock_gettime(CLOCK_REALTIME, &now) < 0)
                return -1;
        *ret = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
        return 0;
}

time_t time(time_t *ret)
{
        struct timespec now;

        if (clock_gettime(CLOCK_REALTIME, &now) < 0)
                return -1;
        if (ret)
                *ret = now.tv_sec;
        return now.tv_sec;
}
