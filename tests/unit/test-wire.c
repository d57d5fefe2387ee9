/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "arena.h"
#include "wire.h"

static uint8_t bytes_of[WIRE_ARENA_MAX]; /* anything a field may hold */

static const Serial example_serial = {
        .route = "4821",
        .fix = {true, 520000000, -130000000, 25},
        .token = {{1, 2, 3, 4, 5, 6, 7, 8}},
        .heard = {{{{9}}, SIGHTING_MDNS, 0, 5, 900}, {{{10}}, SIGHTING_BLE, -72, 0, 0}},
        .n_heard = 2,
        .press_age_ms = 1234,
};

static void serial_comes_back(void **state)
{
        _cleanup_(wire_request_freep) WireRequest *got = NULL;
        _cleanup_free_ uint8_t *packed = NULL;
        WireRequest r = HUDDLE__V1__REQUEST__INIT;
        Huddle__V1__Join join = HUDDLE__V1__JOIN__INIT;
        WireSerial w;
        Serial back;
        size_t len;

        wire_serial_fill(&w, &example_serial);
        join.member_id = wire_bytes(bytes_of, 16);
        join.commitment = wire_bytes(bytes_of, 32);
        join.serial = &w.serial;
        r.id = wire_bytes(bytes_of, 16);
        r.body_case = HUDDLE__V1__REQUEST__BODY_JOIN;
        r.join = &join;
        assert_int_equal(wire_pack_request(&packed, &len, &r), 0);
        assert_int_equal(wire_unpack_request(&got, packed, len), 0);
        wire_serial_read(&back, got->join->serial);
        assert_memory_equal(&back, &example_serial, sizeof back);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(serial_comes_back),
        };

        return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
