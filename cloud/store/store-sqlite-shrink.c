/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-sqlite-shrink.c - the file gives back what a crowd has left
 *
 * Half of the file may be free pages: the next crowd has use for them, and taking pages away costs
 * as much as writing them. What is more goes in slices, from the end of the file. Only a file that
 * was made with auto_vacuum can shrink.
 */
#include "store-sqlite.h"

#include <time.h>

enum {
        LEAST_PAGES = 256, /* a smaller file stays as it is */
        SLICE_PAGES = 64,
        SLICE_US = 2000, /* after which a slice takes no further page */
};

static int64_t shrink_now_us(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int shrink_read(Store *s, const char *sql, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), sql, "");

        if (r == 0)
                *ret = query_int(&q, 0);
        return must(r);
}

/* How many pages are too many. */
static int shrink_surplus(Store *s, int64_t *ret)
{
        int64_t mode = 0, pages = 0, free_pages = 0;
        int r = shrink_read(s, "PRAGMA auto_vacuum", &mode);

        if (r == 0)
                r = shrink_read(s, "PRAGMA page_count", &pages);
        if (r == 0)
                r = shrink_read(s, "PRAGMA freelist_count", &free_pages);
        *ret = mode != 0 && pages >= LEAST_PAGES ? MAX(2 * free_pages - pages, (int64_t)0) : 0;
        return r;
}

/* Each step takes one page. A slice takes one at least: on a slow machine the time is over soon. */
int sqlite_shrink(Store *s, bool *more)
{
        _cleanup_query_ Query q = {0};
        int64_t surplus, begun_us = shrink_now_us(), n = 0;
        int r = shrink_surplus(s, &surplus);

        if (r < 0 || surplus == 0)
                return r;
        r = query_begin(&q, sqlite_of(s), "PRAGMA incremental_vacuum", "");
        while (r == 0 && n < MIN(surplus, (int64_t)SLICE_PAGES) &&
               (n == 0 || shrink_now_us() - begun_us < SLICE_US) && (r = query_step(&q)) > 0) {
                n++;
                r = 0;
        }
        *more |= n > 0 && n < surplus;
        return r;
}
