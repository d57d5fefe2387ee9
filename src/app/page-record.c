/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-record.h"
#include "qr.h"

#include <glib/gi18n.h>

enum { FETCHES_SHOWN = 20 };

struct _HuddlePageRecord {
        HuddlePage parent;
        GtkStack *stack;
        AdwStatusPage *status;
        GtkPicture *qr;
        AdwActionRow *number, *password;
        AdwPreferencesGroup *fetches;
        GtkWidget *revoke;
        GPtrArray *fetch_rows; /* borrowed widgets */
        BusExchange1 *exchange;
        GtkFileChooserNative *chooser; /* NULL: not open */
        char *number_text, *password_text, *link;
        gboolean asked;
};

G_DEFINE_FINAL_TYPE(HuddlePageRecord, huddle_page_record, HUDDLE_TYPE_PAGE)

static GCancellable *page_record_cancellable(HuddlePageRecord *page)
{
        return huddle_page_get_cancellable(HUDDLE_PAGE(page));
}

/* TRUE: the call ended well. Else the error is shown, unless the page is gone. */
static gboolean page_record_take(HuddlePageRecord *page, gboolean done, const GError *error)
{
        if (done || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return done;
        adw_status_page_set_title(page->status, _("No Record"));
        huddle_page_report(HUDDLE_PAGE(page), error);
        return FALSE;
}

/* ---- fetches --------------------------------------------------------------------------------- */

static char *page_record_format_time(guint64 seconds)
{
        g_autoptr(GDateTime) time =
                g_date_time_new_from_unix_local((gint64)MIN(seconds, (guint64)G_MAXINT64));

        return time ? g_date_time_format(time, "%x %R") : g_strdup("");
}

static void page_record_add_fetch(HuddlePageRecord *page, const char *text)
{
        GtkWidget *row = adw_action_row_new();

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), text);
        adw_preferences_group_add(page->fetches, row);
        g_ptr_array_add(page->fetch_rows, row);
}

static void page_record_show_fetches(HuddlePageRecord *page, GVariant *times)
{
        const guint64 *list;
        gsize n;

        for (guint i = 0; i < page->fetch_rows->len; i++)
                adw_preferences_group_remove(page->fetches, page->fetch_rows->pdata[i]);
        g_ptr_array_set_size(page->fetch_rows, 0);
        list = g_variant_get_fixed_array(times, &n, sizeof *list);
        if (n == 0)
                page_record_add_fetch(page, _("By nobody"));
        for (gsize i = 0; i < MIN(n, FETCHES_SHOWN); i++) {
                g_autofree char *text = page_record_format_time(list[n - 1 - i]);

                page_record_add_fetch(page, text);
        }
}

/* ---- the record ------------------------------------------------------------------------------ */

/* Until when, and how often in all. */
static void page_record_show_limits(HuddlePageRecord *page, guint64 expires, guint max_fetches)
{
        g_autofree char *until = page_record_format_time(expires);
        g_autofree char *often =
                g_strdup_printf(g_dngettext(NULL, "It can be fetched once in all.",
                                            "It can be fetched %u times in all.", max_fetches),
                                max_fetches);
        g_autofree char *text = g_strdup_printf(_("Deleted on %s. %s"), until, often);

        adw_preferences_group_set_description(page->fetches, text);
}

static void page_record_show(HuddlePageRecord *page)
{
        g_autoptr(GdkPaintable) code = huddle_qr_new(page->link);

        adw_action_row_set_subtitle(page->number, page->number_text);
        adw_action_row_set_subtitle(page->password, page->password_text);
        gtk_picture_set_paintable(page->qr, code);
        gtk_stack_set_visible_child_name(page->stack, "record");
}

static void page_record_forget(HuddlePageRecord *page)
{
        g_clear_pointer(&page->number_text, g_free);
        g_clear_pointer(&page->password_text, g_free);
        g_clear_pointer(&page->link, g_free);
}

static void page_record_on_record(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) fetched = NULL;
        char *number = NULL, *password = NULL, *link = NULL;
        HuddlePageRecord *page = userdata;
        guint64 expires;
        guint max_fetches;

        if (!page_record_take(page,
                              bus_exchange1_call_read_record_finish(
                                      BUS_EXCHANGE1(source), &number, &password, &link, &expires,
                                      &max_fetches, &fetched, result, &error),
                              error))
                return;
        page_record_forget(page);
        page->number_text = number;
        page->password_text = password;
        page->link = link;
        page_record_show(page);
        page_record_show_limits(page, expires, max_fetches);
        page_record_show_fetches(page, fetched);
}

static void page_record_ask(HuddlePageRecord *page)
{
        adw_status_page_set_title(page->status, _("Asking the Server…"));
        gtk_stack_set_visible_child_name(page->stack, "waiting");
        bus_exchange1_call_read_record(page->exchange, page_record_cancellable(page),
                                       page_record_on_record, page);
}

/* An exchange of the history is not listed, so it has no proxy yet. */
static void page_record_on_proxy(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        BusExchange1 *exchange = bus_exchange1_proxy_new_finish(result, &error);
        HuddlePageRecord *page = userdata;

        if (!page_record_take(page, exchange != NULL, error))
                return;
        g_set_object(&page->exchange, exchange);
        g_object_unref(exchange);
        page_record_ask(page);
}

/* Somebody has fetched it while it is on the screen. */
static void page_record_on_fetched(HuddlePageRecord *page, const char *exchange)
{
        if (page->exchange && g_str_equal(exchange, huddle_page_get_argument(HUDDLE_PAGE(page))))
                bus_exchange1_call_read_record(page->exchange, page_record_cancellable(page),
                                               page_record_on_record, page);
}

static void page_record_start(HuddlePageRecord *page)
{
        HuddleClient *client = huddle_page_get_client(HUDDLE_PAGE(page));

        page->asked = TRUE;
        g_signal_connect_object(huddle_client_get_manager(client), "record-fetched",
                                G_CALLBACK(page_record_on_fetched), page, G_CONNECT_SWAPPED);
        bus_exchange1_proxy_new(huddle_client_get_connection(client),
                                G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, "org.huddle",
                                huddle_page_get_argument(HUDDLE_PAGE(page)),
                                page_record_cancellable(page), page_record_on_proxy, page);
}

/* ---- passing it on --------------------------------------------------------------------------- */

static void page_record_copy(HuddlePageRecord *page, const char *text)
{
        gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(page)), text);
        huddle_page_toast(HUDDLE_PAGE(page), _("Copied"));
}

static void page_record_on_copy_number(HuddlePageRecord *page)
{
        page_record_copy(page, page->number_text);
}

static void page_record_on_copy_password(HuddlePageRecord *page)
{
        page_record_copy(page, page->password_text);
}

static void page_record_on_copy_link(HuddlePageRecord *page)
{
        page_record_copy(page, page->link);
}

/* What an absent person needs to know. New. */
static char *page_record_letter(HuddlePageRecord *page)
{
        return g_strdup_printf(_("The contact cards of our meeting are here for you. With Huddle, "
                                 "open this link:\n\n%s\n\nor fetch number %s with password %s.\n"),
                               page->link, page->number_text, page->password_text);
}

static void page_record_on_mail(HuddlePageRecord *page)
{
        g_autofree char *letter = page_record_letter(page);
        g_autofree char *subject = g_uri_escape_string(_("Our contact cards"), NULL, FALSE);
        g_autofree char *body = g_uri_escape_string(letter, NULL, FALSE);
        g_autofree char *uri = g_strdup_printf("mailto:?subject=%s&body=%s", subject, body);

        gtk_show_uri(GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(page))), uri, GDK_CURRENT_TIME);
}

static void page_record_on_written(GObject *file, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = g_file_replace_contents_finish(G_FILE(file), result, NULL, &error);

        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                huddle_page_toast(HUDDLE_PAGE(userdata),
                                  done ? _("Saved") : _("The file could not be written"));
}

static void page_record_on_chosen(HuddlePageRecord *page, int response, GtkFileChooser *chooser)
{
        g_autoptr(GFile) file =
                response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file(chooser) : NULL;
        char *letter = file ? page_record_letter(page) : NULL;
        g_autoptr(GBytes) bytes = letter ? g_bytes_new_take(letter, strlen(letter)) : NULL;

        g_clear_object(&page->chooser);
        if (file)
                g_file_replace_contents_bytes_async(file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE,
                                                    page_record_cancellable(page),
                                                    page_record_on_written, page);
}

static void page_record_on_save(HuddlePageRecord *page)
{
        g_clear_object(&page->chooser);
        page->chooser = gtk_file_chooser_native_new(
                _("Save Number and Password"), GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(page))),
                GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
        gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(page->chooser), "huddle.txt");
        gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(page->chooser), TRUE);
        g_signal_connect_swapped(page->chooser, "response", G_CALLBACK(page_record_on_chosen),
                                 page);
        gtk_native_dialog_show(GTK_NATIVE_DIALOG(page->chooser));
}

/* ---- revoking -------------------------------------------------------------------------------- */

static void page_record_on_revoked(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done =
                bus_exchange1_call_revoke_record_finish(BUS_EXCHANGE1(source), result, &error);
        HuddlePageRecord *page = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        gtk_widget_set_sensitive(page->revoke, TRUE);
        if (!done) {
                huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        adw_status_page_set_icon_name(page->status, "object-select-symbolic");
        adw_status_page_set_title(page->status, _("Revoked"));
        adw_status_page_set_description(page->status, _("Nobody can fetch these cards any more."));
        gtk_stack_set_visible_child_name(page->stack, "waiting");
}

static void page_record_on_answer(HuddlePageRecord *page, const char *response)
{
        if (!g_str_equal(response, "do"))
                return;
        gtk_widget_set_sensitive(page->revoke, FALSE);
        bus_exchange1_call_revoke_record(page->exchange, page_record_cancellable(page),
                                         page_record_on_revoked, page);
}

static void page_record_on_revoke(HuddlePageRecord *page)
{
        (void)huddle_page_ask(HUDDLE_PAGE(page), _("Revoke?"),
                              _("Number and password stop working for everyone."),
                              _("Revoke for Good"), TRUE, G_CALLBACK(page_record_on_answer));
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_record_refresh(HuddlePage *base)
{
        HuddlePageRecord *page = HUDDLE_PAGE_RECORD(base);

        if (!page->asked)
                page_record_start(page);
}

static void huddle_page_record_retry(HuddlePage *base)
{
        HuddlePageRecord *page = HUDDLE_PAGE_RECORD(base);

        if (page->exchange)
                page_record_ask(page);
        else
                page_record_start(page);
}

static void huddle_page_record_finalize(GObject *object)
{
        HuddlePageRecord *page = HUDDLE_PAGE_RECORD(object);

        g_clear_object(&page->exchange);
        g_clear_object(&page->chooser);
        g_ptr_array_unref(page->fetch_rows);
        page_record_forget(page);
        G_OBJECT_CLASS(huddle_page_record_parent_class)->finalize(object);
}

static void huddle_page_record_class_init(HuddlePageRecordClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->finalize = huddle_page_record_finalize;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_record_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_record_retry;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-record");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageRecord, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageRecord, status);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageRecord, qr);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageRecord, number);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageRecord, password);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageRecord, fetches);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageRecord, revoke);
        gtk_widget_class_bind_template_callback(widget_class, page_record_on_copy_number);
        gtk_widget_class_bind_template_callback(widget_class, page_record_on_copy_password);
        gtk_widget_class_bind_template_callback(widget_class, page_record_on_copy_link);
        gtk_widget_class_bind_template_callback(widget_class, page_record_on_mail);
        gtk_widget_class_bind_template_callback(widget_class, page_record_on_save);
        gtk_widget_class_bind_template_callback(widget_class, page_record_on_revoke);
}

static void huddle_page_record_init(HuddlePageRecord *page)
{
        page->fetch_rows = g_ptr_array_new();
        gtk_widget_init_template(GTK_WIDGET(page));
}
