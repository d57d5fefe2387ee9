/* SPDX-License-Identifier: GPL-2.0-or-later */
/* util.h - idioms of every file: cleanup on scope exit, ownership, errors */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines x_freep for _cleanup_, from a destructor "T x_free(T)" that accepts NULL. */
#define DEFINE_CLEANUP(type, func)                                                                 \
        static inline void func##p(type *p)                                                        \
        {                                                                                          \
                func(*p);                                                                          \
        }                                                                                          \
        struct func##_needs_a_semicolon

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
/* The smaller and the larger of two. Each argument is evaluated once, so it may be a call. */
#define MIN(a, b) UTIL_CHOOSE(<, __COUNTER__, a, b)
#define MAX(a, b) UTIL_CHOOSE(>, __COUNTER__, a, b)
#define UTIL_CHOOSE(op, n, a, b) UTIL_CHOOSE_(op, n, a, b) /* makes a number of __COUNTER__ */
#define UTIL_CHOOSE_(op, n, a, b)                                                                  \
        ({                                                                                         \
                __typeof__(a) _a##n = (a);                                                         \
                __typeof__(b) _b##n = (b);                                                         \
                _a##n op _b##n ? _a##n : _b##n;                                                    \
        })

/* Returns the pointer and leaves NULL behind, so that a cleanup no longer frees it. */
#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                __typeof__(p) *_pp = &(p);                                                         \
                __typeof__(p) _taken = *_pp;                                                       \
                *_pp = NULL;                                                                       \
                _taken;                                                                            \
        })

#define TAKE_FD(fd)                                                                                \
        ({                                                                                         \
                int *_fdp = &(fd);                                                                 \
                int _taken = *_fdp;                                                                \
                *_fdp = -1;                                                                        \
                _taken;                                                                            \
        })

static inline void freep(void *p)
{
        free(*(void **)p);
}

static inline void closep(int *fd)
{
        if (*fd >= 0)
                (void)close(*fd);
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)

/* Errors. 0 is success, a negative number an errno that goes to the caller as it is, a positive one
 * an outcome that the callee's header names (X_E_…) and the direct caller handles. Two helpers fold
 * what a caller does not tell apart. For example, where only "not found" is expected:
 *
 *      r = store_get(s, &row);
 *      if (r == STORE_E_NOT_FOUND)
 *              return 0;
 *      if (r != 0)
 *              return must(r);
 *      return error_or(row_check(&row), ROW_E_MALFORMED);      every outcome is "malformed" here
 */

/* No outcome is possible here: a positive one is our mistake or damaged data, and becomes -EIO. */
static inline int must(int r)
{
        return r > 0 ? -EIO : r;
}

/* An errno goes on; success and every outcome become `otherwise`. */
static inline int error_or(int r, int otherwise)
{
        return r < 0 ? r : otherwise;
}
