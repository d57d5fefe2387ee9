/* SPDX-License-Identifier: GPL-2.0-or-later */
/* camera.h - the camera of the device, by the desktop's portal, which asks the user */
#pragma once

#include <gtk/gtk.h>

typedef struct _GstElement GstElement;

typedef enum {
        CAMERA_OPEN,
        CAMERA_DENIED,  /* the user, or the desktop for them, has said no */
        CAMERA_NONE,    /* no portal, or no camera behind it */
        CAMERA_MISSING, /* GStreamer, or its part for PipeWire */
} CameraResult;

/* source: of CAMERA_OPEN its picture, for scan_reader_new, which takes it. NULL else. */
typedef void (*CameraDone)(gpointer userdata, CameraResult result, GstElement *source);

/* done is called once, later, unless cancellable is cancelled before; window: what the portal's
 * question belongs to. */
void camera_open(GtkWindow *window, GCancellable *cancellable, CameraDone done, gpointer userdata);
