/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net.h"

#include <string.h>
#include <sys/queue.h>

enum {
        NUMBERS_MAX = 256,
        BAD_DELAY_MS = 500,
        MOVES_MS = 12 * 1000, /* TCP_WATCH_MOST_MS */
};

typedef struct VirtualCarrier {
        Carrier carrier;
        Net *net;
        int number;
        NetKind kind;
} VirtualCarrier;

/* Somebody waits for an answer. */
typedef struct Wait {
        Carriage carriage;
        Net *net;
        LIST_ENTRY(Wait) list;
        uint64_t id;
        Timer *timeout;
        CarrierFunc func;
        void *userdata;
} Wait;

/* A packet: on its way to the cloud, in the cloud, or on its way back. It outlives whoever waits
 * for it. */
typedef struct Packet {
        Net *net;
        LIST_ENTRY(Packet) list;
        uint64_t wait_id;
        int number; /* of the carrier */
        NetKind kind;
        Timer *timer;
        unsigned node; /* that it came to */
        bool in_cloud;
        CarrierResult result;
        uint8_t *bytes;
        size_t len;
} Packet;

struct Net {
        Clock *clock;
        Chance *chance;
        NetHook hook;
        void *userdata;
        NetMeddler meddler;
        void *meddler_userdata;
        NetMeter meter;
        void *meter_userdata;
        NetWeather weather;
        bool cut[NUMBERS_MAX], bad[NUMBERS_MAX];
        uint32_t slow_ms[NUMBERS_MAX], queue_ms[NUMBERS_MAX];
        uint64_t moved_ms[NUMBERS_MAX]; /* when anything arrived */
        uint8_t *older;                 /* an answer that a bad neighbour has kept */
        size_t n_older;
        Api *apis[NET_NODES];
        unsigned n_nodes; /* that there have been */
        uint64_t next_id;
        LIST_HEAD(, Wait) waits;
        LIST_HEAD(, Packet) packets;
};

static void wait_free(Wait *w)
{
        LIST_REMOVE(w, list);
        timer_free(w->timeout);
        free(w);
}

static void packet_free(Packet *p)
{
        LIST_REMOVE(p, list);
        timer_free(p->timer);
        free(p->bytes);
        free(p);
}

static void meter(const Net *n, int number, bool done)
{
        if (n->meter)
                n->meter(n->meter_userdata, number, done);
}

static bool helps_badly(const Packet *p)
{
        return p->kind == NET_HELPING && p->net->bad[p->number];
}

static uint32_t draw_delay(const Packet *p)
{
        Net *n = p->net;

        return chance_between(n->chance, n->weather.delay_min_ms, n->weather.delay_max_ms) +
               n->slow_ms[p->number] + n->queue_ms[p->number];
}

static void arrive_back(void *userdata)
{
        Packet *p = userdata;
        Net *n = p->net;
        Wait *w;

        n->moved_ms[p->number] = clock_now(n->clock);
        LIST_FOREACH (w, &n->waits, list)
                if (w->id == p->wait_id)
                        break;
        if (w) {
                CarrierFunc func = w->func;
                void *data = w->userdata;

                wait_free(w);
                meter(n, p->number, false);
                func(data, p->result, p->result == CARRIER_ANSWERED ? p->bytes : NULL, p->len);
                meter(n, p->number, true);
        }
        packet_free(p);
}

static void send_back(Packet *p, CarrierResult result)
{
        uint32_t delay_ms = draw_delay(p) + (helps_badly(p) ? BAD_DELAY_MS : 0);

        p->result = result;
        p->in_cloud = false;
        if (clock_restart(p->net->clock, &p->timer, delay_ms, arrive_back, p) < 0)
                packet_free(p);
}

/* False: it gives no answer. */
static bool treat_badly(Packet *p)
{
        Net *n = p->net;
        uint32_t chance = chance_below(n->chance, 1000);
        uint8_t *bytes = n->older;
        size_t len = n->n_older;

        if (chance < 250)
                return false;
        if (chance < 500)
                p->bytes[chance_below(n->chance, (uint32_t)p->len)] ^= 1;
        if (chance < 750)
                return true;
        n->older = p->bytes;
        n->n_older = p->len;
        p->bytes = bytes;
        p->len = len;
        return bytes != NULL;
}

static void on_reply(void *userdata, int result, uint8_t *sealed, size_t len)
{
        Packet *p = userdata;
        Net *n = p->net;

        if (!p->in_cloud) { /* it was cut off: the node dies */
                free(sealed);
                return;
        }
        if (result == 0 && n->meddler)
                n->meddler(n->meddler_userdata, p->number, p->bytes, p->len, &sealed, &len);
        free(p->bytes);
        p->bytes = sealed;
        p->len = len;
        if (result < 0)
                send_back(p, CARRIER_UNREACHABLE);
        else if (chance_permille(n->chance, n->weather.loss_permille) ||
                 (helps_badly(p) && !treat_badly(p)))
                packet_free(p);
        else
                send_back(p, CARRIER_ANSWERED);
}

static void arrive(void *userdata)
{
        Packet *p = userdata;
        Net *n = p->net; /* p may have its answer, and be on its way back, when the cloud returns */
        Api *api;
        int r;

        n->moved_ms[p->number] = clock_now(n->clock);
        p->node = n->n_nodes > 1 ? chance_below(n->chance, n->n_nodes) : 0;
        api = n->apis[p->node];
        if (!api || n->weather.failure != CARRIER_ANSWERED) {
                send_back(p, api ? n->weather.failure : CARRIER_UNREACHABLE);
                return;
        }
        if (n->cut[p->number]) {
                send_back(p, CARRIER_NO_NETWORK);
                return;
        }
        p->timer = timer_free(p->timer);
        p->in_cloud = true;
        meter(n, NET_CLOUD, false);
        r = api_handle(api, p->kind == NET_OWN ? API_DIRECT : API_RELAYED, p->bytes, p->len,
                       on_reply, p);
        meter(n, NET_CLOUD, true);
        if (r != 0)
                send_back(p, r > 0 ? CARRIER_REFUSED : CARRIER_UNREACHABLE);
}

static int send_packet(const VirtualCarrier *c, uint64_t wait_id, const uint8_t *bytes, size_t len)
{
        Net *n = c->net;
        Packet *p = calloc(1, sizeof *p);
        int r;

        if (!p)
                return -ENOMEM;
        p->net = n;
        p->number = c->number;
        p->kind = c->kind;
        p->wait_id = wait_id;
        LIST_INSERT_HEAD(&n->packets, p, list);
        p->bytes = malloc(len);
        r = p->bytes ? clock_restart(n->clock, &p->timer, draw_delay(p), arrive, p) : -ENOMEM;
        if (r < 0) {
                packet_free(p);
                return r;
        }
        memcpy(p->bytes, bytes, len);
        p->len = len;
        return 0;
}

static void on_timeout(void *userdata)
{
        Wait *w = userdata;
        CarrierFunc func = w->func;
        void *data = w->userdata;

        wait_free(w);
        func(data, CARRIER_UNREACHABLE, NULL, 0);
}

static int virtual_send(Carrier *carrier, Carriage **ret, const uint8_t *sealed, size_t len,
                        uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        VirtualCarrier *c = (VirtualCarrier *)carrier;
        Net *n = c->net;
        Wait *w = calloc(1, sizeof *w);
        int copies = 1, r;

        if (!w)
                return -ENOMEM;
        *w = (Wait){.carriage.carrier = carrier,
                    .net = n,
                    .id = n->next_id++,
                    .func = func,
                    .userdata = userdata};
        LIST_INSERT_HEAD(&n->waits, w, list);
        r = clock_restart(n->clock, &w->timeout, timeout_ms + 2 * n->queue_ms[c->number],
                          on_timeout, w);
        if ((c->kind == NET_OWN && n->hook(n->userdata, c->number) == NET_LOST) ||
            chance_permille(n->chance, n->weather.loss_permille))
                copies = 0;
        else if (chance_permille(n->chance, n->weather.double_permille))
                copies = 2;
        while (r == 0 && copies-- > 0)
                r = send_packet(c, w->id, sealed, len);
        if (r < 0) {
                wait_free(w);
                return r;
        }
        *ret = &w->carriage;
        return 0;
}

static void virtual_cancel(Carriage *carriage)
{
        wait_free((Wait *)carriage);
}

static bool virtual_moves(const Carriage *carriage)
{
        const VirtualCarrier *c = (const VirtualCarrier *)carriage->carrier;
        const Net *n = c->net;

        return n->queue_ms[c->number] > 0 &&
               clock_now(n->clock) - n->moved_ms[c->number] < MOVES_MS;
}

static Carrier *virtual_free(Carrier *c)
{
        free(c);
        return NULL;
}

static const CarrierOps virtual_ops = {
        .send = virtual_send,
        .cancel = virtual_cancel,
        .moves = virtual_moves,
        .free = virtual_free,
};

void net_set_route(Net *n, int number, bool there)
{
        n->cut[number] = !there;
}

bool net_has_route(const Net *n, int number)
{
        return !n->cut[number];
}

void net_set_bad(Net *n, int number, bool bad)
{
        n->bad[number] = bad;
}

void net_set_slow(Net *n, int number, uint32_t delay_ms)
{
        n->slow_ms[number] = delay_ms;
}

void net_set_queue(Net *n, int number, uint32_t delay_ms)
{
        n->queue_ms[number] = delay_ms;
        n->moved_ms[number] = clock_now(n->clock);
}

bool net_is_bad(const Net *n, int number)
{
        return n->bad[number];
}

int net_carrier(Net *n, Carrier **ret, int number, NetKind kind)
{
        VirtualCarrier *c = calloc(1, sizeof *c);

        if (!c)
                return -ENOMEM;
        *c = (VirtualCarrier){{&virtual_ops}, n, number, kind};
        *ret = &c->carrier;
        return 0;
}

void net_set_weather(Net *n, const NetWeather *w)
{
        n->weather = *w;
}

void net_set_meddler(Net *n, NetMeddler func, void *userdata)
{
        n->meddler = func;
        n->meddler_userdata = userdata;
}

void net_set_meter(Net *n, NetMeter func, void *userdata)
{
        n->meter = func;
        n->meter_userdata = userdata;
}

void net_set_cloud(Net *n, unsigned node, Api *api)
{
        Packet *p;

        n->apis[node] = api;
        n->n_nodes = MAX(n->n_nodes, node + 1);
        LIST_FOREACH (p, &n->packets, list)
                if (!api && p->in_cloud && p->node == node)
                        send_back(p, CARRIER_UNREACHABLE);
}

int net_new(Net **ret, Clock *clock, Chance *chance, NetHook hook, void *userdata)
{
        Net *n = calloc(1, sizeof *n);

        if (!n)
                return -ENOMEM;
        *n = (Net){.clock = clock, .chance = chance, .hook = hook, .userdata = userdata};
        LIST_INIT(&n->waits);
        LIST_INIT(&n->packets);
        *ret = n;
        return 0;
}

Net *net_free(Net *n)
{
        Packet *p;

        if (!n)
                return NULL;
        while ((p = LIST_FIRST(&n->packets)))
                packet_free(p);
        free(n->older);
        free(n);
        return NULL;
}
