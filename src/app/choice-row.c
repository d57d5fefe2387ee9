/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "choice-row.h"

typedef struct ChoiceRowPrivate {
        char **values, **names; /* as they were shown last; NULL: never */
        GtkStringList *list;    /* the names; the row has the other reference */
        guint shown;            /* which of them is selected */
        gboolean showing;       /* the selection is moved by us */
} ChoiceRowPrivate;

G_DEFINE_TYPE_WITH_PRIVATE(ChoiceRow, choice_row, ADW_TYPE_COMBO_ROW)

enum { SIGNAL_CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

static ChoiceRowPrivate *choice_row_private(ChoiceRow *row)
{
        return choice_row_get_instance_private(row);
}

static gboolean choice_row_is_same(char **old, const char *const *new)
{
        return old && g_strv_equal((const char *const *)old, new);
}

/* Only what is new is replaced. With a model of its own each time, a list that is still open loses
 * what has the focus, and GTK 4.8 then passes over the row at each Tab. */
static void choice_row_offer(ChoiceRow *row, const char *const *values, const char *const *names)
{
        ChoiceRowPrivate *p = choice_row_private(row);
        guint had = p->names ? g_strv_length(p->names) : 0, has = g_strv_length((char **)names);
        guint head = 0, tail = 0, most = MIN(had, has);
        g_autofree const char **added = NULL;

        while (head < most && g_str_equal(p->names[head], names[head]))
                head++;
        while (tail < most - head && g_str_equal(p->names[had - 1 - tail], names[has - 1 - tail]))
                tail++;
        added = g_new0(const char *, has - tail - head + 1);
        for (guint i = head; i < has - tail; i++)
                added[i - head] = names[i];
        gtk_string_list_splice(p->list, head, had - tail - head, added);
        g_strfreev(p->values);
        g_strfreev(p->names);
        p->values = g_strdupv((char **)values);
        p->names = g_strdupv((char **)names);
}

void choice_row_show(ChoiceRow *row, const char *const *values, const char *const *names,
                     const char *selected)
{
        ChoiceRowPrivate *p = choice_row_private(row);

        p->showing = TRUE;
        if (!choice_row_is_same(p->values, values) || !choice_row_is_same(p->names, names))
                choice_row_offer(row, values, names);
        for (guint i = 0; values[i]; i++)
                if (g_strcmp0(values[i], selected) == 0)
                        p->shown = i;
        adw_combo_row_set_selected(ADW_COMBO_ROW(row), p->shown);
        p->showing = FALSE;
}

static void choice_row_on_selected(ChoiceRow *row)
{
        ChoiceRowPrivate *p = choice_row_private(row);
        guint at = adw_combo_row_get_selected(ADW_COMBO_ROW(row));

        if (p->showing || at == GTK_INVALID_LIST_POSITION || at == p->shown)
                return;
        p->shown = at;
        g_signal_emit(row, signals[SIGNAL_CHOSEN], 0, p->values[at]);
}

static void choice_row_finalize(GObject *object)
{
        ChoiceRowPrivate *p = choice_row_private(CHOICE_ROW(object));

        g_strfreev(p->values);
        g_strfreev(p->names);
        g_object_unref(p->list);
        G_OBJECT_CLASS(choice_row_parent_class)->finalize(object);
}

static void choice_row_class_init(ChoiceRowClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = choice_row_finalize;
        signals[SIGNAL_CHOSEN] = g_signal_new("chosen", CHOICE_TYPE_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                              NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void choice_row_init(ChoiceRow *row)
{
        ChoiceRowPrivate *p = choice_row_private(row);

        p->list = gtk_string_list_new(NULL);
        adw_combo_row_set_model(ADW_COMBO_ROW(row), G_LIST_MODEL(p->list));
        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        g_signal_connect(row, "notify::selected", G_CALLBACK(choice_row_on_selected), NULL);
}
