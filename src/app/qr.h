/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qr.h - a QR code to show, dark on light in every style, with its quiet zone */
#pragma once

#include <gdk/gdk.h>

#define HUDDLE_TYPE_QR (huddle_qr_get_type())
G_DECLARE_FINAL_TYPE(HuddleQr, huddle_qr, HUDDLE, QR, GObject)

/* A GdkPaintable of the text; NULL: it is too long. The text is not kept, only its modules; they
 * are wiped at the end. */
GdkPaintable *huddle_qr_new(const char *text);
