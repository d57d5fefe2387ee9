/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "amending.h"
#include "member.h"

#include "src/base/log.h"

#include <assert.h>
#include <string.h>

enum { AMEND_AFTER_MS = 400 }; /* collects several neighbours in one message */

struct Amending {
        AmendingDeps deps;
        bool open; /* the cloud takes amendments */
        bool news; /* since the serial or the last amendment */
        Timer *timer;
        CloudCall *call;
};

/* The cloud may refuse what comes after the close. That is harmless. */
static void amending_on_amended(void *userdata, CloudResult result, const WireResponse *response)
{
        Amending *a = userdata;

        a->call = NULL;
        if (a->news)
                amending_changed(a);
}

/* The sequence number is the time since the press, so it grows across restarts. */
static int amending_amend(Amending *a)
{
        MemberCall call = {a->deps.cloud, &a->call, UINT64_MAX, amending_on_amended, a};
        uint64_t press_ms = *a->deps.press_ms;
        Sighting heard[SERIAL_HEARD_MAX];
        size_t n = neighbourhood_evidence(a->deps.neighbourhood, press_ms, heard);
        uint32_t age = (uint32_t)(clock_now(a->deps.clock) - press_ms);

        return member_amend(&call, a->deps.member, a->deps.fix, heard, n, age);
}

/* After a failure the next neighbour tries again. */
static void amending_log_failure(int r)
{
        if (r < 0)
                log_warning("cannot amend: %s", strerror(-r));
}

static void amending_on_time(void *userdata)
{
        Amending *a = userdata;

        a->timer = timer_free(a->timer);
        if (a->call)
                return; /* after its answer: over a slow way each would end the one before */
        a->news = false;
        amending_log_failure(amending_amend(a));
}

void amending_told(Amending *a)
{
        a->news = false;
}

void amending_changed(Amending *a)
{
        a->news = true;
        if (a->open && !a->timer)
                amending_log_failure(clock_restart(a->deps.clock, &a->timer, AMEND_AFTER_MS,
                                                   amending_on_time, a));
}

void amending_begin(Amending *a)
{
        a->open = true;
        if (a->news)
                amending_changed(a);
}

void amending_end(Amending *a)
{
        a->open = false;
        a->timer = timer_free(a->timer);
        a->call = cloud_call_cancel(a->call);
}

int amending_new(Amending **ret, const AmendingDeps *deps)
{
        Amending *a = calloc(1, sizeof *a);

        if (!a)
                return -ENOMEM;
        assert(deps->member && deps->neighbourhood && deps->fix && deps->press_ms);
        a->deps = *deps;
        *ret = a;
        return 0;
}

Amending *amending_free(Amending *a)
{
        if (a)
                amending_end(a);
        free(a);
        return NULL;
}
