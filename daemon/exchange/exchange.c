/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange.c - the steps of one press, in the order in which they happen:
 *
 *   press → listen → join → gather → open → prove → release → deliver        (or fail, or leave)
 *
 * Each step saves what a restart needs before others can see the step. The state of the group is
 * in group.c. After a restart we ask for it again and repeat the steps from open on; each of them
 * sends the same messages as before.
 *
 * A step returns 0, a negative errno, or the ExchangeError that ends the exchange. Every event ends
 * in exchange_event_done, every exchange in exchange_finish.
 */
#include "exchange-context.h"

#include "cards.h"
#include "member.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

enum {                         /* on a usual way; exchange_takes_ms adds what a slow one takes */
       HOLDERS_MS = 10 * 1000, /* for a key that others show, before we draw one */
       NAMES_MS = 5 * 1000,    /* the countdown waits for the names no longer */
};

/* Longer than any cloud keeps a group. */
static const uint64_t LIFE_MS = UINT64_C(8) * 24 * 3600 * 1000;

/* The steps, in their order. */
static int exchange_join(Exchange *x);
static int exchange_gather(Exchange *x, uint32_t deadline_in_ms);
static int exchange_open(Exchange *x, const PbSigned *roster);
static int exchange_prove(Exchange *x);
static int exchange_take_group_key(Exchange *x);
static int exchange_release_names(Exchange *x);
static int exchange_release_card(Exchange *x);
static int exchange_collect(Exchange *x);

/* ---- the end of every event ---- */

/* Asks the cloud for what is missing: the parts of cards, and news. */
static int exchange_keep_asking(Exchange *x)
{
        const Group *g = x->group;
        MemberCursors next = {};
        int r = 0;

        if (g)
                next = (MemberCursors){g->next_message, g->next_card_key, g->n_opened};
        if (x->outbox && g->fixed && group_missing(g, GROUP_PARTS, false) > 0)
                r = fetch_again(x->fetch, g->n_opened + g->n_awaited);
        if (r == 0 && x->watcher)
                r = watcher_go_on(x->watcher, &next, g && !exchange_ended(x));
        return r;
}

/* Takes every step that is possible now. */
static int exchange_advance(Exchange *x)
{
        int r;

        if (x->dispute && outbox_empty(x->outbox)) {
                exchange_go(x);
                return 0;
        }
        r = exchange_check_company(x);

        if (r == 0 && x->state == EXCHANGE_OPENING && group_takes_messages(x->group))
                r = exchange_prove(x);
        if (r == 0 && x->outbox)
                r = keying_answer(x->keying);
        if (r == 0 && x->outbox)
                r = exchange_take_group_key(x);
        if (r == 0 && x->state == EXCHANGE_PROVING && x->group->has_key)
                r = exchange_release_names(x);
        if (r == 0 && (x->state == EXCHANGE_RELEASING || x->state == EXCHANGE_DELIVERED) &&
            x->outbox)
                r = exchange_collect(x);
        if (r == 0)
                r = exchange_check_patience(x);
        return r == 0 ? exchange_keep_asking(x) : r;
}

void exchange_event_done(Exchange *x, int r)
{
        bool ended = exchange_ended(x);

        if (r == 0)
                r = exchange_advance(x);
        if (r < 0)
                r = exchange_failure(x, r);
        if (r > 0 && !exchange_ended(x))
                exchange_end_by(x, (ExchangeError)r);
        else if (r > 0 && ended && r == EXCHANGE_E_TOO_LATE)
                exchange_settle(x);
        else
                x->settings.changed(x->settings.userdata, x);
}

static void exchange_on_life_over(void *userdata)
{
        exchange_event_done(userdata, EXCHANGE_E_TOO_LATE);
}

/* ---- press, and listen ---- */

/* After the close latecomers still matter: the cloud tells them that they are too late. */
static void exchange_on_neighbour(void *userdata, const Peer *peer)
{
        Exchange *x = userdata;

        if (x->amending && (!x->group || peer->present))
                amending_changed(x->amending);
        x->settings.changed(x->settings.userdata, x);
}

static void exchange_on_deposit(void *userdata, int event)
{
        Exchange *x = userdata;

        if (event == DEPOSIT_REFUSED)
                exchange_event_done(x, EXCHANGE_E_CLOUD_REFUSED);
        else if (event == DEPOSIT_CONFLICT)
                exchange_event_done(x, exchange_refusal(x, GROUP_E_REFUSED));
        else
                exchange_event_done(x, event);
}

static int exchange_make(Exchange **ret, const ExchangeSettings *settings, uint32_t uid,
                         uint64_t number)
{
        _cleanup_(exchange_freep) Exchange *x = secret_alloc(1, sizeof *x);
        int r;

        if (!x)
                return -ENOMEM;
        x->settings = *settings;
        x->uid = uid;
        x->number = number;
        r = neighbourhood_new(&x->neighbourhood, settings->clock, exchange_on_neighbour, x);
        if (r == 0)
                r = exchange_make_amending(x);
        if (r == 0)
                r = others_new(&x->others, settings->clock, settings->cloud, &x->s.keys.id);
        if (r == 0)
                r = deposit_new(&x->deposit, settings->cloud, &x->s.parts, &x->opening,
                                exchange_on_deposit, x);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(x);
        return 0;
}

static int exchange_start_life(Exchange *x)
{
        uint64_t ends = x->s.press_wall_ms + LIFE_MS, now = clock_wall(exchange_clock(x));

        return clock_restart(exchange_clock(x), &x->life, ends > now ? ends - now : 0,
                             exchange_on_life_over, x);
}

static void exchange_on_listened(void *userdata)
{
        Exchange *x = userdata;

        exchange_event_done(x, exchange_join(x));
}

int exchange_new(Exchange **ret, const ExchangeSettings *settings, uint32_t uid, uint64_t number,
                 const Code *code, const Card *card, const ExchangeOptions *options)
{
        _cleanup_(exchange_freep) Exchange *x = NULL;
        int r = exchange_make(&x, settings, uid, number);

        if (r < 0)
                return r;
        x->s.press_ms = clock_now(settings->clock);
        x->s.press_wall_ms = clock_wall(settings->clock);
        x->s.code = *code;
        x->s.options = *options;
        member_keys_draw(&x->s.keys);
        member_keys_mark(&x->s.keys, options->mark);
        randombytes_buf(x->s.token.b, sizeof x->s.token.b);
        x->join_until_ms = x->s.press_ms + settings->join_ms;
        r = cards_seal(&x->s.parts, &x->s.keys, card);
        if (r < 0)
                return r;
        exchange_commit(x);
        r = exchange_start_life(x);
        if (r == 0)
                r = exchange_set_deadline(x, settings->listen_ms, exchange_on_listened);
        if (r == 0)
                r = exchange_save(x);
        if (r < 0)
                return r;
        exchange_radios_on(x);
        cloud_client_warm(settings->cloud);
        *ret = TAKE_PTR(x);
        return 0;
}

/* ---- join ---- */

static void exchange_fill_serial(void *userdata, Serial *ret, bool again)
{
        Exchange *x = userdata;

        *ret = (Serial){.fix = x->s.options.fix, .token = x->s.token};
        memcpy(ret->route, x->s.code.route, sizeof ret->route);
        ret->n_heard = neighbourhood_evidence(x->neighbourhood, x->s.press_ms, ret->heard);
        if (x->s.options.has_screen) { /* a browser has no radio */
                ret->heard[0] =
                        (Sighting){.token = x->s.options.screen, .transport = SIGHTING_SCREEN};
                ret->n_heard = 1;
        }
        ret->press_age_ms = clock_now(exchange_clock(x)) - x->s.press_ms;
        if (again) /* of the serials that it gets, the cloud takes the first */
                amending_changed(x->amending);
        else
                amending_told(x->amending);
}

static int exchange_take_verdict(Exchange *x, const PbJoined *joined)
{
        switch (joined->verdict) {
        case PB_JOIN_OPENED:
        case PB_JOIN_JOINED:
                x->s.opener = joined->verdict == PB_JOIN_OPENED;
                x->member_count = joined->member_count;
                x->s.guests_welcome = joined->guests_welcome;
                return exchange_gather(x, joined->deadline_in_ms);
        case PB_JOIN_AMBIGUOUS:
                return EXCHANGE_E_AMBIGUOUS;
        default:
                return EXCHANGE_E_TOO_LATE;
        }
}

static void exchange_on_joined(void *userdata, ExchangeError error, const PbJoined *verdict)
{
        Exchange *x = userdata;

        x->joining = joining_free(x->joining);
        exchange_event_done(x, verdict ? exchange_take_verdict(x, verdict) : (int)error);
}

static int exchange_join(Exchange *x)
{
        JoiningDeps deps = {
                .clock = exchange_clock(x),
                .cloud = x->settings.cloud,
                .member = &x->s.keys.id,
                .commitment = &x->commitment,
                .window_s = x->s.options.window_s,
                .words = x->s.code.n_words > 0,
                .mark = opening_mark(&x->opening),
                .until_ms = x->join_until_ms,
                .fill = exchange_fill_serial,
                .joined = exchange_on_joined,
                .userdata = x,
        };

        x->asked = true;
        return joining_new(&x->joining, &deps);
}

/* ---- watch ---- */

static int exchange_take_gathering(Exchange *x, const PbWatched *w)
{
        x->member_count = w->member_count;
        x->guest_count = w->guest_count;
        x->s.opener = w->opener;
        x->deadline_ms = clock_now(exchange_clock(x)) + w->deadline_in_ms;
        others_take(x->others, w);
        for (size_t i = 0; i < w->n_mutual; i++)
                neighbourhood_set_mutual(x->neighbourhood, (const Token *)w->mutual[i].data);
        return 0;
}

/* The first roster is the only one. Another one, even after a restart, is a lie. */
static int exchange_take_roster(Exchange *x, const PbSigned *roster)
{
        if (!x->group)
                return roster ? exchange_open(x, roster) : EXCHANGE_E_GROUP_REFUSED;
        if (roster && !group_roster_is(x->group, roster->bytes.data, roster->bytes.len,
                                       roster->signature.data))
                return exchange_refusal(x, GROUP_E_REFUSED);
        return 0;
}

static int exchange_take_closed(Exchange *x, const PbWatched *w)
{
        int r = exchange_take_roster(x, w->roster);

        if (r == 0)
                r = exchange_refusal(x, group_watched(x->group, w));
        if (x->state == EXCHANGE_OPENING)
                x->deadline_ms = w->deadline_in_ms > 0
                                         ? clock_now(exchange_clock(x)) + w->deadline_in_ms
                                         : 0;
        return r;
}

static int exchange_take_watched(Exchange *x, const PbWatched *w)
{
        switch (w->phase) {
        case PB_PHASE_OPENING:
        case PB_PHASE_EXCHANGING:
                closing_done(x->closing);
                exchange_note_signs(x, w);
                return exchange_take_closed(x, w);
        case PB_PHASE_EXPIRED:
                return EXCHANGE_E_TOO_LATE;
        case PB_PHASE_ALONE:
                closing_done(x->closing); /* its own answer may be on the way still */
                return others_alone(x->others, w);
        default: /* gathering; wire.c rejects all other phases */
                return x->group ? exchange_refusal(x, GROUP_E_REFUSED)
                                : exchange_take_gathering(x, w);
        }
}

static void exchange_on_watched(void *userdata, int result, const PbWatched *news)
{
        Exchange *x = userdata;

        if (result == WATCHER_E_FORGOTTEN)
                exchange_event_done(x, EXCHANGE_E_TOO_LATE);
        else if (result > 0)
                exchange_event_done(x, EXCHANGE_E_CLOUD_REFUSED);
        else
                exchange_event_done(x, news ? exchange_take_watched(x, news) : result);
}

static int exchange_make_watcher(Exchange *x)
{
        WatcherDeps deps = {
                .clock = exchange_clock(x),
                .cloud = x->settings.cloud,
                .member = &x->s.keys.id,
                .func = exchange_on_watched,
                .userdata = x,
        };

        return watcher_new(&x->watcher, &deps);
}

/* ---- gather ---- */

/* The cloud enforces the deadline; we only show it. */
static int exchange_gather(Exchange *x, uint32_t deadline_in_ms)
{
        int r;

        x->s.reached = EXCHANGE_GATHERING;
        r = exchange_save(x);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_GATHERING);
        x->deadline_ms = clock_now(exchange_clock(x)) + deadline_in_ms;
        r = exchange_make_watcher(x);
        if (r < 0)
                return r;
        amending_begin(x->amending);
        return deposit_upload(x->deposit);
}

/* ---- open: the group has closed ---- */

static void exchange_on_page(void *userdata, const PbListPage *page)
{
        Exchange *x = userdata;

        exchange_event_done(x, page ? exchange_refusal(x, group_page(x->group, page)) : 0);
}

static int exchange_keying_save(void *userdata)
{
        return exchange_save(userdata);
}

static void exchange_keying_event(void *userdata, int r)
{
        exchange_event_done(userdata, r);
}

static int exchange_make_parts(Exchange *x)
{
        KeyingDeps keying = {
                .clock = exchange_clock(x),
                .cloud = x->settings.cloud,
                .group = x->group,
                .opening = &x->opening,
                .save = exchange_keying_save,
                .event = exchange_keying_event,
                .userdata = x,
        };
        int r = keying_new(&x->keying, &keying, &x->s.keying);

        if (r == 0)
                r = fetch_new(&x->fetch, x->settings.cloud, &x->s.keys.id, exchange_on_page, x);
        return r == 0 ? exchange_make_late(x) : r;
}

static int exchange_restore_group(Exchange *x)
{
        int r = group_new(&x->group, &x->s.keys, &x->commitment, x->settings.cloud_pin, x->s.roster,
                          x->s.n_roster, x->s.roster_signature);

        if (r != 0)
                return exchange_refusal(x, r);
        x->group->words = x->s.code.n_words > 0 ? &x->s.code : NULL;
        if (x->s.has_group_key)
                (void)group_offer_key(x->group, &x->s.group_key);
        x->group->key_run = x->s.key_run;
        x->group->released = x->s.released;
        x->members = calloc(x->group->n, sizeof *x->members);
        return x->members ? exchange_make_parts(x) : -ENOMEM;
}

/* We check and keep the roster before we open anything of ours. */
static int exchange_open(Exchange *x, const PbSigned *roster)
{
        int r;

        x->s.roster = malloc(roster->bytes.len);
        if (!x->s.roster)
                return -ENOMEM;
        memcpy(x->s.roster, roster->bytes.data, roster->bytes.len);
        x->s.n_roster = roster->bytes.len;
        memcpy(x->s.roster_signature, roster->signature.data, sizeof x->s.roster_signature);
        r = exchange_restore_group(x);
        if (r != 0)
                return r;
        others_end(x->others);
        exchange_radios_off(x);
        x->s.reached = EXCHANGE_OPENING;
        r = exchange_save(x);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_OPENING);
        return deposit_open(x->deposit);
}

/* ---- prove: the openings are final, the group key is awaited ---- */

/* Members that show a key should bring it. If none comes, we draw one. */
static void exchange_on_takeover(void *userdata)
{
        Exchange *x = userdata;
        int r = 0;

        if (!x->group->has_key && !x->patient && group_has_holders(x->group)) {
                x->patient = true;
                r = exchange_set_deadline(x, exchange_takes_ms(x, HOLDERS_MS),
                                          exchange_on_takeover);
        } else if (!x->group->has_key)
                keying_draw(x->keying);
        exchange_event_done(x, r);
}

static void exchange_on_posted(void *userdata)
{
        exchange_event_done(userdata, 0);
}

static int exchange_prove(Exchange *x)
{
        int r;

        if (x->s.fixed && !bytes32_equal(&x->s.transcript, &x->group->transcript))
                /* not the group from before the restart */
                return exchange_refusal(x, GROUP_E_REFUSED);
        x->s.fixed = true;
        x->s.transcript = x->group->transcript;
        x->s.reached = MAX(x->s.reached, (ExchangeState)EXCHANGE_PROVING);
        r = exchange_save(x);
        if (r == 0)
                r = outbox_new(&x->outbox, exchange_clock(x), x->settings.cloud, &x->s.keys,
                               &x->s.transcript, exchange_on_posted, x);
        if (r == 0)
                r = keying_begin(x->keying, x->outbox);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_PROVING);
        return x->group->has_key ? 0
                                 : exchange_set_deadline(x, keying_patience_ms(x->keying),
                                                         exchange_on_takeover);
}

/* A first or better group key. We save it before anybody can see that we have it, and wrap our card
 * keys again under a better one. */
static int exchange_take_group_key(Exchange *x)
{
        const Group *g = x->group;
        bool again = x->s.has_group_key;
        int r = 0;

        if (!g->has_key || (again && key_equal(&x->s.group_key, &g->key)))
                return 0;
        x->s.group_key = g->key;
        x->s.has_group_key = true;
        x->s.key_run = ++x->group->key_run;
        x->s.proven = g->words;
        r = exchange_save(x);
        if (r == 0 && again && x->state > EXCHANGE_PROVING)
                r = outbox_card_key(x->outbox, 1, &x->s.group_key, x->s.key_run);
        if (r == 0 && again && x->s.released && x->state > EXCHANGE_PROVING)
                r = outbox_card_key(x->outbox, 2, &x->s.group_key, x->s.key_run);
        if (r == 0 && again && x->state == EXCHANGE_DELIVERED)
                r = late_record(x->late, exchange_level(x)); /* the password changes with the key */
        return r;
}

/* ---- release: names, countdown, card ---- */

static void exchange_on_countdown_over(void *userdata)
{
        Exchange *x = userdata;

        exchange_event_done(x, exchange_release_card(x));
}

static int exchange_start_countdown(Exchange *x)
{
        x->counting = true;
        return exchange_set_deadline(x, x->s.options.veto_ms, exchange_on_countdown_over);
}

static void exchange_on_names_time(void *userdata)
{
        Exchange *x = userdata;

        x->names_over = true;
        exchange_event_done(x, 0);
}

static int exchange_release_names(Exchange *x)
{
        int r;

        x->s.reached = MAX(x->s.reached, (ExchangeState)EXCHANGE_RELEASING);
        r = exchange_save(x);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_RELEASING);
        r = outbox_card_key(x->outbox, 1, &x->s.group_key, x->s.key_run);
        if (r == 0)
                r = exchange_await_proofs(x);
        if (r < 0)
                return r;
        if (x->s.released || (x->s.options.veto_ms == 0 && exchange_may_count(x)))
                return exchange_release_card(x);
        return exchange_set_deadline(x, exchange_takes_ms(x, NAMES_MS), exchange_on_names_time);
}

/* The point of no return. Saved first: after a restart we must know that the key may be out. */
static int exchange_release_card(Exchange *x)
{
        int r;

        assert(x->group->has_key && x->outbox);
        x->s.released = true;
        r = exchange_save(x);
        x->s.released = r == 0 || x->group->released; /* it may be out from an earlier run */
        if (r < 0)
                return r;
        x->group->released = true;
        r = outbox_card_key(x->outbox, 2, &x->s.group_key, x->s.key_run);
        if (r == 0 && x->s.reached == EXCHANGE_DELIVERED)
                exchange_enter(x, EXCHANGE_DELIVERED); /* as before the restart */
        else if (r == 0)
                r = exchange_await_cards(x);
        return r;
}

/* ---- deliver ---- */

static int exchange_collect(Exchange *x)
{
        size_t before = group_cards(x->group), now;
        int r = group_unwrap(x->group);

        if (r == 0 && x->s.released)
                r = cards_take(x->group, x->settings.store, x->number);
        if (r == 0)
                r = keying_serve(x->keying);
        if (r < 0)
                return r;
        if (!x->s.released && !x->counting && exchange_may_count(x) && exchange_names_suffice(x))
                return exchange_start_countdown(x);
        if (!x->s.released && x->counting && !exchange_may_count(x))
                exchange_stop_countdown(x);
        now = group_cards(x->group);
        if (x->state == EXCHANGE_DELIVERED) {
                exchange_see_off(x, now > before);
                return 0;
        }
        if (x->s.released && now > 0 &&
            (x->overdue || group_missing(x->group, GROUP_CARDS, true) == 0))
                exchange_finish(x, EXCHANGE_DELIVERED, EXCHANGE_E_NONE);
        return 0;
}

/* ---- after a restart ---- */

/* The cloud may already have the serial. It answers the same request the same way. */
static int exchange_resume_listening(Exchange *x)
{
        x->join_until_ms = clock_now(exchange_clock(x)) + x->settings.join_ms;
        exchange_radios_on(x);
        return exchange_set_deadline(x, 0, exchange_on_listened);
}

static int exchange_resume_gathering(Exchange *x)
{
        exchange_enter(x, EXCHANGE_GATHERING);
        exchange_radios_on(x);
        amending_begin(x->amending);
        return deposit_upload(x->deposit);
}

/* After the close we ask the cloud for everything again. */
static int exchange_resume_closed(Exchange *x)
{
        int r;

        x->s.keying.budget.restarts++;
        r = exchange_restore_group(x);
        if (r == 0)
                r = exchange_save(x);
        if (r == 0)
                r = cards_recall(x->group, x->settings.store, x->number);
        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        if (x->s.reached != EXCHANGE_DELIVERED)
                exchange_radios_on(x); /* we may need neighbours to help */
        exchange_radios_off(x);
        exchange_enter(x, EXCHANGE_OPENING);
        return deposit_open(x->deposit);
}

int exchange_resume(Exchange **ret, const ExchangeSettings *settings, uint64_t number)
{
        _cleanup_(exchange_freep) Exchange *x = NULL;
        bool joined;
        int r = exchange_make(&x, settings, 0, number);

        if (r == 0)
                r = snapshot_load(settings->store, number, settings->clock, &x->uid, &x->s);
        if (r != 0)
                return r;
        joined = x->s.reached > EXCHANGE_LISTENING;
        exchange_commit(x);
        x->asked = true;
        r = exchange_start_life(x);
        if (r == 0 && joined)
                r = exchange_make_watcher(x);
        if (r == 0 && x->s.roster)
                r = exchange_resume_closed(x);
        else if (r == 0 && joined)
                r = exchange_resume_gathering(x);
        else if (r == 0)
                r = exchange_resume_listening(x);
        if (r == 0 && x->s.reached == EXCHANGE_DELIVERED)
                r = late_wait(x->late);
        if (r == 0)
                r = exchange_advance(x);
        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        exchange_note(x, LOG_INFO, "taken up again");
        *ret = TAKE_PTR(x);
        return 0;
}
