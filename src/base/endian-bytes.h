/* SPDX-License-Identifier: GPL-2.0-or-later */
/* endian-bytes.h - numbers as bytes, little endian, of any width up to 8 */
#pragma once

#include "util.h"

static inline void le_write(uint8_t *ret, uint64_t value, size_t n)
{
        for (size_t i = 0; i < n; i++)
                ret[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t le_read(const uint8_t *bytes, size_t n)
{
        uint64_t value = 0;

        for (size_t i = 0; i < n; i++)
                value |= (uint64_t)bytes[i] << (8 * i);
        return value;
}
