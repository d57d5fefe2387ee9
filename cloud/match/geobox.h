/* SPDX-License-Identifier: GPL-2.0-or-later */
/* geobox.h - the box of degrees in which a store looks for fixes around one */
#pragma once

#include "src/protocol/serial.h"

enum {
        GEOBOX_SHARP_M =
                /* largest error of a fix more accurate than STORE_VAGUE_M */
        600,
        GEOBOX_VAGUE_M = 15000, /* fixes by internet address are some kilometres off */
};

/* South, north, west, east in degrees * 10^7. A box over the date line ends there. */
void geobox_around(const Fix *f, double metres, int32_t ret[4]);
