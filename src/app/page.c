/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page.h"
#include "errors.h"
#include "reader.h"

#include <glib/gi18n.h>

typedef struct HuddlePagePrivate {
        HuddleClient *client;
        gulong client_changed;
        char *argument;
        GCancellable *cancellable;
        Remedy remedy; /* of the error that is shown */
        gboolean unsaved;

        AdwHeaderBar *header;
        AdwWindowTitle *title;
        GtkButton *back, *trouble_button;
        GtkRevealer *trouble;
        GtkLabel *trouble_label;
        AdwBin *content, *bottom;
} HuddlePagePrivate;

static void huddle_page_buildable_init(GtkBuildableIface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE(HuddlePage, huddle_page, ADW_TYPE_BIN,
                                 G_ADD_PRIVATE(HuddlePage)
                                         G_IMPLEMENT_INTERFACE(GTK_TYPE_BUILDABLE,
                                                               huddle_page_buildable_init))

enum {
        PROP_TITLE = 1,
        PROP_SUBTITLE,
        PROP_CLIENT,
        PROP_ARGUMENT,
        PROP_CAN_GO_BACK,
        PROP_UNSAVED,
        N_PROPS
};
static GParamSpec *properties[N_PROPS];

enum { SIGNAL_GO, SIGNAL_BACK, SIGNAL_HAND_BACK, SIGNAL_TOAST, N_SIGNALS };
static guint signals[N_SIGNALS];

static GtkBuildableIface *parent_buildable;

static HuddlePagePrivate *page_private(HuddlePage *page)
{
        return huddle_page_get_instance_private(page);
}

/* ---- what pages call ------------------------------------------------------------------------- */

HuddleClient *huddle_page_get_client(HuddlePage *page)
{
        return page_private(page)->client;
}

const char *huddle_page_get_argument(HuddlePage *page)
{
        return page_private(page)->argument;
}

GCancellable *huddle_page_get_cancellable(HuddlePage *page)
{
        return page_private(page)->cancellable;
}

void huddle_page_go(HuddlePage *page, const char *route, const char *argument)
{
        g_signal_emit(page, signals[SIGNAL_GO], 0, route, argument ? argument : "", FALSE);
}

void huddle_page_replace(HuddlePage *page, const char *route, const char *argument)
{
        g_signal_emit(page, signals[SIGNAL_GO], 0, route, argument ? argument : "", TRUE);
}

void huddle_page_back(HuddlePage *page)
{
        g_signal_emit(page, signals[SIGNAL_BACK], 0);
}

void huddle_page_hand_back(HuddlePage *page, const char *text)
{
        g_signal_emit(page, signals[SIGNAL_HAND_BACK], 0, text);
}

void huddle_page_set_unsaved(HuddlePage *page, gboolean unsaved)
{
        if (page_private(page)->unsaved == unsaved)
                return;
        page_private(page)->unsaved = unsaved;
        g_object_notify_by_pspec(G_OBJECT(page), properties[PROP_UNSAVED]);
}

void huddle_page_toast(HuddlePage *page, const char *text)
{
        g_signal_emit(page, signals[SIGNAL_TOAST], 0, text);
}

GObject *huddle_page_ask(HuddlePage *page, const char *title, const char *text, const char *label,
                         gboolean destructive, GCallback on_answer)
{
        GtkWindow *window = GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(page)));
        AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(adw_message_dialog_new(window, title, text));

        adw_message_dialog_add_responses(dialog, "cancel", _("Cancel"), "do", label, NULL);
        adw_message_dialog_set_response_appearance(
                dialog, "do", destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
        adw_message_dialog_set_default_response(dialog, "cancel");
        adw_message_dialog_set_close_response(dialog, "cancel");
        g_signal_connect_object(dialog, "response", on_answer, page, G_CONNECT_SWAPPED);
        gtk_window_present(GTK_WINDOW(dialog));
        return G_OBJECT(dialog);
}

static void page_show_trouble(HuddlePage *page, ErrorWords words, const char *text)
{
        HuddlePagePrivate *p = page_private(page);
        const char *label = remedy_label(words.remedy);

        if (words.remedy == REMEDY_RETRY && !HUDDLE_PAGE_GET_CLASS(page)->retry)
                label = NULL;
        p->remedy = words.remedy;
        gtk_label_set_text(p->trouble_label, text);
        gtk_widget_set_visible(GTK_WIDGET(p->trouble_button), label != NULL);
        if (label)
                gtk_button_set_label(p->trouble_button, label);
        gtk_revealer_set_reveal_child(p->trouble, TRUE);
}

static void page_report(HuddlePage *page, const GError *error, gboolean of_agent)
{
        g_autofree char *text = NULL;
        ErrorWords words = errors_explain(error, of_agent, &text);

        page_show_trouble(page, words, text);
}

void huddle_page_report(HuddlePage *page, const GError *error)
{
        page_report(page, error, FALSE);
}

void huddle_page_report_agent(HuddlePage *page, const GError *error)
{
        page_report(page, error, TRUE);
}

void huddle_page_report_name(HuddlePage *page, const char *name)
{
        ErrorWords words = errors_find(name, FALSE);

        page_show_trouble(page, words, words.words);
}

void huddle_page_clear_report(HuddlePage *page)
{
        gtk_revealer_set_reveal_child(page_private(page)->trouble, FALSE);
}

void huddle_page_class_use_template(HuddlePageClass *klass, const char *name)
{
        g_autofree char *path = g_strdup_printf("/org/huddle/App/%s.ui", name);

        gtk_widget_class_set_template_from_resource(GTK_WIDGET_CLASS(klass), path);
}

/* ---- the frame ------------------------------------------------------------------------------- */

static void page_on_back(HuddlePage *page)
{
        huddle_page_back(page);
}

static void page_on_remedy(HuddlePage *page)
{
        Remedy remedy = page_private(page)->remedy;

        huddle_page_clear_report(page);
        if (remedy == REMEDY_RETRY)
                HUDDLE_PAGE_GET_CLASS(page)->retry(page);
        else if (remedy_route(remedy))
                huddle_page_go(page, remedy_route(remedy), NULL);
}

static void page_refresh(HuddlePage *page)
{
        HuddlePageClass *klass = HUDDLE_PAGE_GET_CLASS(page);

        if (klass->refresh && gtk_widget_get_mapped(GTK_WIDGET(page)) &&
            huddle_client_get_state(page_private(page)->client) == CLIENT_READY)
                klass->refresh(page);
}

/* Pages that are not in front miss changes, so they look again when they come back. */
static void huddle_page_map(GtkWidget *widget)
{
        GTK_WIDGET_CLASS(huddle_page_parent_class)->map(widget);
        page_refresh(HUDDLE_PAGE(widget));
}

static void huddle_page_add_child(GtkBuildable *buildable, GtkBuilder *builder, GObject *child,
                                  const char *type)
{
        HuddlePagePrivate *p = page_private(HUDDLE_PAGE(buildable));

        if (!p->content) /* the frame itself is being built */
                parent_buildable->add_child(buildable, builder, child, type);
        else if (!type)
                adw_bin_set_child(p->content, GTK_WIDGET(child));
        else if (g_str_equal(type, "bottom"))
                adw_bin_set_child(p->bottom, GTK_WIDGET(child));
        else if (g_str_equal(type, "start"))
                adw_header_bar_pack_start(p->header, GTK_WIDGET(child));
        else if (g_str_equal(type, "end"))
                adw_header_bar_pack_end(p->header, GTK_WIDGET(child));
        else
                g_critical("a page has no place \"%s\"", type);
}

static void huddle_page_buildable_init(GtkBuildableIface *iface)
{
        parent_buildable = g_type_interface_peek_parent(iface);
        iface->add_child = huddle_page_add_child;
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_set_property(GObject *object, guint id, const GValue *value,
                                     GParamSpec *spec)
{
        HuddlePagePrivate *p = page_private(HUDDLE_PAGE(object));

        switch (id) {
        case PROP_TITLE:
                adw_window_title_set_title(p->title, g_value_get_string(value));
                break;
        case PROP_SUBTITLE:
                adw_window_title_set_subtitle(p->title, g_value_get_string(value));
                break;
        case PROP_CLIENT:
                p->client = g_value_dup_object(value);
                break;
        case PROP_ARGUMENT:
                p->argument = g_value_dup_string(value);
                break;
        case PROP_CAN_GO_BACK:
                gtk_widget_set_visible(GTK_WIDGET(p->back), g_value_get_boolean(value));
                break;
        default:
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
}

static void huddle_page_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
        HuddlePagePrivate *p = page_private(HUDDLE_PAGE(object));

        switch (id) {
        case PROP_TITLE:
                g_value_set_string(value, adw_window_title_get_title(p->title));
                break;
        case PROP_SUBTITLE:
                g_value_set_string(value, adw_window_title_get_subtitle(p->title));
                break;
        case PROP_ARGUMENT:
                g_value_set_string(value, p->argument);
                break;
        case PROP_UNSAVED:
                g_value_set_boolean(value, p->unsaved);
                break;
        default:
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
}

static void huddle_page_constructed(GObject *object)
{
        HuddlePagePrivate *p = page_private(HUDDLE_PAGE(object));

        G_OBJECT_CLASS(huddle_page_parent_class)->constructed(object);
        reader_follow_map(GTK_WIDGET(object));
        if (p->client)
                p->client_changed = g_signal_connect_object(
                        p->client, "changed", G_CALLBACK(page_refresh), object, G_CONNECT_SWAPPED);
}

static void huddle_page_dispose(GObject *object)
{
        HuddlePagePrivate *p = page_private(HUDDLE_PAGE(object));

        g_cancellable_cancel(p->cancellable);
        if (p->client)
                g_clear_signal_handler(&p->client_changed, p->client);
        g_clear_object(&p->client);
        G_OBJECT_CLASS(huddle_page_parent_class)->dispose(object);
}

static void huddle_page_finalize(GObject *object)
{
        HuddlePagePrivate *p = page_private(HUDDLE_PAGE(object));

        g_object_unref(p->cancellable);
        g_free(p->argument);
        G_OBJECT_CLASS(huddle_page_parent_class)->finalize(object);
}

static void page_class_add_properties(GObjectClass *object_class)
{
        GParamFlags flags = G_PARAM_STATIC_STRINGS;

        properties[PROP_TITLE] =
                g_param_spec_string("title", NULL, NULL, NULL, flags | G_PARAM_READWRITE);
        properties[PROP_SUBTITLE] =
                g_param_spec_string("subtitle", NULL, NULL, NULL, flags | G_PARAM_READWRITE);
        properties[PROP_CLIENT] =
                g_param_spec_object("client", NULL, NULL, HUDDLE_TYPE_CLIENT,
                                    flags | G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY);
        properties[PROP_ARGUMENT] = g_param_spec_string(
                "argument", NULL, NULL, "", flags | G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY);
        properties[PROP_CAN_GO_BACK] = g_param_spec_boolean(
                "can-go-back", NULL, NULL, TRUE, flags | G_PARAM_WRITABLE | G_PARAM_CONSTRUCT);
        properties[PROP_UNSAVED] =
                g_param_spec_boolean("unsaved", NULL, NULL, FALSE, flags | G_PARAM_READABLE);
        g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void page_class_add_template(GtkWidgetClass *klass)
{
        gtk_widget_class_set_template_from_resource(klass, "/org/huddle/App/page.ui");
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, header);
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, title);
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, back);
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, trouble);
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, trouble_label);
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, trouble_button);
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, content);
        gtk_widget_class_bind_template_child_private(klass, HuddlePage, bottom);
        gtk_widget_class_bind_template_callback(klass, page_on_back);
        gtk_widget_class_bind_template_callback(klass, page_on_remedy);
        gtk_widget_class_bind_template_callback(klass, huddle_page_clear_report);
}

static void huddle_page_class_init(HuddlePageClass *klass)
{
        GObjectClass *object_class = G_OBJECT_CLASS(klass);

        object_class->set_property = huddle_page_set_property;
        object_class->get_property = huddle_page_get_property;
        object_class->constructed = huddle_page_constructed;
        object_class->dispose = huddle_page_dispose;
        object_class->finalize = huddle_page_finalize;
        GTK_WIDGET_CLASS(klass)->map = huddle_page_map;
        page_class_add_properties(object_class);
        page_class_add_template(GTK_WIDGET_CLASS(klass));
        signals[SIGNAL_GO] =
                g_signal_new("go", HUDDLE_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                             G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN);
        signals[SIGNAL_BACK] = g_signal_new("back", HUDDLE_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                            NULL, NULL, G_TYPE_NONE, 0);
        signals[SIGNAL_HAND_BACK] =
                g_signal_new("hand-back", HUDDLE_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                             G_TYPE_NONE, 1, G_TYPE_STRING);
        signals[SIGNAL_TOAST] = g_signal_new("toast", HUDDLE_TYPE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                             NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void huddle_page_init(HuddlePage *page)
{
        page_private(page)->cancellable = g_cancellable_new();
        gtk_widget_init_template(GTK_WIDGET(page));
}
