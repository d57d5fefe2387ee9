/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-decode - what it costs to decode and check a Join, by the number of neighbours heard:
 * through the bounded arena of wire.c, and by protobuf-c with malloc alone (which checks
 * nothing)
 */
#include "src/protocol/wire.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 200000 };

static double microseconds(const struct timespec *since)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return ((double)(now.tv_sec - since->tv_sec) * 1e9 +
                (double)(now.tv_nsec - since->tv_nsec)) /
               1e3 / ROUNDS;
}

static int make_join(uint8_t **ret, size_t *ret_len, size_t n_heard)
{
        static const uint8_t bytes[96];
        Serial s = {.route = "4821", .fix = {true, 525200080, 134049540, 30}, .press_age_ms = 1500};
        WireRequest q = PB_REQUEST_INIT;
        PbJoin join = PB_JOIN_INIT;
        WireSerial w;

        s.n_heard = n_heard;
        for (size_t i = 0; i < n_heard; i++)
                s.heard[i] = (Sighting){{{(uint8_t)i}}, SIGHTING_BLE, -72, 300, 1400};
        wire_serial_fill(&w, &s);
        join.member_id = wire_bytes(bytes, 16);
        join.serial = &w.serial;
        join.commitment = wire_bytes(bytes, 32);
        q.id = wire_bytes(bytes, 16);
        q.ticket = wire_bytes(bytes, 88);
        q.body_case = PB_REQUEST_BODY_JOIN;
        q.join = &join;
        return wire_pack_request(ret, ret_len, &q);
}

static int time_arena(double *ret_us, const uint8_t *packed, size_t len)
{
        struct timespec start;

        (void)clock_gettime(CLOCK_MONOTONIC, &start);
        for (int i = 0; i < ROUNDS; i++) {
                _cleanup_(wire_request_freep) WireRequest *q = NULL;
                int r = wire_unpack_request(&q, packed, len);

                if (r != 0)
                        return r;
        }
        *ret_us = microseconds(&start);
        return 0;
}

static int time_malloc(double *ret_us, const uint8_t *packed, size_t len)
{
        struct timespec start;

        (void)clock_gettime(CLOCK_MONOTONIC, &start);
        for (int i = 0; i < ROUNDS; i++) {
                WireRequest *q = pb_request_unpack(NULL, len, packed);

                if (!q)
                        return -ENOMEM;
                pb_request_free_unpacked(q, NULL);
        }
        *ret_us = microseconds(&start);
        return 0;
}

static int measure(size_t n_heard)
{
        _cleanup_free_ uint8_t *packed = NULL;
        double arena = 0, plain = 0;
        size_t len;
        int r = make_join(&packed, &len, n_heard);

        if (r == 0)
                r = time_arena(&arena, packed, len);
        if (r == 0)
                r = time_malloc(&plain, packed, len);
        if (r == 0)
                printf("join, %2zu heard, %4zu bytes: arena and checks %.2f us, malloc %.2f us, "
                       "ratio "
                       "%.2f\n",
                       n_heard, len, arena, plain, arena / plain);
        return r;
}

int main(void)
{
        static const size_t heard[] = {0, 4, 20, 64};

        for (size_t i = 0; i < ARRAY_LEN(heard); i++)
                if (measure(heard[i]) != 0)
                        return 1;
        return 0;
}
