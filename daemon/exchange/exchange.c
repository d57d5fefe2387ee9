/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The story of one press, in the order in which it happens:
 *
 *   press → listen → join → gather → open → prove → release → deliver        (or fail, or leave)
 *
 * Each step saves what a restart needs before anybody else can see it. What is known of the
 * group lives in group.c; after a restart it is asked for again, and the steps are gone through
 * once more from open on: each of them says the same to the others as before.
 */
#include "exchange-private.h"

#include "src/base/log.h"
#include "member.h"

#include <assert.h>
#include <string.h>

enum {
        /* no request is older, so that the age of the press in it holds */
        JOIN_TRY_MS = 3 * 1000,
        HOLDERS_MS = 10 * 1000, /* for the key that others show, before one more is drawn */
        PROOF_MS = 20 * 1000,   /* after the key: for the others to share it */
        NAMES_MS = 5 * 1000,    /* the countdown waits no longer for the names of others */
        CARDS_MS = 30 * 1000,   /* after the release: who releases later comes as an addition */
};

/* Longer than any cloud keeps a group: whoever still waits then waits in vain. */
static const uint64_t LIFE_MS = UINT64_C(8) * 24 * 3600 * 1000;

/* The steps, in their order. */
static int exchange_join(Exchange *x);
static int exchange_gather(Exchange *x, uint32_t deadline_in_ms);
static int exchange_post_opening(Exchange *x);
static int exchange_prove(Exchange *x);
static int exchange_take_group_key(Exchange *x);
static int exchange_release_names(Exchange *x);
static int exchange_release_card(Exchange *x);
static int exchange_collect(Exchange *x);

/* ---- the end of every event, and of the exchange ---- */

static void exchange_answer_close(Exchange *x, int result)
{
        ExchangeDone done = x->close_done;

        x->close_done = NULL;
        if (done)
                done(x->close_userdata, result);
}

/* Every ending passes through here, once. */
void exchange_finish(Exchange *x, ExchangeState state, ExchangeError error)
{
        int r;

        assert(!exchange_ended(x));
        x->error = error;
        x->s.reached = state;
        exchange_enter(x, state);
        exchange_radios_off(x);
        if (state == EXCHANGE_DELIVERED) {
                exchange_note(x, LOG_INFO, "%zu cards from %zu others", group_cards(x->group),
                              x->group->n - 1);
                r = exchange_save(x);
                if (r == 0)
                        r = exchange_linger(x);
                exchange_see_off(x, true);
        } else {
                exchange_note(x, LOG_INFO, "ended: %s, error %d", exchange_state_name(state),
                              (int)error);
                if (x->asked)
                        member_leave(x->settings.cloud, exchange_clock(x), &x->s.keys.id);
                r = daemon_store_exchange_finish(x->settings.store, x->number, NULL);
                exchange_wipe(x);
        }
        if (r < 0)
                exchange_note(x, LOG_ERR, "cannot end: %s", strerror(-r));
        exchange_answer_close(x, EXCHANGE_R_WRONG_STATE);
        x->settings.changed(x->settings.userdata, x);
}

/* What has been received stays received, whatever comes after. */
static void exchange_end_by(Exchange *x, ExchangeError error)
{
        if (x->group && group_cards(x->group) > 0)
                exchange_finish(x, EXCHANGE_DELIVERED, EXCHANGE_E_NONE);
        else
                exchange_finish(x, EXCHANGE_FAILED, error);
}

/* Nobody is left to exchange with: everybody else has gone, was refused, or has other words. What
 * we have to say about that goes out first. */
static int exchange_check_company(const Exchange *x)
{
        const Group *g = x->group;

        if (!g || exchange_ended(x) || group_cards(g) > 0 ||
            (x->outbox && !outbox_empty(x->outbox)))
                return 0;
        if ((g->burned || x->s.burned) && !x->s.released)
                return EXCHANGE_E_CODE_BURNED;
        if (group_has_others(g) && !(g->proof_over && !group_has_sharers(g)))
                return 0;
        if (group_has_unproven(g))
                return EXCHANGE_E_NOT_PROVEN;
        if (group_has_refused(g))
                return EXCHANGE_E_GROUP_REFUSED;
        return group_has_others(g) ? 0 : EXCHANGE_E_ALONE; /* somebody sleeps, and is waited for */
}

/* Does whatever can be done by what is known now. */
static int exchange_advance(Exchange *x)
{
        int r = exchange_check_company(x);

        if (r == 0 && x->state == EXCHANGE_OPENING && group_takes_messages(x->group))
                r = exchange_prove(x);
        if (r == 0 && x->outbox)
                r = prove_answer_offers(x);
        if (r == 0 && x->outbox)
                r = exchange_take_group_key(x);
        if (r == 0 && x->state == EXCHANGE_PROVING && x->group->has_key)
                r = exchange_release_names(x);
        if (r == 0 && (x->state == EXCHANGE_RELEASING || x->state == EXCHANGE_DELIVERED) &&
            x->outbox)
                r = exchange_collect(x);
        if (r == 0)
                r = exchange_check_patience(x);
        if (r == 0 && x->group && x->group->fixed && x->outbox)
                r = exchange_keep_fetching(x);
        if (r == 0 && x->joined && x->life)
                r = exchange_keep_watching(x);
        return r;
}

/* The end of every event: whatever can be done now is done, and what went wrong ends the
 * exchange. */
void exchange_event_done(Exchange *x, int r)
{
        bool ended = exchange_ended(x);

        if (r == 0)
                r = exchange_advance(x);
        if (r < 0) {
                exchange_note(x, LOG_ERR, "cannot go on: %s", strerror(-r));
                r = EXCHANGE_E_INTERNAL;
        }
        if (r > 0 && !exchange_ended(x))
                exchange_end_by(x, (ExchangeError)r);
        else if (r > 0 && ended && r == EXCHANGE_E_TOO_LATE)
                exchange_settle(x);
        else
                x->settings.changed(x->settings.userdata, x);
}

/* Until our own card key is out, what does not fit ends the exchange; afterwards it is only not
 * taken. */
int exchange_refusal(const Exchange *x, int r)
{
        if (r <= 0)
                return r;
        exchange_note(x, LOG_WARNING, "refused: what the cloud passes on does not fit together");
        return x->s.released ? 0 : EXCHANGE_E_GROUP_REFUSED;
}

static void exchange_on_life_over(void *userdata)
{
        exchange_event_done(userdata, EXCHANGE_E_TOO_LATE);
}

/* ---- press, and listen ---- */

static void exchange_commit(Exchange *x)
{
        Bytes32 hash[2];

        for (unsigned i = 0; i < 2; i++)
                card_part_hash(&hash[i], x->s.parts.bytes[i], x->s.parts.len[i]);
        opening_make(&x->opening, &x->s.keys, hash);
        commitment_make(&x->commitment, &x->opening);
}

static void exchange_on_neighbour(void *userdata, const Peer *peer)
{
        Exchange *x = userdata;

        exchange_evidence_changed(x);
        x->settings.changed(x->settings.userdata, x);
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
        randombytes_buf(x->s.token.b, sizeof x->s.token.b);
        x->join_until_ms = x->s.press_ms + settings->join_ms;
        r = exchange_seal_card(x, card);
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
        *ret = TAKE_PTR(x);
        return 0;
}

/* ---- join ---- */

static void exchange_fill_serial(const Exchange *x, Serial *ret)
{
        *ret = (Serial){.fix = x->s.options.fix, .token = x->s.token};
        memcpy(ret->route, x->s.code.route, sizeof ret->route);
        ret->n_heard = neighbourhood_evidence(x->neighbourhood, x->s.press_ms, ret->heard);
        ret->press_age_ms = clock_now(exchange_clock(x)) - x->s.press_ms;
}

static int exchange_take_verdict(Exchange *x, const PbJoined *joined)
{
        switch (joined->verdict) {
        case PB_JOIN_OPENED:
        case PB_JOIN_JOINED:
                x->s.opener = joined->verdict == PB_JOIN_OPENED;
                x->member_count = joined->member_count;
                return exchange_gather(x, joined->deadline_in_ms);
        case PB_JOIN_AMBIGUOUS:
                return EXCHANGE_E_AMBIGUOUS;
        default:
                return EXCHANGE_E_TOO_LATE;
        }
}

static int exchange_join_failure(CloudResult result)
{
        switch (result) {
        case CLOUD_NO_NETWORK:
                return EXCHANGE_E_NO_NETWORK;
        case CLOUD_OK:
        case CLOUD_UNREACHABLE:
                return EXCHANGE_E_UNREACHABLE;
        case CLOUD_TLS:
                return EXCHANGE_E_TLS;
        case CLOUD_OTHER_KEY:
                return EXCHANGE_E_OTHER_KEY;
        case CLOUD_STATUS:
        case CLOUD_BUSY:
                return EXCHANGE_E_CLOUD_REFUSED;
        }
        return EXCHANGE_E_UNREACHABLE;
}

static void exchange_on_joined(void *userdata, CloudResult result, const WireResponse *response)
{
        Exchange *x = userdata;

        x->join = NULL;
        if (result == CLOUD_OK && response->body_case == PB_RESPONSE_BODY_JOINED)
                exchange_event_done(x, exchange_take_verdict(x, response->joined));
        else if (result == CLOUD_STATUS || clock_now(exchange_clock(x)) >= x->join_until_ms)
                exchange_event_done(x, exchange_join_failure(result));
        else
                exchange_event_done(x, exchange_join(x));
}

static int exchange_join(Exchange *x)
{
        MemberCall call = {x->settings.cloud, &x->join, 0, exchange_on_joined, x};
        Serial serial;

        call.until_ms = MIN(clock_now(exchange_clock(x)) + JOIN_TRY_MS, x->join_until_ms);
        exchange_fill_serial(x, &serial);
        x->heard_since = false;
        x->asked = true;
        return member_join(&call, &x->s.keys.id, &serial, &x->commitment, x->s.options.window_s);
}

/* ---- gather ---- */

/* The cloud takes an opening only with the parts that it names: whoever closes too early waits for
 * them. */
static void exchange_on_deposited(void *userdata, CloudResult result, PbStatus status)
{
        Exchange *x = userdata;
        int r = 0;

        x->deposit = deposit_free(x->deposit);
        if (result == CLOUD_STATUS && status == PB_STATUS_TOO_LARGE)
                r = EXCHANGE_E_CLOUD_REFUSED;
        else if (result == CLOUD_OK && x->group)
                r = exchange_post_opening(x);
        exchange_event_done(x, r);
}

static int exchange_start_deposit(Exchange *x)
{
        return deposit_new(&x->deposit, x->settings.cloud, &x->s.keys.id, &x->s.parts,
                           exchange_on_deposited, x);
}

/* The cloud keeps the deadline: here it is only shown. */
static int exchange_gather(Exchange *x, uint32_t deadline_in_ms)
{
        int r;

        x->s.reached = EXCHANGE_GATHERING;
        r = exchange_save(x);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_GATHERING);
        x->deadline_ms = clock_now(exchange_clock(x)) + deadline_in_ms;
        x->joined = true;
        if (x->heard_since)
                exchange_evidence_changed(x);
        return exchange_start_deposit(x);
}

/* ---- open: the group has closed ---- */

static int exchange_restore_group(Exchange *x)
{
        int r = group_new(&x->group, &x->s.keys, &x->commitment,
                          &x->settings.cloud_identity->sign_key, x->s.roster, x->s.n_roster,
                          x->s.roster_signature);

        if (r != 0)
                return exchange_refusal(x, r);
        x->group->words = x->s.code.n_words > 0 ? &x->s.code : NULL;
        x->group->proof = prove_take;
        x->group->userdata = x;
        if (x->s.has_group_key)
                (void)group_offer_key(x->group, &x->s.group_key);
        x->group->key_run = x->s.key_run;
        exchange_recall_proofs(x);
        x->members = calloc(x->group->n, sizeof *x->members);
        return x->members ? 0 : -ENOMEM;
}

/* WRONG_PHASE: the deposit did not get to its end before a restart. */
static void exchange_on_opened(void *userdata, CloudResult result, const WireResponse *response)
{
        Exchange *x = userdata;
        int r = 0;

        x->open = NULL;
        if (result == CLOUD_STATUS && response->status == PB_STATUS_CONFLICT)
                /* another opening in our name, or other parts */
                r = exchange_refusal(x, GROUP_E_REFUSED);
        else if (result == CLOUD_STATUS && response->status == PB_STATUS_WRONG_PHASE &&
                 !x->deposited_again) {
                x->deposited_again = true;
                r = exchange_start_deposit(x);
        }
        exchange_event_done(x, r);
}

static int exchange_post_opening(Exchange *x)
{
        MemberCall call = {x->settings.cloud, &x->open, UINT64_MAX, exchange_on_opened, x};

        return member_open(&call, &x->opening);
}

/* The roster is checked and fixed before anything of ours is opened. */
int exchange_open(Exchange *x, const PbSigned *roster)
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
        exchange_radios_off(x);
        x->s.reached = EXCHANGE_OPENING;
        r = exchange_save(x);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_OPENING);
        return x->deposit ? 0 : exchange_post_opening(x);
}

/* ---- prove: the openings are final, the group key is awaited ---- */

/* Who has a key already will bring it, unless they only say so. */
static void exchange_on_takeover(void *userdata)
{
        Exchange *x = userdata;
        int r = 0;

        if (!x->group->has_key && !x->patient && group_has_holders(x->group)) {
                x->patient = true;
                r = exchange_set_deadline(x, HOLDERS_MS, exchange_on_takeover);
        } else if (!x->group->has_key)
                sponsor_draw_key(x);
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
                /* another group than before the restart */
                return exchange_refusal(x, GROUP_E_REFUSED);
        x->s.fixed = true;
        x->s.transcript = x->group->transcript;
        x->s.reached = MAX(x->s.reached, EXCHANGE_PROVING);
        r = exchange_save(x);
        if (r == 0)
                r = outbox_new(&x->outbox, x->settings.cloud, &x->s.keys, &x->s.transcript,
                               exchange_on_posted, x);
        if (r == 0 && x->s.burned)
                r = prove_burn(x);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_PROVING);
        return x->group->has_key
                       ? 0
                       : exchange_set_deadline(x, sponsor_patience_ms(x), exchange_on_takeover);
}

static void exchange_on_proof_time(void *userdata)
{
        Exchange *x = userdata;

        x->proof_time = timer_free(x->proof_time);
        x->group->proof_over = true;
        exchange_event_done(x, 0);
}

/* A first key, or a better one: it is ours before anybody sees that it is. What was wrapped under
 * the last one is wrapped anew. */
static int exchange_take_group_key(Exchange *x)
{
        const Group *g = x->group;
        bool again = x->s.has_group_key;
        int r = 0;

        if (!g->has_key || (again && key_equal(&x->s.group_key, &g->key)))
                return 0;
        x->s.group_key = g->key;
        x->s.has_group_key = true;
        x->s.key_run = g->key_run;
        x->s.proven = g->words;
        r = exchange_save(x);
        if (r == 0 && again && x->state > EXCHANGE_PROVING)
                r = outbox_card_key(x->outbox, 1, &x->s.group_key, x->s.key_run);
        if (r == 0 && again && x->s.released && x->state > EXCHANGE_PROVING)
                r = outbox_card_key(x->outbox, 2, &x->s.group_key, x->s.key_run);
        if (r == 0 && again && x->state == EXCHANGE_DELIVERED)
                r = exchange_record(x); /* its password is made of the better key from now on */
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

        x->s.reached = MAX(x->s.reached, EXCHANGE_RELEASING);
        r = exchange_save(x);
        if (r < 0)
                return r;
        exchange_enter(x, EXCHANGE_RELEASING);
        r = outbox_card_key(x->outbox, 1, &x->s.group_key, x->s.key_run);
        if (r == 0)
                r = clock_restart(exchange_clock(x), &x->proof_time, PROOF_MS,
                                  exchange_on_proof_time, x);
        if (r < 0)
                return r;
        if (x->s.released || x->s.options.veto_ms == 0)
                return exchange_release_card(x);
        return exchange_set_deadline(x, NAMES_MS, exchange_on_names_time);
}

static void exchange_on_overdue(void *userdata)
{
        Exchange *x = userdata;

        x->overdue = true;
        exchange_event_done(x, 0);
}

/* The point of no return. */
static int exchange_release_card(Exchange *x)
{
        int r;

        x->s.released = true;
        r = exchange_save(x);
        if (r < 0)
                return r;
        x->group->released = true;
        r = outbox_card_key(x->outbox, 2, &x->s.group_key, x->s.key_run);
        if (r == 0 && x->s.reached == EXCHANGE_DELIVERED)
                exchange_enter(x, EXCHANGE_DELIVERED); /* as before the restart */
        else if (r == 0)
                r = exchange_set_deadline(x, CARDS_MS, exchange_on_overdue);
        return r;
}

/* ---- deliver ---- */

/* All names, or after a while those that there are: what is released wants to be seen first. */
static bool exchange_names_suffice(const Exchange *x)
{
        return group_names(x->group) > 0 &&
               (x->names_over || group_missing(x->group, GROUP_NAMES, true) == 0);
}

static int exchange_collect(Exchange *x)
{
        size_t before = group_cards(x->group), now;
        int r = group_unwrap(x->group);

        if (r == 0)
                r = exchange_take_cards(x);
        if (r == 0)
                r = sponsor_plan_service(x);
        if (r < 0)
                return r;
        if (!x->s.released && !x->counting && exchange_names_suffice(x))
                return exchange_start_countdown(x);
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

/* The cloud may have the serial without our knowing: it is asked again, and answers as it did. */
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
        return exchange_start_deposit(x);
}

/* From the close on, everything is asked for again. */
static int exchange_resume_closed(Exchange *x)
{
        int r;

        x->s.budget.restarts++;
        r = exchange_restore_group(x);
        if (r == 0)
                r = exchange_save(x);
        if (r == 0)
                r = exchange_recall_cards(x);
        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        x->group->released = x->s.released;
        if (x->s.reached != EXCHANGE_DELIVERED)
                exchange_radios_on(x); /* whether neighbours have to help is not known yet */
        exchange_radios_off(x);
        exchange_enter(x, EXCHANGE_OPENING);
        return exchange_post_opening(x);
}

int exchange_resume(Exchange **ret, const ExchangeSettings *settings, uint64_t number)
{
        _cleanup_(exchange_freep) Exchange *x = NULL;
        int r = exchange_make(&x, settings, 0, number);

        if (r == 0)
                r = snapshot_load(settings->store, number, settings->clock, &x->uid, &x->s);
        if (r != 0)
                return r;
        exchange_commit(x);
        x->asked = true;
        x->joined = x->s.reached > EXCHANGE_LISTENING;
        r = exchange_start_life(x);
        if (r == 0 && x->s.roster)
                r = exchange_resume_closed(x);
        else if (r == 0 && x->joined)
                r = exchange_resume_gathering(x);
        else if (r == 0)
                r = exchange_resume_listening(x);
        if (r == 0 && x->s.reached == EXCHANGE_DELIVERED)
                r = exchange_linger(x);
        if (r == 0)
                r = exchange_advance(x);
        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        exchange_note(x, LOG_INFO, "taken up again");
        *ret = TAKE_PTR(x);
        return 0;
}

Exchange *exchange_free(Exchange *x)
{
        if (!x)
                return NULL;
        exchange_radios_off(x);
        exchange_answer_close(x, EXCHANGE_R_WRONG_STATE);
        exchange_wipe(x);
        group_free(x->group);
        neighbourhood_free(x->neighbourhood);
        free(x->members);
        secret_release(x);
        return NULL;
}
