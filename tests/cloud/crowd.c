/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crowd.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

enum { CIRCLE = 26, OPEN_MS = 60 * 1000, PRESSED_AGO_MS = 30 * 1000 };

const char *const crowd_names[CROWD_KINDS] = {
        "ring", "claims", "silent", "pairs", "circles", "slips", "apart", "groups",
};

typedef struct Crowd {
        Store *store;
        CrowdKind kind;
        size_t n;
        uint64_t now_ms;
} Crowd;

static Token crowd_token(size_t i)
{
        Token t = {.b = {1, (uint8_t)i, (uint8_t)(i >> 8)}};

        return t;
}

Id crowd_id(size_t i)
{
        Id id = {.b = {2, (uint8_t)(i >> 8), (uint8_t)i}};

        return id;
}

static bool crowd_hears(const Crowd *c, size_t i, size_t j)
{
        size_t after = (j + c->n - i) % c->n, half = c->n / 2;

        switch (c->kind) {
        case CROWD_RING:
                return i != j && (after <= 32 || after >= c->n - 32);
        case CROWD_CLAIMS:
                return after > 0 && after <= 64;
        case CROWD_PAIRS:
                return i < half && j < half && i / 2 == j / 2;
        case CROWD_CIRCLES:
                return i / CIRCLE == j / CIRCLE;
        case CROWD_SLIPS:
                return i < half && j < half
                               ? (i + 16 >= j && j + 16 >= i)
                               : (i % half + 1 >= j % half && j % half + 1 >= i % half);
        case CROWD_SILENT:
        case CROWD_APART:
        case CROWD_GROUPS:
        case CROWD_KINDS:
                break;
        }
        return false;
}

static int8_t crowd_strength(const Crowd *c, size_t i, size_t j)
{
        if (c->kind == CROWD_CIRCLES && i % 2 != j % 2)
                return (int8_t)(-80 - 4 * (int)((i + j) % 3));
        return (int8_t)(-56 - 4 * (int)((i * j + i + j) % 4));
}

static Fix crowd_fix(const Crowd *c, size_t i)
{
        Fix f = {true, 470000000, 80000000, 20};

        if (c->kind == CROWD_PAIRS)
                f.accuracy_m = 90;
        if (c->kind == CROWD_APART) {
                f.longitude_e7 += (int32_t)i * 100000; /* 760 m */
                f.accuracy_m = 5;
        }
        if (c->kind == CROWD_GROUPS)
                f.longitude_e7 += (int32_t)(i % 100) * 100;
        return f;
}

static int64_t crowd_add_group(const Crowd *c, size_t first, size_t n, uint64_t deadline_ms)
{
        GroupRow g = {
                .route = "4821",
                .phase = GROUP_GATHERING,
                .opened_ms = c->now_ms - PRESSED_AGO_MS,
                .deadline_ms = deadline_ms,
                .expires_ms = c->now_ms + 1000 * OPEN_MS,
                .revision = 1,
                .opener = crowd_id(first),
                .n_members = (uint32_t)n,
        };

        assert_int_equal(store_group_add(c->store, &g), 0);
        return g.id;
}

static void crowd_add_member(const Crowd *c, size_t i, int64_t group)
{
        MemberRow m = {
                .group = group,
                .account = (int64_t)(1000000 + i / 4),
                .member_id = crowd_id(i),
                .fix = crowd_fix(c, i),
                .token = crowd_token(i),
                .press_ms = c->now_ms - PRESSED_AGO_MS + i % 2000,
                .arrival_ms = c->now_ms,
                .words = true,
        };
        Sighting heard[SERIAL_HEARD_MAX];
        size_t n = 0;

        strcpy(m.route, c->kind == CROWD_SLIPS && i >= c->n / 2 ? "4822" : "4821");
        assert_int_equal(store_member_add(c->store, &m), 0);
        for (size_t j = 0; j < c->n && n < SERIAL_HEARD_MAX; j++)
                if (i != j && crowd_hears(c, i, j))
                        heard[n++] = (Sighting){.token = crowd_token(j),
                                                .transport = SIGHTING_BLE,
                                                .rssi_dbm = crowd_strength(c, i, j)};
        assert_int_equal(store_heard_set(c->store, m.id, heard, n), 0);
}

int64_t crowd_add(Store *s, CrowdKind kind, size_t n, uint64_t now_ms)
{
        Crowd c = {s, kind, n, now_ms};
        bool one = kind != CROWD_GROUPS;
        int64_t first = crowd_add_group(&c, 0, one ? n : 1, now_ms), group = first;

        for (size_t i = 0; i < n; i++) {
                if (!one && i > 0)
                        group = crowd_add_group(&c, i, 1, now_ms + OPEN_MS);
                crowd_add_member(&c, i, group);
        }
        return first;
}

void crowd_read_ended(Store *s, uint32_t n, CrowdEnded *ret)
{
        static int64_t groups[CROWD_MAX];
        MemberRow m;
        GroupRow g;

        for (uint32_t i = 0; i < n; i++) {
                Id id = crowd_id(i);

                assert_int_equal(store_member_get(s, &id, &m), 0);
                assert_int_equal(store_group_get(s, m.group, &g), 0);
                groups[i] = m.group;
                ret->phase[i] = g.phase;
                for (ret->first[i] = 0; groups[ret->first[i]] != m.group; ret->first[i]++)
                        ;
        }
}

bool crowd_gathers(Store *s, int64_t group)
{
        GroupRow g;
        int r = store_group_get(s, group, &g);

        return r == 0 && g.phase == GROUP_GATHERING && g.deadline_ms > 0;
}
