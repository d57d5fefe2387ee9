/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/card/card.h"
#include "page-result.h"
#include "book-cards.h"
#include "card-words.h"
#include "exchange-cards.h"
#include "exchange-words.h"
#include "page-person.h"
#include "people.h"
#include "portraits.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

struct _HuddlePageResult {
        HuddlePage parent;
        ExchangeCards *loaded;
        Portraits *portraits;

        GtkStack *stack;
        GtkSpinner *spinner; /* turns until the first answer */
        GtkLabel *level, *phrase;
        GtkWidget *phrase_box, *undo, *redo;
        GtkListBox *cards;
};

G_DEFINE_FINAL_TYPE(HuddlePageResult, huddle_page_result, HUDDLE_TYPE_PAGE)

/* ---- what is shown --------------------------------------------------------------------------- */

/* A line for each address book that did something else with it. */
static void page_result_add_book(GVariant *card, gpointer userdata)
{
        g_autofree char *text = card_words_line(card);
        GString *line = userdata;

        if (!strstr(line->str, text))
                g_string_append_printf(line, "%s%s", line->len ? "\n" : "", text);
}

static void page_result_on_person(HuddlePageResult *page, AdwActionRow *row)
{
        g_autofree char *argument =
                page_person_argument(huddle_page_get_argument(HUDDLE_PAGE(page)),
                                     g_object_get_data(G_OBJECT(row), "card"));

        huddle_page_go(HUDDLE_PAGE(page), "person", argument);
}

/* Takes the id. */
static void page_result_lead_on(HuddlePageResult *page, AdwActionRow *row, char *id)
{
        g_object_set_data_full(G_OBJECT(row), "card", id, g_free);
        gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
        adw_action_row_add_suffix(row, gtk_image_new_from_icon_name("go-next-symbolic"));
        g_signal_connect_object(row, "activated", G_CALLBACK(page_result_on_person), page,
                                G_CONNECT_SWAPPED);
}

static void page_result_add_card(HuddlePageResult *page, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        g_autoptr(GString) line = g_string_new(NULL);
        g_autofree char *id = book_cards_id(vcard);
        const char *reach;
        AdwActionRow *row;

        if (card_parse(&card, vcard, strlen(vcard), NULL, NULL) != 0) {
                (void)people_add(page->cards, "", _("This card cannot be read"));
                return;
        }
        reach = card_value(card, "TEL", 0);
        if (!reach)
                reach = card_value(card, "EMAIL", 0);
        if (reach) {
                g_autofree char *safe = stranger_text(reach);

                g_string_append(line, safe);
        }
        exchange_cards_each_book(page->loaded, id, page_result_add_book, line);
        row = people_add(page->cards, card_name(card), line->str);
        portraits_show(page->portraits, people_avatar(row), vcard);
        page_result_lead_on(page, row, g_steal_pointer(&id));
}

/* Undo where a card is in a book, redo where one was taken out. */
static void page_result_offer(GVariant *card, gpointer userdata)
{
        HuddlePageResult *page = userdata;

        if (book_cards_is_in(card))
                gtk_widget_set_visible(page->undo, TRUE);
        if (book_cards_is_out(card))
                gtk_widget_set_visible(page->redo, TRUE);
}

static void page_result_on_loaded(HuddlePage *base)
{
        HuddlePageResult *page = HUDDLE_PAGE_RESULT(base);
        BusExchange1 *exchange = exchange_cards_get_exchange(page->loaded);
        const char *const *vcards = exchange_cards_get_vcards(page->loaded);
        guint n = g_strv_length((char **)vcards);
        g_autofree char *title = g_strdup_printf(g_dngettext(NULL, "%u Card", "%u Cards", n), n);
        const char *level = bus_exchange1_get_level(exchange);
        const char *phrase = bus_exchange1_get_phrase(exchange);

        g_object_set(page, "title", title, NULL);
        gtk_label_set_text(page->level, exchange_level_text(level));
        people_show_phrase(page->phrase, phrase ? phrase : "");
        gtk_widget_set_visible(page->phrase_box,
                               phrase && *phrase && g_strcmp0(level, "compared") != 0);
        portraits_drop_waiting(page->portraits);
        people_clear(page->cards);
        for (guint i = 0; i < n; i++)
                page_result_add_card(page, vcards[i]);
        gtk_widget_set_visible(GTK_WIDGET(page->cards), n > 0);
        gtk_widget_set_visible(page->undo, FALSE);
        gtk_widget_set_visible(page->redo, FALSE);
        exchange_cards_each_book(page->loaded, NULL, page_result_offer, page);
        gtk_spinner_set_spinning(page->spinner, FALSE);
        gtk_stack_set_visible_child_name(page->stack, "cards");
}

/* ---- what is asked for ----------------------------------------------------------------------- */

static void page_result_on_confirmed(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;

        if (bus_exchange1_call_confirm_phrase_finish(BUS_EXCHANGE1(source), result, &error) ||
            g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        huddle_page_report(userdata, error);
}

static void page_result_confirm(HuddlePageResult *page, gboolean same)
{
        bus_exchange1_call_confirm_phrase(exchange_cards_get_exchange(page->loaded), same,
                                          huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                          page_result_on_confirmed, page);
        gtk_widget_set_visible(page->phrase_box, FALSE);
}

static void page_result_on_same(HuddlePageResult *page)
{
        page_result_confirm(page, TRUE);
}

static void page_result_on_different(HuddlePageResult *page)
{
        page_result_confirm(page, FALSE);
        huddle_page_report_name(HUDDLE_PAGE(page), "org.huddle.Error.PhraseDiffers");
}

static void page_result_on_absent(HuddlePageResult *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "record", huddle_page_get_argument(HUDDLE_PAGE(page)));
}

static void page_result_on_undone(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        guint undone = 0, kept = 0, waiting = 0;
        HuddlePageResult *page = userdata;

        (void)bus_agent1_call_undo_finish(BUS_AGENT1(source), &undone, &kept, &waiting, result,
                                          &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                huddle_page_report_agent(HUDDLE_PAGE(page), error);
        else {
                text = g_strdup_printf(
                        g_dngettext(NULL, "%u card taken out", "%u cards taken out", undone),
                        undone);
                huddle_page_toast(HUDDLE_PAGE(page), text);
        }
        exchange_cards_load(page->loaded);
}

static void page_result_on_undo_answer(HuddlePageResult *page, const char *answer)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (!agent || !g_str_equal(answer, "do"))
                return;
        bus_agent1_call_undo(agent, huddle_page_get_argument(HUDDLE_PAGE(page)),
                             huddle_page_get_cancellable(HUDDLE_PAGE(page)), page_result_on_undone,
                             page);
}

static void page_result_on_undo(HuddlePageResult *page)
{
        (void)huddle_page_ask(HUDDLE_PAGE(page), _("Take the Cards Out?"),
                              _("What they added to your address books is taken out. The cards "
                                "stay in the history."),
                              _("Take Out"), TRUE, G_CALLBACK(page_result_on_undo_answer));
}

static void page_result_on_redone(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        guint done = 0, waiting = 0;
        HuddlePageResult *page = userdata;

        (void)bus_agent1_call_redo_finish(BUS_AGENT1(source), &done, &waiting, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        gtk_widget_set_sensitive(page->redo, TRUE);
        if (error)
                huddle_page_report_agent(HUDDLE_PAGE(page), error);
        else {
                text = g_strdup_printf(
                        g_dngettext(NULL, "%u card put back", "%u cards put back", done), done);
                huddle_page_toast(HUDDLE_PAGE(page), text);
        }
        exchange_cards_load(page->loaded);
}

/* It can be undone, so nothing is asked. */
static void page_result_on_redo(HuddlePageResult *page)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (!agent)
                return;
        gtk_widget_set_sensitive(page->redo, FALSE);
        bus_agent1_call_redo(agent, huddle_page_get_argument(HUDDLE_PAGE(page)),
                             huddle_page_get_cancellable(HUDDLE_PAGE(page)), page_result_on_redone,
                             page);
}

/* ---- deleting -------------------------------------------------------------------------------- */

static void page_result_on_deleted(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;

        (void)bus_manager1_call_delete_exchange_finish(BUS_MANAGER1(source), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                huddle_page_report(userdata, error);
        else
                huddle_page_back(userdata);
}

static void page_result_on_delete_answer(HuddlePageResult *page, const char *answer)
{
        HuddleClient *client = huddle_page_get_client(HUDDLE_PAGE(page));
        BusManager1 *manager = huddle_client_get_manager(client);

        if (manager && g_str_equal(answer, "do"))
                bus_manager1_call_delete_exchange(manager,
                                                  huddle_page_get_argument(HUDDLE_PAGE(page)),
                                                  huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                                  page_result_on_deleted, page);
}

static void page_result_on_delete(HuddlePageResult *page)
{
        (void)huddle_page_ask(HUDDLE_PAGE(page), _("Delete From History?"),
                              _("Its cards are deleted here. Address books keep what they have."),
                              _("Delete"), TRUE, G_CALLBACK(page_result_on_delete_answer));
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_result_constructed(GObject *object)
{
        HuddlePage *page = HUDDLE_PAGE(object);

        G_OBJECT_CLASS(huddle_page_result_parent_class)->constructed(object);
        HUDDLE_PAGE_RESULT(page)->loaded =
                exchange_cards_new(page, huddle_page_get_argument(page), page_result_on_loaded);
}

static void huddle_page_result_refresh(HuddlePage *page)
{
        exchange_cards_load(HUDDLE_PAGE_RESULT(page)->loaded);
}

static void huddle_page_result_dispose(GObject *object)
{
        HuddlePageResult *page = HUDDLE_PAGE_RESULT(object);

        g_clear_pointer(&page->portraits, portraits_free);
        g_clear_pointer(&page->loaded, exchange_cards_free);
        G_OBJECT_CLASS(huddle_page_result_parent_class)->dispose(object);
}

static void huddle_page_result_class_init(HuddlePageResultClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_result_constructed;
        G_OBJECT_CLASS(klass)->dispose = huddle_page_result_dispose;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_result_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_result_refresh;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-result");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, spinner);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, level);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, phrase);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, phrase_box);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, undo);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, redo);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageResult, cards);
        gtk_widget_class_bind_template_callback(widget_class, page_result_on_same);
        gtk_widget_class_bind_template_callback(widget_class, page_result_on_different);
        gtk_widget_class_bind_template_callback(widget_class, page_result_on_absent);
        gtk_widget_class_bind_template_callback(widget_class, page_result_on_undo);
        gtk_widget_class_bind_template_callback(widget_class, page_result_on_redo);
        gtk_widget_class_bind_template_callback(widget_class, page_result_on_delete);
}

static void huddle_page_result_init(HuddlePageResult *page)
{
        page->portraits = portraits_new(HUDDLE_PAGE(page));
        gtk_widget_init_template(GTK_WIDGET(page));
}
