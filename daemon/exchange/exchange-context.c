/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-context.c - what the steps of an exchange are made with */
#include "exchange-context.h"

#include "src/base/events.h"
#include "src/base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
        GATHER_MS = 2 * 60 * 60 * 1000, /* longer than any window */
        ROOM_MS = 2 * 1000,             /* until we look again whether the disk takes more */
        STALL_MS = 15 * 60 * 1000,      /* without progress, while the cloud answers */
};

/* event: one of events.h, or "". */
static void exchange_log(const Exchange *x, int priority, const char *event, const char *text)
{
        char fields[192];

        (void)snprintf(fields, sizeof fields,
                       "EXCHANGE_ID=%llu\nEXCHANGE_STATE=%s\nGROUP_SIZE=%zu\n%s",
                       (unsigned long long)x->number, exchange_state_name(x->state),
                       x->group ? x->group->n : 0, event);
        log_line(priority, fields, "exchange %llu: %s", (unsigned long long)x->number, text);
}

void exchange_note(const Exchange *x, int priority, const char *format, ...)
{
        char text[256];
        va_list ap;

        va_start(ap, format);
        (void)vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        exchange_log(x, priority, "", text);
}

void exchange_note_contradiction(const Exchange *x)
{
        exchange_log(x, LOG_WARNING, EVENT_CONTRADICTION,
                     "refused: the cloud sent contradictory data");
}

int exchange_save(Exchange *x)
{
        if (x->keying)
                keying_state(x->keying, &x->s.keying);
        return snapshot_save(x->settings.store, x->number, x->uid, &x->s);
}

static void exchange_on_room(void *userdata)
{
        exchange_event_done(userdata, 0);
}

int exchange_failure(Exchange *x, int r)
{
        exchange_note(x, LOG_ERR, "cannot go on: %s", strerror(-r));
        if (r != -ENOSPC && r != -EROFS)
                return EXCHANGE_E_INTERNAL;
        if (!x->group || !x->group->released)
                return EXCHANGE_E_NOT_SAVED;
        return clock_restart(exchange_clock(x), &x->room, ROOM_MS, exchange_on_room, x);
}

void exchange_enter(Exchange *x, ExchangeState state)
{
        x->state = state;
        x->timer = timer_free(x->timer);
        x->deadline_ms = 0;
        if (x->watcher)
                watcher_be_patient(x->watcher);
        exchange_note(x, LOG_DEBUG, "%s", exchange_state_name(state));
}

/* Calls func after delay_ms, unless the state changes first. */
int exchange_set_deadline(Exchange *x, uint64_t delay_ms, TimerFunc func)
{
        assert(func);
        x->deadline_ms = clock_now(exchange_clock(x)) + delay_ms;
        return clock_restart(exchange_clock(x), &x->timer, delay_ms, func, x);
}

/* Without radios, route and fix may be enough. */
void exchange_radios_on(Exchange *x)
{
        int r;

        neighbourhood_set_own(x->neighbourhood, &x->s.token);
        r = x->settings.radios_on(x->settings.userdata, x, &x->s.token);

        x->radios_on = r >= 0;
        if (r < 0)
                exchange_note(x, LOG_WARNING, "no radio: %s", strerror(-r));
}

void exchange_radios_off(Exchange *x)
{
        if (x->radios_on)
                x->settings.radios_off(x->settings.userdata, x);
        x->radios_on = false;
}

/* The ExchangeError if no other member is left to exchange with; 0 otherwise. Our own messages go
 * out first. */
int exchange_check_company(const Exchange *x)
{
        const Group *g = x->group;

        if (!g || exchange_ended(x) || group_cards(g) > 0 ||
            (x->outbox && !outbox_empty(x->outbox)))
                return 0;
        if ((g->burned || keying_has_burned(x->keying)) && !x->s.released)
                return EXCHANGE_E_CODE_BURNED;
        if (group_has_others(g) && !(g->proof_over && !group_has_sharers(g)))
                return 0;
        if (group_has_disputes(g))
                return EXCHANGE_E_PHRASE_DIFFERS;
        if (group_has_unproven(g))
                return EXCHANGE_E_NOT_PROVEN;
        if (group_has_apart(g))
                return EXCHANGE_E_NO_GUESTS;
        if (group_has_refused(g))
                return EXCHANGE_E_GROUP_REFUSED;
        return group_has_others(g) ? 0 : EXCHANGE_E_ALONE; /* a member is offline: we wait */
}

/* EXCHANGE_E_STALLED if a state lasts too long although the cloud answers. */
int exchange_check_patience(const Exchange *x)
{
        uint64_t most = x->state == EXCHANGE_GATHERING ? GATHER_MS : STALL_MS;

        if (!x->watcher || exchange_ended(x) || (x->counting && !x->s.released))
                return 0;
        return watcher_waited_ms(x->watcher) > most ? EXCHANGE_E_STALLED : 0;
}

bool exchange_may_count(const Exchange *x)
{
        return !x->held && !x->dispute && (x->s.compared || !group_has_disputes(x->group));
}

void exchange_stop_countdown(Exchange *x)
{
        x->counting = false;
        x->timer = timer_free(x->timer);
        x->deadline_ms = 0;
}

/* The user must see the names before the release: all of them, or after a while those that came. */
bool exchange_names_suffice(const Exchange *x)
{
        return group_names(x->group) > 0 &&
               (x->names_over || group_missing(x->group, GROUP_NAMES, true) == 0);
}

void exchange_commit(Exchange *x)
{
        Bytes32 hash[2];

        for (unsigned i = 0; i < 2; i++)
                card_part_hash(&hash[i], x->s.parts.bytes[i], x->s.parts.len[i]);
        opening_make(&x->opening, &x->s.keys, hash);
        commitment_make(&x->commitment, &x->opening);
}

int exchange_make_amending(Exchange *x)
{
        AmendingDeps deps = {
                .clock = exchange_clock(x),
                .cloud = x->settings.cloud,
                .member = &x->s.keys.id,
                .neighbourhood = x->neighbourhood,
                .fix = &x->s.options.fix,
                .press_ms = &x->s.press_ms,
        };

        return amending_new(&x->amending, &deps);
}

void exchange_hang_up(Exchange *x)
{
        if (x->keying)
                keying_state(x->keying, &x->s.keying);
        if (x->late)
                late_rest(x->late);
        x->joining = joining_free(x->joining);
        x->closing = closing_free(x->closing);
        x->others = others_free(x->others);
        x->watcher = watcher_free(x->watcher);
        x->amending = amending_free(x->amending);
        x->deposit = deposit_free(x->deposit);
        x->fetch = fetch_free(x->fetch);
        x->keying = keying_free(x->keying);
        x->outbox = outbox_free(x->outbox);
        x->timer = timer_free(x->timer);
        x->life = timer_free(x->life);
        x->proof_time = timer_free(x->proof_time);
        x->dispute = timer_free(x->dispute);
        x->room = timer_free(x->room);
}

void exchange_wipe(Exchange *x)
{
        Snapshot shown;

        exchange_hang_up(x);
        shown = (Snapshot){.reached = x->s.reached,
                           .opener = x->s.opener,
                           .compared = x->s.compared,
                           .released = x->s.released,
                           .proven = x->s.proven,
                           .keying = x->s.keying};
        if (x->group)
                group_wipe(x->group);
        snapshot_done(&x->s);
        x->s = shown;
}
