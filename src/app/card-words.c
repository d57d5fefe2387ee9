/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "card-words.h"
#include "book-cards.h"
#include "remaining.h"
#include "stranger.h"

#include <glib/gi18n.h>

/* Why an entry of its own, where there is one that resembles it. */
static char *card_words_added(GVariant *card)
{
        const char *apart = book_cards_text(card, "Apart");
        g_autofree char *from = stranger_text(book_cards_text(card, "ApartFrom"));

        if (g_str_equal(apart, "claims"))
                return g_strdup_printf(
                        _("New contact. It has a number or address of %s, but another name."),
                        from);
        if (g_str_equal(apart, "name"))
                return g_strdup_printf(_("New contact. It has nothing but the name of %s."), from);
        if (g_str_equal(apart, "taken"))
                return g_strdup_printf(
                        _("New contact. It fits %s, where somebody else's card went."), from);
        if (g_str_equal(apart, "several"))
                return g_strdup_printf(
                        _("New contact. It fits several of your contacts, among them %s."), from);
        if (g_str_equal(apart, "unreadable"))
                return g_strdup_printf(
                        _("New contact. The entry %s has its name and cannot be read."), from);
        if (g_str_equal(apart, "format"))
                return g_strdup_printf(
                        _("New contact. The entry %s is in an old format that is not touched."),
                        from);
        return g_strdup(_("New contact"));
}

static char *card_words_merged(GVariant *card)
{
        const char *into = book_cards_text(card, "Into");
        g_autofree char *safe = stranger_text(into);

        return *into ? g_strdup_printf(_("Merged into %s"), safe)
                     : g_strdup(_("Merged into your contact"));
}

static char *card_words_state(GVariant *card)
{
        const char *state = book_cards_text(card, "State");

        if (g_str_equal(state, "waiting"))
                return g_strdup(_("Waits for the address book"));
        if (g_str_equal(state, "added"))
                return card_words_added(card);
        if (g_str_equal(state, "merged"))
                return card_words_merged(card);
        if (g_str_equal(state, "undone"))
                return g_strdup(_("Taken out again"));
        if (g_str_equal(state, "kept"))
                return g_strdup(_("Stays: you have added something to it"));
        return g_strdup("");
}

char *card_words_line(GVariant *card)
{
        g_autofree char *state = card_words_state(card);
        guint32 left_out = 0;

        (void)g_variant_lookup(card, "LeftOut", "u", &left_out);
        if (left_out == 0)
                return g_steal_pointer(&state);
        return g_strdup_printf(
                g_dngettext(NULL, "%s (%u value left out)", "%s (%u values left out)", left_out),
                state, left_out);
}

static const char *card_words_level(const char *level)
{
        if (g_str_equal(level, "proven"))
                return _("proven");
        if (g_str_equal(level, "compared"))
                return _("compared");
        if (g_str_equal(level, "vouched"))
                return _("vouched for");
        return _("not checked");
}

void card_words_past(GVariant *exchange, GDateTime *now, char **ret_title, char **ret_line)
{
        guint32 cards = 0;
        guint64 time = 0;
        g_autoptr(GDateTime) when = NULL;
        g_autofree char *since = NULL;

        (void)g_variant_lookup(exchange, "Cards", "u", &cards);
        (void)g_variant_lookup(exchange, "Time", "t", &time);
        when = g_date_time_new_from_unix_local((gint64)MIN(time, (guint64)G_MAXINT64));
        since = when ? remaining_since(when, now) : g_strdup("");
        *ret_title = g_strdup_printf(g_dngettext(NULL, "%u card", "%u cards", cards), cards);
        *ret_line = g_strdup_printf("%s · %s", since,
                                    card_words_level(book_cards_text(exchange, "Level")));
}

char *card_words_undone(guint cards, guint undone)
{
        return undone < cards ? g_strdup_printf(g_dngettext(NULL, "%u undone", "%u undone", undone),
                                                undone)
                              : g_strdup(_("undone"));
}
