/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-host.h"
#include "host-command.h"
#include "link-code.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _HuddlePageHost {
        HuddlePage parent;
        GtkStack *stack;
        AdwStatusPage *idle;
        GtkEditable *name;
        LinkCode *code;
        AdwActionRow *known_as, *address;
        GtkSwitch *keep;
        GtkButton *act;
        char *default_url; /* when we asked last: starting and stopping change it. NULL: not yet */
        gboolean running;
        gboolean busy;    /* a command is under way */
        gboolean showing; /* the switch is moved by us */
};

G_DEFINE_FINAL_TYPE(HuddlePageHost, huddle_page_host, HUDDLE_TYPE_PAGE)

/* ---- what is shown --------------------------------------------------------------------------- */

static void page_host_show_act(HuddlePageHost *page)
{
        gtk_button_set_label(page->act, page->busy      ? _("One Moment…")
                                        : page->running ? _("Stop the Server")
                                                        : _("Start the Server"));
        gtk_widget_set_sensitive(GTK_WIDGET(page->act), !page->busy && host_command_is_possible());
        gtk_widget_set_sensitive(GTK_WIDGET(page->name), !page->busy);
        if (page->running)
                gtk_widget_remove_css_class(GTK_WIDGET(page->act), "suggested-action");
        else
                gtk_widget_add_css_class(GTK_WIDGET(page->act), "suggested-action");
}

static void page_host_show(HuddlePageHost *page, const HostState *state)
{
        g_autofree char *name = stranger_text(state->name), *url = stranger_text(state->url);

        page->running = state->running;
        link_code_show(page->code, HUDDLE_PAGE(page), state->link, state->words);
        adw_action_row_set_subtitle(page->known_as, name);
        adw_action_row_set_subtitle(page->address, url);
        page->showing = TRUE;
        gtk_switch_set_active(page->keep, state->kept);
        page->showing = FALSE;
        gtk_widget_set_sensitive(GTK_WIDGET(page->keep), !state->kept);
        gtk_stack_set_visible_child_name(page->stack, state->running ? "running" : "idle");
}

/* ---- commands -------------------------------------------------------------------------------- */

static void page_host_on_done(HuddlePage *base, const HostState *state, const GError *error)
{
        HuddlePageHost *page = HUDDLE_PAGE_HOST(base);

        page->busy = FALSE;
        if (state)
                page_host_show(page, state);
        else
                huddle_page_report(base, error);
        page_host_show_act(page);
}

static void page_host_run(HuddlePageHost *page, const char *verb)
{
        const char *name = g_str_equal(verb, "start") ? gtk_editable_get_text(page->name) : NULL;

        if (page->busy)
                return;
        page->busy = TRUE;
        huddle_page_clear_report(HUDDLE_PAGE(page));
        page_host_show_act(page);
        host_command_run(HUDDLE_PAGE(page), verb, name, page_host_on_done);
}

static void page_host_on_stop_answer(HuddlePageHost *page, const char *answer)
{
        if (g_str_equal(answer, "do"))
                page_host_run(page, "stop");
}

/* What is kept is there again the next time, so nothing is asked then. */
static void page_host_on_act(HuddlePageHost *page)
{
        if (!page->running)
                page_host_run(page, "start");
        else if (gtk_switch_get_active(page->keep))
                page_host_run(page, "stop");
        else
                (void)huddle_page_ask(
                        HUDDLE_PAGE(page), _("Stop the Server?"),
                        _("The records of this evening are deleted, and nobody who was absent can "
                          "fetch them any more."),
                        _("Stop"), TRUE, G_CALLBACK(page_host_on_stop_answer));
}

static void page_host_on_keep(HuddlePageHost *page)
{
        if (!page->showing && gtk_switch_get_active(page->keep))
                page_host_run(page, "keep");
}

/* ---- the page -------------------------------------------------------------------------------- */

/* A server that is started or stopped elsewhere is or was the default one. */
static void huddle_page_host_refresh(HuddlePage *base)
{
        HuddlePageHost *page = HUDDLE_PAGE_HOST(base);
        const char *url =
                bus_manager1_get_cloud_url(huddle_client_get_manager(huddle_page_get_client(base)));

        if (page->busy || (page->default_url && g_strcmp0(url, page->default_url) == 0))
                return;
        g_free(page->default_url);
        page->default_url = g_strdup(url ? url : "");
        page_host_run(page, "status");
}

static void huddle_page_host_retry(HuddlePage *base)
{
        HuddlePageHost *page = HUDDLE_PAGE_HOST(base);

        page_host_run(page, page->running ? "status" : "start");
}

static void huddle_page_host_finalize(GObject *object)
{
        g_free(HUDDLE_PAGE_HOST(object)->default_url);
        G_OBJECT_CLASS(huddle_page_host_parent_class)->finalize(object);
}

static void huddle_page_host_class_init(HuddlePageHostClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->finalize = huddle_page_host_finalize;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_host_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_host_retry;
        g_type_ensure(LINK_TYPE_CODE);
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-host");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, idle);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, name);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, code);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, known_as);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, address);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, keep);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHost, act);
        gtk_widget_class_bind_template_callback(widget_class, page_host_on_act);
        gtk_widget_class_bind_template_callback(widget_class, page_host_on_keep);
}

static void huddle_page_host_init(HuddlePageHost *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
        if (!host_command_is_possible())
                adw_status_page_set_description(
                        page->idle, _("The server is not installed (Debian: huddle-cloud)."));
        page_host_show_act(page);
}
