/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-start.h"
#include "begin.h"
#include "profile.h"

#include <glib/gi18n.h>

struct _HuddlePageStart {
        HuddlePage parent;
        GPtrArray *names; /* of the profiles; as in the row, which shows their titles */
        GtkStringList *titles;
        gboolean asked;

        AdwComboRow *kind, *window, *share, *guests;
        GtkSwitch *receive;
        GtkWidget *start;
};

G_DEFINE_FINAL_TYPE(HuddlePageStart, huddle_page_start, HUDDLE_TYPE_PAGE)

/* In the order of the rows' items. */
enum { KIND_TWO_WORDS, KIND_THREE_WORDS, KIND_PARTY };
enum { GUESTS_USUAL, GUESTS_MAY_COME, GUESTS_MAY_NOT };
static const guint windows_s[] = {0, 60, 180, 600}; /* 0: as configured */

static GVariant *page_start_options(HuddlePageStart *page)
{
        GVariantBuilder options;
        guint kind = adw_combo_row_get_selected(page->kind);
        guint window = adw_combo_row_get_selected(page->window);
        guint guests = adw_combo_row_get_selected(page->guests);
        guint at = adw_combo_row_get_selected(page->share);
        const char *share = at < page->names->len ? page->names->pdata[at] : NULL;

        g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
        if (kind == KIND_THREE_WORDS)
                g_variant_builder_add(&options, "{sv}", "words", g_variant_new_uint32(3));
        if (kind == KIND_PARTY)
                g_variant_builder_add(&options, "{sv}", "party", g_variant_new_boolean(TRUE));
        if (window < G_N_ELEMENTS(windows_s) && windows_s[window] > 0)
                g_variant_builder_add(&options, "{sv}", "window",
                                      g_variant_new_uint32(windows_s[window]));
        if (gtk_switch_get_active(page->receive))
                g_variant_builder_add(&options, "{sv}", "receive", g_variant_new_boolean(TRUE));
        else if (share)
                g_variant_builder_add(&options, "{sv}", "share", g_variant_new_string(share));
        if (guests != GUESTS_USUAL)
                g_variant_builder_add(&options, "{sv}", "guests",
                                      g_variant_new_boolean(guests == GUESTS_MAY_COME));
        return g_variant_builder_end(&options);
}

static void page_start_on_started(HuddlePage *page, const GError *error)
{
        gtk_widget_set_sensitive(HUDDLE_PAGE_START(page)->start, TRUE);
        if (error)
                huddle_page_report(page, error);
}

static void page_start_on_start(HuddlePageStart *page)
{
        gtk_widget_set_sensitive(page->start, FALSE);
        begin_exchange(HUDDLE_PAGE(page), "", page_start_options(page), page_start_on_started);
}

/* ---- the profiles ---------------------------------------------------------------------------- */

static void page_start_on_shares(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) shares = NULL;
        HuddlePageStart *page = userdata;
        const char *chosen = bus_manager1_get_share(BUS_MANAGER1(source)), *name;
        GVariantIter iter;
        guint at = 0;

        (void)bus_manager1_call_get_shares_finish(BUS_MANAGER1(source), &shares, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        g_variant_iter_init(&iter, shares);
        for (guint i = 0; g_variant_iter_next(&iter, "{&s&s}", &name, NULL); i++) {
                g_ptr_array_add(page->names, g_strdup(name));
                gtk_string_list_take(page->titles, profile_title(name));
                at = g_strcmp0(name, chosen) == 0 ? i : at;
        }
        adw_combo_row_set_selected(page->share, at);
}

/* Once: what somebody chooses here must not be moved under their finger. */
static void huddle_page_start_refresh(HuddlePage *base)
{
        HuddlePageStart *page = HUDDLE_PAGE_START(base);

        if (page->asked)
                return;
        page->asked = TRUE;
        bus_manager1_call_get_shares(huddle_client_get_manager(huddle_page_get_client(base)),
                                     huddle_page_get_cancellable(base), page_start_on_shares, page);
}

static void huddle_page_start_retry(HuddlePage *page)
{
        page_start_on_start(HUDDLE_PAGE_START(page));
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_start_dispose(GObject *object)
{
        g_clear_pointer(&HUDDLE_PAGE_START(object)->names, g_ptr_array_unref);
        g_clear_object(&HUDDLE_PAGE_START(object)->titles);
        G_OBJECT_CLASS(huddle_page_start_parent_class)->dispose(object);
}

static void huddle_page_start_class_init(HuddlePageStartClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->dispose = huddle_page_start_dispose;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_start_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_start_retry;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-start");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageStart, kind);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageStart, window);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageStart, share);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageStart, receive);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageStart, guests);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageStart, start);
        gtk_widget_class_bind_template_callback(widget_class, page_start_on_start);
}

static void huddle_page_start_init(HuddlePageStart *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
        page->names = g_ptr_array_new_with_free_func(g_free);
        page->titles = gtk_string_list_new(NULL);
        adw_combo_row_set_model(page->share, G_LIST_MODEL(page->titles));
}
