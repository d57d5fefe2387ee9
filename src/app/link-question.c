/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "link-question.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <sodium.h>
#include <string.h>

typedef struct LinkQuestion {
        HuddlePage *page; /* borrowed: our calls are cancelled before it goes */
        LinkAnswer answer;
        char *link;
        GVariant *parts; /* NULL: not read yet */
} LinkQuestion;

static void link_question_free(LinkQuestion *q)
{
        if (!q)
                return;
        sodium_memzero(q->link, strlen(q->link));
        g_free(q->link);
        g_clear_pointer(&q->parts, g_variant_unref);
        g_free(q);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LinkQuestion, link_question_free)

static const char *link_question_part(GVariant *parts, const char *key)
{
        const char *text = "";

        (void)g_variant_lookup(parts, key, "&s", &text);
        return text;
}

const char *link_question_url(GVariant *parts)
{
        return link_question_part(parts, "Url");
}

static void link_question_fail(LinkQuestion *q, const GError *error)
{
        huddle_page_report(q->page, error);
        q->answer(q->page, q->link, NULL);
}

static void link_question_on_added(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(LinkQuestion) q = userdata;
        g_autofree char *url = NULL;

        (void)bus_manager1_call_add_cloud_finish(BUS_MANAGER1(source), &url, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                link_question_fail(q, error);
        else
                q->answer(q->page, q->link, q->parts);
}

static void link_question_on_answer(HuddlePage *page, const char *response, GObject *dialog)
{
        g_autoptr(LinkQuestion) q = g_object_steal_data(dialog, "question");
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(page));

        if (!g_str_equal(response, "do") || !manager) {
                q->answer(page, q->link, NULL);
                return;
        }
        bus_manager1_call_add_cloud(manager, q->link, g_variant_new("a{sv}", NULL),
                                    huddle_page_get_cancellable(page), link_question_on_added, q);
        g_steal_pointer(&q);
}

/* Takes q. */
static void link_question_show(LinkQuestion *q)
{
        g_autofree char *url = stranger_text(link_question_url(q->parts));
        g_autofree char *words = stranger_text(link_question_part(q->parts, "Words"));
        g_autofree char *text = g_strdup_printf(
                _("%s\n%s\n\nThe same three words belong on the screen of whoever gave you the "
                  "link. Its operator will see with whom you meet, but no card."),
                url, words);
        GObject *dialog = huddle_page_ask(q->page, _("Use This Server?"), text, _("Use It"), FALSE,
                                          G_CALLBACK(link_question_on_answer));

        g_object_set_data_full(dialog, "question", q, (GDestroyNotify)link_question_free);
}

static void link_question_on_read(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(LinkQuestion) q = userdata;
        const char *standing;

        (void)bus_manager1_call_read_link_finish(BUS_MANAGER1(source), &q->parts, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error) {
                link_question_fail(q, error);
                return;
        }
        standing = link_question_part(q->parts, "Cloud");
        if (g_str_equal(standing, "unknown"))
                link_question_show(g_steal_pointer(&q));
        else if (g_str_equal(standing, "other")) {
                huddle_page_report_name(q->page, "org.huddle.Error.CloudKeyChanged");
                q->answer(q->page, q->link, NULL);
        } else
                q->answer(q->page, q->link, q->parts);
}

void link_question_ask(HuddlePage *page, const char *link, LinkAnswer answer)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(page));
        LinkQuestion *q;

        if (!manager) {
                answer(page, link, NULL);
                return;
        }
        q = g_new0(LinkQuestion, 1);
        *q = (LinkQuestion){.page = page, .answer = answer, .link = g_strdup(link)};
        huddle_page_clear_report(page);
        bus_manager1_call_read_link(manager, link, huddle_page_get_cancellable(page),
                                    link_question_on_read, q);
}
