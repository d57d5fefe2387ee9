/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-beacon.c - the service data of an advertisement: its bytes, and what is no beacon */
#include "daemon/radio/beacon.h"
#include "tests/unit/test.h"

#include <string.h>

static void test_bytes(void **state)
{
        static const uint8_t bytes[BEACON_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x83};
        const Beacon b = {.token = {{1, 2, 3, 4, 5, 6, 7, 8}}, .psm = 0x83};
        uint8_t written[BEACON_SIZE];
        Beacon read;

        beacon_write(&b, written);
        assert_memory_equal(written, bytes, sizeof bytes);
        assert_int_equal(beacon_read(&read, bytes, sizeof bytes), 0);
        assert_memory_equal(&read.token, &b.token, sizeof read.token);
        assert_int_equal(read.psm, 0x83);
}

/* Bluetooth Core 5.3, vol 3, part C, 11: length, type, UUID and data; a Flags field beside them */
static void test_fits_one_legacy_advertisement(void **state)
{
        assert_true((1 + 1 + 1) + (1 + 1 + 16 + BEACON_SIZE) <= 31);
}

static void test_refused(void **state)
{
        static const struct {
                const char *name;
                size_t n;
                uint8_t data[BEACON_SIZE + 1];
                int want;
        } rows[] = {
                {"nothing", 0, {0}, BEACON_E_MALFORMED},
                {"token alone", 8, {1, 2, 3, 4, 5, 6, 7, 8}, BEACON_E_MALFORMED},
                {"no PSM", 9, {1, 2, 3, 4, 5, 6, 7, 8, 0x10}, BEACON_E_MALFORMED},
                {"one byte more", 11, {1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0, 0}, BEACON_E_MALFORMED},
                {"reserved PSM", 10, {1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x7f}, BEACON_E_MALFORMED},
                {"signalling PSM", 10, {1, 2, 3, 4, 5, 6, 7, 8, 0x10, 1}, BEACON_E_MALFORMED},
                {"version 0", 10, {1, 2, 3, 4, 5, 6, 7, 8, 0, 0}, BEACON_E_VERSION},
                {"version 2, longer", 11, {1, 2, 3, 4, 5, 6, 7, 8, 0x20, 0, 1}, BEACON_E_VERSION},
                {"flags of later versions", 10, {1, 2, 3, 4, 5, 6, 7, 8, 0x1f, 0}, 0},
                {"lowest PSM", 10, {1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x80}, 0},
                {"highest PSM", 10, {1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0xff}, 0},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Beacon b;

                assert_case(rows[i].name, beacon_read(&b, rows[i].data, rows[i].n) == rows[i].want);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_fits_one_legacy_advertisement),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
