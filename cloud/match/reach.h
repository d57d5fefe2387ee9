/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reach.h - the box of degrees in which a store looks for fixes around one */
#pragma once

#include "src/protocol/serial.h"

enum {
        REACH_SHARP_M =
                /* a fix more accurate than STORE_VAGUE_M is at most so far from where it says */
        600,
        REACH_VAGUE_M = 15000, /* fixes by internet address are some kilometres off */
};

/* South, north, west, east in degrees * 10^7. A box over the date line ends there. */
void reach_around(const Fix *f, double metres, int32_t ret[4]);
