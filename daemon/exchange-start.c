/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange-start.h"

#include "daemon/account/own-card.h"
#include "daemon/account/shares.h"
#include "free-route.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

#define NAME_ALONE "FN" /* of the card of a mere receiver; a card has no less */

struct ExchangeStart {
        Code code;
        bool drawn;
        Card *card; /* what is shared of it */
        ExchangeOptions options;
        unsigned off;
        FreeRoute *route;
        void (*ready)(void *userdata);
        void *userdata;
};

/* *ret_drawn: the code is ours to choose. */
static int start_read_code(Code *ret, bool *ret_drawn, const ExchangeWish *wish, unsigned *ret_word)
{
        int r = code_parse(ret, wish->code, ret_word);

        if (r == CODE_E_EMPTY) {
                code_draw(ret, wish->n_words);
                *ret_drawn = true;
                return 0;
        }
        if (r == 0 && ret->n_words == 1) /* of two: somebody would wait alone */
                return OUTCOME_INVALID_CODE;
        if (r <= 0)
                return r;
        return r == CODE_E_UNKNOWN_WORD ? OUTCOME_UNKNOWN_WORD : OUTCOME_INVALID_CODE;
}

static int start_shared_card(Card **ret, const ExchangeStartDeps *deps, const Account *a,
                             const ExchangeWish *wish)
{
        _cleanup_(card_freep) Card *card = NULL;
        _cleanup_free_ char *fields = NULL;
        _cleanup_(secret_freep) char *text = NULL;
        int r = own_card_get(deps->store, account_uid(a), &text);

        if (r != 0)
                return r;
        r = card_parse(&card, text, strlen(text), NULL, NULL);
        if (r != 0)
                return r < 0 ? r : -EBADMSG; /* it was read when it was set */
        r = shares_find(deps->store, account_uid(a), card, wish->share, &fields);
        if (r == 0)
                r = card_share(card, wish->receive ? NAME_ALONE : fields);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(card);
        return 0;
}

/* Where nobody says otherwise, guests may come to a party. With words somebody has to say so, for a
 * page sees the words. An outcome. */
static int start_mark(GuestMark *ret, const ExchangeWish *wish, const DaemonSettings *c, bool party)
{
        bool refused = !c->guests || (wish->off & PREFERENCE_GUESTS);

        if (wish->guests == WISH_YES && !c->guests)
                return OUTCOME_GUESTS_OFF;
        if (wish->guests == WISH_YES)
                *ret = MARK_WELCOME;
        else if (wish->guests == WISH_NO || refused)
                *ret = MARK_REFUSED;
        else
                *ret = party ? MARK_WELCOME : MARK_NONE;
        return OUTCOME_OK;
}

int exchange_start_new(ExchangeStart **ret, const ExchangeStartDeps *deps, const Account *account,
                       const ExchangeWish *wish, unsigned *ret_word)
{
        _cleanup_(exchange_start_freep) ExchangeStart *s = secret_alloc(1, sizeof *s);
        const DaemonSettings *c = deps->settings;
        int r;

        if (!s)
                return -ENOMEM;
        r = start_read_code(&s->code, &s->drawn, wish, ret_word);
        if (r == 0 && (!account || !account_registered(account)))
                r = OUTCOME_NOT_REGISTERED;
        if (r == 0)
                r = start_mark(&s->options.mark, wish, c, s->code.n_words == 0);
        if (r == 0)
                r = start_shared_card(&s->card, deps, account, wish);
        if (r != 0)
                return r;
        s->options.veto_ms = wish->automatic ? 0 : wish->veto_s * 1000;
        s->options.window_s = wish->window_s ? wish->window_s : (uint32_t)(c->window_ms / 1000);
        s->off = wish->off;
        if (!(s->off & PREFERENCE_PLACE))
                location_fix(deps->location, &s->options.fix);
        *ret = TAKE_PTR(s);
        return 0;
}

ExchangeStart *exchange_start_free(ExchangeStart *s)
{
        if (!s)
                return NULL;
        free_route_free(s->route);
        code_done(&s->code);
        card_free(s->card);
        secret_release(s);
        return NULL;
}

bool exchange_start_draws(const ExchangeStart *s)
{
        return s->drawn;
}

/* Without a route of the cloud, that drawn at first stays. */
static void on_start_route(void *userdata, const char *route)
{
        ExchangeStart *s = userdata;

        if (route) {
                memset(s->code.route, 0, sizeof s->code.route);
                memcpy(s->code.route, route, strlen(route));
        } else
                log_info("the cloud has not given a free route: drew one here");
        s->ready(s->userdata);
}

int exchange_start_draw_route(ExchangeStart *s, Clock *clock, CloudClient *cloud,
                              void (*ready)(void *userdata), void *userdata)
{
        assert(s->drawn && !s->route && ready);
        s->ready = ready;
        s->userdata = userdata;
        return free_route_new(&s->route, clock, cloud, on_start_route, s);
}

const Code *exchange_start_code(const ExchangeStart *s)
{
        return &s->code;
}

const Card *exchange_start_card(const ExchangeStart *s)
{
        return s->card;
}

const ExchangeOptions *exchange_start_options(const ExchangeStart *s)
{
        return &s->options;
}

unsigned exchange_start_off(const ExchangeStart *s)
{
        return s->off;
}
