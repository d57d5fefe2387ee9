/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "past.h"
#include "card-words.h"

struct _HuddlePast {
        GObject parent;
        char *path, *title, *line;
};

G_DEFINE_FINAL_TYPE(HuddlePast, huddle_past, G_TYPE_OBJECT)

HuddlePast *huddle_past_new(GVariant *exchange, GDateTime *now)
{
        HuddlePast *past = g_object_new(HUDDLE_TYPE_PAST, NULL);

        if (!g_variant_lookup(exchange, "Exchange", "o", &past->path))
                past->path = g_strdup("/");
        card_words_past(exchange, now, &past->title, &past->line);
        return past;
}

const char *huddle_past_get_path(HuddlePast *past)
{
        return past->path;
}

const char *huddle_past_get_title(HuddlePast *past)
{
        return past->title;
}

const char *huddle_past_get_line(HuddlePast *past)
{
        return past->line;
}

void huddle_past_append(GListStore *store, GVariant *history)
{
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);

        for (gsize i = 0; i < g_variant_n_children(history); i++) {
                g_autoptr(GVariant) exchange = g_variant_get_child_value(history, i);

                g_ptr_array_add(items, huddle_past_new(exchange, now));
        }
        g_list_store_splice(store, g_list_model_get_n_items(G_LIST_MODEL(store)), 0, items->pdata,
                            items->len);
}

static void huddle_past_finalize(GObject *object)
{
        HuddlePast *past = HUDDLE_PAST(object);

        g_free(past->path);
        g_free(past->title);
        g_free(past->line);
        G_OBJECT_CLASS(huddle_past_parent_class)->finalize(object);
}

static void huddle_past_class_init(HuddlePastClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = huddle_past_finalize;
}

static void huddle_past_init(HuddlePast *past)
{
}
