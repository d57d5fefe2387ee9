/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * photo.h - has a picture made small by huddle-photo, which decodes it within limits
 *
 * This process decodes nothing. The helper that takes longer than PHOTO_PATIENCE_S is killed.
 */
#pragma once

#include "src/base/util.h"

#include <systemd/sd-event.h>

enum {
        PHOTO_PATIENCE_S = 20,
        PHOTO_EDGE_MAX = 512, /* points of a raw picture */
        PHOTO_WHOLE = 10000,  /* of a side, for the square */
};

typedef struct PhotoWish {
        int input;           /* an open file with the picture; borrowed during photo_new */
        unsigned edge;       /* points, at most */
        size_t max;          /* bytes of the JPEG; 0: raw points, as huddle-photo writes them */
        unsigned x, y, size; /* the square to cut out, in parts of PHOTO_WHOLE; size 0: none */
} PhotoWish;

typedef struct Photo Photo;
/* Called once, never from within photo_new. r: 0, or -EINVAL: the picture cannot be read; -errno.
 * bytes are borrowed. May free the photo. */
typedef void (*PhotoFunc)(void *userdata, int r, const uint8_t *bytes, size_t len);

int photo_new(Photo **ret, sd_event *event, const PhotoWish *wish, PhotoFunc func, void *userdata);
Photo *photo_free(Photo *p);
DEFINE_CLEANUP(Photo *, photo_free);
/* An open file with these bytes, to read from its beginning; or -errno. */
int photo_file(const void *bytes, size_t len);
