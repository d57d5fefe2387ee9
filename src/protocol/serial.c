/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serial.h"

#include <math.h>

enum {
        RSSI_STEP = 4,
        RSSI_MIN = -128,
        RSSI_MAX = 20,            /* Bluetooth Core 5.3, vol 4, part E, 7.7.65.2: -127 to +20 dBm */
        EARTH_RADIUS_M = 6371009, /* mean radius, IUGG */
};

int8_t sighting_bucket(int rssi_dbm)
{
        int clamped = MAX(RSSI_MIN, MIN(RSSI_MAX, rssi_dbm));

        return (int8_t)((clamped - RSSI_MIN) / RSSI_STEP * RSSI_STEP + RSSI_MIN);
}

static double radians(double degrees_e7)
{
        return degrees_e7 * (M_PI / 180e7);
}

/* Rounds to the nearest multiple of step, within the limits. */
static int32_t fix_on_grid(int32_t value_e7, double step_e7, int32_t max_e7)
{
        double rounded = round(value_e7 / step_e7) * step_e7;

        return (int32_t)lround(fmin(fmax(rounded, -max_e7), max_e7));
}

/* A degree of longitude gets shorter away from the equator, so its grid depends on the rounded
 * latitude. */
void fix_round(Fix *f)
{
        static const double degree_e7_m = EARTH_RADIUS_M * M_PI / 180e7;
        double step, narrowing;

        f->accuracy_m = MAX(f->accuracy_m, (uint32_t)FIX_ACCURACY_MIN_M);
        step = f->accuracy_m / 2.0 / degree_e7_m;
        f->latitude_e7 =
                fix_on_grid(f->latitude_e7, fmin(step, FIX_LATITUDE_MAX_E7), FIX_LATITUDE_MAX_E7);
        narrowing = fmax(cos(radians(f->latitude_e7)), 1e-9);
        f->longitude_e7 = fix_on_grid(f->longitude_e7, fmin(step / narrowing, FIX_LONGITUDE_MAX_E7),
                                      FIX_LONGITUDE_MAX_E7);
}

/* Haversine: precise even for points metres apart. */
double fix_distance_m(const Fix *a, const Fix *b)
{
        double dlat = sin(radians((double)b->latitude_e7 - a->latitude_e7) / 2);
        double dlon = sin(radians((double)b->longitude_e7 - a->longitude_e7) / 2);
        double h = dlat * dlat +
                   cos(radians(a->latitude_e7)) * cos(radians(b->latitude_e7)) * dlon * dlon;

        return 2 * EARTH_RADIUS_M * asin(sqrt(fmin(h, 1)));
}
