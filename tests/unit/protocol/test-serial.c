/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "src/protocol/serial.h"

#include <math.h>
#include <stdlib.h>

static void strength_is_rounded_down(void **state)
{
        static const struct {
                int dbm, bucket;
        } cases[] = {
                {0, 0}, {-1, -4}, {-4, -4},  {-5, -8},     {-72, -72},    {-73, -76},
                {3, 0}, {20, 20}, {127, 20}, {-127, -128}, {-1000, -128}, {1000, 20},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_int_equal(sighting_bucket(cases[i].dbm), cases[i].bucket);
}

/* Expected distances: haversine on a sphere of 6371009 m, worked out by hand from the angle. */
static void distances_are_those_of_the_sphere(void **state)
{
        static const double degree = 6371009 * 3.14159265358979323846 / 180;
        static const struct {
                const char *name;
                Fix a, b;
                double metres;
        } cases[] = {
                {"the same place",
                 {true, 520000000, 130000000, 0},
                 {true, 520000000, 130000000, 0},
                 0},
                {"one degree of latitude", {true, 0, 0, 0}, {true, 10000000, 0, 0}, degree},
                {"one degree on the equator", {true, 0, 0, 0}, {true, 0, 10000000, 0}, degree},
                {"over the date line",
                 {true, 0, 1799999999, 0},
                 {true, 0, -1799999999, 0},
                 degree * 2e-7},
                {"one unit",
                 {true, 520000000, 130000000, 0},
                 {true, 520000001, 130000000, 0},
                 degree * 1e-7},
                {"pole to pole",
                 {true, 900000000, 0, 0},
                 {true, -900000000, 1234, 0},
                 degree * 180},
                {"antipodes", {true, 0, 0, 0}, {true, 0, 1800000000, 0}, degree * 180},
                {"at a pole longitude is nothing",
                 {true, 900000000, 0, 0},
                 {true, 900000000, 1000000000, 0},
                 0},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                double there = fix_distance_m(&cases[i].a, &cases[i].b);

                assert_case(cases[i].name,
                            fabs(there - cases[i].metres) <= 1e-6 * cases[i].metres + 1e-6);
                assert_case(cases[i].name, there == fix_distance_m(&cases[i].b, &cases[i].a));
        }
}

static void rounding_keeps_what_the_accuracy_says(void **state)
{
        static const struct {
                const char *name;
                Fix exact;
                uint32_t accuracy_m;
                int32_t grid_e7; /* of the latitude: 1e-7 degrees are 11.1 mm */
        } cases[] = {
                {"a good fix", {true, 482081743, 163738190, 20}, 20, 899},
                {"better than anybody needs", {true, 482081743, 163738190, 0}, 10, 449},
                {"of a wireless network", {true, -338567844, 1512152970, 150}, 150, 6745},
                {"of an address on the internet",
                 {true, 482081743, 163738190, 25000},
                 25000,
                 1124151},
                {"near the pole", {true, 899999990, -1799999999, 30}, 30, 1349},
                {"at the date line", {true, 1234567, 1799999999, 5000}, 5000, 224830},
                {"anywhere on earth",
                 {true, 482081743, 163738190, 100000000},
                 100000000,
                 900000000},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Fix f = cases[i].exact, again;
                double shift;

                fix_round(&f);
                assert_case(cases[i].name, f.known && f.accuracy_m == cases[i].accuracy_m);
                assert_case(cases[i].name, abs(f.latitude_e7) <= FIX_LATITUDE_MAX_E7 &&
                                                   llabs(f.longitude_e7) <= FIX_LONGITUDE_MAX_E7);
                shift = fix_distance_m(&f, &cases[i].exact);
                assert_case(cases[i].name, shift <= 0.36 * f.accuracy_m);
                again = f;
                /* within the same cell nothing is told apart */
                again.latitude_e7 += cases[i].grid_e7 / 3;
                if (again.latitude_e7 <= FIX_LATITUDE_MAX_E7) {
                        fix_round(&again);
                        assert_case(cases[i].name, again.latitude_e7 == f.latitude_e7);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strength_is_rounded_down),
                cmocka_unit_test(distances_are_those_of_the_sphere),
                cmocka_unit_test(rounding_keeps_what_the_accuracy_says),
        };

        return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
