/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-welcome.h"
#include "found-list.h"
#include "link-question.h"
#include "link-row.h"
#include "opened.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

struct _HuddlePageWelcome {
        HuddlePage parent;
        GtkStack *steps;
        AdwActionRow *cloud;
        GtkEditable *handle, *code;
        GtkLabel *consent;
        GtkWidget *other_cloud, *host;
        FoundList *found;
        AdwPreferencesGroup *confirm_group;
        GtkButton *next;
        char *link; /* that brought the user here, to follow it later; NULL: none */
        /* The cloud of the account, as of GetClouds. url NULL: the default; "": there is none */
        char *url, *account;
        gboolean registered;
        guint consent_version; /* of the text that is shown */
        gboolean asked;        /* about the link of the argument */
        gboolean busy;         /* a call is under way */
        gboolean sent;         /* to the cloud: what has become of the account is asked for now */
};

G_DEFINE_FINAL_TYPE(HuddlePageWelcome, huddle_page_welcome, HUDDLE_TYPE_PAGE)

static BusManager1 *page_welcome_manager(HuddlePageWelcome *page)
{
        return huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
}

static gboolean page_welcome_is_at(HuddlePageWelcome *page, const char *step)
{
        return g_str_equal(gtk_stack_get_visible_child_name(page->steps), step);
}

/* What is typed, without blanks around. New. */
static char *page_welcome_typed(GtkEditable *entry)
{
        return g_strstrip(g_strdup(gtk_editable_get_text(entry)));
}

/* ---- what is shown --------------------------------------------------------------------------- */

static const char *page_welcome_next_label(HuddlePageWelcome *page)
{
        if (page->busy)
                return _("One Moment…");
        if (page_welcome_is_at(page, "account"))
                return _("Agree and Continue");
        return page_welcome_is_at(page, "confirm") ? _("Confirm") : _("Get Started");
}

static void page_welcome_show_next(HuddlePageWelcome *page)
{
        g_autofree char *typed = NULL;
        BusManager1 *manager = page_welcome_manager(page);
        gboolean ready = !page->busy && manager;

        if (page_welcome_is_at(page, "account"))
                typed = page_welcome_typed(page->handle);
        else if (page_welcome_is_at(page, "confirm"))
                typed = page_welcome_typed(page->code);
        else
                ready = ready && page->url && *page->url;
        gtk_button_set_label(page->next, page_welcome_next_label(page));
        gtk_widget_set_sensitive(GTK_WIDGET(page->next), ready && (!typed || *typed));
}

/* words: by which people recognise it. */
static void page_welcome_show_cloud(HuddlePageWelcome *page, const char *words)
{
        g_autofree char *url = stranger_text(page->url), *safe = stranger_text(words);
        g_autofree char *both = g_strdup_printf("%s%s%s", url, *safe ? "\n" : "", safe);

        adw_action_row_set_subtitle(
                page->cloud,
                *url ? both : _("None yet. Ask the person that runs your server for its link."));
}

static void page_welcome_step(HuddlePageWelcome *page, const char *step)
{
        gtk_stack_set_visible_child_name(page->steps, step);
        if (g_str_equal(step, "account"))
                gtk_widget_grab_focus(GTK_WIDGET(page->handle));
        else if (g_str_equal(step, "confirm"))
                gtk_widget_grab_focus(GTK_WIDGET(page->code));
        page_welcome_show_next(page);
}

static void page_welcome_set_busy(HuddlePageWelcome *page, gboolean busy)
{
        page->busy = busy;
        if (busy)
                huddle_page_clear_report(HUDDLE_PAGE(page));
        page_welcome_show_next(page);
}

static void page_welcome_ask_code(HuddlePageWelcome *page)
{
        g_autofree char *handle = stranger_text(page->account);
        g_autofree char *text = g_strdup_printf(
                _("The server has sent a code to %s. It comes within some minutes."), handle);
        g_autofree char *escaped = g_markup_escape_text(text, -1);

        adw_preferences_group_set_description(page->confirm_group, escaped);
        page_welcome_step(page, "confirm");
}

/* ---- the steps ------------------------------------------------------------------------------- */

/* Ends a call: FALSE when the page is gone, or after showing the error. */
static gboolean page_welcome_take(HuddlePageWelcome *page, gboolean done, GError *error)
{
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return FALSE;
        page_welcome_set_busy(page, FALSE);
        if (!done)
                huddle_page_report(HUDDLE_PAGE(page), error);
        return done;
}

static gboolean page_welcome_is_error(const GError *error, const char *name)
{
        g_autofree char *is = error ? g_dbus_error_get_remote_error(error) : NULL;

        return g_strcmp0(is, name) == 0;
}

/* The account is there: on to the card if there is none yet, else to what the link leads to. */
static void page_welcome_on_card(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *vcard = NULL, *first = NULL;
        HuddlePageWelcome *page = userdata;
        const char *route = page->link ? opened_route(page->link) : NULL;
        gboolean leads_on = route && !g_str_equal(route, "welcome");

        (void)bus_manager1_call_get_card_finish(BUS_MANAGER1(source), &vcard, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page_welcome_set_busy(page, FALSE);
        first = leads_on ? g_strconcat("first ", page->link, NULL) : g_strdup("first");
        if (page_welcome_is_error(error, "org.huddle.Error.NoCard"))
                huddle_page_replace(HUDDLE_PAGE(page), "card", first);
        else if (error)
                huddle_page_report(HUDDLE_PAGE(page), error);
        else
                huddle_page_replace(HUDDLE_PAGE(page), leads_on ? route : "home",
                                    leads_on ? page->link : NULL);
}

static void page_welcome_leave(HuddlePageWelcome *page)
{
        page_welcome_set_busy(page, TRUE);
        bus_manager1_call_get_card(page_welcome_manager(page),
                                   huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                   page_welcome_on_card, page);
}

/* ---- the cloud and the account there --------------------------------------------------------- */

static const char *page_welcome_text(GVariant *cloud, const char *key)
{
        const char *text = "";

        (void)g_variant_lookup(cloud, key, "&s", &text);
        return text;
}

static gboolean page_welcome_flag(GVariant *cloud, const char *key)
{
        gboolean flag = FALSE;

        (void)g_variant_lookup(cloud, key, "b", &flag);
        return flag;
}

/* The one at page->url, or the default. New; NULL: there is none. */
static GVariant *page_welcome_find(HuddlePageWelcome *page, GVariant *clouds)
{
        for (gsize i = 0; i < g_variant_n_children(clouds); i++) {
                GVariant *cloud = g_variant_get_child_value(clouds, i);

                if (page->url && *page->url
                            ? g_str_equal(page_welcome_text(cloud, "Url"), page->url)
                            : page_welcome_flag(cloud, "Default"))
                        return cloud;
                g_variant_unref(cloud);
        }
        return NULL;
}

/* cloud NULL: the user has none. */
static void page_welcome_take_cloud(HuddlePageWelcome *page, GVariant *cloud)
{
        g_free(page->url);
        g_free(page->account);
        page->url = g_strdup(cloud ? page_welcome_text(cloud, "Url") : "");
        page->account = g_strdup(cloud ? page_welcome_text(cloud, "Handle") : "");
        page->registered = cloud && page_welcome_flag(cloud, "Registered");
        gtk_widget_set_visible(page->other_cloud, !cloud || !page_welcome_flag(cloud, "Fixed"));
        gtk_widget_set_visible(page->host, gtk_widget_get_visible(page->other_cloud));
        if (gtk_widget_get_visible(page->other_cloud))
                found_list_search(page->found, HUDDLE_PAGE(page));
        page_welcome_show_cloud(page, cloud ? page_welcome_text(cloud, "Words") : "");
}

static void page_welcome_on_clouds(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) clouds = NULL, cloud = NULL;
        HuddlePageWelcome *page = userdata;
        gboolean sent = page->sent;

        (void)bus_manager1_call_get_clouds_finish(BUS_MANAGER1(source), &clouds, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        cloud = page_welcome_find(page, clouds);
        page_welcome_take_cloud(page, cloud);
        page->sent = FALSE;
        if (sent && page->registered)
                page_welcome_leave(page);
        else if (!page->busy && *page->account && !page->registered &&
                 (sent || page_welcome_is_at(page, "hello")))
                page_welcome_ask_code(page); /* or it was closed while the code was on its way */
        page_welcome_show_next(page);
}

static void page_welcome_look(HuddlePageWelcome *page)
{
        bus_manager1_call_get_clouds(page_welcome_manager(page),
                                     huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                     page_welcome_on_clouds, page);
}

static void page_welcome_on_link_read(HuddlePage *base, const char *link, GVariant *parts)
{
        HuddlePageWelcome *page = HUDDLE_PAGE_WELCOME(base);

        if (!parts)
                return;
        g_free(page->url);
        g_free(page->link);
        page->url = g_strdup(link_question_url(parts));
        page->link = g_strdup(link);
        page_welcome_look(page);
}

static void page_welcome_on_added(HuddlePageWelcome *page, const char *url)
{
        g_free(page->url);
        page->url = g_strdup(url);
        page_welcome_look(page);
}

static void page_welcome_on_host(HuddlePageWelcome *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "host", NULL);
}

static void page_welcome_on_link(HuddlePageWelcome *page, const char *link)
{
        link_question_ask(HUDDLE_PAGE(page), link, page_welcome_on_link_read);
}

/* ---- the steps ------------------------------------------------------------------------------- */

static void page_welcome_on_consent(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL, *valid = NULL;
        guint version;
        gboolean done = bus_manager1_call_get_consent_finish(BUS_MANAGER1(source), &version, &text,
                                                             NULL, result, &error);
        HuddlePageWelcome *page = userdata;

        if (!page_welcome_take(page, done, error))
                return;
        valid = g_utf8_make_valid(text, -1);
        page->consent_version = version;
        gtk_label_set_text(page->consent, g_strstrip(valid));
        page_welcome_step(page, "account");
}

static void page_welcome_get_consent(HuddlePageWelcome *page)
{
        page_welcome_set_busy(page, TRUE);
        bus_manager1_call_get_consent(page_welcome_manager(page), page->url,
                                      huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                      page_welcome_on_consent, page);
}

static void page_welcome_on_sent(HuddlePageWelcome *page)
{
        page->sent = TRUE;
        page_welcome_look(page);
}

static void page_welcome_on_registered(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_register_finish(BUS_MANAGER1(source), result, &error);
        HuddlePageWelcome *page = userdata;

        if (page_welcome_is_error(error, "org.huddle.Error.ConsentRequired")) {
                page_welcome_set_busy(page, FALSE);
                page_welcome_get_consent(page); /* its text has changed meanwhile: read it again */
                return;
        }
        if (page_welcome_take(page, done, error))
                page_welcome_on_sent(page);
}

static void page_welcome_register(HuddlePageWelcome *page)
{
        g_autofree char *handle = page_welcome_typed(page->handle);
        GVariantDict options;

        g_variant_dict_init(&options, NULL);
        g_variant_dict_insert(&options, "consent", "b", TRUE);
        g_variant_dict_insert(&options, "version", "u", page->consent_version);
        g_variant_dict_insert(&options, "cloud", "s", page->url);
        page_welcome_set_busy(page, TRUE);
        bus_manager1_call_register(page_welcome_manager(page), handle, g_variant_dict_end(&options),
                                   huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                   page_welcome_on_registered, page);
}

static void page_welcome_on_confirmed(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_confirm_finish(BUS_MANAGER1(source), result, &error);

        if (page_welcome_take(userdata, done, error))
                page_welcome_on_sent(userdata);
}

static void page_welcome_confirm(HuddlePageWelcome *page)
{
        g_autofree char *code = page_welcome_typed(page->code);

        page_welcome_set_busy(page, TRUE);
        bus_manager1_call_confirm(page_welcome_manager(page), code, page->url,
                                  huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                  page_welcome_on_confirmed, page);
}

static void page_welcome_on_next(HuddlePageWelcome *page)
{
        if (!gtk_widget_get_sensitive(GTK_WIDGET(page->next)))
                return;
        if (page_welcome_is_at(page, "account"))
                page_welcome_register(page);
        else if (page_welcome_is_at(page, "confirm"))
                page_welcome_confirm(page);
        else if (page->registered)
                page_welcome_leave(page);
        else
                page_welcome_get_consent(page);
}

static void page_welcome_on_typed(HuddlePageWelcome *page)
{
        page_welcome_show_next(page);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_welcome_refresh(HuddlePage *base)
{
        HuddlePageWelcome *page = HUDDLE_PAGE_WELCOME(base);
        const char *argument = huddle_page_get_argument(base);

        page_welcome_look(page);
        if (!page->asked && opened_route(argument))
                page_welcome_on_link(page, argument);
        page->asked = TRUE;
}

static void huddle_page_welcome_take(HuddlePage *page, const char *text)
{
        page_welcome_on_link(HUDDLE_PAGE_WELCOME(page), text);
}

static void huddle_page_welcome_retry(HuddlePage *base)
{
        page_welcome_on_next(HUDDLE_PAGE_WELCOME(base));
}

/* The argument: "" for the default cloud, the address of one of the user's, or a link. */
static void huddle_page_welcome_constructed(GObject *object)
{
        const char *argument = huddle_page_get_argument(HUDDLE_PAGE(object));

        G_OBJECT_CLASS(huddle_page_welcome_parent_class)->constructed(object);
        if (*argument && !opened_route(argument))
                HUDDLE_PAGE_WELCOME(object)->url = g_strdup(argument);
}

static void huddle_page_welcome_finalize(GObject *object)
{
        HuddlePageWelcome *page = HUDDLE_PAGE_WELCOME(object);

        g_free(page->link);
        g_free(page->url);
        g_free(page->account);
        G_OBJECT_CLASS(huddle_page_welcome_parent_class)->finalize(object);
}

static void huddle_page_welcome_class_init(HuddlePageWelcomeClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
        HuddlePageClass *page_class = HUDDLE_PAGE_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_welcome_constructed;
        G_OBJECT_CLASS(klass)->finalize = huddle_page_welcome_finalize;
        page_class->refresh = huddle_page_welcome_refresh;
        page_class->take = huddle_page_welcome_take;
        page_class->retry = huddle_page_welcome_retry;
        g_type_ensure(FOUND_TYPE_LIST);
        g_type_ensure(LINK_TYPE_ROW);
        huddle_page_class_use_template(page_class, "page-welcome");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, steps);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, cloud);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, handle);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, code);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, consent);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, other_cloud);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, host);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, found);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, confirm_group);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, next);
        gtk_widget_class_bind_template_callback(widget_class, page_welcome_on_next);
        gtk_widget_class_bind_template_callback(widget_class, page_welcome_on_typed);
        gtk_widget_class_bind_template_callback(widget_class, page_welcome_on_link);
        gtk_widget_class_bind_template_callback(widget_class, page_welcome_on_host);
        gtk_widget_class_bind_template_callback(widget_class, page_welcome_on_added);
}

static void huddle_page_welcome_init(HuddlePageWelcome *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
