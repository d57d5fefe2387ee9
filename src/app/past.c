/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "past.h"
#include "card-words.h"

struct _HuddlePast {
        GObject parent;
        char *path, *title, *line;
        char *how; /* the line without what was undone */
};

G_DEFINE_FINAL_TYPE(HuddlePast, huddle_past, G_TYPE_OBJECT)

enum { PROP_LINE = 1, N_PROPS };
static GParamSpec *properties[N_PROPS];

HuddlePast *huddle_past_new(GVariant *exchange, GDateTime *now)
{
        HuddlePast *past = g_object_new(HUDDLE_TYPE_PAST, NULL);

        if (!g_variant_lookup(exchange, "Exchange", "o", &past->path))
                past->path = g_strdup("/");
        card_words_past(exchange, now, &past->title, &past->how);
        past->line = g_strdup(past->how);
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

void huddle_past_set_undone(HuddlePast *past, guint cards, guint undone)
{
        g_autofree char *words = undone > 0 ? card_words_undone(cards, undone) : NULL;
        g_autofree char *line =
                words ? g_strdup_printf("%s · %s", past->how, words) : g_strdup(past->how);

        if (g_str_equal(line, past->line))
                return;
        g_free(past->line);
        past->line = g_steal_pointer(&line);
        g_object_notify_by_pspec(G_OBJECT(past), properties[PROP_LINE]);
}

static gboolean past_is_same(HuddlePast *a, HuddlePast *b)
{
        return g_str_equal(a->path, b->path) && g_str_equal(a->title, b->title) &&
               g_str_equal(a->how, b->how);
}

static GPtrArray *past_read(GVariant *history)
{
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        GPtrArray *items = g_ptr_array_new_with_free_func(g_object_unref);

        for (gsize i = 0; i < g_variant_n_children(history); i++) {
                g_autoptr(GVariant) exchange = g_variant_get_child_value(history, i);

                g_ptr_array_add(items, huddle_past_new(exchange, now));
        }
        return items;
}

void huddle_past_append(GListStore *store, GVariant *history)
{
        g_autoptr(GPtrArray) items = past_read(history);

        g_list_store_splice(store, g_list_model_get_n_items(G_LIST_MODEL(store)), 0, items->pdata,
                            items->len);
}

gboolean huddle_past_show(GListStore *store, GVariant *history)
{
        g_autoptr(GPtrArray) items = past_read(history);
        guint n = g_list_model_get_n_items(G_LIST_MODEL(store));
        gboolean same = n == items->len;

        for (guint i = 0; same && i < n; i++) {
                g_autoptr(HuddlePast) past = g_list_model_get_item(G_LIST_MODEL(store), i);

                same = past_is_same(past, items->pdata[i]);
        }
        if (!same)
                g_list_store_splice(store, 0, n, items->pdata, items->len);
        return !same;
}

static void huddle_past_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
        if (id == PROP_LINE)
                g_value_set_string(value, HUDDLE_PAST(object)->line);
        else
                G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void huddle_past_finalize(GObject *object)
{
        HuddlePast *past = HUDDLE_PAST(object);

        g_free(past->path);
        g_free(past->title);
        g_free(past->line);
        g_free(past->how);
        G_OBJECT_CLASS(huddle_past_parent_class)->finalize(object);
}

static void huddle_past_class_init(HuddlePastClass *klass)
{
        G_OBJECT_CLASS(klass)->get_property = huddle_past_get_property;
        G_OBJECT_CLASS(klass)->finalize = huddle_past_finalize;
        properties[PROP_LINE] = g_param_spec_string("line", NULL, NULL, NULL,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
        g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPS, properties);
}

static void huddle_past_init(HuddlePast *past)
{
}
