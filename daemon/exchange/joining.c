/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "joining.h"
#include "member.h"

#include <assert.h>

/* After until_ms, where the cloud has answered something meanwhile: the way to it is slow. */
enum { SLOW_MS = 40 * 1000 };

struct Joining {
        JoiningDeps deps;
        uint64_t began_ms, until_ms;
        CloudCall *call;
        unsigned tries;
};

static ExchangeError joining_error(CloudResult result)
{
        switch (result) {
        case CLOUD_NO_NETWORK:
                return EXCHANGE_E_NO_NETWORK;
        case CLOUD_PORTAL:
                return EXCHANGE_E_NETWORK_LOGIN;
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

static int joining_begin(Joining *j);

static bool joining_may_go_on(const Joining *j)
{
        return j->until_ms == j->deps.until_ms &&
               cloud_client_answered_ms(j->deps.cloud) >= j->began_ms;
}

static void joining_on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
        Joining *j = userdata;
        const JoiningDeps *d = &j->deps;

        j->call = NULL;
        if (result != CLOUD_OK && result != CLOUD_STATUS && joining_may_go_on(j)) {
                j->until_ms = d->until_ms + SLOW_MS;
                if (joining_begin(j) == 0)
                        return;
        }
        if (result == CLOUD_OK && response->body_case == PB_RESPONSE_BODY_JOINED)
                d->joined(d->userdata, EXCHANGE_E_NONE, response->joined);
        else if (result == CLOUD_STATUS && response->status == PB_STATUS_NO_GUESTS)
                d->joined(d->userdata, EXCHANGE_E_NO_GUESTS, NULL);
        else
                d->joined(d->userdata, joining_error(result), NULL);
}

static void joining_fill(const Joining *j, MemberJoin *ret)
{
        const JoiningDeps *d = &j->deps;

        *ret = (MemberJoin){.member = d->member,
                            .commitment = d->commitment,
                            .window_s = d->window_s,
                            .words = d->words,
                            .mark = d->mark};
        d->fill(d->userdata, &ret->serial, j->tries > 1);
}

/* Every try tells the age of the press and what has been heard until then. */
static int joining_before_try(void *userdata)
{
        Joining *j = userdata;
        MemberJoin join;

        j->tries++;
        joining_fill(j, &join);
        return member_join_again(j->call, &join);
}

static int joining_begin(Joining *j)
{
        const JoiningDeps *d = &j->deps;
        MemberCall call = {d->cloud, &j->call, j->until_ms, joining_on_answer, j};
        MemberJoin join;
        int r;

        joining_fill(j, &join);
        r = member_join(&call, &join);
        if (r < 0)
                return r;
        cloud_call_before_try(j->call, joining_before_try);
        cloud_call_be_patient(j->call, SLOW_MS);
        return 0;
}

int joining_new(Joining **ret, const JoiningDeps *deps)
{
        _cleanup_(joining_freep) Joining *j = calloc(1, sizeof *j);
        int r;

        if (!j)
                return -ENOMEM;
        assert(deps->fill && deps->joined);
        j->deps = *deps;
        j->began_ms = clock_now(deps->clock);
        j->until_ms = deps->until_ms;
        r = joining_begin(j);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(j);
        return 0;
}

Joining *joining_free(Joining *j)
{
        if (j)
                cloud_call_cancel(j->call);
        free(j);
        return NULL;
}
