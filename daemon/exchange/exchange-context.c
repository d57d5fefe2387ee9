/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-context.c - what the steps of an exchange are made with */
#include "exchange-private.h"

#include "src/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void exchange_note(const Exchange *x, int priority, const char *format, ...)
{
        char fields[128], text[256];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        (void)snprintf(fields, sizeof fields, "EXCHANGE_ID=%llu\nEXCHANGE_STATE=%s\nGROUP_SIZE=%zu",
                       (unsigned long long)x->number, exchange_state_name(x->state),
                       x->group ? x->group->n : 0);
        log_line(priority, fields, "exchange %llu: %s", (unsigned long long)x->number, text);
}

static void exchange_note_proofs(Snapshot *s, const Group *g)
{
        s->budget = g->budget;
        s->n_proofs = 0;
        for (size_t i = 0; i < g->n && s->n_proofs < ARRAY_LEN(s->proofs); i++) {
                const GroupMember *m = &g->members[i];

                if (m->failed || m->proof.answered_run > 0)
                        s->proofs[s->n_proofs++] =
                                (SnapshotProof){m->id, m->failed, m->proof.answered_run};
        }
}

int exchange_save(Exchange *x)
{
        if (x->group)
                exchange_note_proofs(&x->s, x->group);
        return snapshot_save(x->settings.store, x->number, x->uid, &x->s);
}

void exchange_recall_proofs(Exchange *x)
{
        x->group->budget = x->s.budget;
        for (size_t i = 0; i < x->s.n_proofs; i++) {
                const SnapshotProof *p = &x->s.proofs[i];
                GroupMember *m = group_find(x->group, &p->member);

                if (!m)
                        continue;
                m->unproven = m->failed = p->failed;
                m->proof.answered_run = p->answered_run;
        }
}

void exchange_enter(Exchange *x, ExchangeState state)
{
        x->state = state;
        x->timer = timer_free(x->timer);
        x->deadline_ms = 0;
        x->waited_ms = 0;
        exchange_note(x, LOG_DEBUG, "%s", exchange_state_name(state));
}

/* The deadline of a state: func after delay_ms. */
int exchange_set_deadline(Exchange *x, uint64_t delay_ms, TimerFunc func)
{
        x->deadline_ms = clock_now(exchange_clock(x)) + delay_ms;
        return clock_restart(exchange_clock(x), &x->timer, delay_ms, func, x);
}

void exchange_radios_on(Exchange *x)
{
        int r = x->settings.radios_on(x->settings.userdata, x, &x->s.token);

        x->radios_on = r >= 0;
        if (r < 0)
                exchange_note(x, LOG_WARNING, "no radio: %s",
                              strerror(-r)); /* route and fix may be enough */
}

void exchange_radios_off(Exchange *x)
{
        if (x->radios_on)
                x->settings.radios_off(x->settings.userdata, x);
        x->radios_on = false;
}

void exchange_hang_up(Exchange *x)
{
        x->join = cloud_call_cancel(x->join);
        x->watch = cloud_call_cancel(x->watch);
        x->amend = cloud_call_cancel(x->amend);
        x->open = cloud_call_cancel(x->open);
        x->close = cloud_call_cancel(x->close);
        x->deposit = deposit_free(x->deposit);
        x->fetch = fetch_free(x->fetch);
        x->outbox = outbox_free(x->outbox);
        x->timer = timer_free(x->timer);
        x->life = timer_free(x->life);
        x->linger = timer_free(x->linger);
        x->amend_timer = timer_free(x->amend_timer);
        x->service = timer_free(x->service);
        x->proof_time = timer_free(x->proof_time);
        x->answering = timer_free(x->answering);
        x->pause = timer_free(x->pause);
}

/* Nothing goes on from here: what was secret is gone, what may still be shown stays. */
void exchange_wipe(Exchange *x)
{
        Snapshot shown = {.reached = x->s.reached,
                          .opener = x->s.opener,
                          .compared = x->s.compared,
                          .proven = x->s.proven};

        exchange_hang_up(x);
        if (x->group)
                group_wipe(x->group);
        snapshot_done(&x->s);
        x->s = shown;
}
