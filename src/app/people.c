/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "people.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

enum { AVATAR_EDGE = 40 };

AdwActionRow *people_add(GtkListBox *box, const char *name, const char *line)
{
        g_autofree char *safe = stranger_text(name);
        AdwActionRow *row = ADW_ACTION_ROW(adw_action_row_new());
        GtkWidget *avatar = adw_avatar_new(AVATAR_EDGE, name, name && *name);

        /* markup is off before any text is set */
        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), *safe ? safe : _("No name yet"));
        adw_action_row_set_subtitle(row, line);
        adw_action_row_set_title_lines(row, 2); /* long names, large text */
        adw_action_row_set_subtitle_lines(row, 3);
        gtk_accessible_update_state(GTK_ACCESSIBLE(avatar), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
        adw_action_row_add_prefix(row, avatar);
        g_object_set_data(G_OBJECT(row), "avatar", avatar);
        gtk_list_box_append(box, GTK_WIDGET(row));
        return row;
}

AdwAvatar *people_avatar(AdwActionRow *row)
{
        return g_object_get_data(G_OBJECT(row), "avatar");
}

void people_clear(GtkListBox *box)
{
        GtkListBoxRow *row;

        while ((row = gtk_list_box_get_row_at_index(box, 0)))
                gtk_list_box_remove(box, GTK_WIDGET(row));
}

void people_show_phrase(GtkLabel *label, const char *phrase)
{
        const char *digits = strstr(phrase, " / ");
        g_autofree char *text =
                digits ? g_strdup_printf("%.*s\n%s", (int)(digits - phrase), phrase, digits + 3)
                       : g_strdup(phrase);

        gtk_label_set_text(label, text);
}
