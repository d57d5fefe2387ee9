/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/protocol/huddle-link.h"
#include "page-fetch.h"
#include "link-question.h"
#include "scan-button.h"

#include <glib/gi18n.h>
#include <sodium.h>
#include <string.h>

struct _HuddlePageFetch {
        HuddlePage parent;
        GtkEditable *number, *password;
        GtkButton *fetch, *paste;
        char *link;    /* that was pasted or opened; NULL: number and password are typed */
        gboolean busy; /* the cards are on their way */
};

G_DEFINE_FINAL_TYPE(HuddlePageFetch, huddle_page_fetch, HUDDLE_TYPE_PAGE)

static gboolean page_fetch_is_complete(HuddlePageFetch *page)
{
        return page->link ||
               (*gtk_editable_get_text(page->number) && *gtk_editable_get_text(page->password));
}

static void page_fetch_show(HuddlePageFetch *page)
{
        gtk_button_set_label(page->fetch, page->busy ? _("Fetching…") : _("Fetch"));
        gtk_widget_set_sensitive(GTK_WIDGET(page->fetch),
                                 !page->busy && page_fetch_is_complete(page));
        gtk_widget_set_sensitive(GTK_WIDGET(page->number), !page->busy);
        gtk_widget_set_sensitive(GTK_WIDGET(page->password), !page->busy);
        gtk_widget_set_sensitive(GTK_WIDGET(page->paste), !page->busy);
}

static void page_fetch_forget_link(HuddlePageFetch *page)
{
        if (page->link)
                sodium_memzero(page->link, strlen(page->link));
        g_clear_pointer(&page->link, g_free);
}

static void page_fetch_set_busy(HuddlePageFetch *page, gboolean busy)
{
        page->busy = busy;
        if (busy)
                huddle_page_clear_report(HUDDLE_PAGE(page));
        page_fetch_show(page);
}

/* ---- links ----------------------------------------------------------------------------------- */

/* Shows the number of a link; the password stays in the link, off the screen. */
static void page_fetch_take_link(HuddlePageFetch *page, const char *text)
{
        _cleanup_huddle_link_ HuddleLink link = {};
        g_autofree char *trimmed = g_strstrip(g_strdup(text));
        int r = huddle_link_parse(&link, trimmed);

        if (r != 0 || link.kind != HUDDLE_LINK_RECORD) {
                huddle_page_toast(HUDDLE_PAGE(page), _("This is no link to cards of an exchange"));
                return;
        }
        gtk_editable_set_text(page->number, link.number);
        gtk_editable_set_text(page->password, "••••••");
        page_fetch_forget_link(page);
        page->link = g_steal_pointer(&trimmed);
        page_fetch_show(page);
}

static void page_fetch_on_pasted(GObject *clipboard, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text =
                gdk_clipboard_read_text_finish(GDK_CLIPBOARD(clipboard), result, &error);

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page_fetch_take_link(userdata, text ? text : "");
}

static void page_fetch_on_paste(HuddlePageFetch *page)
{
        gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(page)),
                                      huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                      page_fetch_on_pasted, page);
}

/* Somebody types over what the link had. */
static void page_fetch_on_typed(HuddlePageFetch *page)
{
        page_fetch_forget_link(page);
        page_fetch_show(page);
}

/* ---- the call -------------------------------------------------------------------------------- */

static gboolean page_fetch_needs_account(const GError *error)
{
        g_autofree char *name = error ? g_dbus_error_get_remote_error(error) : NULL;

        return g_strcmp0(name, "org.huddle.Error.NotRegistered") == 0;
}

static void page_fetch_end(HuddlePageFetch *page, const char *exchange, const GError *error)
{
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page_fetch_set_busy(page, FALSE);
        if (page->link && page_fetch_needs_account(error))
                huddle_page_replace(HUDDLE_PAGE(page), "welcome", page->link);
        else if (exchange)
                huddle_page_replace(HUDDLE_PAGE(page), "result", exchange);
        else
                huddle_page_report(HUDDLE_PAGE(page), error);
}

static void page_fetch_on_fetched(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *exchange = NULL;

        (void)bus_manager1_call_fetch_finish(BUS_MANAGER1(source), &exchange, result, &error);
        page_fetch_end(userdata, exchange, error);
}

static void page_fetch_on_link_fetched(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *exchange = NULL;

        (void)bus_manager1_call_fetch_link_finish(BUS_MANAGER1(source), &exchange, result, &error);
        page_fetch_end(userdata, exchange, error);
}

/* on a slow line the cards take minutes */
enum { FETCH_TIMEOUT_MS = 600 * 1000 };

static void page_fetch_on_link_read(HuddlePage *base, const char *link, GVariant *parts)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(base));

        if (!parts || !manager) {
                page_fetch_set_busy(HUDDLE_PAGE_FETCH(base), FALSE);
                return;
        }
        g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(manager), FETCH_TIMEOUT_MS);
        bus_manager1_call_fetch_link(manager, link, huddle_page_get_cancellable(base),
                                     page_fetch_on_link_fetched, base);
        g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(manager), -1);
}

static void page_fetch_by_number(HuddlePageFetch *page, BusManager1 *manager)
{
        g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(manager), FETCH_TIMEOUT_MS);
        bus_manager1_call_fetch(
                manager, gtk_editable_get_text(page->number), gtk_editable_get_text(page->password),
                huddle_page_get_cancellable(HUDDLE_PAGE(page)), page_fetch_on_fetched, page);
        g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(manager), -1);
}

static void page_fetch_on_fetch(HuddlePageFetch *page)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (page->busy || !manager || !page_fetch_is_complete(page))
                return;
        page_fetch_set_busy(page, TRUE);
        if (page->link)
                link_question_ask(HUDDLE_PAGE(page), page->link, page_fetch_on_link_read);
        else
                page_fetch_by_number(page, manager);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_fetch_retry(HuddlePage *base)
{
        page_fetch_on_fetch(HUDDLE_PAGE_FETCH(base));
}

static void huddle_page_fetch_constructed(GObject *object)
{
        const char *argument = huddle_page_get_argument(HUDDLE_PAGE(object));

        G_OBJECT_CLASS(huddle_page_fetch_parent_class)->constructed(object);
        if (argument && *argument)
                page_fetch_take_link(HUDDLE_PAGE_FETCH(object), argument);
        page_fetch_show(HUDDLE_PAGE_FETCH(object));
}

static void huddle_page_fetch_finalize(GObject *object)
{
        page_fetch_forget_link(HUDDLE_PAGE_FETCH(object));
        G_OBJECT_CLASS(huddle_page_fetch_parent_class)->finalize(object);
}

static void huddle_page_fetch_take(HuddlePage *page, const char *text)
{
        page_fetch_take_link(HUDDLE_PAGE_FETCH(page), text);
}

static void huddle_page_fetch_class_init(HuddlePageFetchClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_fetch_constructed;
        G_OBJECT_CLASS(klass)->finalize = huddle_page_fetch_finalize;
        HUDDLE_PAGE_CLASS(klass)->take = huddle_page_fetch_take;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_fetch_retry;
        g_type_ensure(SCAN_TYPE_BUTTON);
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-fetch");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageFetch, number);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageFetch, password);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageFetch, fetch);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageFetch, paste);
        gtk_widget_class_bind_template_callback(widget_class, page_fetch_on_typed);
        gtk_widget_class_bind_template_callback(widget_class, page_fetch_on_fetch);
        gtk_widget_class_bind_template_callback(widget_class, page_fetch_on_paste);
}

static void huddle_page_fetch_init(HuddlePageFetch *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
