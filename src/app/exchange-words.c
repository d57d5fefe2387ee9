/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "exchange-words.h"

#include <glib/gi18n.h>

ExchangePhase exchange_phase(const char *state)
{
        static const struct {
                const char *state;
                ExchangePhase phase;
        } phases[] = {
                {"listening", PHASE_GATHER}, {"gathering", PHASE_GATHER}, {"delivered", PHASE_DONE},
                {"failed", PHASE_ENDED},     {"left", PHASE_ENDED},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(phases); i++)
                if (g_strcmp0(state, phases[i].state) == 0)
                        return phases[i].phase;
        return PHASE_CHECK;
}

/* Why others may be waited for in vain; NULL: nothing is known. */
static const char *exchange_elsewhere(const char *elsewhere)
{
        if (g_strcmp0(elsewhere, "closed") == 0)
                return _("A group with your code has just closed; nobody of it hears you. Ask "
                         "them for their record.");
        if (g_strcmp0(elsewhere, "missed") == 0)
                return _("A group near you has just closed. Ask for its record.");
        if (g_strcmp0(elsewhere, "code") == 0)
                return _("Somebody near you has pressed another code. Compare the digits.");
        return NULL;
}

static const char *exchange_gathering(const ExchangeFacts *facts)
{
        if (g_strcmp0(facts->state, "listening") == 0)
                return facts->offline ? _("The cloud does not answer. Trying again…")
                                      : _("Listening who is near…");
        if (exchange_elsewhere(facts->elsewhere))
                return exchange_elsewhere(facts->elsewhere);
        if (facts->members < 2)
                return _("Say the code aloud. Everybody types it now.");
        return facts->opener ? _("Is everyone here?") : _("Waiting until everyone is here…");
}

const char *exchange_headline(const ExchangeFacts *facts)
{
        if (exchange_phase(facts->state) == PHASE_GATHER)
                return exchange_gathering(facts);
        if (facts->released)
                return _("Your card is on its way. Waiting for the others…");
        if (facts->held)
                return _("The countdown stands still.");
        if (g_strcmp0(facts->state, "opening") == 0)
                return _("The group is closed. Waiting for everyone’s answer…");
        if (g_strcmp0(facts->state, "proving") == 0)
                return _("Checking that all have the same words…");
        if (g_strcmp0(facts->state, "releasing") == 0)
                return _("Your card goes out when the time is up.");
        return "";
}

const char *exchange_end_title(const ExchangeFacts *facts)
{
        return g_strcmp0(facts->state, "left") == 0 ? _("You Have Left") : _("No Exchange");
}

const char *exchange_end_text(const ExchangeFacts *facts)
{
        return facts->released ? _("Your card was out already.") : _("Your card stayed here.");
}

const char *exchange_member_text(const char *state)
{
        static const struct {
                const char *state, *text;
        } texts[] = {
                {"waiting", N_("Nothing heard yet")},
                {"proven", N_("Has the same words")},
                {"named", N_("The card is coming")},
                {"carded", N_("The card is here")},
                {"left", N_("Has left")},
                {"differs", N_("Sees another phrase, and has left")},
                {"unproven", N_("Has not proven the words: gets nothing")},
                {"apart", N_("Guests take no part here")},
                {"refused", N_("Sent something that does not fit")},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
                if (g_strcmp0(state, texts[i].state) == 0)
                        return _(texts[i].text);
        return "";
}

const char *exchange_level_text(const char *level)
{
        static const struct {
                const char *level, *text;
        } texts[] = {
                {"unchecked", N_("Not checked: anyone who knew the digits may be among these.")},
                {"proven", N_("Proven: all of these had the same secret words.")},
                {"vouched", N_("Vouched for by the person that gave you the password.")},
                {"compared", N_("Compared: the same phrase was on every screen.")},
        };

        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
                if (g_strcmp0(level, texts[i].level) == 0)
                        return _(texts[i].text);
        return "";
}
