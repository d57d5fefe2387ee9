/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A relay between hostile neighbours and a slow cloud: pairs of bytes, what happens and to which
 * link, request or answer. The relay stays within its bounds, and at the end nothing is left.
 */
#include "fuzz.h"

#include "daemon/help/relay.h"
#include "tests/sim/step-clock.h"

#include <assert.h>
#include <string.h>

enum { LINKS = 16, CARRIAGES = 64 };

typedef enum Act {
        ACT_LINK,
        ACT_CLOSE,
        ACT_REQUEST,
        ACT_CANCEL,
        ACT_ANSWER,
        ACT_WAIT,
        ACT_ASK,
        ACTS
} Act;

typedef struct FuzzLink {
        Link link;
        bool open;
        size_t unsent;
} FuzzLink;

typedef struct FuzzCarriage {
        Carriage carriage;
        CarrierFunc func; /* NULL: not under way */
        void *userdata;
} FuzzCarriage;

static FuzzLink links[LINKS];
static FuzzCarriage carriages[CARRIAGES];
static unsigned n_open, n_carried;

/* ---- links: a neighbour never reads what it is sent ---- */

static int fuzz_link_send(Link *l, const Frame *frame)
{
        FuzzLink *f = (FuzzLink *)l;

        assert(f->open);
        if (f->unsent + frame->len > 2 * FRAME_ANSWER_MAX)
                return -ENOBUFS;
        f->unsent += FRAME_HEAD + frame->len;
        return 0;
}

static size_t fuzz_link_unsent(const Link *l)
{
        return ((const FuzzLink *)l)->unsent;
}

static Link *fuzz_link_free(Link *l)
{
        FuzzLink *f = (FuzzLink *)l;

        assert(f->open);
        f->open = false;
        n_open--;
        return NULL;
}

static const LinkOps link_ops = {fuzz_link_send, fuzz_link_unsent, fuzz_link_free};

/* ---- the cloud ---- */

static int cloud_send(Carrier *c, Carriage **ret, const uint8_t *sealed, size_t len,
                      uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        assert(timeout_ms <= RELAY_WAIT_MAX_MS);
        for (size_t i = 0; i < CARRIAGES; i++)
                if (!carriages[i].func) {
                        carriages[i] = (FuzzCarriage){{c}, func, userdata};
                        *ret = &carriages[i].carriage;
                        n_carried++;
                        return 0;
                }
        return -EBUSY;
}

static void cloud_cancel(Carriage *g)
{
        assert(((FuzzCarriage *)g)->func);
        ((FuzzCarriage *)g)->func = NULL;
        n_carried--;
}

static const CarrierOps cloud_ops = {.send = cloud_send, .cancel = cloud_cancel};

static void cloud_answer(size_t at, uint8_t how)
{
        static uint8_t answer[ENVELOPE_RESPONSE_MAX] = {2};
        FuzzCarriage *g = &carriages[at % CARRIAGES];
        CarrierFunc func = g->func;
        bool whole = how & 8;
        size_t len =
                how & 16 ? sizeof answer : ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG;

        if (!func)
                return;
        g->func = NULL;
        n_carried--;
        func(g->userdata, whole ? CARRIER_ANSWERED : (CarrierResult)(how % (CARRIER_BUSY + 1)),
             answer, len - (how & 1));
}

static bool cloud_offer(void *userdata, CloudOffer *ret)
{
        *ret = (CloudOffer){.name = "z", .url = "http://a"};
        return true;
}

/* ---- one input ---- */

static FrameKind act_frame(Act act)
{
        return act == ACT_CANCEL ? FRAME_CANCEL : act == ACT_ASK ? FRAME_ASK : FRAME_REQUEST;
}

static void do_one(Relay *r, Clock *clock, uint8_t what, uint8_t which)
{
        static uint8_t sealed[ENVELOPE_REQUEST_MAX] = {1};
        FuzzLink *f = &links[which % LINKS];
        Frame frame = {
                .kind = act_frame((Act)(what % ACTS)),
                .number = which >> 4,
                .wait_ms = (uint32_t)which << 24,
                .body = sealed,
                .len = ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        };

        switch ((Act)(what % ACTS)) {
        case ACT_LINK:
                if (f->open)
                        break;
                *f = (FuzzLink){.link = {.ops = &link_ops, .peer = {which >> 3}, .dear = which & 1},
                                .open = true};
                n_open++;
                relay_take(r, &f->link);
                break;
        case ACT_CLOSE:
                if (f->open)
                        f->link.events->closed(f->link.userdata, &f->link);
                break;
        case ACT_REQUEST:
        case ACT_CANCEL:
        case ACT_ASK:
                if (f->open)
                        f->link.events->frame(f->link.userdata, &f->link, &frame);
                break;
        case ACT_ANSWER:
                cloud_answer(which, what / ACTS);
                break;
        case ACT_WAIT:
                step_clock_advance(clock, (uint64_t)which * 500);
                break;
        case ACTS:
                break;
        }
        assert(n_open <= RELAY_LINKS_MAX && n_carried <= RELAY_LINKS_MAX * RELAY_AT_A_TIME);
        assert(relay_last_helped(r) <= clock_now(clock));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Carrier cloud = {&cloud_ops};
        RelayDeps deps = {.cloud = &cloud, .offer = cloud_offer};
        Relay *r = NULL;
        int k = step_clock_new(&deps.clock, UINT64_C(1767225600000));

        assert(k == 0);
        k = relay_new(&r, &deps);
        assert(k == 0);
        for (size_t i = 0; i + 1 < size; i += 2)
                do_one(r, deps.clock, data[i], data[i + 1]);
        relay_free(r);
        step_clock_free(deps.clock); /* asserts that no timer is left */
        assert(n_open == 0 && n_carried == 0);
        return 0;
}
