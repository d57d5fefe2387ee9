/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan-reader.h - reads QR codes from a moving picture, and shows it
 *
 * GStreamer does the work in threads of its own; all functions are called in the main loop. What
 * is read is a stranger's text: it is bounded and checked here, once, and what cannot be a code or
 * a link is never handed on.
 */
#pragma once

#include <gdk/gdk.h>

/* as GStreamer has it, so that pages need not include that */
typedef struct _GstElement GstElement;

typedef struct ScanReader ScanReader;

typedef enum {
        SCAN_MISSING, /* GStreamer, or a part of it */
        SCAN_FAILED,  /* the source has broken or ended */
        SCAN_SILENT,  /* no picture for SCAN_SILENCE_MS: told once until one comes */
} ScanTrouble;

enum {
        SCAN_SILENCE_MS = 8000,
        SCAN_EDGE_MAX = 1280 /* points; larger pictures are made smaller */
};

/* None is called from within scan_reader_new; the reader may be freed in each. */
typedef struct ScanFuncs {
        void (*picture)(gpointer userdata, GdkTexture *picture); /* borrowed */
        /* A code or a link, for the reader of links; NULL: a QR code of something else. */
        void (*text)(gpointer userdata, const char *text);
        void (*trouble)(gpointer userdata, ScanTrouble trouble);
} ScanFuncs;

/* source: any element with raw video; taken, and may be floating. funcs: borrowed, static. */
ScanReader *scan_reader_new(GstElement *source, const ScanFuncs *funcs, gpointer userdata);
/* No function is called any more. NULL is fine. */
void scan_reader_free(ScanReader *r);
