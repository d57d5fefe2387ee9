/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "padding.h"

#include <assert.h>
#include <string.h>

size_t padding_size(size_t len, size_t min)
{
        size_t size = min;

        assert(min > 0 && (min & (min - 1)) == 0 && len < SIZE_MAX / 2);
        while (size <= len)
                size *= 2;
        return size;
}

void padding_add(uint8_t *buf, size_t len, size_t min)
{
        memset(buf + len, 0, padding_size(len, min) - len);
        buf[len] = 0x80;
}

int padding_strip(size_t *ret_len, const uint8_t *padded, size_t padded_len, size_t min)
{
        size_t len = padded_len;

        while (len > 0 && padded[len - 1] == 0)
                len--;
        if (len == 0 || padded[len - 1] != 0x80 || padding_size(len - 1, min) != padded_len)
                return -EBADMSG;
        *ret_len = len - 1;
        return 0;
}
