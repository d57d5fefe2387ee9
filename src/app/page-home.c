/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-home.h"
#include "begin.h"
#include "past.h"
#include "stranger.h"
#include "undone.h"

#include <glib/gi18n.h>

enum { PAST_MAX = 3 };

struct _HuddlePageHome {
        HuddlePage parent;
        GListStore *store; /* of HuddlePast */

        GtkWidget *start, *join, *running_box, *past_box, *first_time, *all;
        AdwActionRow *running;
        GtkLabel *offline, *share_label;
        GtkListBox *past;
};

G_DEFINE_FINAL_TYPE(HuddlePageHome, huddle_page_home, HUDDLE_TYPE_PAGE)

static BusManager1 *page_home_manager(HuddlePageHome *page)
{
        return huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
}

static BusExchange1 *page_home_find_running(HuddlePageHome *page)
{
        return huddle_client_get_running(huddle_page_get_client(HUDDLE_PAGE(page)));
}

/* ---- starting -------------------------------------------------------------------------------- */

static void page_home_on_started(HuddlePage *base, const GError *error)
{
        HuddlePageHome *page = HUDDLE_PAGE_HOME(base);

        gtk_widget_set_sensitive(page->start, TRUE);
        gtk_button_set_label(GTK_BUTTON(page->start), _("Start"));
        if (error)
                huddle_page_report(base, error);
}

/* An empty code draws one. */
static void page_home_on_start(HuddlePageHome *page)
{
        gtk_widget_set_sensitive(page->start, FALSE);
        gtk_button_set_label(GTK_BUTTON(page->start), _("Starting…"));
        begin_exchange(HUDDLE_PAGE(page), "", g_variant_new("a{sv}", NULL), page_home_on_started);
}

static void page_home_on_join(HuddlePageHome *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "join", NULL);
}

static void page_home_on_running(HuddlePageHome *page)
{
        BusExchange1 *running = page_home_find_running(page);

        if (running)
                huddle_page_go(HUDDLE_PAGE(page), "exchange",
                               g_dbus_proxy_get_object_path(G_DBUS_PROXY(running)));
}

static void page_home_on_all(HuddlePageHome *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "history", NULL);
}

static void page_home_on_share(HuddlePageHome *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "card", NULL);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static void page_home_on_past(AdwActionRow *row, HuddlePageHome *page)
{
        HuddlePast *past = g_object_get_data(G_OBJECT(row), "past");

        huddle_page_go(HUDDLE_PAGE(page), "result", huddle_past_get_path(past));
}

static GtkWidget *page_home_make_past(gpointer item, gpointer userdata)
{
        HuddlePast *past = item;
        GtkWidget *row = adw_action_row_new();

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), huddle_past_get_title(past));
        g_object_bind_property(past, "line", row, "subtitle", G_BINDING_SYNC_CREATE);
        gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row),
                                  gtk_image_new_from_icon_name("go-next-symbolic"));
        g_object_set_data_full(G_OBJECT(row), "past", g_object_ref(past), g_object_unref);
        g_signal_connect(row, "activated", G_CALLBACK(page_home_on_past), userdata);
        return row;
}

static void page_home_on_history(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) history = NULL;
        HuddlePageHome *page = userdata;
        gboolean more = FALSE;
        gsize n;

        (void)bus_manager1_call_list_history_finish(BUS_MANAGER1(source), &history, &more, result,
                                                    &error);
        if (!history)
                return; /* of no importance here: the history page says what is wrong */
        n = g_variant_n_children(history);
        if (huddle_past_show(page->store, history))
                undone_ask(HUDDLE_PAGE(page), page->store);
        gtk_widget_set_visible(page->past_box, n > 0);
        gtk_widget_set_visible(page->all, more);
        gtk_widget_set_visible(page->first_time, n == 0);
}

static void page_home_show_running(HuddlePageHome *page)
{
        BusExchange1 *running = page_home_find_running(page);
        guint near = huddle_client_count_near(huddle_page_get_client(HUDDLE_PAGE(page)));
        guint members = running ? bus_exchange1_get_member_count(running) : 0;
        g_autofree char *text =
                near > 0 ? g_strdup_printf(_("%u here, %u heard nearby"), members, near)
                         : g_strdup_printf(g_dngettext(NULL, "%u here", "%u here", members),
                                           members);

        gtk_widget_set_visible(page->running_box, running != NULL);
        adw_action_row_set_subtitle(page->running, text);
        gtk_widget_set_sensitive(page->start, running == NULL);
        gtk_widget_set_sensitive(page->join, running == NULL);
}

/* Relayed is as good as online: only what stands in the way is told. */
static void page_home_show_cloud(HuddlePageHome *page, BusManager1 *manager)
{
        gboolean offline = g_strcmp0(bus_manager1_get_cloud_state(manager), "offline") == 0;

        gtk_label_set_text(page->offline,
                           _("The cloud cannot be reached now. Neighbours may still help."));
        gtk_widget_set_visible(GTK_WIDGET(page->offline), offline);
}

static const char *page_home_share_name(const char *share)
{
        if (g_strcmp0(share, "all") == 0)
                return _("everything");
        if (g_strcmp0(share, "private") == 0)
                return _("private");
        return g_strcmp0(share, "work") == 0 ? _("work") : share;
}

static void page_home_show_share(HuddlePageHome *page, BusManager1 *manager)
{
        g_autofree char *name =
                stranger_text(page_home_share_name(bus_manager1_get_share(manager)));
        g_autofree char *text = g_strdup_printf(_("You share: %s"), name);

        gtk_label_set_text(page->share_label, text);
}

static void huddle_page_home_refresh(HuddlePage *base)
{
        HuddlePageHome *page = HUDDLE_PAGE_HOME(base);
        BusManager1 *manager = page_home_manager(page);

        page_home_show_running(page);
        page_home_show_cloud(page, manager);
        page_home_show_share(page, manager);
        bus_manager1_call_list_history(manager, "/", PAST_MAX, huddle_page_get_cancellable(base),
                                       page_home_on_history, page);
}

static void huddle_page_home_retry(HuddlePage *page)
{
        page_home_on_start(HUDDLE_PAGE_HOME(page));
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_home_constructed(GObject *object)
{
        G_OBJECT_CLASS(huddle_page_home_parent_class)->constructed(object);
        undone_follow(HUDDLE_PAGE(object), HUDDLE_PAGE_HOME(object)->store);
}

static void huddle_page_home_dispose(GObject *object)
{
        g_clear_object(&HUDDLE_PAGE_HOME(object)->store);
        G_OBJECT_CLASS(huddle_page_home_parent_class)->dispose(object);
}

static void page_home_class_bind(GtkWidgetClass *klass)
{
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, start);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, join);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, running_box);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, running);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, past_box);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, past);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, first_time);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, all);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, offline);
        gtk_widget_class_bind_template_child(klass, HuddlePageHome, share_label);
        gtk_widget_class_bind_template_callback(klass, page_home_on_start);
        gtk_widget_class_bind_template_callback(klass, page_home_on_join);
        gtk_widget_class_bind_template_callback(klass, page_home_on_running);
        gtk_widget_class_bind_template_callback(klass, page_home_on_all);
        gtk_widget_class_bind_template_callback(klass, page_home_on_share);
}

static void huddle_page_home_class_init(HuddlePageHomeClass *klass)
{
        G_OBJECT_CLASS(klass)->constructed = huddle_page_home_constructed;
        G_OBJECT_CLASS(klass)->dispose = huddle_page_home_dispose;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_home_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_home_retry;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-home");
        page_home_class_bind(GTK_WIDGET_CLASS(klass));
}

static void huddle_page_home_init(HuddlePageHome *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
        page->store = g_list_store_new(HUDDLE_TYPE_PAST);
        gtk_list_box_bind_model(page->past, G_LIST_MODEL(page->store), page_home_make_past, page,
                                NULL);
}
