/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/card/card-edit.h"
#include "page-person.h"
#include "book-cards.h"
#include "book-row.h"
#include "card-words.h"
#include "exchange-cards.h"
#include "page-contacts.h"
#include "people.h"
#include "portraits.h"
#include "profile.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

enum { VALUES_MAX = 16 }; /* rows of one field */

/* A card that is to go into another entry of a book; entry NULL: into one of its own. */
typedef struct Move {
        char *kind, *entry;
} Move;

struct _HuddlePagePerson {
        HuddlePage parent;
        char *path, *id; /* of the exchange, of the card */
        ExchangeCards *loaded;
        gboolean shown;       /* a card does not change; what the books did with it does */
        gboolean busy;        /* the agent is doing what was asked for */
        GQueue moves;         /* of Move: what is still to be asked for */
        GPtrArray *book_rows; /* borrowed widgets */
        Portraits *portraits;

        GtkStack *stack;
        GtkSpinner *spinner; /* turns until the first answer */
        AdwAvatar *avatar;
        GtkLabel *name;
        GtkListBox *fields;
        AdwPreferencesGroup *books_group, *actions;
        AdwActionRow *same, *own, *other, *undo, *redo;
};

G_DEFINE_FINAL_TYPE(HuddlePagePerson, huddle_page_person, HUDDLE_TYPE_PAGE)

static BusAgent1 *page_person_agent(HuddlePagePerson *page)
{
        return huddle_client_get_agent(huddle_page_get_client(HUDDLE_PAGE(page)));
}

static GCancellable *page_person_cancellable(HuddlePagePerson *page)
{
        return huddle_page_get_cancellable(HUDDLE_PAGE(page));
}

static void move_free(gpointer data)
{
        Move *move = data;

        g_free(move->kind);
        g_free(move->entry);
        g_free(move);
}

char *page_person_argument(const char *exchange, const char *id)
{
        return g_strdup_printf("%s %s", exchange, id);
}

/* ---- the card -------------------------------------------------------------------------------- */

static void page_person_add_row(HuddlePagePerson *page, const char *title, const char *value)
{
        GtkWidget *row = adw_action_row_new();

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), value);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 0);
        gtk_widget_add_css_class(row, "property");
        gtk_list_box_append(page->fields, row);
}

/* The parts of a structured value that are not empty, in one line. New. */
static char *page_person_join_parts(const char *value)
{
        g_auto(GStrv) parts = g_strsplit(value, ";", 16);
        g_autoptr(GPtrArray) full = g_ptr_array_new();

        for (gsize i = 0; parts[i]; i++)
                if (*parts[i])
                        g_ptr_array_add(full, parts[i]);
        g_ptr_array_add(full, NULL);
        return g_strjoinv(_(", "), (char **)full->pdata);
}

static void page_person_add_value(HuddlePagePerson *page, const Card *card, const char *property,
                                  guint n)
{
        static const char *const uses[] = {
                [CARD_USE_OTHER] = "", [CARD_USE_HOME] = "/home", [CARD_USE_WORK] = "/work"};
        g_autofree char *field = g_strconcat(property, uses[card_use(card, property, n)], NULL);
        g_autofree char *title = profile_field_title(field);
        g_autofree char *joined = NULL, *safe = NULL;
        const char *value = card_value(card, property, n);

        if (g_str_equal(property, "ADR") || g_str_equal(property, "ORG"))
                joined = page_person_join_parts(value);
        safe = stranger_text(joined ? joined : value);
        page_person_add_row(page, title, safe);
}

static void page_person_show_card(HuddlePagePerson *page, const char *vcard)
{
        static const char *const shown[] = {"TEL",  "EMAIL",       "ORG",      "TITLE",
                                            "ROLE", "ADR",         "URL",      "IMPP",
                                            "BDAY", "ANNIVERSARY", "NICKNAME", "NOTE"};
        _cleanup_(card_freep) Card *card = NULL;
        g_autofree char *name = NULL;

        people_clear(page->fields);
        if (card_parse(&card, vcard, strlen(vcard), NULL, NULL) != 0) {
                gtk_label_set_text(page->name, _("This card cannot be read"));
                return;
        }
        name = stranger_text(card_name(card));
        gtk_label_set_text(page->name, name);
        adw_avatar_set_text(page->avatar, card_name(card));
        portraits_show(page->portraits, page->avatar, vcard);
        for (gsize i = 0; i < G_N_ELEMENTS(shown); i++)
                for (guint n = 0; n < VALUES_MAX && card_value(card, shown[i], n); n++)
                        page_person_add_value(page, card, shown[i], n);
        gtk_widget_set_visible(GTK_WIDGET(page->fields),
                               gtk_list_box_get_row_at_index(page->fields, 0) != NULL);
}

/* ---- what the books did with it -------------------------------------------------------------- */

static void page_person_show(AdwActionRow *row)
{
        gtk_widget_set_visible(GTK_WIDGET(row), TRUE);
}

static gboolean page_person_is_merged(GVariant *card)
{
        return g_str_equal(book_cards_text(card, "State"), "merged");
}

/* What can be done about it is known by the state: rows become visible. */
static void page_person_offer(HuddlePagePerson *page, GVariant *card)
{
        gboolean added = g_str_equal(book_cards_text(card, "State"), "added");

        if (book_cards_is_in(card))
                page_person_show(page->undo);
        if (book_cards_is_out(card))
                page_person_show(page->redo);
        if (page_person_is_merged(card))
                page_person_show(page->own);
        if (added || page_person_is_merged(card))
                page_person_show(page->other);
        if (added && *book_cards_text(card, "ApartEntry")) {
                g_autofree char *from = stranger_text(book_cards_text(card, "ApartFrom"));
                g_autofree char *text =
                        g_strdup_printf(_("Put this card into the contact %s"), from);

                adw_action_row_set_subtitle(page->same, text);
                page_person_show(page->same);
        }
}

static void page_person_add_book(GVariant *card, gpointer userdata)
{
        HuddlePagePerson *page = userdata;
        GtkWidget *row = adw_action_row_new();
        g_autofree char *line = card_words_line(card);

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row),
                                      book_row_title(book_cards_text(card, "Kind")));
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), line);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 0);
        adw_preferences_group_add(page->books_group, row);
        g_ptr_array_add(page->book_rows, row);
        page_person_offer(page, card);
}

static void page_person_show_books(HuddlePagePerson *page)
{
        AdwActionRow *offers[] = {page->same, page->own, page->other, page->undo, page->redo};

        for (guint i = 0; i < page->book_rows->len; i++)
                adw_preferences_group_remove(page->books_group, page->book_rows->pdata[i]);
        g_ptr_array_set_size(page->book_rows, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(offers); i++)
                gtk_widget_set_visible(GTK_WIDGET(offers[i]), FALSE);
        exchange_cards_each_book(page->loaded, page->id, page_person_add_book, page);
        gtk_widget_set_visible(GTK_WIDGET(page->books_group), page->book_rows->len > 0);
}

/* The card of this id; NULL: the exchange has none. Borrowed. */
static const char *page_person_find(HuddlePagePerson *page)
{
        const char *const *vcards = exchange_cards_get_vcards(page->loaded);

        for (gsize i = 0; vcards[i]; i++) {
                g_autofree char *id = book_cards_id(vcards[i]);

                if (g_str_equal(id, page->id))
                        return vcards[i];
        }
        return NULL;
}

static void page_person_on_loaded(HuddlePage *base)
{
        HuddlePagePerson *page = HUDDLE_PAGE_PERSON(base);
        const char *vcard = page->shown ? NULL : page_person_find(page);

        if (!page->shown && !vcard) {
                huddle_page_back(base);
                return;
        }
        if (vcard)
                page_person_show_card(page, vcard);
        page->shown = TRUE;
        page_person_show_books(page);
        gtk_spinner_set_spinning(page->spinner, FALSE);
        gtk_stack_set_visible_child_name(page->stack, "card");
}

/* ---- what is asked for ----------------------------------------------------------------------- */

static void page_person_set_busy(HuddlePagePerson *page, gboolean busy)
{
        page->busy = busy;
        gtk_widget_set_sensitive(GTK_WIDGET(page->actions), !busy);
}

static void page_person_move_next(HuddlePagePerson *page);

static void page_person_on_called(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        GVariant *reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(agent), result, &error);
        HuddlePagePerson *page = userdata;

        g_clear_pointer(&reply, g_variant_unref);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page_person_set_busy(page, FALSE);
        if (error) {
                g_queue_clear_full(&page->moves, move_free);
                huddle_page_report_agent(HUDDLE_PAGE(page), error);
        }
        page_person_move_next(page);
        exchange_cards_load(page->loaded);
}

/* Calls a method of the agent about this card. entry: its last argument, if it has one. */
static void page_person_call(HuddlePagePerson *page, const char *method, const char *kind,
                             const char *entry)
{
        BusAgent1 *agent = page_person_agent(page);
        GVariantBuilder arguments;

        if (!agent || page->busy)
                return;
        page_person_set_busy(page, TRUE);
        huddle_page_clear_report(HUDDLE_PAGE(page));
        g_variant_builder_init(&arguments, G_VARIANT_TYPE_TUPLE);
        g_variant_builder_add(&arguments, "o", page->path);
        g_variant_builder_add(&arguments, "s", page->id);
        if (kind)
                g_variant_builder_add(&arguments, "s", kind);
        if (entry)
                g_variant_builder_add(&arguments, "s", entry);
        g_dbus_proxy_call(G_DBUS_PROXY(agent), method, g_variant_builder_end(&arguments),
                          G_DBUS_CALL_FLAGS_NONE, -1, page_person_cancellable(page),
                          page_person_on_called, page);
}

static void page_person_move_next(HuddlePagePerson *page)
{
        Move *move = g_queue_pop_head(&page->moves);

        if (!move)
                return;
        page_person_call(page, move->entry ? "JoinCard" : "SplitCard", move->kind, move->entry);
        move_free(move);
}

/* entry NULL: into one of its own. */
static void page_person_add_move(HuddlePagePerson *page, const char *kind, const char *entry)
{
        Move *move = g_new0(Move, 1);

        *move = (Move){g_strdup(kind), g_strdup(entry)};
        g_queue_push_tail(&page->moves, move);
}

static void page_person_join_apart(GVariant *card, gpointer page)
{
        const char *entry = book_cards_text(card, "ApartEntry");

        if (g_str_equal(book_cards_text(card, "State"), "added") && *entry)
                page_person_add_move(page, book_cards_text(card, "Kind"), entry);
}

static void page_person_on_same(HuddlePagePerson *page)
{
        exchange_cards_each_book(page->loaded, page->id, page_person_join_apart, page);
        page_person_move_next(page);
}

static void page_person_split(GVariant *card, gpointer page)
{
        if (page_person_is_merged(card))
                page_person_add_move(page, book_cards_text(card, "Kind"), NULL);
}

static void page_person_on_own(HuddlePagePerson *page)
{
        exchange_cards_each_book(page->loaded, page->id, page_person_split, page);
        page_person_move_next(page);
}

static void page_person_on_other(HuddlePagePerson *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "contacts", CONTACTS_HAND_BACK);
}

/* The contact that was chosen: "KIND ID". */
static void huddle_page_person_take(HuddlePage *base, const char *text)
{
        HuddlePagePerson *page = HUDDLE_PAGE_PERSON(base);
        g_auto(GStrv) parts = g_strsplit(text, " ", 2);

        if (g_strv_length(parts) != 2)
                return;
        page_person_add_move(page, parts[0], parts[1]);
        page_person_move_next(page);
}

static void page_person_on_undo(HuddlePagePerson *page)
{
        page_person_call(page, "UndoCard", NULL, NULL);
}

static void page_person_on_redo(HuddlePagePerson *page)
{
        page_person_call(page, "RedoCard", NULL, NULL);
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_person_constructed(GObject *object)
{
        HuddlePagePerson *page = HUDDLE_PAGE_PERSON(object);
        g_auto(GStrv) parts = NULL;

        G_OBJECT_CLASS(huddle_page_person_parent_class)->constructed(object);
        parts = g_strsplit(huddle_page_get_argument(HUDDLE_PAGE(page)), " ", 2);
        page->path = g_strdup(parts[0] ? parts[0] : "");
        page->id = g_strdup(parts[0] && parts[1] ? parts[1] : "");
        page->loaded = exchange_cards_new(HUDDLE_PAGE(page), page->path, page_person_on_loaded);
}

static void huddle_page_person_refresh(HuddlePage *page)
{
        exchange_cards_load(HUDDLE_PAGE_PERSON(page)->loaded);
}

static void huddle_page_person_finalize(GObject *object)
{
        HuddlePagePerson *page = HUDDLE_PAGE_PERSON(object);

        portraits_free(page->portraits);
        exchange_cards_free(page->loaded);
        g_queue_clear_full(&page->moves, move_free);
        g_ptr_array_unref(page->book_rows);
        g_free(page->path);
        g_free(page->id);
        G_OBJECT_CLASS(huddle_page_person_parent_class)->finalize(object);
}

static void page_person_class_bind(GtkWidgetClass *klass)
{
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, stack);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, spinner);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, avatar);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, name);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, fields);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, books_group);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, actions);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, same);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, own);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, other);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, undo);
        gtk_widget_class_bind_template_child(klass, HuddlePagePerson, redo);
        gtk_widget_class_bind_template_callback(klass, page_person_on_same);
        gtk_widget_class_bind_template_callback(klass, page_person_on_own);
        gtk_widget_class_bind_template_callback(klass, page_person_on_other);
        gtk_widget_class_bind_template_callback(klass, page_person_on_undo);
        gtk_widget_class_bind_template_callback(klass, page_person_on_redo);
}

static void huddle_page_person_class_init(HuddlePagePersonClass *klass)
{
        G_OBJECT_CLASS(klass)->constructed = huddle_page_person_constructed;
        G_OBJECT_CLASS(klass)->finalize = huddle_page_person_finalize;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_person_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_person_refresh;
        HUDDLE_PAGE_CLASS(klass)->take = huddle_page_person_take;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-person");
        page_person_class_bind(GTK_WIDGET_CLASS(klass));
}

static void huddle_page_person_init(HuddlePagePerson *page)
{
        page->book_rows = g_ptr_array_new();
        page->portraits = portraits_new(HUDDLE_PAGE(page));
        g_queue_init(&page->moves);
        gtk_widget_init_template(GTK_WIDGET(page));
        gtk_accessible_update_state(GTK_ACCESSIBLE(page->avatar), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE,
                                    -1);
}
