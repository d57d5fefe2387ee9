/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include "src/base/secret.h"
#include "src/protocol/cloud-url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

/* ---- chance: libsodium asks for it by these names ---- */

uint32_t arc4random(void);
void arc4random_buf(void *ret, size_t len);

uint32_t arc4random(void)
{
        uint32_t ret;

        host_random(&ret, sizeof ret);
        return ret;
}

void arc4random_buf(void *ret, size_t len)
{
        host_random(ret, len);
}

/* ---- time ---- */

/* One start of the engine: host_now of another one counts from elsewhere. */
int sd_id128_get_boot(sd_id128_t *ret)
{
        static sd_id128_t boot;
        static bool drawn;

        if (!drawn)
                host_random(boot.bytes, sizeof boot.bytes);
        drawn = true;
        *ret = boot;
        return 0;
}

typedef struct HostTimer {
        Timer timer;
        TimerFunc func;
        void *userdata;
} HostTimer;

static uint64_t host_clock_now(Clock *c)
{
        return (uint64_t)host_now();
}

static uint64_t host_clock_wall(Clock *c)
{
        return (uint64_t)host_wall();
}

static int host_clock_timer(Clock *c, Timer **ret, uint64_t at_ms, TimerFunc func, void *userdata)
{
        HostTimer *t = malloc(sizeof *t);
        uint64_t now_ms = host_clock_now(c);

        if (!t)
                return -ENOMEM;
        *t = (HostTimer){{c}, func, userdata};
        *ret = &t->timer;
        host_timer(&t->timer, at_ms > now_ms ? (double)(at_ms - now_ms) : 0);
        return 0;
}

static void host_clock_timer_free(Timer *timer)
{
        host_timer_stop(timer);
        free(timer);
}

static const ClockOps host_clock_ops = {host_clock_now, host_clock_wall, host_clock_timer,
                                        host_clock_timer_free};
static Clock host_clock_itself = {&host_clock_ops};
Clock *const host_clock = &host_clock_itself;

int clock_restart(Clock *c, Timer **timer, uint64_t delay_ms, TimerFunc func, void *userdata)
{
        *timer = timer_free(*timer);
        return clock_timer(c, timer, clock_now(c) + delay_ms, func, userdata);
}

HOST_EXPORT(timer) void engine_timer(Timer *timer);

void engine_timer(Timer *timer)
{
        HostTimer *t = (HostTimer *)timer;

        t->func(t->userdata);
}

/* ---- requests ---- */

typedef struct HostCarriage {
        Carriage carriage;
        CarrierFunc func;
        void *userdata;
} HostCarriage;

static const char *host_carrier_url;

static int host_carrier_send(Carrier *c, Carriage **ret, const uint8_t *sealed, size_t len,
                             uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        char url[CLOUD_URL_SIZE + 8];
        HostCarriage *g = malloc(sizeof *g);

        if (!g)
                return -ENOMEM;
        *g = (HostCarriage){{c}, func, userdata};
        (void)snprintf(url, sizeof url, "%s/v1/rpc", host_carrier_url);
        *ret = &g->carriage;
        host_send(&g->carriage, url, sealed, len, timeout_ms);
        return 0;
}

static void host_carrier_cancel(Carriage *g)
{
        host_send_stop(g);
        free(g);
}

static Carrier *host_carrier_free(Carrier *c)
{
        return NULL;
}

static const CarrierOps host_carrier_ops = {
        .send = host_carrier_send, .cancel = host_carrier_cancel, .free = host_carrier_free};
static Carrier host_carrier_itself = {&host_carrier_ops};

Carrier *host_carrier(const char *url)
{
        host_carrier_url = url;
        return &host_carrier_itself;
}

/* status: of HTTP, 0 without an answer. */
static CarrierResult host_result(unsigned status)
{
        switch (status) {
        case 0:
                return CARRIER_UNREACHABLE;
        case 200:
                return CARRIER_ANSWERED;
        case 421:
                return CARRIER_REFUSED;
        case 429:
        case 503:
                return CARRIER_BUSY;
        default:
                return CARRIER_UNREACHABLE;
        }
}

HOST_EXPORT(answer)
void engine_answer(Carriage *carriage, unsigned status, const uint8_t *bytes, size_t len);

void engine_answer(Carriage *carriage, unsigned status, const uint8_t *bytes, size_t len)
{
        HostCarriage g = *(HostCarriage *)carriage;
        CarrierResult result = host_result(status);

        free(carriage);
        g.func(g.userdata, result, result == CARRIER_ANSWERED ? bytes : NULL, len);
}
