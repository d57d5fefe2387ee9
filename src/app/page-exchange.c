/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-exchange.h"
#include "begin.h"
#include "errors.h"
#include "exchange-words.h"
#include "people.h"
#include "qr.h"
#include "remaining.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

enum { CALL_TIMEOUT_MS = 120 * 1000 }; /* Close waits for the cloud on a slow way, too */

enum { OTHERS_MAX = 4, LONG_WORDS = 17 /* letters that fit in one line of a phone */ };

/* What the two buttons at the bottom do; each has a label in actions. */
typedef enum {
        ACTION_NONE,
        ACTION_LEAVE,
        ACTION_CLOSE,
        ACTION_KEEP,
        ACTION_HOLD,
        ACTION_GO_ON,
        ACTION_HOME,
        ACTION_AGAIN,
        ACTION_REMEDY,
} Action;

struct _HuddlePageExchange {
        HuddlePage parent;
        guint tick;   /* source that counts down, 0: none */
        guint result; /* source that goes to the result */
        GVariant *shown_members, *shown_others;
        char *shown_code;
        char *shown_link;
        Action first_action, second_action;
        Remedy remedy;     /* of ACTION_REMEDY */
        gboolean compared; /* the user has said "the same" on this page */

        GtkStack *stack;
        AdwStatusPage *ended;
        GtkWidget *code, *others, *phrase_box, *phrase_buttons;
        GtkLabel *digits, *words, *headline, *here, *time, *near, *phrase_question, *phrase;
        GtkPicture *qr;
        GtkListBox *members;
        GtkButton *first, *second;
};

G_DEFINE_FINAL_TYPE(HuddlePageExchange, huddle_page_exchange, HUDDLE_TYPE_PAGE)

static BusExchange1 *page_exchange_find(HuddlePageExchange *page)
{
        return huddle_client_get_exchange(huddle_page_get_client(HUDDLE_PAGE(page)),
                                          huddle_page_get_argument(HUDDLE_PAGE(page)));
}

/* Of other clouds than the default huddled does not say it. */
static gboolean page_exchange_is_offline(HuddlePageExchange *page, BusExchange1 *x)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));

        return g_strcmp0(bus_manager1_get_cloud_state(manager), "offline") == 0 &&
               g_strcmp0(bus_manager1_get_cloud_url(manager), bus_exchange1_get_cloud(x)) == 0;
}

static ExchangeFacts page_exchange_facts(HuddlePageExchange *page, BusExchange1 *x)
{
        return (ExchangeFacts){
                .state = bus_exchange1_get_state(x),
                .elsewhere = bus_exchange1_get_elsewhere(x),
                .opener = bus_exchange1_get_opener(x),
                .released = bus_exchange1_get_card_released(x),
                .held = bus_exchange1_get_held(x),
                .offline = page_exchange_is_offline(page, x),
                .members = bus_exchange1_get_member_count(x),
        };
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void page_exchange_on_called(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        GVariant *reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(source), result, &error);

        if (error && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                huddle_page_report(userdata, error);
        g_clear_pointer(&reply, g_variant_unref);
}

/* Calls a method that answers nothing but errors. arguments: may be NULL, floating. */
static void page_exchange_call(HuddlePageExchange *page, const char *method, GVariant *arguments)
{
        BusExchange1 *x = page_exchange_find(page);

        if (!x) {
                if (arguments)
                        g_variant_unref(g_variant_ref_sink(arguments));
                return;
        }
        huddle_page_clear_report(HUDDLE_PAGE(page));
        g_dbus_proxy_call(G_DBUS_PROXY(x), method, arguments, G_DBUS_CALL_FLAGS_NONE,
                          CALL_TIMEOUT_MS, huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                          page_exchange_on_called, page);
}

static void page_exchange_on_same(HuddlePageExchange *page)
{
        page->compared = TRUE;
        page_exchange_call(page, "ConfirmPhrase", g_variant_new("(b)", TRUE));
        gtk_widget_set_visible(page->phrase_buttons, FALSE);
}

static void page_exchange_on_different(HuddlePageExchange *page)
{
        page_exchange_call(page, "ConfirmPhrase", g_variant_new("(b)", FALSE));
}

static void page_exchange_on_begun(HuddlePage *base, const GError *error)
{
        gtk_widget_set_sensitive(GTK_WIDGET(HUDDLE_PAGE_EXCHANGE(base)->first), TRUE);
        if (error)
                huddle_page_report(base, error);
}

static void page_exchange_act(HuddlePageExchange *page, Action action)
{
        switch (action) {
        case ACTION_NONE:
                break;
        case ACTION_LEAVE:
                page_exchange_call(page, "Leave", NULL);
                break;
        case ACTION_CLOSE:
                page_exchange_call(page, "Close", NULL);
                break;
        case ACTION_KEEP:
                page_exchange_call(page, "Veto", NULL);
                break;
        case ACTION_HOLD:
        case ACTION_GO_ON:
                page_exchange_call(page, "Hold", g_variant_new("(b)", action == ACTION_HOLD));
                break;
        case ACTION_HOME:
                huddle_page_go(HUDDLE_PAGE(page), "home", NULL);
                break;
        case ACTION_AGAIN:
                gtk_widget_set_sensitive(GTK_WIDGET(page->first), FALSE);
                begin_repeat(HUDDLE_PAGE(page), page->shown_code, page_exchange_on_begun);
                break;
        case ACTION_REMEDY:
                huddle_page_replace(HUDDLE_PAGE(page), remedy_route(page->remedy), NULL);
                break;
        }
}

static void page_exchange_on_first(HuddlePageExchange *page)
{
        page_exchange_act(page, page->first_action);
}

static void page_exchange_on_second(HuddlePageExchange *page)
{
        page_exchange_act(page, page->second_action);
}

/* ---- the buttons ----------------------------------------------------------------------------- */

static const char *page_exchange_action_label(Action action, Remedy remedy)
{
        switch (action) {
        case ACTION_NONE:
                break;
        case ACTION_LEAVE:
                return _("Leave");
        case ACTION_CLOSE:
                return _("Everyone Is Here");
        case ACTION_KEEP:
                return _("Keep My Card");
        case ACTION_HOLD:
                return _("Wait");
        case ACTION_GO_ON:
                return _("Go On");
        case ACTION_HOME:
                return _("Done");
        case ACTION_AGAIN:
        case ACTION_REMEDY:
                return remedy_label(remedy);
        }
        return "";
}

static void page_exchange_set_button(HuddlePageExchange *page, GtkButton *button, Action action)
{
        gtk_widget_set_visible(GTK_WIDGET(button), action != ACTION_NONE);
        gtk_button_set_label(button, page_exchange_action_label(action, page->remedy));
        /* with large text two of them are wider than a phone */
        gtk_label_set_wrap(GTK_LABEL(gtk_button_get_child(button)), TRUE);
        gtk_label_set_justify(GTK_LABEL(gtk_button_get_child(button)), GTK_JUSTIFY_CENTER);
}

/* second is the quieter one, on the left. */
static void page_exchange_offer(HuddlePageExchange *page, Action second, Action first)
{
        page->first_action = first;
        page->second_action = second;
        page_exchange_set_button(page, page->first, first);
        page_exchange_set_button(page, page->second, second);
        gtk_widget_set_sensitive(GTK_WIDGET(page->first), TRUE);
        if (first == ACTION_CLOSE || first >= ACTION_HOME)
                gtk_widget_add_css_class(GTK_WIDGET(page->first), "suggested-action");
        else
                gtk_widget_remove_css_class(GTK_WIDGET(page->first), "suggested-action");
}

static void page_exchange_offer_running(HuddlePageExchange *page, const ExchangeFacts *facts)
{
        if (exchange_phase(facts->state) == PHASE_GATHER && facts->opener) {
                page_exchange_offer(page, ACTION_LEAVE, ACTION_CLOSE);
                gtk_widget_set_sensitive(GTK_WIDGET(page->first), facts->members > 1);
        } else if (g_strcmp0(facts->state, "releasing") == 0 && !facts->released)
                page_exchange_offer(page, facts->held ? ACTION_GO_ON : ACTION_HOLD, ACTION_KEEP);
        else
                page_exchange_offer(page, ACTION_LEAVE, ACTION_NONE);
}

/* ---- before the close ------------------------------------------------------------------------ */

/* By the link a scanner joins at the right cloud; a daemon without links has the code alone. While
 * guests may come it is another than before and after. */
static void page_exchange_show_qr(HuddlePageExchange *page, BusExchange1 *x, const char *code)
{
        g_autoptr(GVariant) link = g_dbus_proxy_get_cached_property(G_DBUS_PROXY(x), "Link");
        const char *text = link && g_variant_is_of_type(link, G_VARIANT_TYPE_STRING)
                                   ? g_variant_get_string(link, NULL)
                                   : "";
        const char *shown = *text ? text : code;
        g_autoptr(GdkPaintable) qr = NULL;

        if (g_strcmp0(shown, page->shown_link) == 0)
                return;
        g_free(page->shown_link);
        page->shown_link = g_strdup(shown);
        qr = *code ? huddle_qr_new(shown) : NULL;
        gtk_picture_set_paintable(page->qr, qr);
}

static void page_exchange_show_code(HuddlePageExchange *page, BusExchange1 *x)
{
        const char *code = bus_exchange1_get_code(x);
        const char *words = code ? strchr(code, ' ') : NULL;
        g_autofree char *digits = NULL;

        if (code)
                page_exchange_show_qr(page, x, code);
        if (!code || g_strcmp0(code, page->shown_code) == 0)
                return;
        g_free(page->shown_code);
        page->shown_code = g_strdup(code);
        digits = words ? g_strndup(code, (gsize)(words - code)) : g_strdup(code);
        gtk_label_set_text(page->digits, digits);
        gtk_label_set_text(page->words, words ? words + 1 : "");
        gtk_widget_set_visible(GTK_WIDGET(page->words), words != NULL);
        if (words && strlen(words + 1) > LONG_WORDS)
                gtk_widget_add_css_class(GTK_WIDGET(page->words), "long");
}

typedef struct OtherAnswer {
        HuddlePageExchange *page;
        char *word;
        gboolean yes;
} OtherAnswer;

static void page_exchange_on_answer(GtkButton *button, OtherAnswer *answer)
{
        page_exchange_call(answer->page, "Admit", g_variant_new("(sb)", answer->word, answer->yes));
}

static void other_answer_free(gpointer data, GClosure *closure)
{
        OtherAnswer *answer = data;

        g_free(answer->word);
        g_free(answer);
}

static GtkWidget *page_exchange_answer_button(HuddlePageExchange *page, const char *label,
                                              const char *word, gboolean yes)
{
        GtkWidget *button = gtk_button_new_with_label(label);
        OtherAnswer *answer = g_new0(OtherAnswer, 1);

        *answer = (OtherAnswer){page, g_strdup(word), yes};
        g_signal_connect_data(button, "clicked", G_CALLBACK(page_exchange_on_answer), answer,
                              other_answer_free, 0);
        gtk_widget_set_size_request(button, -1, 44);
        gtk_widget_set_hexpand(button, TRUE);
        return button;
}

static char *page_exchange_other_text(guint members, const char *word, const char *own,
                                      gboolean admitted, gboolean same_word)
{
        g_autofree char *theirs = stranger_text(word), *ours = stranger_text(own);

        if (same_word)
                return g_strdup_printf(_("Two groups show “%s”. One of them has to start again."),
                                       theirs);
        if (admitted)
                return g_strdup_printf(_("You let “%s” in. Now they have to let in “%s”."), theirs,
                                       ours);
        return g_strdup_printf(g_dngettext(NULL,
                                           "%u more has the code but is not heard nearby. Does "
                                           "their screen show “%s”? Yours shows “%s”.",
                                           "%u more have the code but are not heard nearby. Do "
                                           "their screens show “%s”? Yours show “%s”.",
                                           members),
                               members, theirs, ours);
}

static void page_exchange_add_other(HuddlePageExchange *page, GVariant *other, const char *own)
{
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12), *label, *buttons;
        g_autofree char *text = NULL;
        gboolean admitted, admits, same_word;
        const char *word;
        guint members;

        g_variant_get(other, "(&subbb)", &word, &members, &admitted, &admits, &same_word);
        text = page_exchange_other_text(members, word, own, admitted, same_word);
        label = gtk_label_new(text);
        gtk_label_set_wrap(GTK_LABEL(label), TRUE);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_box_append(GTK_BOX(box), label);
        gtk_widget_add_css_class(box, "card");
        gtk_widget_add_css_class(box, "inset");
        if (!admitted && !same_word) {
                buttons = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
                gtk_box_append(GTK_BOX(buttons),
                               page_exchange_answer_button(page, _("No"), word, FALSE));
                gtk_box_append(GTK_BOX(buttons),
                               page_exchange_answer_button(page, _("Let In"), word, TRUE));
                gtk_box_append(GTK_BOX(box), buttons);
        }
        gtk_box_append(GTK_BOX(page->others), box);
}

/* Whether `now` differs from what is shown, which becomes `now`. */
static gboolean page_exchange_take(GVariant **shown, GVariant *now)
{
        if (now == *shown || (now && *shown && g_variant_equal(now, *shown)))
                return FALSE;
        g_clear_pointer(shown, g_variant_unref);
        *shown = now ? g_variant_ref(now) : NULL;
        return TRUE;
}

static void page_exchange_show_others(HuddlePageExchange *page, BusExchange1 *x, gboolean gathering)
{
        GVariant *others = gathering ? bus_exchange1_get_others(x) : NULL;
        gsize n = others ? MIN(g_variant_n_children(others), OTHERS_MAX) : 0;
        GtkWidget *old;

        gtk_widget_set_visible(page->others, n > 0);
        if (!page_exchange_take(&page->shown_others, others))
                return;
        while ((old = gtk_widget_get_first_child(page->others)))
                gtk_box_remove(GTK_BOX(page->others), old);
        for (gsize i = 0; i < n; i++) {
                g_autoptr(GVariant) other = g_variant_get_child_value(others, i);

                page_exchange_add_other(page, other, bus_exchange1_get_own_word(x));
        }
}

static void page_exchange_show_near(HuddlePageExchange *page, gboolean gathering,
                                    const ExchangeFacts *facts)
{
        guint near = huddle_client_count_near(huddle_page_get_client(HUDDLE_PAGE(page)));
        g_autofree char *text = g_strdup_printf(
                g_dngettext(NULL, "%u device is heard nearby", "%u devices are heard nearby", near),
                near);

        gtk_label_set_text(page->near, near > 0 ? text : _("Nobody is heard nearby yet"));
        /* others may have come by place alone */
        gtk_widget_set_visible(GTK_WIDGET(page->near),
                               gathering && (near > 0 || facts->members < 2));
}

/* ---- after the close ------------------------------------------------------------------------- */

static void page_exchange_show_phrase(HuddlePageExchange *page, BusExchange1 *x)
{
        const char *phrase = bus_exchange1_get_phrase(x);
        gboolean has = phrase && *phrase;
        gboolean missing = g_strcmp0(bus_exchange1_get_phrase_status(x), "incomplete") == 0 && !has;
        gboolean compared =
                page->compared || g_strcmp0(bus_exchange1_get_level(x), "compared") == 0;

        gtk_widget_set_visible(page->phrase_box, has || missing);
        gtk_widget_set_visible(GTK_WIDGET(page->phrase), has);
        gtk_widget_set_visible(page->phrase_buttons, has && !compared);
        people_show_phrase(page->phrase, has ? phrase : "");
        gtk_label_set_text(
                page->phrase_question,
                missing    ? _("Not everyone answered in time, so there is no phrase to compare.")
                : compared ? _("You found this to be the same on every screen.")
                           : _("Is this the same on every screen?"));
}

static void page_exchange_show_members(HuddlePageExchange *page, BusExchange1 *x)
{
        GVariant *members = bus_exchange1_get_members(x);
        gsize n = members ? g_variant_n_children(members) : 0;

        gtk_widget_set_visible(GTK_WIDGET(page->members), n > 0);
        if (!page_exchange_take(&page->shown_members, members))
                return;
        people_clear(page->members);
        for (gsize i = 0; i < n; i++) {
                g_autofree char *text = NULL;
                const char *name, *state;
                gboolean guest;

                g_variant_get_child(members, i, "(@ay&s&sb)", NULL, &name, &state, &guest);
                text = guest ? g_strdup_printf(_("Guest · %s"), exchange_member_text(state))
                             : g_strdup(exchange_member_text(state));
                (void)people_add(page->members, name, text);
        }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void page_exchange_show_time(HuddlePageExchange *page)
{
        BusExchange1 *x = page_exchange_find(page);
        guint seconds = x ? remaining_seconds(bus_exchange1_get_deadline(x)) : 0;
        g_autofree char *text = remaining_clock(seconds);

        gtk_widget_set_visible(GTK_WIDGET(page->time), seconds > 0 && !bus_exchange1_get_held(x));
        gtk_label_set_text(page->time, text);
}

static gboolean page_exchange_on_tick(gpointer userdata)
{
        page_exchange_show_time(userdata);
        return G_SOURCE_CONTINUE;
}

static void page_exchange_stop_ticking(HuddlePageExchange *page)
{
        g_clear_handle_id(&page->tick, g_source_remove);
}

static char *page_exchange_count(guint members, guint guests)
{
        g_autofree char *all =
                g_strdup_printf(g_dngettext(NULL, "%u here", "%u here", members), members);
        g_autofree char *of_them =
                g_strdup_printf(g_dngettext(NULL, "%u guest", "%u guests", guests), guests);

        return guests > 0 ? g_strdup_printf("%s · %s", all, of_them) : g_strdup(all);
}

static void page_exchange_show_running(HuddlePageExchange *page, BusExchange1 *x,
                                       const ExchangeFacts *facts)
{
        gboolean gathering = exchange_phase(facts->state) == PHASE_GATHER;
        g_autofree char *here =
                page_exchange_count(facts->members, bus_exchange1_get_guest_count(x));

        page_exchange_show_code(page, x);
        gtk_widget_set_visible(page->code, gathering);
        gtk_widget_set_visible(GTK_WIDGET(page->qr), gathering);
        gtk_label_set_text(page->headline, exchange_headline(facts));
        gtk_label_set_text(page->here, here);
        page_exchange_show_near(page, gathering, facts);
        page_exchange_show_others(page, x, gathering);
        page_exchange_show_phrase(page, x);
        page_exchange_show_members(page, x);
        page_exchange_offer_running(page, facts);
        page_exchange_show_time(page);
        if (!page->tick && gtk_widget_get_mapped(GTK_WIDGET(page)))
                page->tick = g_timeout_add_seconds(1, page_exchange_on_tick, page);
        gtk_stack_set_visible_child_name(page->stack, "running");
}

/* What failed for want of network or cloud can be done again where we know how it began. */
static gboolean page_exchange_can_repeat(HuddlePageExchange *page)
{
        HuddlePage *base = HUDDLE_PAGE(page);

        return page->remedy == REMEDY_RETRY &&
               begin_can_repeat(base, huddle_page_get_argument(base));
}

/* The words for the error, and the one thing to do about it; then the way home. */
static void page_exchange_show_end(HuddlePageExchange *page, const char *error,
                                   const ExchangeFacts *facts)
{
        gboolean failed = error && *error;
        ErrorWords words = errors_find(error, FALSE);
        gboolean leads_on = failed && remedy_route(words.remedy);

        adw_status_page_set_title(page->ended, failed ? words.words : exchange_end_title(facts));
        adw_status_page_set_description(page->ended, exchange_end_text(facts));
        page->remedy = failed ? words.remedy : REMEDY_NONE;
        if (leads_on)
                page_exchange_offer(page, words.remedy == REMEDY_HOME ? ACTION_NONE : ACTION_HOME,
                                    ACTION_REMEDY);
        else
                page_exchange_offer(page, ACTION_NONE,
                                    page_exchange_can_repeat(page) ? ACTION_AGAIN : ACTION_HOME);
        gtk_stack_set_visible_child_name(page->stack, "ended");
        page_exchange_stop_ticking(page);
}

static void page_exchange_show_gone(HuddlePageExchange *page)
{
        if (g_strcmp0(gtk_stack_get_visible_child_name(page->stack), "ended") == 0)
                return; /* how it ended stays readable */
        adw_status_page_set_title(page->ended, _("This Exchange Is Gone"));
        adw_status_page_set_description(page->ended, "");
        page_exchange_offer(page, ACTION_NONE, ACTION_HOME);
        gtk_stack_set_visible_child_name(page->stack, "ended");
        page_exchange_stop_ticking(page);
}

static void page_exchange_go_to_result(gpointer userdata)
{
        HuddlePageExchange *page = userdata;

        page->result = 0;
        huddle_page_replace(HUDDLE_PAGE(page), "result",
                            huddle_page_get_argument(HUDDLE_PAGE(page)));
}

static void huddle_page_exchange_refresh(HuddlePage *base)
{
        HuddlePageExchange *page = HUDDLE_PAGE_EXCHANGE(base);
        BusExchange1 *x = page_exchange_find(page);
        ExchangeFacts facts;

        if (!x) {
                page_exchange_show_gone(page);
                return;
        }
        facts = page_exchange_facts(page, x);
        switch (exchange_phase(facts.state)) {
        case PHASE_GATHER:
        case PHASE_CHECK:
                page_exchange_show_running(page, x, &facts);
                break;
        case PHASE_ENDED:
                page_exchange_show_end(page, bus_exchange1_get_error(x), &facts);
                break;
        case PHASE_DONE: /* not from within the signal that brought us here */
                page_exchange_stop_ticking(page);
                if (!page->result)
                        page->result = g_idle_add_once(page_exchange_go_to_result, page);
                break;
        }
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_exchange_unmap(GtkWidget *widget)
{
        page_exchange_stop_ticking(HUDDLE_PAGE_EXCHANGE(widget));
        GTK_WIDGET_CLASS(huddle_page_exchange_parent_class)->unmap(widget);
}

static void huddle_page_exchange_dispose(GObject *object)
{
        HuddlePageExchange *page = HUDDLE_PAGE_EXCHANGE(object);

        page_exchange_stop_ticking(page);
        g_clear_handle_id(&page->result, g_source_remove);
        g_clear_pointer(&page->shown_members, g_variant_unref);
        g_clear_pointer(&page->shown_others, g_variant_unref);
        g_clear_pointer(&page->shown_code, g_free);
        g_clear_pointer(&page->shown_link, g_free);
        G_OBJECT_CLASS(huddle_page_exchange_parent_class)->dispose(object);
}

static void page_exchange_class_bind(GtkWidgetClass *klass)
{
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, stack);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, ended);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, code);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, digits);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, words);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, qr);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, headline);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, here);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, time);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, near);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, others);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, phrase_box);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, phrase_question);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, phrase);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, phrase_buttons);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, members);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, first);
        gtk_widget_class_bind_template_child(klass, HuddlePageExchange, second);
        gtk_widget_class_bind_template_callback(klass, page_exchange_on_first);
        gtk_widget_class_bind_template_callback(klass, page_exchange_on_second);
        gtk_widget_class_bind_template_callback(klass, page_exchange_on_same);
        gtk_widget_class_bind_template_callback(klass, page_exchange_on_different);
}

static void huddle_page_exchange_class_init(HuddlePageExchangeClass *klass)
{
        G_OBJECT_CLASS(klass)->dispose = huddle_page_exchange_dispose;
        GTK_WIDGET_CLASS(klass)->unmap = huddle_page_exchange_unmap;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_exchange_refresh;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-exchange");
        page_exchange_class_bind(GTK_WIDGET_CLASS(klass));
}

static void huddle_page_exchange_init(HuddlePageExchange *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
