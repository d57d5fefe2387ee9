/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "exchange-cards.h"
#include "book-cards.h"

struct ExchangeCards {
        HuddlePage *page; /* borrowed: it owns us */
        BusAgent1 *agent; /* NULL: none */
        char *path;
        ExchangeCardsFunc on_loaded;
        BusExchange1 *exchange; /* NULL: not asked for yet */
        char **vcards;          /* as the daemon has them; NULL: not read yet */
        GVariant *books;        /* aa{sv}, what the agent says of them; NULL: nothing */
        gboolean loading;
        gboolean again; /* something changed while it was loading */
};

/* The page may leave then, and c is gone. */
static void exchange_cards_loaded(ExchangeCards *c)
{
        c->loading = FALSE;
        if (c->again)
                exchange_cards_load(c);
        c->on_loaded(c->page);
}

static void exchange_cards_failed(ExchangeCards *c, const GError *error)
{
        c->loading = c->again = FALSE;
        huddle_page_report(c->page, error);
}

static void exchange_cards_on_books(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) books = NULL;
        ExchangeCards *c = userdata;

        (void)bus_agent1_call_list_exchange_cards_finish(BUS_AGENT1(source), &books, result,
                                                         &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return; /* c is gone */
        if (books) {
                g_clear_pointer(&c->books, g_variant_unref);
                c->books = g_steal_pointer(&books);
        }
        exchange_cards_loaded(c);
}

static void exchange_cards_ask_books(ExchangeCards *c)
{
        if (c->agent)
                bus_agent1_call_list_exchange_cards(c->agent, c->path,
                                                    huddle_page_get_cancellable(c->page),
                                                    exchange_cards_on_books, c);
        else
                exchange_cards_loaded(c);
}

static void exchange_cards_on_contacts(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) vcards = NULL;
        ExchangeCards *c = userdata;

        (void)bus_exchange1_call_get_contacts_finish(BUS_EXCHANGE1(source), &vcards, result,
                                                     &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                exchange_cards_failed(c, error);
                return;
        }
        g_strfreev(c->vcards);
        c->vcards = g_steal_pointer(&vcards);
        exchange_cards_ask_books(c);
}

static void exchange_cards_ask_contacts(ExchangeCards *c)
{
        bus_exchange1_call_get_contacts(c->exchange, huddle_page_get_cancellable(c->page),
                                        exchange_cards_on_contacts, c);
}

static void exchange_cards_on_exchange(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        BusExchange1 *exchange = bus_exchange1_proxy_new_finish(result, &error);
        ExchangeCards *c = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (!exchange) {
                exchange_cards_failed(c, error);
                return;
        }
        c->exchange = exchange;
        g_signal_connect_swapped(exchange, "g-properties-changed", G_CALLBACK(exchange_cards_load),
                                 c);
        exchange_cards_ask_contacts(c);
}

void exchange_cards_load(ExchangeCards *c)
{
        GDBusConnection *connection = huddle_client_get_connection(huddle_page_get_client(c->page));

        c->again = c->loading;
        if (!connection || c->loading || !g_variant_is_object_path(c->path))
                return;
        c->loading = TRUE;
        if (c->exchange)
                exchange_cards_ask_contacts(c);
        else
                bus_exchange1_proxy_new(connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
                                        "org.huddle", c->path, huddle_page_get_cancellable(c->page),
                                        exchange_cards_on_exchange, c);
}

/* ---- what was read --------------------------------------------------------------------------- */

BusExchange1 *exchange_cards_get_exchange(const ExchangeCards *c)
{
        return c->exchange;
}

const char *const *exchange_cards_get_vcards(const ExchangeCards *c)
{
        return (const char *const *)c->vcards;
}

void exchange_cards_each_book(const ExchangeCards *c, const char *id, ExchangeCardsBookFunc func,
                              gpointer userdata)
{
        for (gsize i = 0; c->books && i < g_variant_n_children(c->books); i++) {
                g_autoptr(GVariant) card = g_variant_get_child_value(c->books, i);

                if (!id || g_str_equal(book_cards_text(card, "Card"), id))
                        func(card, userdata);
        }
}

/* ---- the object ------------------------------------------------------------------------------ */

/* Any signal of the agent says that cards or books have changed. */
ExchangeCards *exchange_cards_new(HuddlePage *page, const char *path, ExchangeCardsFunc on_loaded)
{
        ExchangeCards *c = g_new0(ExchangeCards, 1);

        c->page = page;
        c->path = g_strdup(path);
        c->on_loaded = on_loaded;
        g_set_object(&c->agent, huddle_client_get_agent(huddle_page_get_client(page)));
        if (c->agent)
                g_signal_connect_swapped(c->agent, "g-signal", G_CALLBACK(exchange_cards_load), c);
        return c;
}

void exchange_cards_free(ExchangeCards *c)
{
        if (c->agent)
                g_signal_handlers_disconnect_by_data(c->agent, c);
        if (c->exchange)
                g_signal_handlers_disconnect_by_data(c->exchange, c);
        g_clear_object(&c->agent);
        g_clear_object(&c->exchange);
        g_clear_pointer(&c->books, g_variant_unref);
        g_strfreev(c->vcards);
        g_free(c->path);
        g_free(c);
}
