/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/card/card.h"
#include "page-card.h"
#include "card-form.h"
#include "card-source.h"
#include "opened.h"
#include "portraits.h"
#include "profile.h"

#include <glib/gi18n.h>
#include <string.h>

struct _HuddlePageCard {
        HuddlePage parent;
        GtkBox *parts;
        AdwAvatar *avatar; /* shown with a picture only */
        Portraits *portraits;
        CardForm *form;
        AdwPreferencesGroup *import, *profiles;
        GtkWidget *new_profile_group, *picture;
        GtkEditable *new_profile;
        GPtrArray *profile_rows; /* borrowed widgets */
        char *profiles_shown;    /* what they show, to leave them alone while it is the same */
        GtkRevealer *bottom;
        GtkButton *save;
        GtkFileChooserNative *chooser; /* NULL: not open */
        Card *card;                    /* NULL: there is none yet */
        gboolean loaded, changed, saving;
        gboolean leaving; /* goes back as soon as it is saved */
};

G_DEFINE_FINAL_TYPE(HuddlePageCard, huddle_page_card, HUDDLE_TYPE_PAGE)

static BusManager1 *page_card_manager(HuddlePageCard *page)
{
        return huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
}

static gboolean page_card_is_first(HuddlePageCard *page)
{
        return g_str_has_prefix(huddle_page_get_argument(HUDDLE_PAGE(page)), "first");
}

/* "first LINK": the link brought the user here, and is followed now. Else home. */
static void page_card_go_on(HuddlePageCard *page)
{
        const char *argument = huddle_page_get_argument(HUDDLE_PAGE(page));
        const char *blank = page_card_is_first(page) ? strchr(argument, ' ') : NULL;

        if (blank)
                huddle_page_replace(HUDDLE_PAGE(page), opened_route(blank + 1), blank + 1);
        else
                huddle_page_replace(HUDDLE_PAGE(page), "home", NULL);
}

/* Whether the page proposes a card from elsewhere, which nobody has agreed to yet. */
static gboolean page_card_is_proposal(HuddlePageCard *page)
{
        return !page_card_is_first(page) &&
               card_source_is(huddle_page_get_argument(HUDDLE_PAGE(page)));
}

static void page_card_show_save(HuddlePageCard *page)
{
        gboolean proposal = page_card_is_proposal(page),
                 wanted = page->changed || page_card_is_first(page) || proposal;

        gtk_button_set_label(page->save, proposal ? _("Use as My Card") : _("Save"));
        gtk_revealer_set_reveal_child(page->bottom, wanted);
        gtk_widget_set_sensitive(GTK_WIDGET(page->save),
                                 wanted && !page->saving && card_form_has_name(page->form));
}

static void page_card_set_changed(HuddlePageCard *page, gboolean changed)
{
        page->changed = changed;
        huddle_page_set_unsaved(HUDDLE_PAGE(page), changed);
        /* it goes into the card as it is saved */
        gtk_widget_set_sensitive(page->picture, !changed);
        page_card_show_save(page);
}

/* First what one has somewhere else; with a card, that stands at the end. */
static void page_card_place_import(HuddlePageCard *page)
{
        gtk_widget_set_visible(GTK_WIDGET(page->import), !page_card_is_proposal(page));
        gtk_box_reorder_child_after(page->parts, GTK_WIDGET(page->import),
                                    page->card ? page->new_profile_group : NULL);
        gtk_widget_set_visible(GTK_WIDGET(page->profiles),
                               page->card != NULL && !page_card_is_proposal(page));
        gtk_widget_set_visible(page->picture, gtk_widget_get_visible(GTK_WIDGET(page->profiles)));
        gtk_widget_set_visible(page->new_profile_group,
                               gtk_widget_get_visible(GTK_WIDGET(page->profiles)));
        adw_preferences_group_set_title(page->import, page->card ? _("Another Card")
                                                                 : _("You Have a Card Already?"));
}

/* ---- the card -------------------------------------------------------------------------------- */

/* The picture of the card, if it has one. */
static void page_card_show_picture(HuddlePageCard *page)
{
        gboolean has = page->card && card_value(page->card, "PHOTO", 0);
        g_autofree char *vcard = NULL;
        size_t len;

        portraits_drop_waiting(page->portraits);
        adw_avatar_set_custom_image(page->avatar, NULL);
        gtk_widget_set_visible(GTK_WIDGET(page->avatar), has);
        if (!has || card_write(&vcard, &len, page->card, CARD_V40) != 0)
                return;
        adw_avatar_set_text(page->avatar, card_name(page->card));
        portraits_show(page->portraits, page->avatar, vcard);
}

/* Shows this text of a card as the own one; NULL: there is none. */
static void page_card_show(HuddlePageCard *page, const char *vcard)
{
        page->card = card_free(page->card);
        if (vcard && card_parse(&page->card, vcard, strlen(vcard), NULL, NULL) != 0)
                page->card = NULL;
        card_form_show(page->form, page->card);
        page_card_show_picture(page);
        page_card_place_import(page);
        page_card_set_changed(page, FALSE);
}

static gboolean page_card_is_none(const GError *error)
{
        g_autofree char *name = error ? g_dbus_error_get_remote_error(error) : NULL;

        return g_strcmp0(name, "org.huddle.Error.NoCard") == 0;
}

static void page_card_on_card(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *vcard = NULL;
        HuddlePageCard *page = userdata;

        if (!bus_manager1_call_get_card_finish(BUS_MANAGER1(source), &vcard, result, &error) &&
            !page_card_is_none(error)) {
                if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                        huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        if (!page->changed) /* nobody has typed meanwhile */
                page_card_show(page, vcard);
}

static void page_card_on_source(HuddlePage *base, Card *card, const char *trouble)
{
        HuddlePageCard *page = HUDDLE_PAGE_CARD(base);

        if (!card) {
                huddle_page_toast(base, trouble);
                huddle_page_back(base);
                return;
        }
        page->card = card_free(page->card);
        page->card = card;
        card_form_show(page->form, card);
        page_card_show_picture(page);
        page_card_place_import(page);
        page_card_show_save(page);
}

static void page_card_load(HuddlePageCard *page)
{
        page->loaded = TRUE;
        if (page_card_is_proposal(page)) {
                card_source_read(HUDDLE_PAGE(page), huddle_page_get_argument(HUDDLE_PAGE(page)),
                                 page_card_on_source);
                return;
        }
        bus_manager1_call_get_card(page_card_manager(page),
                                   huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                   page_card_on_card, page);
}

static void page_card_on_saved(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_set_card_finish(BUS_MANAGER1(source), result, &error);
        HuddlePageCard *page = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page->saving = FALSE;
        page_card_set_changed(page, !done);
        if (!done) {
                page->leaving = FALSE;
                huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        if (page_card_is_first(page) || page_card_is_proposal(page)) {
                page_card_go_on(page);
                return;
        }
        huddle_page_toast(HUDDLE_PAGE(page), _("Your card is saved"));
        if (page->leaving)
                huddle_page_back(HUDDLE_PAGE(page));
        else
                page_card_load(page);
}

/* The rows in the card, as text; new. NULL: something is not accepted, and is told. */
static char *page_card_write(HuddlePageCard *page)
{
        const char *field = NULL;
        char *vcard = NULL;
        size_t len;
        int r = card_form_write(page->form, &page->card, &field);

        if (r == 0)
                r = card_write(&vcard, &len, page->card, CARD_V40);
        if (r != 0) {
                g_autofree char *text = g_strdup_printf(_("“%s” cannot be saved as it is"), field);

                huddle_page_toast(HUDDLE_PAGE(page), text);
                return NULL;
        }
        return vcard;
}

static void page_card_on_save(HuddlePageCard *page)
{
        g_autofree char *vcard = page_card_write(page);

        if (!vcard || !page_card_manager(page)) {
                page->leaving = FALSE;
                return;
        }
        huddle_page_clear_report(HUDDLE_PAGE(page));
        page->saving = TRUE;
        page_card_show_save(page);
        bus_manager1_call_set_card(page_card_manager(page), vcard,
                                   huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                   page_card_on_saved, page);
}

static void page_card_on_changed(HuddlePageCard *page)
{
        page_card_set_changed(page, TRUE);
}

/* ---- a card from elsewhere ------------------------------------------------------------------- */

static void page_card_on_from_book(HuddlePageCard *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "contacts", NULL);
}

/* The dialog goes away, and what was chosen is shown by a page of the name that it carries. */
static void page_card_on_chosen(HuddlePageCard *page, int response, GtkFileChooser *chooser)
{
        g_autoptr(GFile) file =
                response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file(chooser) : NULL;
        const char *route = g_object_get_data(G_OBJECT(chooser), "route");

        if (file) {
                g_autofree char *uri = g_file_get_uri(file);

                huddle_page_go(HUDDLE_PAGE(page), route, uri);
        }
        g_clear_object(&page->chooser);
}

/* filter: taken. route: of the page that shows what was chosen; a literal. */
static void page_card_choose(HuddlePageCard *page, const char *title, GtkFileFilter *filter,
                             const char *route)
{
        g_clear_object(&page->chooser);
        page->chooser = gtk_file_chooser_native_new(
                title, GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(page))),
                GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
        gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(page->chooser), filter);
        g_object_unref(filter);
        gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(page->chooser), TRUE);
        g_object_set_data(G_OBJECT(page->chooser), "route", (gpointer)route);
        g_signal_connect_swapped(page->chooser, "response", G_CALLBACK(page_card_on_chosen), page);
        gtk_native_dialog_show(GTK_NATIVE_DIALOG(page->chooser));
}

static void page_card_on_from_file(HuddlePageCard *page)
{
        GtkFileFilter *filter = gtk_file_filter_new();

        gtk_file_filter_add_mime_type(filter, "text/vcard");
        gtk_file_filter_add_suffix(filter, "vcf");
        gtk_file_filter_set_name(filter, _("vCards"));
        page_card_choose(page, _("Open a vCard File"), filter, "card");
}

/* Of the kinds that huddle-photo reads. */
static void page_card_on_picture(HuddlePageCard *page)
{
        GtkFileFilter *filter = gtk_file_filter_new();

        gtk_file_filter_add_mime_type(filter, "image/jpeg");
        gtk_file_filter_add_mime_type(filter, "image/png");
        gtk_file_filter_add_mime_type(filter, "image/gif");
        gtk_file_filter_set_name(filter, _("Pictures"));
        page_card_choose(page, _("Choose a Picture"), filter, "picture");
}

/* ---- profiles -------------------------------------------------------------------------------- */

static void page_card_on_chose_done(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;

        if (!bus_manager1_call_choose_share_finish(BUS_MANAGER1(source), result, &error) &&
            !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                huddle_page_report(HUDDLE_PAGE(userdata), error);
}

static void page_card_on_profile(HuddlePageCard *page, GtkCheckButton *check)
{
        const char *name = g_object_get_data(G_OBJECT(check), "profile");
        BusManager1 *manager = page_card_manager(page);

        if (gtk_check_button_get_active(check) && manager &&
            !g_str_equal(bus_manager1_get_share(manager), name))
                bus_manager1_call_choose_share(manager, name,
                                               huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                               page_card_on_chose_done, page);
}

static void page_card_on_edit_profile(HuddlePageCard *page, GtkButton *button)
{
        huddle_page_go(HUDDLE_PAGE(page), "profile",
                       g_object_get_data(G_OBJECT(button), "profile"));
}

static GtkWidget *page_card_make_check(HuddlePageCard *page, const char *name, GtkWidget *group)
{
        GtkWidget *check = gtk_check_button_new();

        gtk_widget_set_valign(check, GTK_ALIGN_CENTER);
        gtk_check_button_set_group(GTK_CHECK_BUTTON(check), group ? GTK_CHECK_BUTTON(group) : NULL);
        gtk_check_button_set_active(
                GTK_CHECK_BUTTON(check),
                g_str_equal(name, bus_manager1_get_share(page_card_manager(page))));
        g_object_set_data_full(G_OBJECT(check), "profile", g_strdup(name), g_free);
        g_signal_connect_swapped(check, "toggled", G_CALLBACK(page_card_on_profile), page);
        return check;
}

static GtkWidget *page_card_make_edit(HuddlePageCard *page, const char *name, const char *title)
{
        GtkWidget *button = gtk_button_new_from_icon_name("go-next-symbolic");
        g_autofree char *label = g_strdup_printf(_("What “%s” shares"), title);

        gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
        gtk_widget_add_css_class(button, "flat");
        gtk_widget_set_tooltip_text(button, label);
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                       -1);
        g_object_set_data_full(G_OBJECT(button), "profile", g_strdup(name), g_free);
        g_signal_connect_swapped(button, "clicked", G_CALLBACK(page_card_on_edit_profile), page);
        return button;
}

static void page_card_add_profile(HuddlePageCard *page, const char *name, const char *fields,
                                  GtkWidget **group)
{
        GtkWidget *row = adw_action_row_new(), *check = page_card_make_check(page, name, *group);
        g_autofree char *title = profile_title(name), *subtitle = profile_describe(fields);

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
        adw_action_row_add_prefix(ADW_ACTION_ROW(row), check);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), page_card_make_edit(page, name, title));
        adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), check);
        adw_preferences_group_add(page->profiles, row);
        g_ptr_array_add(page->profile_rows, row);
        *group = check;
}

/* A profile begins with the name alone; its page says what else it shares. */
static void page_card_on_defined(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *name = NULL;
        HuddlePageCard *page = userdata;

        (void)bus_manager1_call_define_share_finish(BUS_MANAGER1(source), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        name = profile_name(gtk_editable_get_text(page->new_profile));
        gtk_editable_set_text(page->new_profile, "");
        huddle_page_go(HUDDLE_PAGE(page), "profile", name);
}

static void page_card_on_new_profile(HuddlePageCard *page)
{
        g_autofree char *name = profile_name(gtk_editable_get_text(page->new_profile));
        BusManager1 *manager = page_card_manager(page);

        huddle_page_clear_report(HUDDLE_PAGE(page));
        if (!*name)
                huddle_page_toast(HUDDLE_PAGE(page),
                                  _("The name of a profile has letters from a to z, or digits"));
        else if (manager)
                bus_manager1_call_define_share(manager, name, "FN",
                                               huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                               page_card_on_defined, page);
}

static void page_card_show_profiles(HuddlePageCard *page, GVariant *shares)
{
        const char *name, *fields;
        GtkWidget *group = NULL;
        GVariantIter iter;

        for (guint i = 0; i < page->profile_rows->len; i++)
                adw_preferences_group_remove(page->profiles, page->profile_rows->pdata[i]);
        g_ptr_array_set_size(page->profile_rows, 0);
        g_variant_iter_init(&iter, shares);
        while (g_variant_iter_next(&iter, "{&s&s}", &name, &fields))
                page_card_add_profile(page, name, fields, &group);
}

static void page_card_on_shares(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) shares = NULL;
        g_autofree char *text = NULL, *now = NULL;
        HuddlePageCard *page = userdata;

        if (!bus_manager1_call_get_shares_finish(BUS_MANAGER1(source), &shares, result, &error)) {
                if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                        huddle_page_report(HUDDLE_PAGE(page), error);
                return;
        }
        text = g_variant_print(shares, FALSE);
        now = g_strconcat(bus_manager1_get_share(BUS_MANAGER1(source)), text, NULL);
        if (g_strcmp0(now, page->profiles_shown) == 0)
                return;
        page_card_show_profiles(page, shares);
        g_free(page->profiles_shown);
        page->profiles_shown = g_steal_pointer(&now);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_card_refresh(HuddlePage *base)
{
        HuddlePageCard *page = HUDDLE_PAGE_CARD(base);

        if (!page->loaded && !page->changed && !page->saving)
                page_card_load(page);
        bus_manager1_call_get_shares(page_card_manager(page), huddle_page_get_cancellable(base),
                                     page_card_on_shares, page);
}

/* Looks again when it comes back. */
static void huddle_page_card_unmap(GtkWidget *widget)
{
        HUDDLE_PAGE_CARD(widget)->loaded = page_card_is_proposal(HUDDLE_PAGE_CARD(widget));
        GTK_WIDGET_CLASS(huddle_page_card_parent_class)->unmap(widget);
}

static void page_card_on_leave_answer(HuddlePageCard *page, const char *response)
{
        if (g_str_equal(response, "do")) {
                page->leaving = TRUE;
                page_card_on_save(page);
        } else if (g_str_equal(response, "discard")) {
                page_card_set_changed(page, FALSE);
                huddle_page_back(HUDDLE_PAGE(page));
        }
}

static void huddle_page_card_leave(HuddlePage *base)
{
        AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(
                huddle_page_ask(base, _("Save Your Changes?"),
                                _("Others get your card as it was until it is saved."), _("Save"),
                                FALSE, G_CALLBACK(page_card_on_leave_answer)));

        adw_message_dialog_add_response(dialog, "discard", _("Discard"));
        adw_message_dialog_set_response_appearance(dialog, "discard", ADW_RESPONSE_DESTRUCTIVE);
}

static void huddle_page_card_finalize(GObject *object)
{
        HuddlePageCard *page = HUDDLE_PAGE_CARD(object);

        portraits_free(page->portraits);
        card_free(page->card);
        g_clear_object(&page->chooser);
        g_ptr_array_unref(page->profile_rows);
        g_free(page->profiles_shown);
        G_OBJECT_CLASS(huddle_page_card_parent_class)->finalize(object);
}

static void huddle_page_card_class_init(HuddlePageCardClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->finalize = huddle_page_card_finalize;
        widget_class->unmap = huddle_page_card_unmap;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_card_refresh;
        HUDDLE_PAGE_CLASS(klass)->leave = huddle_page_card_leave;
        g_type_ensure(CARD_TYPE_FORM);
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-card");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, parts);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, form);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, avatar);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, import);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, profiles);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, new_profile_group);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, new_profile);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, picture);
        gtk_widget_class_bind_template_callback(widget_class, page_card_on_picture);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, bottom);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageCard, save);
        gtk_widget_class_bind_template_callback(widget_class, page_card_on_changed);
        gtk_widget_class_bind_template_callback(widget_class, page_card_on_new_profile);
        gtk_widget_class_bind_template_callback(widget_class, page_card_on_save);
        gtk_widget_class_bind_template_callback(widget_class, page_card_on_from_book);
        gtk_widget_class_bind_template_callback(widget_class, page_card_on_from_file);
}

static void huddle_page_card_init(HuddlePageCard *page)
{
        page->portraits = portraits_new(HUDDLE_PAGE(page));
        page->profile_rows = g_ptr_array_new();
        gtk_widget_init_template(GTK_WIDGET(page));
}
