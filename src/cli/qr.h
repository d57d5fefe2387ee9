/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qr.h - a QR code on the terminal, or in a file that belongs to its owner alone */
#pragma once

#include "cli.h"

#include <stdio.h>

typedef struct Qr Qr;

/* NULL: no memory, or the text is too long. */
Qr *qr_new(const char *text);
Qr *qr_free(Qr *qr);
DEFINE_CLEANUP(Qr *, qr_free);

/* Two rows of modules in a line of half blocks, or without UTF-8 two columns for each; white on
 * black whatever the terminal's colours are. */
void qr_draw(FILE *to, const Qr *qr, bool utf8);

/* Negative errno: the file could not be written. An old one is replaced. */
int qr_write_svg(const Qr *qr, const char *path);
int qr_write_png(const Qr *qr, const char *path);
