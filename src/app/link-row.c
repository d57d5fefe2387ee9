/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "link-row.h"
#include "scan-button.h"

#include <glib/gi18n.h>

struct _LinkRow {
        AdwEntryRow parent;
        GCancellable *cancellable; /* of reading the clipboard */
};

G_DEFINE_FINAL_TYPE(LinkRow, link_row, ADW_TYPE_ENTRY_ROW)

enum { SIGNAL_LINK, N_SIGNALS };
static guint signals[N_SIGNALS];

static void link_row_take(LinkRow *row, const char *text)
{
        g_autofree char *trimmed = g_strstrip(g_strdup(text));

        if (!*trimmed)
                return;
        gtk_editable_set_text(GTK_EDITABLE(row), "");
        g_signal_emit(row, signals[SIGNAL_LINK], 0, trimmed);
}

static void link_row_on_pasted(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text =
                gdk_clipboard_read_text_finish(GDK_CLIPBOARD(source), result, &error);

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (text)
                link_row_take(userdata, text);
        else
                gtk_widget_error_bell(userdata);
}

static void link_row_on_paste(LinkRow *row)
{
        gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(row)), row->cancellable,
                                      link_row_on_pasted, row);
}

static void link_row_on_typed(LinkRow *row)
{
        link_row_take(row, gtk_editable_get_text(GTK_EDITABLE(row)));
}

static void link_row_add_button(LinkRow *row, GtkWidget *button)
{
        gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
        gtk_widget_add_css_class(button, "flat");
        adw_entry_row_add_suffix(ADW_ENTRY_ROW(row), button);
}

static void link_row_add_paste(LinkRow *row)
{
        GtkWidget *button = gtk_button_new_from_icon_name("edit-paste-symbolic");
        const char *name = _("Paste a link");

        gtk_widget_set_tooltip_text(button, name);
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                       -1);
        g_signal_connect_swapped(button, "clicked", G_CALLBACK(link_row_on_paste), row);
        link_row_add_button(row, button);
}

static void link_row_dispose(GObject *object)
{
        g_cancellable_cancel(LINK_ROW(object)->cancellable);
        G_OBJECT_CLASS(link_row_parent_class)->dispose(object);
}

static void link_row_finalize(GObject *object)
{
        g_object_unref(LINK_ROW(object)->cancellable);
        G_OBJECT_CLASS(link_row_parent_class)->finalize(object);
}

static void link_row_class_init(LinkRowClass *klass)
{
        G_OBJECT_CLASS(klass)->dispose = link_row_dispose;
        G_OBJECT_CLASS(klass)->finalize = link_row_finalize;
        signals[SIGNAL_LINK] = g_signal_new("link", LINK_TYPE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                            NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void link_row_init(LinkRow *row)
{
        row->cancellable = g_cancellable_new();
        adw_entry_row_set_input_purpose(ADW_ENTRY_ROW(row), GTK_INPUT_PURPOSE_URL);
        adw_entry_row_set_show_apply_button(ADW_ENTRY_ROW(row), TRUE);
        g_signal_connect(row, "apply", G_CALLBACK(link_row_on_typed), NULL);
        g_signal_connect(row, "entry-activated", G_CALLBACK(link_row_on_typed), NULL);
        link_row_add_button(row, g_object_new(SCAN_TYPE_BUTTON, NULL));
        link_row_add_paste(row);
}
