/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.h - holds the keys of the cloud and sees every request and answer in the clear */
#pragma once

#include "world.h"

/* One request and its answer. plain is the packed answer (malloc); func may put another one in its
 * place, which is sealed for the terminal. */
typedef struct Tapped {
        unsigned terminal;
        const WireRequest *asked;
        const uint8_t *question; /* the same, as it was packed */
        size_t n_question;
        uint8_t *plain;
        size_t n_plain;
} Tapped;

typedef void (*TapFunc)(void *userdata, Tapped *t);

typedef struct Tap {
        World *world;
        TapFunc func;
        void *userdata;
} Tap;

void tap_begin(Tap *ret, World *w, TapFunc func, void *userdata);
void tap_end(Tap *t);
