/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "scan-button.h"
#include "page.h"

#include <glib/gi18n.h>

struct _ScanButton {
        GtkButton parent;
};

G_DEFINE_FINAL_TYPE(ScanButton, scan_button, GTK_TYPE_BUTTON)

static void scan_button_clicked(GtkButton *button)
{
        GtkWidget *page = gtk_widget_get_ancestor(GTK_WIDGET(button), HUDDLE_TYPE_PAGE);

        huddle_page_go(HUDDLE_PAGE(page), "scan", NULL);
}

static void scan_button_class_init(ScanButtonClass *klass)
{
        GTK_BUTTON_CLASS(klass)->clicked = scan_button_clicked;
}

static void scan_button_init(ScanButton *button)
{
        const char *name = _("Scan a QR code");

        gtk_button_set_icon_name(GTK_BUTTON(button), "camera-photo-symbolic");
        gtk_widget_set_tooltip_text(GTK_WIDGET(button), name);
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                       -1);
        gtk_widget_set_visible(GTK_WIDGET(button), HAVE_SCAN);
}
