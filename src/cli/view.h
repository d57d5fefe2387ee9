/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - shows an exchange on a terminal, redrawn in place */
#pragma once

#include "press.h"

typedef struct View {
        unsigned drawn; /* lines on the terminal now */
} View;

/* Draws the present state over the previous one. near: number of terminals heard. lost: huddled is
 * not running at the moment. */
void view_draw(View *v, const Press *p, size_t near, bool lost);

/* The meaning of the level, and of the state, in one sentence. */
const char *view_level(const Press *p);
const char *view_state(const Press *p);
