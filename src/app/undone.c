/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "undone.h"
#include "book-cards.h"
#include "past.h"

typedef struct Count {
        guint cards, undone;
} Count;

static Count *undone_count_of(GHashTable *counts, const char *exchange)
{
        Count *count = g_hash_table_lookup(counts, exchange);

        if (!count) {
                count = g_new0(Count, 1);
                g_hash_table_insert(counts, g_strdup(exchange), count);
        }
        return count;
}

/* A card is undone when it is out of every book. By "exchange card": whether it is. */
static GHashTable *undone_read_cards(GVariant *cards)
{
        GHashTable *out = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

        for (gsize i = 0; i < g_variant_n_children(cards); i++) {
                g_autoptr(GVariant) card = g_variant_get_child_value(cards, i);
                const char *exchange = "";
                g_autofree char *key = NULL;
                gboolean before;

                (void)g_variant_lookup(card, "Exchange", "&o", &exchange);
                key = g_strdup_printf("%s %s", exchange, book_cards_text(card, "Card"));
                before = !g_hash_table_contains(out, key) || g_hash_table_lookup(out, key);
                g_hash_table_insert(out, g_steal_pointer(&key),
                                    GINT_TO_POINTER(before && book_cards_is_out(card)));
        }
        return out;
}

/* Count by exchange. */
static GHashTable *undone_count(GVariant *cards)
{
        GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autoptr(GHashTable) out = undone_read_cards(cards);
        GHashTableIter iter;
        gpointer key, undone;

        g_hash_table_iter_init(&iter, out);
        while (g_hash_table_iter_next(&iter, &key, &undone)) {
                g_auto(GStrv) parts = g_strsplit(key, " ", 2);
                Count *count = undone_count_of(counts, parts[0]);

                count->cards++;
                count->undone += undone ? 1 : 0;
        }
        return counts;
}

static void undone_tell(GListStore *store, GHashTable *counts)
{
        static const Count none = {0, 0};

        for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(store)); i++) {
                g_autoptr(HuddlePast) past = g_list_model_get_item(G_LIST_MODEL(store), i);
                const Count *count = g_hash_table_lookup(counts, huddle_past_get_path(past));

                count = count ? count : &none;
                huddle_past_set_undone(past, count->cards, count->undone);
        }
}

/* Without an answer nothing is known to be undone; Settings say what is the matter with it. */
static void undone_on_cards(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GListStore) store = userdata;
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) cards = NULL;
        g_autoptr(GHashTable) counts = NULL;

        if (!bus_agent1_call_list_cards_finish(BUS_AGENT1(agent), &cards, result, &error))
                return;
        counts = undone_count(cards);
        undone_tell(store, counts);
}

void undone_ask(HuddlePage *page, GListStore *store)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(page));

        if (agent)
                bus_agent1_call_list_cards(agent, huddle_page_get_cancellable(page),
                                           undone_on_cards, g_object_ref(store));
}

static void undone_on_signal(GListStore *store, const char *sender, const char *name,
                             GVariant *arguments, BusAgent1 *agent)
{
        if (g_str_equal(name, "CardsChanged"))
                bus_agent1_call_list_cards(agent, NULL, undone_on_cards, g_object_ref(store));
}

void undone_follow(HuddlePage *page, GListStore *store)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(page));

        if (agent)
                g_signal_connect_object(agent, "g-signal", G_CALLBACK(undone_on_signal), store,
                                        G_CONNECT_SWAPPED);
}
