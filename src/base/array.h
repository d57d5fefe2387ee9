/* SPDX-License-Identifier: GPL-2.0-or-later */
/* array.h - one growing array for every element type
 *
 *      typedef ARRAY(Line) Lines;      or as a field: ARRAY(Line) lines;
 *
 *      Lines l = {0};
 *      r = array_add(&l, line);        0, or -ENOMEM with l as it was
 *      for (size_t i = 0; i < l.n; i++)
 *              use(&l.list[i]);
 *      array_done(&l);
 *
 * The array doubles, so adding n elements costs O(n). It never shrinks. Adding may move the
 * elements: pointers to them hold until the next addition. What the elements own stays the caller's
 * business. Growth has no limit but memory: with a stranger's input, check n first.
 *
 * Linked lists come from <sys/queue.h>. */
#pragma once

#include "util.h"

#include <assert.h>
#include <string.h>

/* Starts zeroed. The first n elements of list are in use, room is what was allocated. */
#define ARRAY(type)                                                                                \
        struct {                                                                                   \
                type *list;                                                                        \
                size_t n, room;                                                                    \
        }

/* For a local array; frees the list alone. */
#define _cleanup_array_ _cleanup_(freep)

/* Makes room for `more` elements of `size` bytes behind the n in use. 0 or -ENOMEM; after a failure
 * *list and *room are as they were. The macros below call it; call it where list, n and room are
 * not in an ARRAY. */
int array_make_room(void **list, size_t n, size_t *room, size_t more, size_t size);

/* Allocates for `more` further elements, so that adding them cannot fail. 0 or -ENOMEM. */
#define array_reserve(array, more)                                                                 \
        ({                                                                                         \
                __typeof__(array) _ra = (array);                                                   \
                void *_rl = _ra->list;                                                             \
                int _rr = array_make_room(&_rl, _ra->n, &_ra->room, (more), sizeof *_ra->list);    \
                _ra->list = _rl;                                                                   \
                _rr;                                                                               \
        })

/* Adds a copy of one element, which may be a compound literal. 0 or -ENOMEM. */
#define array_add(array, ...)                                                                      \
        ({                                                                                         \
                __typeof__(array) _aa = (array);                                                   \
                __typeof__(*_aa->list) _av = (__VA_ARGS__);                                        \
                int _ar = array_reserve(_aa, 1);                                                   \
                if (_ar == 0)                                                                      \
                        _aa->list[_aa->n++] = _av;                                                 \
                _ar;                                                                               \
        })

/* Adds copies of `count` elements, which must lie outside the array. The compiler does not check
 * their type. 0 or -ENOMEM. */
#define array_append(array, items, count)                                                          \
        ({                                                                                         \
                __typeof__(array) _pa = (array);                                                   \
                const void *_pi = (items);                                                         \
                size_t _pn = (count);                                                              \
                int _pr = array_reserve(_pa, _pn);                                                 \
                if (_pr == 0 && _pn > 0) {                                                         \
                        memcpy(_pa->list + _pa->n, _pi, _pn * sizeof *_pa->list);                  \
                        _pa->n += _pn;                                                             \
                }                                                                                  \
                _pr;                                                                               \
        })

/* Removes `count` elements from index `at` on; the later ones move up and keep their order. */
#define array_remove(array, at, count)                                                             \
        ({                                                                                         \
                __typeof__(array) _da = (array);                                                   \
                size_t _di = (at), _dn = (count);                                                  \
                assert(_di <= _da->n && _dn <= _da->n - _di);                                      \
                if (_dn > 0)                                                                       \
                        memmove(_da->list + _di, _da->list + _di + _dn,                            \
                                (_da->n - _di - _dn) * sizeof *_da->list);                         \
                _da->n -= _dn;                                                                     \
        })

/* Frees the list and leaves an empty array behind. */
#define array_done(array)                                                                          \
        ({                                                                                         \
                __typeof__(array) _fa = (array);                                                   \
                free(_fa->list);                                                                   \
                _fa->list = NULL;                                                                  \
                _fa->n = _fa->room = 0;                                                            \
        })
