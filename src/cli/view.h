/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - an exchange on a terminal, drawn again in the same place */
#pragma once

#include "press.h"

typedef struct View {
        unsigned drawn; /* lines that stand on the terminal */
} View;

/* Draws the present state over what was drawn before. near is the number of terminals heard; lost:
 * huddled is away at the moment. */
void view_draw(View *v, const Press *p, size_t near, bool lost);

/* What the state, and the level, mean, in one sentence for a person. */
const char *view_level(const Press *p);
const char *view_state(const Press *p);
