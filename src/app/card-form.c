/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "card-form.h"

#include <glib/gi18n.h>
#include <string.h>

enum { FORM_VALUES_MAX = 16 }; /* rows of one field; a card may have more, which stay */

typedef struct FormField {
        const char *property, *title;
        GtkInputPurpose purpose;
        gboolean many; /* several values, each with its use */
} FormField;

static const FormField form_fields[] = {
        {"FN", N_("Name"), GTK_INPUT_PURPOSE_NAME, FALSE},
        {"TEL", N_("Telephone"), GTK_INPUT_PURPOSE_PHONE, TRUE},
        {"EMAIL", N_("E-mail"), GTK_INPUT_PURPOSE_EMAIL, TRUE},
        {"ORG", N_("Organisation"), GTK_INPUT_PURPOSE_FREE_FORM, FALSE},
        {"TITLE", N_("Job title"), GTK_INPUT_PURPOSE_FREE_FORM, FALSE},
        {"URL", N_("Web page"), GTK_INPUT_PURPOSE_URL, FALSE},
        {"NOTE", N_("Note"), GTK_INPUT_PURPOSE_FREE_FORM, FALSE},
};

typedef struct FormRow {
        AdwEntryRow *row;
        GtkDropDown *use; /* NULL: the field has none */
        char *shown;      /* the text when it was shown */
        CardUse shown_use;
} FormRow;

struct _CardForm {
        AdwBin parent;
        GtkBox *groups;
        GPtrArray *rows[G_N_ELEMENTS(form_fields)];            /* of FormRow */
        AdwPreferencesGroup *group[G_N_ELEMENTS(form_fields)]; /* where they stand */
        gboolean filling;
};

G_DEFINE_FINAL_TYPE(CardForm, card_form, ADW_TYPE_BIN)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void form_row_free(gpointer data)
{
        FormRow *row = data;

        g_free(row->shown);
        g_free(row);
}

static const char *form_row_text(const FormRow *row)
{
        return gtk_editable_get_text(GTK_EDITABLE(row->row));
}

static CardUse form_row_use(const FormRow *row)
{
        return row->use ? (CardUse)gtk_drop_down_get_selected(row->use) : CARD_USE_OTHER;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void form_add_row(CardForm *form, gsize field, const char *text, CardUse use);

/* As soon as the last row of telephones or e-mail addresses is used, there is another. */
static void form_on_changed(CardForm *form)
{
        if (form->filling)
                return;
        for (gsize i = 0; i < G_N_ELEMENTS(form_fields); i++) {
                GPtrArray *rows = form->rows[i];

                if (form_fields[i].many && rows->len < FORM_VALUES_MAX &&
                    *form_row_text(rows->pdata[rows->len - 1]))
                        form_add_row(form, i, "", CARD_USE_OTHER);
        }
        g_signal_emit(form, signals[SIGNAL_CHANGED], 0);
}

static GtkDropDown *form_make_use(CardForm *form, CardUse use)
{
        const char *const uses[] = {[CARD_USE_OTHER] = _("Other"),
                                    [CARD_USE_HOME] = _("Home"),
                                    [CARD_USE_WORK] = _("Work"),
                                    NULL};
        GtkWidget *drop = gtk_drop_down_new_from_strings(uses);

        gtk_widget_set_valign(drop, GTK_ALIGN_CENTER);
        gtk_widget_add_css_class(drop, "use");
        /* the button in it has the focus */
        gtk_accessible_update_property(GTK_ACCESSIBLE(drop), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       _("Used for"), -1);
        gtk_accessible_update_property(GTK_ACCESSIBLE(gtk_widget_get_first_child(drop)),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, _("Used for"), -1);
        gtk_drop_down_set_selected(GTK_DROP_DOWN(drop), use);
        g_signal_connect_swapped(drop, "notify::selected", G_CALLBACK(form_on_changed), form);
        return GTK_DROP_DOWN(drop);
}

static void form_add_row(CardForm *form, gsize field, const char *text, CardUse use)
{
        const FormField *f = &form_fields[field];
        FormRow *row = g_new0(FormRow, 1);

        row->row = ADW_ENTRY_ROW(adw_entry_row_new());
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row->row), _(f->title));
        adw_entry_row_set_input_purpose(row->row, f->purpose);
        gtk_editable_set_text(GTK_EDITABLE(row->row), text);
        if (f->many) {
                row->use = form_make_use(form, use);
                adw_entry_row_add_suffix(row->row, GTK_WIDGET(row->use));
        }
        row->shown = g_strdup(text);
        row->shown_use = use;
        g_ptr_array_add(form->rows[field], row);
        adw_preferences_group_add(form->group[field], GTK_WIDGET(row->row));
        g_signal_connect_swapped(row->row, "changed", G_CALLBACK(form_on_changed), form);
}

static void form_clear(CardForm *form)
{
        for (gsize i = 0; i < G_N_ELEMENTS(form_fields); i++) {
                for (guint k = 0; k < form->rows[i]->len; k++)
                        adw_preferences_group_remove(
                                form->group[i],
                                GTK_WIDGET(((FormRow *)form->rows[i]->pdata[k])->row));
                g_ptr_array_set_size(form->rows[i], 0);
        }
}

void card_form_show(CardForm *form, const Card *c)
{
        form->filling = TRUE;
        form_clear(form);
        for (gsize i = 0; i < G_N_ELEMENTS(form_fields); i++) {
                const FormField *f = &form_fields[i];
                const char *value;
                gsize n = 0;

                for (; n < (f->many ? FORM_VALUES_MAX - 1 : 1) && c &&
                       (value = card_value(c, f->property, n));
                     n++)
                        form_add_row(form, i, value, card_use(c, f->property, n));
                if (f->many || n == 0)
                        form_add_row(form, i, "", CARD_USE_OTHER);
        }
        form->filling = FALSE;
}

/* ---- the card -------------------------------------------------------------------------------- */

/* From the last row to the first, so that values that go do not move those before them. */
static int form_write_field(CardForm *form, gsize field, Card *c)
{
        GPtrArray *rows = form->rows[field];
        int r = 0;

        for (guint k = rows->len; k-- > 0 && r == 0;) {
                FormRow *row = rows->pdata[k];
                g_autofree char *text = g_strstrip(g_strdup(form_row_text(row)));

                if (!g_str_equal(text, row->shown) || form_row_use(row) != row->shown_use)
                        r = card_edit(c, form_fields[field].property, k, form_row_use(row), text);
        }
        return r;
}

/* Another name gives N anew; the same name leaves the N that the card came with. */
static int form_write_name(CardForm *form, Card **c)
{
        FormRow *row = form->rows[0]->pdata[0];
        g_autofree char *text = g_strstrip(g_strdup(form_row_text(row)));
        int r = 0;

        if (!*c)
                return card_new(c, text);
        if (g_str_equal(text, row->shown))
                return 0;
        r = card_edit(*c, "FN", 0, CARD_USE_OTHER, text);
        return r ? r : card_set(*c, "N", "");
}

int card_form_write(CardForm *form, Card **c, const char **ret_field)
{
        int r = form_write_name(form, c);

        *ret_field = _(form_fields[0].title);
        for (gsize i = 1; i < G_N_ELEMENTS(form_fields) && r == 0; i++) {
                r = form_write_field(form, i, *c);
                *ret_field = _(form_fields[i].title);
        }
        return r;
}

gboolean card_form_has_name(CardForm *form)
{
        g_autofree char *name = g_strdup(form_row_text(form->rows[0]->pdata[0]));

        return *g_strstrip(name) != '\0';
}

void card_form_focus(CardForm *form)
{
        gtk_widget_grab_focus(GTK_WIDGET(((FormRow *)form->rows[0]->pdata[0])->row));
}

/* ---- the object ------------------------------------------------------------------------------ */

static AdwPreferencesGroup *form_add_group(CardForm *form)
{
        GtkWidget *group = adw_preferences_group_new();

        gtk_box_append(form->groups, group);
        return ADW_PREFERENCES_GROUP(group);
}

static void card_form_finalize(GObject *object)
{
        CardForm *form = CARD_FORM(object);

        for (gsize i = 0; i < G_N_ELEMENTS(form_fields); i++)
                g_ptr_array_unref(form->rows[i]);
        G_OBJECT_CLASS(card_form_parent_class)->finalize(object);
}

static void card_form_class_init(CardFormClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = card_form_finalize;
        signals[SIGNAL_CHANGED] = g_signal_new("changed", CARD_TYPE_FORM, G_SIGNAL_RUN_LAST, 0,
                                               NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void card_form_init(CardForm *form)
{
        AdwPreferencesGroup *group = NULL;

        form->groups = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 18));
        adw_bin_set_child(ADW_BIN(form), GTK_WIDGET(form->groups));
        for (gsize i = 0; i < G_N_ELEMENTS(form_fields); i++) {
                /* fields with one value share a group, except around those with many */
                if (!group || form_fields[i].many || form_fields[i - 1].many)
                        group = form_add_group(form);
                form->group[i] = group;
                form->rows[i] = g_ptr_array_new_with_free_func(form_row_free);
        }
        card_form_show(form, NULL);
}
