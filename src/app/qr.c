/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "qr.h"

#include <gtk/gtk.h>
#include <qrencode.h>
#include <sodium.h>

enum {
        QUIET = 4,      /* modules around it, ISO/IEC 18004 */
        EDGE_MAX = 232, /* pixels it takes by itself; beside the code on a phone */
        MODULE_MIN = 4,
};

struct _HuddleQr {
        GObject parent;
        QRcode *code;
};

static void huddle_qr_paintable_init(GdkPaintableInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HuddleQr, huddle_qr, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(GDK_TYPE_PAINTABLE, huddle_qr_paintable_init))

/* Neighbours in a row are one rectangle, so that no hairline shows between them. */
static void qr_draw_row(const QRcode *code, int y, GtkSnapshot *snapshot, float left, float top,
                        float module)
{
        static const GdkRGBA black = {0, 0, 0, 1};
        const unsigned char *row = code->data + y * code->width;

        for (int x = 0; x < code->width; x++) {
                int from = x;

                while (x < code->width && (row[x] & 1))
                        x++;
                if (x > from)
                        gtk_snapshot_append_color(
                                snapshot, &black,
                                &GRAPHENE_RECT_INIT(left + (float)(from + QUIET) * module,
                                                    top + (float)(y + QUIET) * module,
                                                    (float)(x - from) * module, module));
        }
}

static void huddle_qr_snapshot(GdkPaintable *paintable, GdkSnapshot *snapshot, double width,
                               double height)
{
        static const GdkRGBA white = {1, 1, 1, 1};
        const QRcode *code = HUDDLE_QR(paintable)->code;
        int modules = code->width + 2 * QUIET;
        /* whole pixels, where there are enough */
        float edge = (float)MIN(width, height), module = edge / (float)modules;
        float left, top;

        if (module >= 1)
                module = (float)(int)module;
        left = (float)(int)(((float)width - module * (float)modules) / 2);
        top = (float)(int)(((float)height - module * (float)modules) / 2);
        gtk_snapshot_append_color(GTK_SNAPSHOT(snapshot), &white,
                                  &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
        for (int y = 0; y < code->width; y++)
                qr_draw_row(code, y, GTK_SNAPSHOT(snapshot), left, top, module);
}

static int huddle_qr_get_edge(GdkPaintable *paintable)
{
        int modules = HUDDLE_QR(paintable)->code->width + 2 * QUIET;

        return modules * MAX(EDGE_MAX / modules, MODULE_MIN);
}

/* None: by an aspect ratio GtkPicture would grow with the width of the window. */
static double huddle_qr_get_aspect(GdkPaintable *paintable)
{
        return 0;
}

static GdkPaintableFlags huddle_qr_get_flags(GdkPaintable *paintable)
{
        return GDK_PAINTABLE_STATIC_SIZE | GDK_PAINTABLE_STATIC_CONTENTS;
}

static void huddle_qr_paintable_init(GdkPaintableInterface *iface)
{
        iface->snapshot = huddle_qr_snapshot;
        iface->get_intrinsic_width = huddle_qr_get_edge;
        iface->get_intrinsic_height = huddle_qr_get_edge;
        iface->get_intrinsic_aspect_ratio = huddle_qr_get_aspect;
        iface->get_flags = huddle_qr_get_flags;
}

static void huddle_qr_finalize(GObject *object)
{
        QRcode *code = HUDDLE_QR(object)->code;

        if (code) {
                sodium_memzero(code->data, (size_t)code->width * (size_t)code->width);
                QRcode_free(code);
        }
        G_OBJECT_CLASS(huddle_qr_parent_class)->finalize(object);
}

static void huddle_qr_class_init(HuddleQrClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = huddle_qr_finalize;
}

static void huddle_qr_init(HuddleQr *qr)
{
}

GdkPaintable *huddle_qr_new(const char *text)
{
        QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
        HuddleQr *qr;

        if (!code)
                return NULL;
        qr = g_object_new(HUDDLE_TYPE_QR, NULL);
        qr->code = code;
        return GDK_PAINTABLE(qr);
}
