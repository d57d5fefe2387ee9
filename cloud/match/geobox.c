/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "geobox.h"

#include <math.h>

#define METRES_PER_E7 0.011119 /* of latitude: 2 * pi * 6371009 m / 360 / 10^7 */

void geobox_around(const Fix *f, double metres, int32_t ret[4])
{
        double reach = metres / METRES_PER_E7;
        double narrow = fmax(0.01, cos(f->latitude_e7 / 1e7 * M_PI / 180));

        ret[0] = (int32_t)fmax(-900000000.0, f->latitude_e7 - reach);
        ret[1] = (int32_t)fmin(900000000.0, f->latitude_e7 + reach);
        ret[2] = (int32_t)fmax(-1800000000.0, f->longitude_e7 - reach / narrow);
        ret[3] = (int32_t)fmin(1800000000.0, f->longitude_e7 + reach / narrow);
}
