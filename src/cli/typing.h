/* SPDX-License-Identifier: GPL-2.0-or-later */
/* typing.h - a line that is typed on the terminal, known from its first letter on
 *
 * The terminal itself would tell only whole lines. A user that begins to answer must not be
 * overtaken by a countdown. */
#pragma once

#include "src/base/util.h"

#include <termios.h>

enum { TYPING_MAX = 255 };

typedef struct Typing {
        char text[TYPING_MAX + 1];
        size_t len;
        bool keys, echo;       /* key by key; we show them */
        char escape;           /* the last byte, within the sequence of a key such as an arrow */
        struct termios before; /* how the terminal was, with keys */
} Typing;

/* Reads key by key from the terminal on standard input, or where that fails by lines. echo: what is
 * typed is shown as it is typed, else the caller shows it. Again after the program was stopped. */
void typing_begin(Typing *t, bool echo);
/* Puts the terminal back. */
void typing_end(Typing *t);

/* Takes what was read from standard input; a line that is longer than TYPING_MAX is cut. True: a
 * line is whole, it is t->text, and *used bytes belong to it: call typing_next, then go on. */
bool typing_take(Typing *t, const char *bytes, size_t n, size_t *used);
void typing_next(Typing *t);
