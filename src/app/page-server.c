/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/protocol/huddle-link.h"
#include "page-server.h"
#include "link-code.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _HuddlePageServer {
        HuddlePage parent;
        LinkCode *code;
        GtkWidget *code_group;
        AdwActionRow *address, *handle;
        GtkLabel *consent;
        gboolean asked; /* for the consent text, which is shown or on its way */
};

G_DEFINE_FINAL_TYPE(HuddlePageServer, huddle_page_server, HUDDLE_TYPE_PAGE)

static BusManager1 *page_server_manager(HuddlePageServer *page)
{
        return huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
}

static const char *page_server_text(GVariant *cloud, const char *key)
{
        const char *text = "";

        (void)g_variant_lookup(cloud, key, "&s", &text);
        return text;
}

/* ---- what it keeps --------------------------------------------------------------------------- */

static void page_server_on_consent(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL, *valid = NULL;
        HuddlePageServer *page = userdata;

        (void)bus_manager1_call_get_consent_finish(BUS_MANAGER1(source), NULL, &text, NULL, result,
                                                   &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                page->asked = FALSE;
                gtk_label_set_text(page->consent, _("The server has not said it."));
                huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        valid = g_utf8_make_valid(text, -1);
        gtk_label_set_text(page->consent, g_strstrip(valid));
}

static void page_server_ask_consent(HuddlePageServer *page)
{
        page->asked = TRUE;
        huddle_page_clear_report(HUDDLE_PAGE(page));
        gtk_label_set_text(page->consent, _("Asking the Server…"));
        bus_manager1_call_get_consent(
                page_server_manager(page), huddle_page_get_argument(HUDDLE_PAGE(page)),
                huddle_page_get_cancellable(HUDDLE_PAGE(page)), page_server_on_consent, page);
}

/* ---- its link -------------------------------------------------------------------------------- */

/* "": a server that has not been met yet has no identity, so nobody can be sent there. */
static void page_server_link(char ret[static HUDDLE_LINK_SIZE], GVariant *cloud)
{
        HuddleLink link = {.kind = HUDDLE_LINK_CLOUD, .has_cloud = true};

        *ret = '\0';
        if (cloud_url_normalise(link.url, page_server_text(cloud, "Url")) &&
            cloud_identity_parse(&link.identity, page_server_text(cloud, "Identity")) == 0)
                huddle_link_format(ret, &link);
}

static void page_server_show(HuddlePageServer *page, GVariant *cloud)
{
        g_autofree char *url = stranger_text(page_server_text(cloud, "Url")),
                        *handle = stranger_text(page_server_text(cloud, "Handle"));
        char link[HUDDLE_LINK_SIZE];

        page_server_link(link, cloud);
        link_code_show(page->code, HUDDLE_PAGE(page), link, page_server_text(cloud, "Words"));
        gtk_widget_set_visible(page->code_group, *link != '\0');
        adw_action_row_set_subtitle(page->address, url);
        adw_action_row_set_subtitle(page->handle, *handle ? handle : _("No account yet"));
}

static void page_server_on_clouds(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) clouds = NULL;
        HuddlePageServer *page = userdata;
        const char *url;

        (void)bus_manager1_call_get_clouds_finish(BUS_MANAGER1(source), &clouds, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        url = huddle_page_get_argument(HUDDLE_PAGE(page));
        for (gsize i = 0; i < g_variant_n_children(clouds); i++) {
                g_autoptr(GVariant) cloud = g_variant_get_child_value(clouds, i);

                if (g_str_equal(page_server_text(cloud, "Url"), url)) {
                        page_server_show(page, cloud);
                        return;
                }
        }
        huddle_page_back(HUDDLE_PAGE(page)); /* it has been removed */
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_server_refresh(HuddlePage *base)
{
        HuddlePageServer *page = HUDDLE_PAGE_SERVER(base);

        bus_manager1_call_get_clouds(page_server_manager(page), huddle_page_get_cancellable(base),
                                     page_server_on_clouds, page);
        if (!page->asked)
                page_server_ask_consent(page);
}

static void huddle_page_server_class_init(HuddlePageServerClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_server_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_server_refresh;
        g_type_ensure(LINK_TYPE_CODE);
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-server");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageServer, code);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageServer, code_group);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageServer, address);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageServer, handle);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageServer, consent);
}

static void huddle_page_server_init(HuddlePageServer *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
