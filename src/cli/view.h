/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - shows an exchange on a terminal: redrawn in place, or in lines */
#pragma once

#include "view-text.h"

typedef struct View {
        unsigned drawn;          /* lines above that of the cursor */
        unsigned columns, lines; /* of the terminal when they were drawn */
        Page said;               /* what view_say has said last */
} View;

void view_done(View *v);

/* Draws the present state over the previous one, and what is typed below it. */
void view_draw(View *v, const ViewFacts *facts, const char *typed);
/* Says what is new, a line each, without moving the cursor. */
void view_say(View *v, const ViewFacts *facts);
/* The same on another stream, of what can be answered alone. */
void view_ask(View *v, const ViewFacts *facts, FILE *to);
