/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-scan.h"
#include "camera.h"
#include "scan-reader.h"

#include <glib/gi18n.h>

struct _HuddlePageScan {
        HuddlePage parent;
        GCancellable *asking; /* for the camera; NULL: not now */
        ScanReader *reader;   /* NULL: there is no camera */

        GtkStack *stack;
        GtkPicture *picture;
        GtkLabel *hint;
        AdwStatusPage *status;
};

G_DEFINE_FINAL_TYPE(HuddlePageScan, huddle_page_scan, HUDDLE_TYPE_PAGE)

static void page_scan_stop(HuddlePageScan *page)
{
        if (page->asking)
                g_cancellable_cancel(page->asking);
        g_clear_object(&page->asking);
        g_clear_pointer(&page->reader, scan_reader_free);
}

static void page_scan_say(HuddlePageScan *page, const char *title, const char *text)
{
        adw_status_page_set_title(page->status, title);
        adw_status_page_set_description(page->status, text);
        gtk_stack_set_visible_child_name(page->stack, "trouble");
}

/* ---- what the camera sees -------------------------------------------------------------------- */

static void page_scan_on_picture(gpointer userdata, GdkTexture *picture)
{
        HuddlePageScan *page = userdata;

        gtk_picture_set_paintable(page->picture, GDK_PAINTABLE(picture));
        gtk_stack_set_visible_child_name(page->stack, "picture");
}

static void page_scan_on_text(gpointer userdata, const char *text)
{
        HuddlePageScan *page = userdata;

        if (!text) {
                gtk_label_set_text(page->hint, _("This QR code is not one of Huddle."));
                return;
        }
        page_scan_stop(page); /* it is seen for a while yet, as it slides away */
        huddle_page_hand_back(HUDDLE_PAGE(page), text);
}

static void page_scan_on_trouble(gpointer userdata, ScanTrouble trouble)
{
        HuddlePageScan *page = userdata;

        switch (trouble) {
        case SCAN_MISSING:
                page_scan_say(page, _("Scanning Is Not Installed"),
                              _("A part of the system that reads QR codes is missing."));
                break;
        case SCAN_FAILED:
                page_scan_say(page, _("The Camera Has Stopped"), "");
                break;
        case SCAN_SILENT: /* shown as soon as there is one */
                page_scan_say(page, _("No Picture"),
                              _("The camera sends none that Huddle can read."));
                return;
        }
        g_clear_pointer(&page->reader, scan_reader_free);
}

/* ---- the camera ------------------------------------------------------------------------------ */

static void page_scan_on_camera(gpointer userdata, CameraResult result, GstElement *source)
{
        static const ScanFuncs funcs = {page_scan_on_picture, page_scan_on_text,
                                        page_scan_on_trouble};
        HuddlePageScan *page = userdata;

        switch (result) {
        case CAMERA_OPEN:
                page->reader = scan_reader_new(source, &funcs, page);
                break;
        case CAMERA_DENIED:
                page_scan_say(page, _("No Camera"),
                              _("Huddle may not use the camera. The privacy settings of this "
                                "device can allow it."));
                break;
        case CAMERA_NONE:
                page_scan_say(page, _("No Camera"), _("This device has none that can be used."));
                break;
        case CAMERA_MISSING:
                page_scan_on_trouble(page, SCAN_MISSING);
                break;
        }
}

/* The camera is on as long as the page is seen. */
static void huddle_page_scan_map(GtkWidget *widget)
{
        HuddlePageScan *page = HUDDLE_PAGE_SCAN(widget);

        GTK_WIDGET_CLASS(huddle_page_scan_parent_class)->map(widget);
        gtk_stack_set_visible_child_name(page->stack, "waiting");
        page->asking = g_cancellable_new();
        camera_open(GTK_WINDOW(gtk_widget_get_root(widget)), page->asking, page_scan_on_camera,
                    page);
}

static void huddle_page_scan_unmap(GtkWidget *widget)
{
        page_scan_stop(HUDDLE_PAGE_SCAN(widget));
        GTK_WIDGET_CLASS(huddle_page_scan_parent_class)->unmap(widget);
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_scan_dispose(GObject *object)
{
        page_scan_stop(HUDDLE_PAGE_SCAN(object));
        G_OBJECT_CLASS(huddle_page_scan_parent_class)->dispose(object);
}

static void huddle_page_scan_class_init(HuddlePageScanClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->dispose = huddle_page_scan_dispose;
        widget_class->map = huddle_page_scan_map;
        widget_class->unmap = huddle_page_scan_unmap;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-scan");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageScan, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageScan, picture);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageScan, hint);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageScan, status);
        gtk_widget_class_bind_template_callback(widget_class, huddle_page_back);
}

static void huddle_page_scan_init(HuddlePageScan *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
