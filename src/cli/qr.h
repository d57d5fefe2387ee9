/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qr.h - a QR code that fits on the terminal, or in a file that only its owner can read */
#pragma once

#include "cli.h"

#include <stdio.h>

typedef struct Qr Qr;

/* NULL: no memory, or the text is too long. */
Qr *qr_new(const char *text);
Qr *qr_free(Qr *qr);
DEFINE_CLEANUP(Qr *, qr_free);

/* What a terminal has free for it. */
typedef struct QrSpace {
        unsigned columns, lines;
        bool blocks; /* U+2580 and the like: a line shows two rows of modules */
} QrSpace;

/* Draws the text as a code that is scanned well, or where that does not fit as a smaller one, with
 * less error correction and a margin of two modules. Always white on black, whatever colours the
 * terminal has. Returns its lines, and its columns in *ret_columns, which may be NULL; 0: it does
 * not fit, and nothing was written. */
unsigned qr_draw(FILE *to, const char *text, const QrSpace *space, unsigned *ret_columns);
/* The room that the smallest one takes. False: the text is too long. */
bool qr_measure(const char *text, bool blocks, QrSpace *ret);
/* The same as qr_draw on standard output. Where the terminal is too small, a line says how much
 * room it needs. */
void qr_show(const char *text);

/* Replace an existing file. Negative errno: the file could not be written. */
int qr_write_svg(const Qr *qr, const char *path);
int qr_write_png(const Qr *qr, const char *path);
