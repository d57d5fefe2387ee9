/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

enum { ARRAY_ROOM_MIN = 4 };

int array_make_room(void **list, size_t n, size_t *room, size_t more, size_t size)
{
        size_t wanted, doubled, bytes;
        void *grown;

        assert(n <= *room && size > 0);
        if (more <= *room - n)
                return 0;
        if (__builtin_add_overflow(n, more, &wanted))
                return -ENOMEM;
        if (__builtin_mul_overflow(*room, (size_t)2, &doubled))
                doubled = 0;
        wanted = MAX(wanted, MAX(doubled, (size_t)ARRAY_ROOM_MIN));
        if (__builtin_mul_overflow(wanted, size, &bytes))
                return -ENOMEM; /* the sanitizers' reallocarray ends the process */
        grown = reallocarray(*list, wanted, size);
        if (!grown)
                return -ENOMEM;
        *list = grown;
        *room = wanted;
        return 0;
}
