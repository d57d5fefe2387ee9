/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spare-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct SpareMemory {
        sd_event_source *timer;
        uint64_t every_us;
        size_t least;
};

/* Bytes in memory; 0: not known. */
static size_t spare_memory_resident(void)
{
        _cleanup_close_ int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
        unsigned long pages = 0;
        char line[128];
        ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);

        if (n <= 0)
                return 0;
        line[n] = '\0';
        return sscanf(line, "%*u %lu", &pages) == 1 ? pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

/* Beside what is used, the program and its libraries are in it. */
static size_t spare_memory_now(void)
{
        struct mallinfo2 m = mallinfo2();
        size_t used = m.uordblks + m.hblkhd, resident = spare_memory_resident();

        return resident > used ? resident - used : 0;
}

bool spare_memory_give_back(size_t *least)
{
        size_t spare = spare_memory_now();

        *least = MIN(*least, spare);
        if (spare - *least < SPARE_MEMORY_MIN)
                return false;
        (void)malloc_trim(0);
        *least = spare_memory_now();
        return true;
}

static int spare_memory_on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        SpareMemory *m = userdata;
        int r;

        (void)spare_memory_give_back(&m->least);
        r = sd_event_source_set_time_relative(source, m->every_us);
        return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int spare_memory_new(SpareMemory **ret, sd_event *event, uint64_t every_ms)
{
        _cleanup_(spare_memory_freep) SpareMemory *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        m->every_us = every_ms * 1000;
        /* with whatever else wakes the process, at half the time more at the latest */
        r = sd_event_add_time_relative(event, &m->timer, CLOCK_MONOTONIC, m->every_us,
                                       m->every_us / 2, spare_memory_on_timer, m);
        if (r >= 0)
                r = sd_event_source_set_priority(m->timer, SD_EVENT_PRIORITY_IDLE);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(m->timer, "spare-memory");
        *ret = TAKE_PTR(m);
        return 0;
}

SpareMemory *spare_memory_free(SpareMemory *m)
{
        if (!m)
                return NULL;
        (void)sd_event_source_unref(m->timer);
        free(m);
        return NULL;
}
