/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-user.c - what the user says to an exchange, and what there is to see of it */
#include "exchange-context.h"

enum { DISPUTE_MS = 5 * 1000 }; /* for the others to be told why we leave */

/* ---- what the user says ---- */

void exchange_close(Exchange *x, ExchangeDone done, void *userdata)
{
        int r = 0;

        if (x->state != EXCHANGE_GATHERING || closing_is_pending(x->closing))
                r = EXCHANGE_R_WRONG_STATE;
        else if (!x->s.opener)
                r = EXCHANGE_R_NOT_OPENER;
        if (r == 0) {
                x->closing = closing_free(x->closing);
                if (closing_new(&x->closing, exchange_clock(x), x->settings.cloud, &x->s.keys.id,
                                done, userdata) < 0)
                        r = EXCHANGE_R_UNREACHABLE;
        }
        if (r != 0)
                done(userdata, r);
}

void exchange_admit(Exchange *x, const char *word, bool yes, ExchangeDone done, void *userdata)
{
        if (x->state == EXCHANGE_GATHERING && x->others)
                others_admit(x->others, word, yes, done, userdata);
        else
                done(userdata, EXCHANGE_R_WRONG_STATE);
}

int exchange_leave(Exchange *x)
{
        if (exchange_ended(x))
                return EXCHANGE_R_WRONG_STATE;
        exchange_go(x);
        return 0;
}

int exchange_veto(Exchange *x)
{
        if (x->state != EXCHANGE_RELEASING || x->s.released)
                return EXCHANGE_R_WRONG_STATE;
        return exchange_leave(x);
}

int exchange_hold(Exchange *x, bool hold)
{
        if ((x->state != EXCHANGE_PROVING && x->state != EXCHANGE_RELEASING) || x->s.released)
                return EXCHANGE_R_WRONG_STATE;
        x->held = hold;
        exchange_event_done(x, 0);
        return 0;
}

static void exchange_on_dispute_time(void *userdata)
{
        exchange_go(userdata);
}

/* The others are told before we leave: they must not believe that nobody else came. */
static int exchange_dispute(Exchange *x)
{
        int r = x->outbox ? outbox_dispute(x->outbox) : 0;

        x->s.compared = false;
        if (r == 0 && exchange_ended(x)) {
                exchange_event_done(x, late_record(x->late, exchange_level(x)));
                return 0;
        }
        if (r == 0 && x->outbox)
                r = clock_restart(exchange_clock(x), &x->dispute, DISPUTE_MS,
                                  exchange_on_dispute_time, x);
        if (r < 0 || !x->outbox)
                exchange_go(x);
        else
                exchange_event_done(x, 0);
        return 0;
}

/* People may compare while they talk, so we accept agreement after the delivery, too. */
int exchange_confirm_phrase(Exchange *x, bool same)
{
        ExchangeState state = exchange_state(x);
        int r = 0;

        if (exchange_phrase(x)[0] == '\0' || state > EXCHANGE_DELIVERED || x->dispute)
                return EXCHANGE_R_WRONG_STATE;
        if (!same)
                return exchange_dispute(x);
        x->held = false;
        x->s.compared = true;
        if (x->life) /* else it is settled, and there is nothing to resume */
                r = exchange_save(x);
        if (r == 0 && state == EXCHANGE_DELIVERED)
                r = late_record(x->late, exchange_level(x));
        exchange_event_done(x, r);
        return 0;
}

/* A slightly better fix is not worth a message. The serial does not wait for one: the cloud decides
 * when the window ends. */
void exchange_set_fix(Exchange *x, const Fix *fix)
{
        Fix *own = &x->s.options.fix;

        if ((x->state != EXCHANGE_LISTENING && x->state != EXCHANGE_GATHERING) || !x->amending ||
            (own->known && fix->accuracy_m > own->accuracy_m / 2))
                return;
        *own = *fix;
        amending_changed(x->amending);
}

/* ---- what there is to see ---- */

uint64_t exchange_number(const Exchange *x)
{
        return x->number;
}

uint32_t exchange_uid(const Exchange *x)
{
        return x->uid;
}

/* Steps that we repeat after a restart are not shown again. */
ExchangeState exchange_state(const Exchange *x)
{
        return MAX(x->state, x->s.reached);
}

bool exchange_ended(const Exchange *x)
{
        return exchange_state(x) >= EXCHANGE_DELIVERED;
}

ExchangeError exchange_error(const Exchange *x)
{
        return x->error;
}

const char *exchange_state_name(ExchangeState s)
{
        static const char *const names[] = {"listening", "gathering", "opening", "proving",
                                            "releasing", "delivered", "failed",  "left"};

        return names[s];
}

ExchangeLevel exchange_level(const Exchange *x)
{
        if (x->s.compared)
                return LEVEL_COMPARED;
        return x->s.proven && x->state <= EXCHANGE_DELIVERED ? LEVEL_PROVEN : LEVEL_UNCHECKED;
}

uint64_t exchange_deadline(const Exchange *x)
{
        return exchange_ended(x) ? 0 : x->deadline_ms;
}

uint32_t exchange_member_count(const Exchange *x)
{
        return x->group ? (uint32_t)x->group->n : x->member_count;
}

uint32_t exchange_guest_count(const Exchange *x)
{
        uint32_t n = 0;

        if (!x->group)
                return x->guest_count - MIN(x->guest_count, exchange_is_guest(x) ? 1U : 0U);
        for (size_t i = 0; i < x->group->n; i++)
                n += i != x->group->self && x->group->members[i].mark == MARK_GUEST;
        return n;
}

bool exchange_screen(const Exchange *x, Token *ret)
{
        if (x->state != EXCHANGE_GATHERING || x->group || !x->s.guests_welcome ||
            opening_mark(&x->opening) != MARK_WELCOME)
                return false;
        screen_token(ret, &x->s.token);
        return true;
}

bool exchange_opener(const Exchange *x)
{
        return x->s.opener;
}

size_t exchange_others(const Exchange *x, const ExchangeOther **ret)
{
        return x->others ? others_list(x->others, ret) : 0;
}

ExchangeElsewhere exchange_elsewhere(const Exchange *x)
{
        return x->others ? others_elsewhere(x->others) : ELSEWHERE_NOTHING;
}

const char *exchange_own_word(const Exchange *x)
{
        return x->others ? others_own_word(x->others) : "";
}

const char *exchange_phrase(const Exchange *x)
{
        return x->group ? x->group->phrase : "";
}

PhraseStatus exchange_phrase_status(const Exchange *x)
{
        if (!x->group || !x->group->fixed)
                return PHRASE_EARLY;
        return x->group->phrase[0] ? PHRASE_COMPLETE : PHRASE_INCOMPLETE;
}

bool exchange_card_released(const Exchange *x)
{
        return x->s.released;
}

bool exchange_held(const Exchange *x)
{
        return x->state == EXCHANGE_RELEASING && !x->s.released && !exchange_may_count(x);
}

void exchange_code(const Exchange *x, char ret[static CODE_TEXT_MAX])
{
        if (exchange_ended(x))
                ret[0] = '\0';
        else
                code_format(&x->s.code, ret);
}

Neighbourhood *exchange_neighbourhood(Exchange *x)
{
        return x->neighbourhood;
}

static MemberProgress exchange_member_progress(const Group *g, const GroupMember *m)
{
        if (m->carded)
                return MEMBER_CARDED;
        if (m->refused)
                return MEMBER_REFUSED;
        if (group_is_apart(g, m))
                return MEMBER_APART;
        if (m->disputes)
                return MEMBER_DISPUTES;
        if (m->left && !m->unproven) /* other words say more */
                return MEMBER_LEFT;
        if (m->name)
                return MEMBER_NAMED;
        if (m->unproven || (g->proof_over && !m->shares))
                return MEMBER_UNPROVEN;
        return m->shares ? MEMBER_PROVEN : MEMBER_WAITING;
}

size_t exchange_members(const Exchange *x, const ExchangeMember **ret)
{
        size_t n = 0;

        *ret = x->members;
        for (size_t i = 0; x->members && i < x->group->n; i++) {
                const GroupMember *m = &x->group->members[i];

                if (i != x->group->self)
                        x->members[n++] =
                                (ExchangeMember){m->id, exchange_member_progress(x->group, m),
                                                 m->mark == MARK_GUEST, m->name ? m->name : ""};
        }
        return n;
}
