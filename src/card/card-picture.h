/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-picture.h - which picture a card of ours may have */
#pragma once

#include "src/base/util.h"

enum {
        /* points; a third of a phone screen's width */
        CARD_PICTURE_EDGE = 480,
        /* a card with it still fits into one envelope */
        CARD_PICTURE_BYTES_MAX = 20 * 1024,
};

/* Media type by the first bytes. NULL: not a type that huddle-photo can make small. */
const char *card_picture_media(const unsigned char *bytes, size_t len);
/* Whether the picture is small and has no camera metadata (place, time, model). */
bool card_picture_may_stay(const unsigned char *bytes, size_t len);
