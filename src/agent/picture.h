/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * picture.h - how large a stranger's picture becomes when a program decodes it
 *
 * A few kilobytes can decode to gigabytes. We read the dimensions from the headers and decode
 * nothing.
 */
#pragma once

#include "src/base/util.h"

enum {
        PICTURE_EDGE_MAX = 8192,               /* points */
        PICTURE_POINTS_MAX = 16 * 1024 * 1024, /* of all frames together: 64 MB decoded */
};

/* Whether the bytes are a JPEG, PNG, GIF or WebP picture within these bounds. False also for what
 * we cannot read. An animated WebP is out of bounds. */
bool picture_is_bounded(const uint8_t *bytes, size_t len);
