/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "neighbourhood.h"

#include <sodium.h>
#include <string.h>

enum {
        TRANSPORTS = SIGHTING_BLE + 1, /* index by SightingTransport; 0 is unused */
        /* a new value counts a quarter */
        SMOOTHING = 4,
        /* fixed point of the smoothed value */
        SCALE = 16,
};

/* What one transport reports about a peer. */
typedef struct Trace {
        bool present;
        bool heard;
        int rssi_max_dbm;
        uint64_t first_ms;
        uint64_t last_ms;
} Trace;

typedef struct Entry {
        Peer peer;
        uint64_t lot; /* neighbour_lot of its token */
        int rssi_scaled;
        Trace by[TRANSPORTS];
} Entry;

struct Neighbourhood {
        Clock *clock;
        NeighbourhoodFunc changed;
        void *userdata;
        Token own;
        Entry entries[SERIAL_HEARD_MAX];
        size_t n;
};

static Entry *neighbour_find(Neighbourhood *n, const Token *token)
{
        for (size_t i = 0; i < n->n; i++)
                if (memcmp(n->entries[i].peer.token.b, token->b, sizeof token->b) == 0)
                        return &n->entries[i];
        return NULL;
}

/* Ranks an unmeasured strength below all measured ones. */
static int rssi_rank(int rssi_dbm)
{
        return rssi_dbm ? rssi_dbm : INT16_MIN;
}

/* The same number for both of a pair. */
static uint64_t neighbour_lot(const Neighbourhood *n, const Token *token)
{
        bool first = memcmp(n->own.b, token->b, sizeof token->b) < 0;
        const Token both[] = {first ? n->own : *token, first ? *token : n->own};
        uint8_t hash[crypto_generichash_BYTES_MIN];
        uint64_t lot;

        (void)crypto_generichash(hash, sizeof hash, (const uint8_t *)both, sizeof both, NULL, 0);
        memcpy(&lot, hash, sizeof lot);
        return lot;
}

/* Which of two peers to keep where there is no room for both: the louder; of equally loud ones that
 * with the smaller lot. As both of a pair see the same, they keep each other: in a hall all would
 * otherwise keep those that everybody heard first, and nobody the rest. */
static bool neighbour_weaker(const Entry *e, int rssi_dbm, uint64_t lot)
{
        int rank = rssi_rank(e->peer.rssi_dbm);

        return rank != rssi_rank(rssi_dbm) ? rank < rssi_rank(rssi_dbm) : e->lot > lot;
}

/* Picks the peer to evict for a new one of this strength: the one gone longest, else the weakest if
 * it is weaker. Never a mutual peer, so a flood of fake tokens displaces none of them. */
static Entry *neighbour_dispensable(Neighbourhood *n, uint64_t lot, int rssi_dbm)
{
        Entry *gone = NULL, *weakest = NULL;

        for (size_t i = 0; i < n->n; i++) {
                Entry *e = &n->entries[i];

                if (e->peer.mutual)
                        continue;
                if (!e->peer.present && (!gone || e->peer.last_seen_ms < gone->peer.last_seen_ms))
                        gone = e;
                if (!weakest || neighbour_weaker(e, weakest->peer.rssi_dbm, weakest->lot))
                        weakest = e;
        }
        if (gone)
                return gone;
        return weakest && neighbour_weaker(weakest, rssi_dbm, lot) ? weakest : NULL;
}

static Entry *neighbour_add(Neighbourhood *n, const Token *token, int rssi_dbm)
{
        uint64_t lot = neighbour_lot(n, token);
        Entry *e = n->n < SERIAL_HEARD_MAX ? &n->entries[n->n++]
                                           : neighbour_dispensable(n, lot, rssi_dbm);

        if (!e)
                return NULL;
        if (e->peer.present) {
                e->peer.present = false;
                n->changed(n->userdata, &e->peer);
        }
        *e = (Entry){.peer = {.token = *token, .first_seen_ms = clock_now(n->clock)}, .lot = lot};
        return e;
}

static void neighbour_measure(Entry *e, Trace *t, int rssi_dbm)
{
        Peer *p = &e->peer;

        if (rssi_dbm == 0)
                return;
        e->rssi_scaled = p->rssi_dbm
                                 ? e->rssi_scaled + (rssi_dbm * SCALE - e->rssi_scaled) / SMOOTHING
                                 : rssi_dbm * SCALE;
        p->rssi_dbm = e->rssi_scaled / SCALE;
        p->rssi_max_dbm = p->rssi_max_dbm ? MAX(p->rssi_max_dbm, rssi_dbm) : rssi_dbm;
        t->rssi_max_dbm = t->rssi_max_dbm ? MAX(t->rssi_max_dbm, rssi_dbm) : rssi_dbm;
}

void neighbourhood_heard(Neighbourhood *n, const Token *token, SightingTransport transport,
                         int rssi_dbm)
{
        Entry *e = neighbour_find(n, token);
        uint64_t now = clock_now(n->clock);
        unsigned bit = 1U << transport;
        bool news;
        Trace *t;

        if (!e)
                e = neighbour_add(n, token, rssi_dbm);
        if (!e)
                return;
        t = &e->by[transport];
        news = !e->peer.present || !(e->peer.transports & bit);
        if (!t->heard)
                t->first_ms = now;
        t->heard = t->present = e->peer.present = true;
        t->last_ms = e->peer.last_seen_ms = now;
        e->peer.transports |= bit;
        neighbour_measure(e, t, rssi_dbm);
        if (news)
                n->changed(n->userdata, &e->peer);
}

void neighbourhood_gone(Neighbourhood *n, const Token *token, SightingTransport transport)
{
        Entry *e = neighbour_find(n, token);

        if (!e || !e->by[transport].present)
                return;
        if (transport == SIGHTING_MDNS) /* its record was valid until now */
                e->by[transport].last_ms = e->peer.last_seen_ms = clock_now(n->clock);
        e->by[transport].present = false;
        for (size_t i = 0; i < TRANSPORTS; i++)
                if (e->by[i].present)
                        return;
        e->peer.present = false;
        n->changed(n->userdata, &e->peer);
}

void neighbourhood_set_mutual(Neighbourhood *n, const Token *token)
{
        Entry *e = neighbour_find(n, token);

        if (!e || e->peer.mutual)
                return;
        e->peer.mutual = true;
        n->changed(n->userdata, &e->peer);
}

void neighbourhood_set_own(Neighbourhood *n, const Token *own)
{
        n->own = *own;
        for (size_t i = 0; i < n->n; i++)
                n->entries[i].lot = neighbour_lot(n, &n->entries[i].peer.token);
}

static uint32_t ms_after(uint64_t press_ms, uint64_t at_ms)
{
        return at_ms > press_ms ? (uint32_t)MIN(at_ms - press_ms, (uint64_t)UINT32_MAX) : 0;
}

static Sighting neighbour_sighting(const Neighbourhood *n, const Entry *e,
                                   SightingTransport transport, uint64_t press_ms)
{
        const Trace *t = &e->by[transport];
        /* mDNS reports only arrival and departure */
        bool still = t->present && transport == SIGHTING_MDNS;

        return (Sighting){
                .token = e->peer.token,
                .transport = transport,
                .rssi_dbm = sighting_bucket(t->rssi_max_dbm),
                .first_heard_ms = ms_after(press_ms, t->first_ms),
                .last_heard_ms = ms_after(press_ms, still ? clock_now(n->clock) : t->last_ms),
        };
}

/* Every peer's first sighting goes before any second one, in case not all fit. */
size_t neighbourhood_evidence(const Neighbourhood *n, uint64_t press_ms,
                              Sighting ret[static SERIAL_HEARD_MAX])
{
        size_t k = 0;

        for (int second = 0; second < 2; second++)
                for (size_t i = 0; i < n->n; i++) {
                        const Entry *e = &n->entries[i];
                        bool ble = e->by[SIGHTING_BLE].heard, mdns = e->by[SIGHTING_MDNS].heard;

                        if (k < SERIAL_HEARD_MAX && (second ? ble && mdns : ble || mdns))
                                ret[k++] = neighbour_sighting(
                                        n, e, ble && !second ? SIGHTING_BLE : SIGHTING_MDNS,
                                        press_ms);
                }
        return k;
}

size_t neighbourhood_count(const Neighbourhood *n)
{
        return n->n;
}

const Peer *neighbourhood_get(const Neighbourhood *n, size_t i)
{
        return &n->entries[i].peer;
}

int neighbourhood_new(Neighbourhood **ret, Clock *clock, NeighbourhoodFunc changed, void *userdata)
{
        Neighbourhood *n = calloc(1, sizeof *n);

        if (!n)
                return -ENOMEM;
        n->clock = clock;
        n->changed = changed;
        n->userdata = userdata;
        *ret = n;
        return 0;
}

Neighbourhood *neighbourhood_free(Neighbourhood *n)
{
        free(n);
        return NULL;
}
