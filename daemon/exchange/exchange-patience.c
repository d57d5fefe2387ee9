/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-patience.c - how long an exchange waits for proofs and cards of others */
#include "exchange-context.h"

enum {                       /* on a usual way; exchange_takes_ms adds what a slow one takes */
       PROOF_MS = 20 * 1000, /* after the key: for others to share it */
       CARDS_MS = 30 * 1000, /* after our card key: for a card, or it is an addition */
       MOST = 3,             /* times each of them, whatever signs of life come */
};

uint64_t exchange_takes_ms(const Exchange *x, uint64_t usual_ms)
{
        return cloud_client_allow_ms(x->settings.cloud, usual_ms);
}

static void exchange_note_sign(Exchange *x, const PbMemberMessage *message)
{
        uint64_t now = clock_now(exchange_clock(x));
        const GroupMember *m;
        Id from;

        wire_id_read(&from, message->from);
        m = x->group ? group_find(x->group, &from) : NULL;
        if (!m || !group_is_present(x->group, m) || m->unproven)
                return;
        if (!m->shares)
                x->proof_sign_ms = now;
        if (!m->carded)
                x->card_sign_ms = now;
}

void exchange_note_signs(Exchange *x, const PbWatched *w)
{
        for (size_t i = 0; i < w->n_messages; i++)
                exchange_note_sign(x, w->messages[i]);
        for (size_t i = 0; i < w->n_card_keys; i++)
                exchange_note_sign(x, w->card_keys[i]);
}

/* How long still to wait for others, whose part in a step that began then usually takes that long
 * after a sign of theirs. They cannot answer what has not gone out yet. As of now: how bad our way
 * is often shows only while we wait. */
static uint64_t exchange_left_ms(const Exchange *x, uint64_t begun_ms, uint64_t sign_ms,
                                 uint64_t usual_ms)
{
        uint64_t takes_ms = exchange_takes_ms(x, usual_ms), now = clock_now(exchange_clock(x));
        uint64_t last_ms = outbox_empty(x->outbox) ? MAX(begun_ms, sign_ms) : now;
        uint64_t until_ms = MIN(last_ms + takes_ms, begun_ms + MOST * takes_ms);

        return until_ms > now ? until_ms - now : 0;
}

static void exchange_on_proof_time(void *userdata)
{
        Exchange *x = userdata;
        uint64_t left_ms = exchange_left_ms(x, x->keyed_ms, x->proof_sign_ms, PROOF_MS);
        int r = 0;

        x->group->proof_over = left_ms == 0;
        if (left_ms > 0)
                r = clock_restart(exchange_clock(x), &x->proof_time, left_ms,
                                  exchange_on_proof_time, x);
        else
                x->proof_time = timer_free(x->proof_time);
        exchange_event_done(x, r);
}

int exchange_await_proofs(Exchange *x)
{
        x->keyed_ms = clock_now(exchange_clock(x));
        return clock_restart(exchange_clock(x), &x->proof_time, exchange_takes_ms(x, PROOF_MS),
                             exchange_on_proof_time, x);
}

static void exchange_on_overdue(void *userdata)
{
        Exchange *x = userdata;
        uint64_t left_ms = exchange_left_ms(x, x->released_ms, x->card_sign_ms, CARDS_MS);
        int r = left_ms > 0 ? exchange_set_deadline(x, left_ms, exchange_on_overdue) : 0;

        x->overdue = left_ms == 0;
        exchange_event_done(x, r);
}

int exchange_await_cards(Exchange *x)
{
        x->released_ms = clock_now(exchange_clock(x));
        return exchange_set_deadline(x, exchange_takes_ms(x, CARDS_MS), exchange_on_overdue);
}
