/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal that gets help from hostile neighbours: pairs of bytes, what happens and to which
 * neighbour or request. Each request ends once, and at the end nothing is left.
 */
#include "fuzz.h"

#include "daemon/help/carrier-relay.h"
#include "tests/sim/step-clock.h"

#include <assert.h>
#include <string.h>

enum { NEIGHBOURS = 4, REQUESTS = 8 };

typedef enum Act {
        ACT_HEARD,
        ACT_GONE,
        ACT_REACHED,
        ACT_CLOSE,
        ACT_FRAME,
        ACT_SEND,
        ACT_CANCEL,
        ACT_WAIT,
        ACT_FORGET,
        ACTS
} Act;

typedef struct FuzzLink {
        Link link;
        bool open, refuses;
} FuzzLink;

typedef struct FuzzRequest {
        Carriage *carriage; /* NULL: it has ended */
        bool rejects;
} FuzzRequest;

static Carrier *carrier;
static FuzzLink links[NEIGHBOURS];
static FuzzRequest requests[REQUESTS];
static bool reaching[NEIGHBOURS];

/* ---- neighbours ---- */

static int fuzz_link_send(Link *l, const Frame *frame)
{
        FuzzLink *f = (FuzzLink *)l;

        assert(f->open && (frame->kind == FRAME_REQUEST || frame->kind == FRAME_CANCEL));
        return f->refuses ? -ENOBUFS : 0;
}

static size_t fuzz_link_unsent(const Link *l)
{
        return 0;
}

static Link *fuzz_link_free(Link *l)
{
        FuzzLink *f = (FuzzLink *)l;

        assert(f->open);
        f->open = false;
        return NULL;
}

static const LinkOps link_ops = {fuzz_link_send, fuzz_link_unsent, fuzz_link_free};

static int fuzz_reach(Radio *r, const Token *token)
{
        assert(token->b[0] < NEIGHBOURS);
        if (reaching[token->b[0]])
                return -EALREADY;
        reaching[token->b[0]] = true;
        return 0;
}

static const RadioOps radio_ops = {.transport = SIGHTING_MDNS, .reach = fuzz_reach};
static const RadioOps dear_ops = {.transport = SIGHTING_BLE, .dear = true, .reach = fuzz_reach};
static Radio radios[2] = {{&radio_ops, NULL, NULL, false}, {&dear_ops, NULL, NULL, false}};

static void reach_ended(size_t n, uint8_t how)
{
        Token token = {{(uint8_t)n}};
        FuzzLink *f = &links[n];
        Link *link = NULL;

        if (!reaching[n])
                return;
        reaching[n] = false;
        if (how & 1 && !f->open) {
                *f = (FuzzLink){{.ops = &link_ops, .dear = n & 1}, true, how & 2};
                link = &f->link;
        }
        carrier_relay_linked(carrier, &radios[n & 1], &token, link);
}

static void send_frame(FuzzLink *f, uint8_t how)
{
        static uint8_t sealed[ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG] = {2};
        Frame frame = {
                .kind = how & 1 ? FRAME_ANSWER : FRAME_REFUSED,
                .refusal = how & 1 ? 0 : FRAME_NO_ROUTE + (how >> 1) % 3,
                .number = how >> 3 & 3,
                .body = sealed,
                .len = how & 1 ? sizeof sealed : 0,
        };

        f->link.events->frame(f->link.userdata, &f->link, &frame);
}

/* ---- requests ---- */

static void on_carried(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        FuzzRequest *q = userdata;

        assert(q->carriage && (result == CARRIER_ANSWERED) == (answer != NULL));
        q->carriage = NULL;
        if (answer && q->rejects)
                (void)carrier_reject(carrier);
}

static void send_request(FuzzRequest *q, uint8_t how)
{
        static const uint8_t sealed[ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG] = {1};
        uint32_t timeout_ms = how & 1 ? CARRIER_ANSWER_MS : CARRIER_ANSWER_MS + RELAYED_WATCH_MS;

        q->rejects = how & 2;
        if (!q->carriage && carrier_send(carrier, &q->carriage, sealed, sizeof sealed, timeout_ms,
                                         on_carried, q) < 0)
                q->carriage = NULL;
}

static void do_one(Clock *clock, uint8_t what, uint8_t which)
{
        size_t n = which % NEIGHBOURS;
        Radio *radio = &radios[n & 1];
        Token token = {{(uint8_t)n}};
        FuzzRequest *q = &requests[which % REQUESTS];
        uint8_t how = what / ACTS;

        switch ((Act)(what % ACTS)) {
        case ACT_HEARD:
                carrier_relay_heard(carrier, radio, &token);
                break;
        case ACT_GONE:
                carrier_relay_gone(carrier, radio, &token);
                break;
        case ACT_REACHED:
                reach_ended(n, how);
                break;
        case ACT_CLOSE:
                if (links[n].open)
                        links[n].link.events->closed(links[n].link.userdata, &links[n].link);
                break;
        case ACT_FRAME:
                if (links[n].open)
                        send_frame(&links[n], how);
                break;
        case ACT_SEND:
                send_request(q, how);
                break;
        case ACT_CANCEL:
                q->carriage = carriage_cancel(q->carriage);
                break;
        case ACT_WAIT:
                step_clock_advance(clock, (uint64_t)which * 200);
                break;
        case ACT_FORGET:
                reaching[0] = reaching[2] = false;
                carrier_relay_forget(carrier, &radios[0]);
                break;
        case ACTS:
                break;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Clock *clock = NULL;
        int r = step_clock_new(&clock, UINT64_C(1767225600000));

        assert(r == 0);
        r = carrier_relay_new(&carrier, clock);
        assert(r == 0);
        memset(reaching, 0, sizeof reaching);
        for (size_t i = 0; i + 1 < size; i += 2)
                do_one(clock, data[i], data[i + 1]);
        step_clock_advance(clock, 60 * 1000); /* each request has ended by now */
        for (size_t i = 0; i < REQUESTS; i++)
                assert(!requests[i].carriage);
        carrier_free(carrier);
        step_clock_free(clock); /* asserts that no timer is left */
        for (size_t i = 0; i < NEIGHBOURS; i++)
                assert(!links[i].open);
        return 0;
}
