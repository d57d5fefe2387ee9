/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "begin.h"

#include <sodium.h>
#include <string.h>

/* The last one that began, kept with the client: pages go, and huddled does not tell what was
 * asked of it. */
typedef struct Begun {
        char *path; /* of the exchange; NULL: huddled has not answered yet */
        char *code; /* "": one was to be drawn */
        GVariant *options;
} Begun;

typedef struct Beginning {
        HuddlePage *page; /* borrowed; gone when the call was cancelled */
        Begun *begun;
        BeginDone done;
} Beginning;

static void begun_free(Begun *b)
{
        sodium_memzero(b->code, strlen(b->code));
        g_free(b->code);
        g_free(b->path);
        g_variant_unref(b->options);
        g_free(b);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Begun, begun_free)

static void beginning_free(Beginning *b)
{
        g_clear_pointer(&b->begun, begun_free);
        g_free(b);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Beginning, beginning_free)

static Begun *begin_last(HuddlePage *page)
{
        return g_object_get_data(G_OBJECT(huddle_page_get_client(page)), "begun");
}

static void begin_keep(HuddlePage *page, Begun *begun)
{
        g_object_set_data_full(G_OBJECT(huddle_page_get_client(page)), "begun", begun,
                               (GDestroyNotify)begun_free);
}

static void begin_on_started(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(Beginning) b = userdata;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = NULL;

        (void)bus_manager1_call_start_exchange_finish(BUS_MANAGER1(source), &path, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        b->done(b->page, error);
        if (error)
                return;
        b->begun->path = g_strdup(path);
        begin_keep(b->page, g_steal_pointer(&b->begun));
        huddle_page_replace(b->page, "exchange", path);
}

void begin_exchange(HuddlePage *page, const char *code, GVariant *options, BeginDone done)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(page));
        g_autoptr(GError) error = NULL;
        Beginning *b;
        Begun *begun;

        if (!manager) {
                g_variant_unref(g_variant_ref_sink(options));
                error = g_error_new_literal(G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN, "");
                done(page, error);
                return;
        }
        b = g_new0(Beginning, 1);
        begun = g_new0(Begun, 1);
        *begun = (Begun){.code = g_strdup(code), .options = g_variant_ref_sink(options)};
        *b = (Beginning){page, begun, done};
        huddle_page_clear_report(page);
        bus_manager1_call_start_exchange(manager, code, options, huddle_page_get_cancellable(page),
                                         begin_on_started, b);
}

gboolean begin_can_repeat(HuddlePage *page, const char *path)
{
        const Begun *last = begin_last(page);

        return last && g_str_equal(last->path, path);
}

void begin_repeat(HuddlePage *page, const char *shown, BeginDone done)
{
        const Begun *last = begin_last(page);

        begin_exchange(page, *last->code || !shown ? last->code : shown, last->options, done);
}
