/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/protocol/huddle-link.h"
#include "page-join.h"
#include "begin.h"
#include "code-hint.h"
#include "found-list.h"
#include "link-question.h"
#include "opened.h"
#include "scan-button.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _HuddlePageJoin {
        HuddlePage parent;
        GtkEditable *entry;
        GtkLabel *hint;
        GtkFlowBox *chips;
        GtkWidget *join;
        FoundList *found;
        GtkSwitch *receive;
        gboolean joining; /* the call is under way */
};

G_DEFINE_FINAL_TYPE(HuddlePageJoin, huddle_page_join, HUDDLE_TYPE_PAGE)

/* ---- what is typed --------------------------------------------------------------------------- */

static void page_join_on_chip(HuddlePageJoin *page, GtkButton *chip)
{
        const char *typed = gtk_editable_get_text(page->entry);
        CodeHint hint = code_hint_read(typed);

        for (guint i = 0; i < hint.n_words; i++)
                if (g_str_equal(hint.words[i], gtk_button_get_label(chip))) {
                        g_autofree char *text = code_hint_complete(&hint, typed, i);

                        gtk_editable_set_text(page->entry, text);
                        break;
                }
        gtk_entry_grab_focus_without_selecting(GTK_ENTRY(page->entry));
        gtk_editable_set_position(page->entry, -1);
}

static void page_join_show_chips(HuddlePageJoin *page, const CodeHint *hint)
{
        GtkFlowBoxChild *old;

        while ((old = gtk_flow_box_get_child_at_index(page->chips, 0)))
                gtk_flow_box_remove(page->chips, GTK_WIDGET(old));
        gtk_flow_box_set_min_children_per_line(page->chips, MIN(hint->n_words, 2));
        gtk_flow_box_set_max_children_per_line(page->chips, CLAMP(hint->n_words, 1, 3));
        for (guint i = 0; i < hint->n_words; i++) {
                GtkWidget *chip = gtk_button_new_with_label(hint->words[i]);

                gtk_widget_add_css_class(chip, "chip");
                g_signal_connect_object(chip, "clicked", G_CALLBACK(page_join_on_chip), page,
                                        G_CONNECT_SWAPPED);
                gtk_flow_box_append(page->chips, chip);
                /* the button takes the focus, not the cell around it */
                gtk_widget_set_focusable(gtk_widget_get_parent(chip), FALSE);
        }
}

/* What a link leads to. New. */
static char *page_join_describe_link(const char *text)
{
        _cleanup_huddle_link_ HuddleLink link = {};
        int r = huddle_link_parse(&link, text);
        g_autofree char *url = NULL;

        if (r != 0)
                return g_strdup(_("This link is broken. Copy it once more."));
        url = stranger_text(link.url);
        if (link.kind == HUDDLE_LINK_JOIN)
                return g_strdup_printf(_("A link to the exchange %s at %s"), link.code.route, url);
        if (link.kind == HUDDLE_LINK_RECORD)
                return g_strdup(_("A link to the cards of an exchange"));
        return g_strdup_printf(_("A link to the server %s"), url);
}

static void page_join_show(HuddlePageJoin *page)
{
        const char *typed = gtk_editable_get_text(page->entry);
        CodeHint hint = code_hint_read(typed);
        g_autofree char *text = hint.state == CODE_HINT_LINK ? page_join_describe_link(typed)
                                                             : g_strdup(code_hint_text(hint.state));

        gtk_label_set_text(page->hint, text);
        page_join_show_chips(page, &hint);
        gtk_widget_set_sensitive(page->join, !page->joining && code_hint_can_send(hint.state));
}

static void page_join_on_changed(HuddlePageJoin *page)
{
        page_join_show(page);
        huddle_page_clear_report(HUDDLE_PAGE(page));
}

static void page_join_on_pasted(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text =
                gdk_clipboard_read_text_finish(GDK_CLIPBOARD(source), result, &error);
        HuddlePageJoin *page = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (text)
                gtk_editable_set_text(page->entry, g_strstrip(text));
        else
                huddle_page_toast(HUDDLE_PAGE(page), _("There is no text to paste"));
}

static void page_join_on_paste(HuddlePageJoin *page)
{
        gdk_clipboard_read_text_async(gtk_widget_get_clipboard(GTK_WIDGET(page)),
                                      huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                      page_join_on_pasted, page);
}

/* ---- joining --------------------------------------------------------------------------------- */

static void page_join_set_joining(HuddlePageJoin *page, gboolean joining)
{
        page->joining = joining;
        gtk_editable_set_editable(GTK_EDITABLE(page->entry), !joining);
        gtk_button_set_label(GTK_BUTTON(page->join), joining ? _("Joining…") : _("Join"));
        page_join_show(page);
}

/* A link may come before the account at its cloud, or before the card: then it waits for them. */
static gboolean page_join_go_first(HuddlePageJoin *page, const GError *error)
{
        g_autofree char *name = error ? g_dbus_error_get_remote_error(error) : NULL;
        const char *link = gtk_editable_get_text(page->entry);
        g_autofree char *card = g_strconcat("first ", link, NULL);

        if (!name || !huddle_link_is(link))
                return FALSE;
        if (g_str_equal(name, "org.huddle.Error.NotRegistered"))
                huddle_page_replace(HUDDLE_PAGE(page), "welcome", link);
        else if (g_str_equal(name, "org.huddle.Error.NoCard"))
                huddle_page_replace(HUDDLE_PAGE(page), "card", card);
        else
                return FALSE;
        return TRUE;
}

static void page_join_on_started(HuddlePage *base, const GError *error)
{
        HuddlePageJoin *page = HUDDLE_PAGE_JOIN(base);

        page_join_set_joining(page, FALSE);
        if (error && !page_join_go_first(page, error))
                huddle_page_report(base, error);
}

static void page_join_start(HuddlePageJoin *page, const char *code)
{
        GVariantBuilder options;

        g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
        if (gtk_switch_get_active(page->receive))
                g_variant_builder_add(&options, "{sv}", "receive", g_variant_new_boolean(TRUE));
        begin_exchange(HUDDLE_PAGE(page), code, g_variant_builder_end(&options),
                       page_join_on_started);
}

static void page_join_on_link(HuddlePage *base, const char *link, GVariant *parts)
{
        HuddlePageJoin *page = HUDDLE_PAGE_JOIN(base);

        if (parts && huddle_client_get_manager(huddle_page_get_client(base)))
                page_join_start(page, link);
        else
                page_join_set_joining(page, FALSE);
}

static void page_join_on_join(HuddlePageJoin *page)
{
        HuddleClient *client = huddle_page_get_client(HUDDLE_PAGE(page));
        g_autofree char *typed = g_strstrip(g_strdup(gtk_editable_get_text(page->entry)));
        gboolean link = huddle_link_is(typed);

        if (!huddle_client_get_manager(client) || page->joining ||
            !code_hint_can_send(code_hint_read(typed).state))
                return;
        if (link && !g_str_equal(opened_route(typed), "join")) {
                huddle_page_replace(HUDDLE_PAGE(page), opened_route(typed), typed);
                return;
        }
        page_join_set_joining(page, TRUE);
        if (link)
                link_question_ask(HUDDLE_PAGE(page), typed, page_join_on_link);
        else
                page_join_start(page, typed);
}

/* Invited before there is an account, one joins at the cloud that is here, if there is one. */
static void huddle_page_join_refresh(HuddlePage *base)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(base));

        if (!bus_manager1_get_registered(manager))
                found_list_search(HUDDLE_PAGE_JOIN(base)->found, base);
}

/* This page stays below, with what was typed. */
static void page_join_on_added(HuddlePageJoin *page, const char *url)
{
        huddle_page_go(HUDDLE_PAGE(page), "welcome", url);
}

static void huddle_page_join_take(HuddlePage *page, const char *text)
{
        gtk_editable_set_text(HUDDLE_PAGE_JOIN(page)->entry, text);
}

static void huddle_page_join_retry(HuddlePage *page)
{
        page_join_on_join(HUDDLE_PAGE_JOIN(page));
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_join_map(GtkWidget *widget)
{
        GTK_WIDGET_CLASS(huddle_page_join_parent_class)->map(widget);
        (void)gtk_entry_grab_focus_without_selecting(GTK_ENTRY(HUDDLE_PAGE_JOIN(widget)->entry));
        gtk_editable_set_position(HUDDLE_PAGE_JOIN(widget)->entry, -1);
}

static void huddle_page_join_constructed(GObject *object)
{
        HuddlePageJoin *page = HUDDLE_PAGE_JOIN(object);

        G_OBJECT_CLASS(huddle_page_join_parent_class)->constructed(object);
        gtk_editable_set_text(page->entry, huddle_page_get_argument(HUDDLE_PAGE(page)));
        page_join_on_changed(page);
}

static void huddle_page_join_class_init(HuddlePageJoinClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_join_constructed;
        widget_class->map = huddle_page_join_map;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_join_refresh;
        HUDDLE_PAGE_CLASS(klass)->take = huddle_page_join_take;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_join_retry;
        g_type_ensure(FOUND_TYPE_LIST);
        g_type_ensure(SCAN_TYPE_BUTTON);
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-join");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageJoin, entry);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageJoin, hint);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageJoin, chips);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageJoin, join);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageJoin, found);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageJoin, receive);
        gtk_widget_class_bind_template_callback(widget_class, page_join_on_changed);
        gtk_widget_class_bind_template_callback(widget_class, page_join_on_join);
        gtk_widget_class_bind_template_callback(widget_class, page_join_on_added);
        gtk_widget_class_bind_template_callback(widget_class, page_join_on_paste);
}

static void huddle_page_join_init(HuddlePageJoin *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
