/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-patience.c - how long an exchange waits for proofs and cards of others */
#include "exchange-context.h"

enum {                       /* on a usual way; exchange_takes_ms adds what a slow one takes */
       PROOF_MS = 20 * 1000, /* after the key: for others to share it */
       CARDS_MS = 30 * 1000, /* for a card, or a sign of who is missing; or it is an addition */
       CARDS_MOST = 3,       /* times the wait for a card, whatever signs come */
};

uint64_t exchange_takes_ms(const Exchange *x, uint64_t usual_ms)
{
        return cloud_client_allow_ms(x->settings.cloud, usual_ms);
}

static bool exchange_is_sign(const Exchange *x, const PbMemberMessage *message)
{
        const GroupMember *m;
        Id from;

        wire_id_read(&from, message->from);
        m = x->group ? group_find(x->group, &from) : NULL;
        return m && group_is_present(x->group, m) && !m->unproven && !m->carded;
}

void exchange_note_signs(Exchange *x, const PbWatched *w)
{
        bool sign = false;

        for (size_t i = 0; i < w->n_messages; i++)
                sign |= exchange_is_sign(x, w->messages[i]);
        for (size_t i = 0; i < w->n_card_keys; i++)
                sign |= exchange_is_sign(x, w->card_keys[i]);
        if (sign)
                x->sign_ms = clock_now(exchange_clock(x));
}

/* How long to wait still for missing cards, each of which usually takes that long after our own or
 * a sign of its member. As of now: that our way loses packets often shows only while we wait. */
static uint64_t exchange_cards_left_ms(const Exchange *x, uint64_t usual_ms)
{
        uint64_t takes_ms = exchange_takes_ms(x, usual_ms), now = clock_now(exchange_clock(x));
        uint64_t until_ms = MIN(MAX(x->released_ms, x->sign_ms) + takes_ms,
                                x->released_ms + CARDS_MOST * takes_ms);

        return until_ms > now ? until_ms - now : 0;
}

static void exchange_on_proof_time(void *userdata)
{
        Exchange *x = userdata;

        x->proof_time = timer_free(x->proof_time);
        x->group->proof_over = true;
        exchange_event_done(x, 0);
}

int exchange_await_proofs(Exchange *x)
{
        return clock_restart(exchange_clock(x), &x->proof_time, exchange_takes_ms(x, PROOF_MS),
                             exchange_on_proof_time, x);
}

static void exchange_on_overdue(void *userdata)
{
        Exchange *x = userdata;
        uint64_t left_ms = exchange_cards_left_ms(x, CARDS_MS);
        int r = left_ms > 0 ? exchange_set_deadline(x, left_ms, exchange_on_overdue) : 0;

        x->overdue = left_ms == 0;
        exchange_event_done(x, r);
}

int exchange_await_cards(Exchange *x)
{
        x->released_ms = clock_now(exchange_clock(x));
        return exchange_set_deadline(x, exchange_takes_ms(x, CARDS_MS), exchange_on_overdue);
}
