/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "link-code.h"
#include "qr.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _LinkCode {
        GtkBox parent;
        HuddlePage *page; /* borrowed: it owns us; NULL: nothing is shown yet */
        char *link;
        GtkPicture *qr;
        GtkLabel *words;
};

G_DEFINE_FINAL_TYPE(LinkCode, link_code, GTK_TYPE_BOX)

static void link_code_on_copy(LinkCode *code)
{
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(code)), code->link);
        huddle_page_toast(code->page, _("Copied"));
}

void link_code_show(LinkCode *code, HuddlePage *page, const char *link, const char *words)
{
        g_autofree char *safe = stranger_text(words);

        code->page = page;
        gtk_widget_set_visible(GTK_WIDGET(code), *link != '\0');
        gtk_label_set_text(code->words, safe);
        if (g_strcmp0(link, code->link) == 0)
                return;
        g_free(code->link);
        code->link = g_strdup(link);
        if (*link) {
                g_autoptr(GdkPaintable) qr = huddle_qr_new(link);

                gtk_picture_set_paintable(code->qr, qr);
        }
}

static void link_code_finalize(GObject *object)
{
        g_free(LINK_CODE(object)->link);
        G_OBJECT_CLASS(link_code_parent_class)->finalize(object);
}

static void link_code_class_init(LinkCodeClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->finalize = link_code_finalize;
        gtk_widget_class_set_template_from_resource(widget_class, "/org/huddle/App/link-code.ui");
        gtk_widget_class_bind_template_child(widget_class, LinkCode, qr);
        gtk_widget_class_bind_template_child(widget_class, LinkCode, words);
        gtk_widget_class_bind_template_callback(widget_class, link_code_on_copy);
}

static void link_code_init(LinkCode *code)
{
        gtk_widget_init_template(GTK_WIDGET(code));
}
