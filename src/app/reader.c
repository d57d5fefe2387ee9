/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "reader.h"

static void reader_on_map(GtkWidget *widget)
{
        gtk_accessible_update_state(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_STATE_HIDDEN,
                                    !gtk_widget_get_mapped(widget), -1);
}

static void reader_follow(GtkWidget *widget)
{
        g_signal_connect(widget, "map", G_CALLBACK(reader_on_map), NULL);
        g_signal_connect_after(widget, "unmap", G_CALLBACK(reader_on_map), NULL);
        reader_on_map(widget);
}

static void reader_follow_below(GtkWidget *widget)
{
        GtkWidget *child = gtk_widget_get_first_child(widget);

        for (; child; child = gtk_widget_get_next_sibling(child)) {
                if (GTK_IS_STACK(widget) || GTK_IS_REVEALER(widget))
                        reader_follow(child);
                reader_follow_below(child);
        }
}

void reader_follow_map(GtkWidget *widget)
{
        reader_follow(widget);
        reader_follow_below(widget);
}
