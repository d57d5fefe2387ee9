/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "joining.h"
#include "member.h"

#include <assert.h>

/* A request is never older than this, so the age of the press in it is right. */
enum { TRY_MS = 3 * 1000 };

struct Joining {
        JoiningDeps deps;
        CloudCall *call;
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

static int joining_try(Joining *j);

static void joining_on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
        Joining *j = userdata;
        const JoiningDeps *d = &j->deps;

        j->call = NULL;
        if (result == CLOUD_OK && response->body_case == PB_RESPONSE_BODY_JOINED)
                d->joined(d->userdata, EXCHANGE_E_NONE, response->joined);
        else if (result == CLOUD_STATUS || clock_now(d->clock) >= d->until_ms)
                d->joined(d->userdata, joining_error(result), NULL);
        else if (joining_try(j) < 0)
                d->joined(d->userdata, EXCHANGE_E_INTERNAL, NULL);
}

static int joining_try(Joining *j)
{
        const JoiningDeps *d = &j->deps;
        MemberCall call = {d->cloud, &j->call, 0, joining_on_answer, j};
        Serial serial;

        call.until_ms = MIN(clock_now(d->clock) + TRY_MS, d->until_ms);
        d->fill(d->userdata, &serial);
        return member_join(&call, d->member, &serial, d->commitment, d->window_s, d->words);
}

int joining_new(Joining **ret, const JoiningDeps *deps)
{
        _cleanup_(joining_freep) Joining *j = calloc(1, sizeof *j);
        int r;

        if (!j)
                return -ENOMEM;
        assert(deps->fill && deps->joined);
        j->deps = *deps;
        r = joining_try(j);
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
