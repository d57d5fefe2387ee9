/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-end.c - how an exchange ends, and how a delivered one is put away */
#include "exchange-context.h"

#include "member.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

void exchange_settle(Exchange *x)
{
        int r = late_settle(x->late, exchange_level(x));

        if (r < 0)
                exchange_note(x, LOG_ERR, "cannot settle, the next start will: %s", strerror(-r));
        exchange_note(x, LOG_DEBUG, "settled");
        exchange_wipe(x);
}

void exchange_see_off(Exchange *x, bool news)
{
        int r = news ? late_record(x->late, exchange_level(x)) : 0;

        if (r < 0) /* the cards themselves are stored */
                exchange_note(x, LOG_ERR, "cannot record: %s", strerror(-r));
        if (group_missing(x->group, GROUP_CARDS, false) == 0 && outbox_empty(x->outbox))
                exchange_settle(x);
}

static int exchange_deliver(Exchange *x)
{
        int r;

        exchange_note(x, LOG_INFO, "%zu cards from %zu others", group_cards(x->group),
                      x->group->n - 1);
        r = exchange_save(x);
        if (r == 0)
                r = late_wait(x->late);
        exchange_see_off(x, true);
        return r;
}

static int exchange_give_up(Exchange *x)
{
        int r;

        exchange_note(x, LOG_INFO, "ended: %s, error %d", exchange_state_name(x->state),
                      (int)x->error);
        if (x->s.released) /* our card is out: the history names the receivers */
                r = late_settle(x->late, exchange_level(x));
        else {
                if (x->asked)
                        member_leave(x->settings.cloud, exchange_clock(x), &x->s.keys.id);
                r = daemon_store_exchange_finish(x->settings.store, x->number, NULL);
        }
        exchange_wipe(x);
        return r;
}

void exchange_finish(Exchange *x, ExchangeState state, ExchangeError error)
{
        int r;

        assert(!exchange_ended(x));
        x->error = error;
        x->s.reached = state;
        exchange_enter(x, state);
        exchange_radios_off(x);
        r = state == EXCHANGE_DELIVERED ? exchange_deliver(x) : exchange_give_up(x);
        if (r < 0)
                exchange_note(x, LOG_ERR, "cannot end: %s", strerror(-r));
        x->closing = closing_free(x->closing);
        x->settings.changed(x->settings.userdata, x);
}

void exchange_go(Exchange *x)
{
        bool carded = x->group && group_cards(x->group) > 0;

        if (!exchange_ended(x))
                exchange_finish(x, carded ? EXCHANGE_DELIVERED : EXCHANGE_LEFT, EXCHANGE_E_NONE);
        if (x->life) /* we do not wait for late cards */
                exchange_settle(x);
}

/* Cards that have come stay, whatever happens afterwards. */
void exchange_end_by(Exchange *x, ExchangeError error)
{
        if (x->group && group_cards(x->group) > 0)
                exchange_finish(x, EXCHANGE_DELIVERED, EXCHANGE_E_NONE);
        else
                exchange_finish(x, EXCHANGE_FAILED, error);
}

/* Until our card key is out, contradictory data ends the exchange. Afterwards we only skip it. */
int exchange_refusal(const Exchange *x, int r)
{
        if (r <= 0)
                return r;
        if (r == GROUP_E_LATE && !x->s.released)
                return EXCHANGE_E_TOO_LATE;
        exchange_note_contradiction(x);
        return x->s.released ? 0 : EXCHANGE_E_GROUP_REFUSED;
}

/* Members that are still missing are looked for again at the next start. */
static void exchange_on_waited(void *userdata)
{
        Exchange *x = userdata;

        if (x->outbox && !outbox_empty(x->outbox) && late_wait(x->late) == 0)
                return;
        exchange_hang_up(x);
}

int exchange_make_late(Exchange *x)
{
        LateDeps deps = {
                .clock = exchange_clock(x),
                .cloud = x->settings.cloud,
                .store = x->settings.store,
                .group = x->group,
                .number = x->number,
                .uid = x->uid,
                .member = x->s.keys.id,
                .fix = x->s.options.fix,
                .waited = exchange_on_waited,
                .userdata = x,
        };

        return late_new(&x->late, &deps);
}

Exchange *exchange_free(Exchange *x)
{
        if (!x)
                return NULL;
        exchange_radios_off(x);
        exchange_wipe(x);
        late_free(x->late);
        group_free(x->group);
        neighbourhood_free(x->neighbourhood);
        free(x->members);
        secret_release(x);
        return NULL;
}
