/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "notes-choice.h"

#include <glib/gi18n.h>

struct _NotesChoice {
        ChoiceRow parent;
        HuddlePage *page; /* borrowed: it owns us; NULL: not asked for yet */
};

G_DEFINE_FINAL_TYPE(NotesChoice, notes_choice, CHOICE_TYPE_ROW)

static void notes_choice_on_read(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        static const char *const styles[] = {"on", "no-place", "off", NULL};
        const char *const names[] = {_("When and where"), _("When"), _("Nothing"), NULL};
        g_autoptr(GError) error = NULL;
        g_autofree char *notes = NULL;

        (void)bus_agent1_call_get_notes_finish(BUS_AGENT1(agent), &notes, result, &error);
        if (!notes) /* without an agent the books say so; maybe the page is gone */
                return;
        choice_row_show(CHOICE_ROW(userdata), styles, names, notes);
        gtk_widget_set_visible(GTK_WIDGET(userdata), TRUE);
}

void notes_choice_refresh(NotesChoice *choice, HuddlePage *page)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(page));

        choice->page = page;
        if (agent)
                bus_agent1_call_get_notes(agent, huddle_page_get_cancellable(page),
                                          notes_choice_on_read, choice);
}

static void notes_choice_on_set(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        NotesChoice *choice = userdata;

        (void)bus_agent1_call_set_notes_finish(BUS_AGENT1(agent), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                huddle_page_report_agent(choice->page, error);
        notes_choice_refresh(choice, choice->page);
}

static void notes_choice_on_chosen(NotesChoice *choice, const char *style)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(choice->page));

        bus_agent1_call_set_notes(agent, style, huddle_page_get_cancellable(choice->page),
                                  notes_choice_on_set, choice);
}

static void notes_choice_class_init(NotesChoiceClass *klass)
{
}

static void notes_choice_init(NotesChoice *choice)
{
        g_signal_connect(choice, "chosen", G_CALLBACK(notes_choice_on_chosen), NULL);
}
