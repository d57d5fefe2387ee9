/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qr.h - a QR code on the terminal, or in a file that only its owner can read */
#pragma once

#include "cli.h"

#include <stdio.h>

typedef struct Qr Qr;

/* NULL: no memory, or the text is too long. */
Qr *qr_new(const char *text);
Qr *qr_free(Qr *qr);
DEFINE_CLEANUP(Qr *, qr_free);

/* With UTF-8 a line of half blocks shows two rows of modules; without it a module takes two
 * columns. Always white on black, whatever colours the terminal has. */
void qr_draw(FILE *to, const Qr *qr, bool utf8);

/* Replace an existing file. Negative errno: the file could not be written. */
int qr_write_svg(const Qr *qr, const char *path);
int qr_write_png(const Qr *qr, const char *path);
