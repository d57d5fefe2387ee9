/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "cloud-list.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _CloudList {
        AdwPreferencesGroup parent;
        HuddlePage *page; /* borrowed: it owns us; NULL: not refreshed yet */
        GPtrArray *rows;  /* borrowed widgets */
        GVariant *shown;  /* NULL: nothing yet */
};

G_DEFINE_FINAL_TYPE(CloudList, cloud_list, ADW_TYPE_PREFERENCES_GROUP)

enum { SIGNAL_FIXED, N_SIGNALS };
static guint signals[N_SIGNALS];

static BusManager1 *cloud_list_manager(CloudList *list)
{
        return huddle_client_get_manager(huddle_page_get_client(list->page));
}

static const char *cloud_list_text(GVariant *cloud, const char *key)
{
        const char *text = "";

        (void)g_variant_lookup(cloud, key, "&s", &text);
        return text;
}

static gboolean cloud_list_flag(GVariant *cloud, const char *key)
{
        gboolean flag = FALSE;

        (void)g_variant_lookup(cloud, key, "b", &flag);
        return flag;
}

/* Of a widget of a row: the address of its cloud. Borrowed. */
static const char *cloud_list_url(gpointer object)
{
        return g_object_get_data(object, "url");
}

/* ---- the default ----------------------------------------------------------------------------- */

static void cloud_list_on_used(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        CloudList *list = userdata;

        (void)bus_manager1_call_use_cloud_finish(BUS_MANAGER1(source), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                huddle_page_report(list->page, error);
        cloud_list_refresh(list, list->page);
}

static void cloud_list_on_check(CloudList *list, GtkCheckButton *check)
{
        BusManager1 *manager = cloud_list_manager(list);

        if (gtk_check_button_get_active(check) && manager)
                bus_manager1_call_use_cloud(manager, cloud_list_url(check),
                                            huddle_page_get_cancellable(list->page),
                                            cloud_list_on_used, list);
}

/* ---- taking one out -------------------------------------------------------------------------- */

static void cloud_list_remove(CloudList *list, const char *url, gboolean force);

/* A cloud that is gone for good cannot be told. */
static void cloud_list_on_forget(HuddlePage *page, const char *response, GObject *dialog)
{
        if (g_str_equal(response, "do"))
                cloud_list_remove(g_object_get_data(dialog, "list"), cloud_list_url(dialog), TRUE);
}

static GObject *cloud_list_ask(CloudList *list, const char *url, const char *title,
                               const char *text, const char *label, GCallback on_answer)
{
        GObject *dialog = huddle_page_ask(list->page, title, text, label, TRUE, on_answer);

        g_object_set_data_full(dialog, "list", g_object_ref(list), g_object_unref);
        g_object_set_data_full(dialog, "url", g_strdup(url), g_free);
        return dialog;
}

static gboolean cloud_list_is_away(const GError *error)
{
        static const char *const away[] = {
                "org.huddle.Error.CloudUnreachable", "org.huddle.Error.NoNetwork",
                "org.huddle.Error.NetworkLogin", "org.huddle.Error.CloudKeyChanged", NULL};
        g_autofree char *name = g_dbus_error_get_remote_error(error);

        return name && g_strv_contains(away, name);
}

typedef struct CloudRemoval {
        CloudList *list;
        char *url;
        gboolean force;
} CloudRemoval;

static void cloud_removal_free(CloudRemoval *r)
{
        g_free(r->url);
        g_free(r);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CloudRemoval, cloud_removal_free)

static void cloud_list_on_removed(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(CloudRemoval) r = userdata;

        (void)bus_manager1_call_remove_cloud_finish(BUS_MANAGER1(source), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error && !r->force && cloud_list_is_away(error))
                (void)cloud_list_ask(
                        r->list, r->url, _("Forget It Without Telling?"),
                        _("The server cannot be reached. Your account stays there until its "
                          "operator deletes it."),
                        _("Forget"), G_CALLBACK(cloud_list_on_forget));
        else if (error)
                huddle_page_report(r->list->page, error);
        cloud_list_refresh(r->list, r->list->page);
}

static void cloud_list_remove(CloudList *list, const char *url, gboolean force)
{
        BusManager1 *manager = cloud_list_manager(list);
        GVariantDict options;
        CloudRemoval *r;

        if (!manager)
                return;
        r = g_new0(CloudRemoval, 1);
        *r = (CloudRemoval){list, g_strdup(url), force};
        g_variant_dict_init(&options, NULL);
        g_variant_dict_insert(&options, "force", "b", force);
        bus_manager1_call_remove_cloud(manager, url, g_variant_dict_end(&options),
                                       huddle_page_get_cancellable(list->page),
                                       cloud_list_on_removed, r);
}

static void cloud_list_on_answer(HuddlePage *page, const char *response, GObject *dialog)
{
        if (g_str_equal(response, "do"))
                cloud_list_remove(g_object_get_data(dialog, "list"), cloud_list_url(dialog), FALSE);
}

static void cloud_list_on_remove(CloudList *list, GtkButton *button)
{
        g_autofree char *safe = stranger_text(cloud_list_url(button));
        g_autofree char *text = g_strdup_printf(
                _("Your account at %s is deleted, and what you keep there for people who were "
                  "absent. Cards that you have stay."),
                safe);

        (void)cloud_list_ask(list, cloud_list_url(button), _("Remove This Server?"), text,
                             _("Remove"), G_CALLBACK(cloud_list_on_answer));
}

static void cloud_list_on_account(CloudList *list, GtkButton *button)
{
        huddle_page_go(list->page, "welcome", cloud_list_url(button));
}

static void cloud_list_on_show(CloudList *list, GtkButton *button)
{
        huddle_page_go(list->page, "server", cloud_list_url(button));
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *cloud_list_state(const char *state)
{
        if (g_str_equal(state, "online"))
                return _("Connected");
        return g_str_equal(state, "relayed") ? _("Reached through a neighbour") : _("Not reached");
}

/* The words by which people recognise it, how it is reached, and as whom. New. */
static char *cloud_list_describe(GVariant *cloud)
{
        g_autofree char *words = stranger_text(cloud_list_text(cloud, "Words")),
                        *handle = stranger_text(cloud_list_text(cloud, "Handle"));
        const char *state = cloud_list_state(cloud_list_text(cloud, "State"));

        return g_strdup_printf("%s%s%s · %s", words, *words ? "\n" : "", state,
                               *handle ? handle : _("no account"));
}

/* Its name is that of the row, which activates it. */
static GtkWidget *cloud_list_make_check(CloudList *list, GVariant *cloud, GtkWidget *group)
{
        GtkWidget *check = gtk_check_button_new();

        gtk_widget_set_valign(check, GTK_ALIGN_CENTER);
        g_object_set_data_full(G_OBJECT(check), "url", g_strdup(cloud_list_text(cloud, "Url")),
                               g_free);
        gtk_check_button_set_group(GTK_CHECK_BUTTON(check), group ? GTK_CHECK_BUTTON(group) : NULL);
        gtk_check_button_set_active(GTK_CHECK_BUTTON(check), cloud_list_flag(cloud, "Default"));
        g_signal_connect_swapped(check, "toggled", G_CALLBACK(cloud_list_on_check), list);
        return check;
}

static void cloud_list_add_button(CloudList *list, GtkWidget *row, const char *icon,
                                  const char *name, GCallback act)
{
        GtkWidget *button = gtk_button_new_from_icon_name(icon);

        gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
        gtk_widget_set_tooltip_text(button, name);
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                       -1);
        g_object_set_data_full(G_OBJECT(button), "url", g_strdup(cloud_list_url(row)), g_free);
        gtk_widget_add_css_class(button, "flat");
        g_signal_connect_swapped(button, "clicked", act, list);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
}

static void cloud_list_add_buttons(CloudList *list, GtkWidget *row, GVariant *cloud)
{
        g_autofree char *safe = stranger_text(cloud_list_url(row)),
                        *account = g_strdup_printf(_("Open an account at %s"), safe),
                        *remove = g_strdup_printf(_("Remove %s"), safe),
                        *show = g_strdup_printf(_("Show %s"), safe);

        if (!cloud_list_flag(cloud, "Registered"))
                cloud_list_add_button(list, row, "contact-new-symbolic", account,
                                      G_CALLBACK(cloud_list_on_account));
        if (!cloud_list_flag(cloud, "Configured"))
                cloud_list_add_button(list, row, "user-trash-symbolic", remove,
                                      G_CALLBACK(cloud_list_on_remove));
        cloud_list_add_button(list, row, "go-next-symbolic", show, G_CALLBACK(cloud_list_on_show));
}

static GtkWidget *cloud_list_add(CloudList *list, GVariant *cloud, GtkWidget *group)
{
        const char *url = cloud_list_text(cloud, "Url");
        g_autofree char *title = stranger_text(url), *subtitle = cloud_list_describe(cloud);
        GtkWidget *row = adw_action_row_new(), *check = cloud_list_make_check(list, cloud, group);

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
        adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 2);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 4);
        adw_action_row_add_prefix(ADW_ACTION_ROW(row), check);
        adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), check);
        g_object_set_data_full(G_OBJECT(row), "url", g_strdup(url), g_free);
        cloud_list_add_buttons(list, row, cloud);
        adw_preferences_group_add(ADW_PREFERENCES_GROUP(list), row);
        g_ptr_array_add(list->rows, row);
        return check;
}

static void cloud_list_show(CloudList *list, GVariant *clouds)
{
        GtkWidget *group = NULL;
        gboolean fixed = FALSE;

        for (guint i = 0; i < list->rows->len; i++)
                adw_preferences_group_remove(ADW_PREFERENCES_GROUP(list), list->rows->pdata[i]);
        g_ptr_array_set_size(list->rows, 0);
        for (gsize i = 0; i < g_variant_n_children(clouds); i++) {
                g_autoptr(GVariant) cloud = g_variant_get_child_value(clouds, i);

                fixed = fixed || cloud_list_flag(cloud, "Fixed");
                group = cloud_list_add(list, cloud, group);
        }
        g_signal_emit(list, signals[SIGNAL_FIXED], 0, fixed);
}

static void cloud_list_on_clouds(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) clouds = NULL;
        CloudList *list = userdata;

        (void)bus_manager1_call_get_clouds_finish(BUS_MANAGER1(source), &clouds, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                huddle_page_report(list->page, error);
                return;
        }
        /* rows that stay keep the focus */
        if (list->shown && g_variant_equal(clouds, list->shown))
                return;
        g_clear_pointer(&list->shown, g_variant_unref);
        list->shown = g_steal_pointer(&clouds);
        cloud_list_show(list, list->shown);
}

void cloud_list_refresh(CloudList *list, HuddlePage *page)
{
        list->page = page;
        if (cloud_list_manager(list))
                bus_manager1_call_get_clouds(cloud_list_manager(list),
                                             huddle_page_get_cancellable(page),
                                             cloud_list_on_clouds, list);
}

/* ---- the object ------------------------------------------------------------------------------ */

static void cloud_list_finalize(GObject *object)
{
        CloudList *list = CLOUD_LIST(object);

        g_ptr_array_unref(list->rows);
        g_clear_pointer(&list->shown, g_variant_unref);
        G_OBJECT_CLASS(cloud_list_parent_class)->finalize(object);
}

static void cloud_list_class_init(CloudListClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = cloud_list_finalize;
        signals[SIGNAL_FIXED] = g_signal_new("fixed", CLOUD_TYPE_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                             NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void cloud_list_init(CloudList *list)
{
        list->rows = g_ptr_array_new();
}
