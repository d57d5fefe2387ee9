/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "closing.h"
#include "member.h"

#include <assert.h>

/* On a slow way, where a request waits behind all that others have sent. With MEMBER_ANSWER_MS less
 * than programs wait for the answer to Close. */
enum { MORE_MS = 95 * 1000 };

struct Closing {
        CloudCall *call;
        ExchangeDone done; /* NULL: answered */
        void *userdata;
};

static void closing_answer(Closing *c, int result)
{
        ExchangeDone done = c->done;

        c->done = NULL;
        if (done)
                done(c->userdata, result);
}

static int closing_result(CloudResult result)
{
        if (result == CLOUD_OK)
                return 0;
        return result == CLOUD_STATUS ? EXCHANGE_R_WRONG_STATE : EXCHANGE_R_UNREACHABLE;
}

static void closing_on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
        Closing *c = userdata;

        c->call = NULL;
        closing_answer(c, closing_result(result));
}

bool closing_is_pending(const Closing *c)
{
        return c && c->done;
}

int closing_new(Closing **ret, Clock *clock, CloudClient *cloud, const Id *member,
                ExchangeDone done, void *userdata)
{
        _cleanup_(closing_freep) Closing *c = calloc(1, sizeof *c);
        MemberCall call = {
                .cloud = cloud,
                .until_ms = clock_now(clock) + MEMBER_ANSWER_MS,
                .func = closing_on_answer,
        };
        int r;

        if (!c)
                return -ENOMEM;
        assert(done);
        call.ret = &c->call;
        call.userdata = c;
        r = member_close(&call, member);
        if (r < 0)
                return r;
        cloud_call_be_patient(c->call, MORE_MS);
        c->done = done;
        c->userdata = userdata;
        *ret = TAKE_PTR(c);
        return 0;
}

void closing_done(Closing *c)
{
        if (c)
                closing_answer(c, 0);
}

Closing *closing_free(Closing *c)
{
        if (!c)
                return NULL;
        cloud_call_cancel(c->call);
        closing_answer(c, EXCHANGE_R_WRONG_STATE);
        free(c);
        return NULL;
}
