/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "beacon.h"

#include <string.h>

enum { AT_VERSION = TOKEN_SIZE, AT_PSM };

void beacon_write(const Beacon *b, uint8_t ret[static BEACON_SIZE])
{
        memcpy(ret, b->token.b, sizeof b->token.b);
        ret[AT_VERSION] = BEACON_VERSION << 4;
        ret[AT_PSM] = b->psm;
}

int beacon_read(Beacon *ret, const uint8_t *data, size_t n)
{
        if (n <= AT_VERSION)
                return BEACON_E_MALFORMED;
        if (data[AT_VERSION] >> 4 != BEACON_VERSION)
                return BEACON_E_VERSION;
        if (n != BEACON_SIZE || (data[AT_PSM] != 0 && data[AT_PSM] < BEACON_PSM_MIN))
                return BEACON_E_MALFORMED;
        memcpy(ret->token.b, data, sizeof ret->token.b);
        ret->psm = data[AT_PSM];
        return 0;
}
