/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/card/card-edit.h"
#include "page-profile.h"
#include "profile.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

struct _HuddlePageProfile {
        HuddlePage parent;
        AdwPreferencesGroup *preview, *fields;
        GPtrArray *preview_rows, *field_rows; /* borrowed widgets */
        Card *card;                           /* the whole own card; NULL: not here yet */
        char **all;  /* every field of the card that may be left out, as PreviewShare names them */
        char *share; /* the fields of the profile */
        GtkWidget *remove;
        gboolean showing; /* the switches are moved by us */
};

G_DEFINE_FINAL_TYPE(HuddlePageProfile, huddle_page_profile, HUDDLE_TYPE_PAGE)

static BusManager1 *page_profile_manager(HuddlePageProfile *page)
{
        return huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
}

static GCancellable *page_profile_cancellable(HuddlePageProfile *page)
{
        return huddle_page_get_cancellable(HUDDLE_PAGE(page));
}

static const char *page_profile_name(HuddlePageProfile *page)
{
        return huddle_page_get_argument(HUDDLE_PAGE(page));
}

/* FALSE when the page is gone, or after showing the error. */
static gboolean page_profile_take(HuddlePageProfile *page, gboolean done, const GError *error)
{
        if (!done && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                huddle_page_report(HUDDLE_PAGE(page), error);
        return done;
}

/* ---- values ---------------------------------------------------------------------------------- */

static CardUse page_profile_use(const char *field)
{
        const char *slash = strchr(field, '/');

        if (slash && g_str_equal(slash, "/home"))
                return CARD_USE_HOME;
        return slash && g_str_equal(slash, "/work") ? CARD_USE_WORK : CARD_USE_OTHER;
}

/* A value as people read it: the parts of an address in one line, pictures without their bytes. */
static char *page_profile_readable(const char *value)
{
        g_auto(GStrv) parts = NULL;
        g_autoptr(GPtrArray) kept = g_ptr_array_new();

        if (g_str_has_prefix(value, "data:"))
                return g_strdup("");
        parts = g_strsplit(value, ";", -1);
        for (gsize i = 0; parts[i]; i++)
                if (*g_strstrip(parts[i]))
                        g_ptr_array_add(kept, parts[i]);
        g_ptr_array_add(kept, NULL);
        return g_strjoinv(", ", (char **)kept->pdata);
}

/* The values of a field ("TEL/work") on the card. New. */
static char *page_profile_values(HuddlePageProfile *page, const char *field)
{
        g_auto(GStrv) parts = g_strsplit(field, "/", 2);
        g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *joined = NULL;
        const char *value;

        for (gsize n = 0; (value = card_value(page->card, parts[0], n)); n++)
                if (card_use(page->card, parts[0], n) == page_profile_use(field))
                        g_ptr_array_add(values, page_profile_readable(value));
        g_ptr_array_add(values, NULL);
        joined = g_strjoinv(", ", (char **)values->pdata);
        return stranger_text(joined);
}

/* ---- the list of fields ---------------------------------------------------------------------- */

static GtkSwitch *page_profile_switch(HuddlePageProfile *page, guint i)
{
        return g_object_get_data(page->field_rows->pdata[i], "switch");
}

typedef enum ProfilePart { PART_ABSENT, PART_OFF, PART_ON } ProfilePart;

/* Whether the card has PROPERTY[/use], and whether it is on. */
static ProfilePart page_profile_part(HuddlePageProfile *page, const char *property, const char *use)
{
        g_autofree char *field = g_strconcat(property, use, NULL);

        for (guint i = 0; page->all[i] && i < page->field_rows->len; i++)
                if (g_str_equal(page->all[i], field))
                        return gtk_switch_get_active(page_profile_switch(page, i)) ? PART_ON
                                                                                   : PART_OFF;
        return PART_ABSENT;
}

static void page_profile_add_token(GString *list, const char *property, const char *use)
{
        g_string_append_printf(list, "%s%s%s", list->len > 0 ? "," : "", property, use);
}

/* A list can share all values, those of a use, or those not of a use. Values without a use alone,
 * beside both others that are off, it cannot share: then they stay off. */
static void page_profile_add_property(HuddlePageProfile *page, GString *list, const char *property)
{
        ProfilePart other = page_profile_part(page, property, ""),
                    home = page_profile_part(page, property, "/home"),
                    work = page_profile_part(page, property, "/work");

        if (other != PART_OFF && home != PART_OFF && work != PART_OFF)
                page_profile_add_token(list, property, "");
        else if (other == PART_ON && work != PART_OFF)
                page_profile_add_token(list, property, "/-home");
        else if (other == PART_ON && home != PART_OFF)
                page_profile_add_token(list, property, "/-work");
        else {
                if (home == PART_ON)
                        page_profile_add_token(list, property, "/home");
                if (work == PART_ON)
                        page_profile_add_token(list, property, "/work");
        }
}

static gboolean page_profile_has_property(HuddlePageProfile *page, const char *property, gsize len)
{
        for (gsize i = 0; page->all[i]; i++)
                if (g_ascii_strncasecmp(page->all[i], property, len) == 0 &&
                    (page->all[i][len] == '\0' || page->all[i][len] == '/'))
                        return TRUE;
        return FALSE;
}

/* What the profile says of fields that the card does not have now stays. */
static void page_profile_add_absent(HuddlePageProfile *page, GString *list)
{
        g_auto(GStrv) tokens = g_strsplit(page->share, ",", -1);

        for (gsize i = 0; tokens[i]; i++)
                if (!g_str_equal(tokens[i], "*") &&
                    !page_profile_has_property(page, tokens[i], strcspn(tokens[i], "/")))
                        page_profile_add_token(list, tokens[i], "");
}

/* The list of fields that the switches say. New. */
static char *page_profile_list(HuddlePageProfile *page)
{
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        GString *list = g_string_new(NULL);

        for (gsize i = 0; page->all[i]; i++) {
                char *property = g_strndup(page->all[i], strcspn(page->all[i], "/"));

                if (!g_hash_table_contains(seen, property))
                        page_profile_add_property(page, list, property);
                g_hash_table_add(seen, property);
        }
        page_profile_add_absent(page, list);
        if (list->len == 0)
                g_string_append(list, "FN"); /* an empty list would remove the profile */
        return g_string_free(list, FALSE);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static void page_profile_load(HuddlePageProfile *page);

static void page_profile_on_defined(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_define_share_finish(BUS_MANAGER1(source), result, &error);

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        (void)page_profile_take(userdata, done, error);
        page_profile_load(userdata);
}

static void page_profile_on_switch(HuddlePageProfile *page)
{
        g_autofree char *list = NULL;

        if (page->showing || !page_profile_manager(page))
                return;
        list = page_profile_list(page);
        bus_manager1_call_define_share(page_profile_manager(page), page_profile_name(page), list,
                                       page_profile_cancellable(page), page_profile_on_defined,
                                       page);
}

static GtkWidget *page_profile_make_row(const char *title, const char *subtitle)
{
        GtkWidget *row = adw_action_row_new();

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 3);
        return row;
}

static void page_profile_add_field(HuddlePageProfile *page, const char *field)
{
        g_autofree char *title = profile_field_title(field),
                        *values = page_profile_values(page, field);
        GtkWidget *row = page_profile_make_row(title, values), *toggle = gtk_switch_new();

        gtk_widget_set_valign(toggle, GTK_ALIGN_CENTER);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), toggle);
        adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), toggle);
        g_object_set_data(G_OBJECT(row), "switch", toggle);
        g_signal_connect_swapped(toggle, "notify::active", G_CALLBACK(page_profile_on_switch),
                                 page);
        adw_preferences_group_add(page->fields, row);
        g_ptr_array_add(page->field_rows, row);
}

static void page_profile_clear(AdwPreferencesGroup *group, GPtrArray *rows)
{
        for (guint i = 0; i < rows->len; i++)
                adw_preferences_group_remove(group, rows->pdata[i]);
        g_ptr_array_set_size(rows, 0);
}

/* The rows are made once: they keep the focus while the switches move. */
static void page_profile_make_fields(HuddlePageProfile *page, char **all)
{
        if (page->all && g_strv_equal((const char *const *)page->all, (const char *const *)all))
                return;
        g_strfreev(page->all);
        page->all = g_strdupv(all);
        page_profile_clear(page->fields, page->field_rows);
        for (gsize i = 0; all[i]; i++)
                page_profile_add_field(page, all[i]);
}

static void page_profile_add_seen(HuddlePageProfile *page, const char *title, const char *value)
{
        GtkWidget *row = page_profile_make_row(title, value);

        gtk_widget_add_css_class(row, "property");
        adw_preferences_group_add(page->preview, row);
        g_ptr_array_add(page->preview_rows, row);
}

/* As others will see it: from the card as the daemon reduces it. */
static void page_profile_show_preview(HuddlePageProfile *page, const char *vcard, char **left_out)
{
        g_autofree char *name = NULL;
        _cleanup_(card_freep) Card *seen = NULL;

        page_profile_clear(page->preview, page->preview_rows);
        if (card_parse(&seen, vcard, strlen(vcard), NULL, NULL) != 0)
                return;
        name = stranger_text(card_name(seen));
        page_profile_add_seen(page, _("Name"), name);
        page->showing = TRUE;
        for (guint i = 0; i < page->field_rows->len; i++) {
                const char *field = page->all[i];
                gboolean shared = !g_strv_contains((const char *const *)left_out, field);
                g_autofree char *title = profile_field_title(field),
                                *values = page_profile_values(page, field);

                gtk_switch_set_active(page_profile_switch(page, i), shared);
                if (shared)
                        page_profile_add_seen(page, title, values);
        }
        page->showing = FALSE;
}

/* ---- the calls: card, fields of the profile, every field, then what it leaves out ------- */

static void page_profile_on_preview(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *vcard = NULL;
        g_auto(GStrv) left_out = NULL;

        if (page_profile_take(userdata,
                              bus_manager1_call_preview_share_finish(BUS_MANAGER1(source), &vcard,
                                                                     &left_out, result, &error),
                              error))
                page_profile_show_preview(userdata, vcard, left_out);
}

static void page_profile_on_all(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) all = NULL;
        HuddlePageProfile *page = userdata;

        if (!page_profile_take(page,
                               bus_manager1_call_preview_share_finish(BUS_MANAGER1(source), NULL,
                                                                      &all, result, &error),
                               error))
                return;
        page->showing = TRUE;
        page_profile_make_fields(page, all);
        page->showing = FALSE;
        bus_manager1_call_preview_share(BUS_MANAGER1(source), page->share,
                                        page_profile_cancellable(page), page_profile_on_preview,
                                        page);
}

static void page_profile_on_shares(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) shares = NULL;
        HuddlePageProfile *page = userdata;
        const char *fields;

        if (!page_profile_take(page,
                               bus_manager1_call_get_shares_finish(BUS_MANAGER1(source), &shares,
                                                                   result, &error),
                               error))
                return;
        if (!g_variant_lookup(shares, page_profile_name(page), "&s", &fields)) {
                huddle_page_back(HUDDLE_PAGE(page)); /* another program has removed it */
                return;
        }
        g_free(page->share);
        page->share = g_strdup(fields);
        /* a profile of the name alone leaves out all there is */
        bus_manager1_call_preview_share(BUS_MANAGER1(source), "FN", page_profile_cancellable(page),
                                        page_profile_on_all, page);
}

static void page_profile_on_card(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *vcard = NULL;
        HuddlePageProfile *page = userdata;
        Card *card = NULL;

        if (!page_profile_take(
                    page,
                    bus_manager1_call_get_card_finish(BUS_MANAGER1(source), &vcard, result, &error),
                    error) ||
            card_parse(&card, vcard, strlen(vcard), NULL, NULL) != 0)
                return;
        card_free(page->card);
        page->card = card;
        bus_manager1_call_get_shares(BUS_MANAGER1(source), page_profile_cancellable(page),
                                     page_profile_on_shares, page);
}

static void page_profile_load(HuddlePageProfile *page)
{
        if (page_profile_manager(page))
                bus_manager1_call_get_card(page_profile_manager(page),
                                           page_profile_cancellable(page), page_profile_on_card,
                                           page);
}

/* ---- removing -------------------------------------------------------------------------------- */

static void page_profile_on_removed(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;

        if (page_profile_take(
                    userdata,
                    bus_manager1_call_define_share_finish(BUS_MANAGER1(source), result, &error),
                    error))
                huddle_page_back(userdata);
}

/* Without fields a profile is removed. */
static void page_profile_on_remove(HuddlePageProfile *page)
{
        if (page_profile_manager(page))
                bus_manager1_call_define_share(page_profile_manager(page), page_profile_name(page),
                                               "", page_profile_cancellable(page),
                                               page_profile_on_removed, page);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_profile_map(GtkWidget *widget)
{
        g_autofree char *title = profile_title(page_profile_name(HUDDLE_PAGE_PROFILE(widget)));

        GTK_WIDGET_CLASS(huddle_page_profile_parent_class)->map(widget);
        g_object_set(widget, "title", title, NULL);
        gtk_widget_set_visible(HUDDLE_PAGE_PROFILE(widget)->remove,
                               !profile_is_given(page_profile_name(HUDDLE_PAGE_PROFILE(widget))));
        page_profile_load(HUDDLE_PAGE_PROFILE(widget));
}

static void huddle_page_profile_retry(HuddlePage *base)
{
        page_profile_load(HUDDLE_PAGE_PROFILE(base));
}

static void huddle_page_profile_finalize(GObject *object)
{
        HuddlePageProfile *page = HUDDLE_PAGE_PROFILE(object);

        card_free(page->card);
        g_strfreev(page->all);
        g_free(page->share);
        g_ptr_array_unref(page->preview_rows);
        g_ptr_array_unref(page->field_rows);
        G_OBJECT_CLASS(huddle_page_profile_parent_class)->finalize(object);
}

static void huddle_page_profile_class_init(HuddlePageProfileClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->finalize = huddle_page_profile_finalize;
        widget_class->map = huddle_page_profile_map;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_profile_retry;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-profile");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageProfile, preview);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageProfile, fields);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageProfile, remove);
        gtk_widget_class_bind_template_callback(widget_class, page_profile_on_remove);
}

static void huddle_page_profile_init(HuddlePageProfile *page)
{
        page->preview_rows = g_ptr_array_new();
        page->field_rows = g_ptr_array_new();
        gtk_widget_init_template(GTK_WIDGET(page));
}
