/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "card-source.h"
#include "errors.h"

#include <glib/gi18n.h>
#include <string.h>

enum { SOURCE_BYTES_MAX = 32 * 1024 * 1024 }; /* an address book with pictures */

static const char contact_prefix[] = "contact:";

typedef struct Source {
        HuddlePage *page; /* borrowed: our calls are cancelled before it goes */
        CardSourceDone done;
        GByteArray *bytes;
} Source;

static void source_free(Source *s)
{
        g_byte_array_unref(s->bytes);
        g_free(s);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)

gboolean card_source_is(const char *argument)
{
        return g_str_has_prefix(argument, contact_prefix) || strstr(argument, "://");
}

/* ---- the card -------------------------------------------------------------------------------- */

static const char *source_complaint(int outcome)
{
        switch (outcome) {
        case CARD_E_NO_CARD:
                return _("There is no contact card in it");
        case CARD_E_GROUPS:
                return _("There are only lists of people in it");
        case CARD_E_NO_NAME:
                return _("There is no name in this card");
        case CARD_E_TOO_LARGE:
                return _("This card is too large");
        default:
                return _("This card cannot be read");
        }
}

static void source_tell(Source *s, const void *bytes, gsize len)
{
        Card *card = NULL;
        CardReading how = {.max = SOURCE_BYTES_MAX, .forgiving = true};
        size_t from = 0;
        int r = card_skip_groups(&from, bytes, len, &how, NULL, NULL);

        if (r == 0)
                r = card_parse_as(&card, (const char *)bytes + from, len - from, &how, NULL, NULL);

        s->done(s->page, r == 0 ? card : NULL, r == 0 ? NULL : source_complaint(r));
}

/* ---- a file ---------------------------------------------------------------------------------- */

static void source_read_on(Source *s, GInputStream *stream);

static void source_fail(Source *s, const GError *error)
{
        if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                s->done(s->page, NULL, _("This file cannot be read"));
}

static void source_on_bytes(GObject *stream, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Source) s = userdata;
        g_autoptr(GBytes) bytes =
                g_input_stream_read_bytes_finish(G_INPUT_STREAM(stream), result, &error);

        if (!bytes) {
                source_fail(s, error);
                return;
        }
        g_byte_array_append(s->bytes, g_bytes_get_data(bytes, NULL),
                            (guint)g_bytes_get_size(bytes));
        if (g_bytes_get_size(bytes) > 0 && s->bytes->len <= SOURCE_BYTES_MAX)
                source_read_on(g_steal_pointer(&s), G_INPUT_STREAM(stream));
        else
                source_tell(s, s->bytes->data, s->bytes->len);
}

/* Takes s. */
static void source_read_on(Source *s, GInputStream *stream)
{
        g_input_stream_read_bytes_async(stream, 256 * 1024, G_PRIORITY_DEFAULT,
                                        huddle_page_get_cancellable(s->page), source_on_bytes, s);
}

static void source_on_open(GObject *file, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Source) s = userdata;
        g_autoptr(GFileInputStream) stream = g_file_read_finish(G_FILE(file), result, &error);

        if (stream)
                source_read_on(g_steal_pointer(&s), G_INPUT_STREAM(stream));
        else
                source_fail(s, error);
}

/* ---- a contact ------------------------------------------------------------------------------- */

static void source_on_contact(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Source) s = userdata;
        g_autoptr(GVariant) contacts = NULL, contact = NULL, vcard = NULL;
        gsize len;

        if (!bus_agent1_call_find_contacts_finish(BUS_AGENT1(agent), &contacts, NULL, NULL, result,
                                                  &error)) {
                g_autofree char *text = NULL;

                if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                        return;
                errors_explain(error, TRUE, &text);
                s->done(s->page, NULL, text);
                return;
        }
        if (g_variant_n_children(contacts) == 1) {
                contact = g_variant_get_child_value(contacts, 0);
                vcard = g_variant_lookup_value(contact, "Vcard", G_VARIANT_TYPE_BYTESTRING);
        }
        if (vcard) {
                const void *bytes = g_variant_get_fixed_array(vcard, &len, 1);

                source_tell(s, bytes, len);
        } else
                s->done(s->page, NULL, _("This contact is not in the address book any more"));
}

void card_source_read(HuddlePage *page, const char *argument, CardSourceDone done)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(page));
        GCancellable *cancellable = huddle_page_get_cancellable(page);
        Source *s = g_new0(Source, 1);

        s->page = page;
        s->done = done;
        s->bytes = g_byte_array_new();
        if (!g_str_has_prefix(argument, contact_prefix)) {
                g_autoptr(GFile) file = g_file_new_for_uri(argument);

                g_file_read_async(file, G_PRIORITY_DEFAULT, cancellable, source_on_open, s);
        } else if (agent)
                bus_agent1_call_find_contacts(agent, argument + strlen(contact_prefix), cancellable,
                                              source_on_contact, s);
        else {
                source_free(s);
                done(page, NULL, _("There is no address book"));
        }
}
