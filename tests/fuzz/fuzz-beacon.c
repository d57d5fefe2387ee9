/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What anybody in reach may advertise; whatever is taken for a beacon is written the same, but for
 * its flags. */
#include "fuzz.h"

#include "daemon/radio/beacon.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t again[BEACON_SIZE];
        Beacon b;

        if (beacon_read(&b, data, size) != 0)
                return 0;
        assert(size == BEACON_SIZE);
        beacon_write(&b, again);
        again[TOKEN_SIZE] |= data[TOKEN_SIZE] & 0x0f;
        assert(memcmp(again, data, size) == 0);
        return 0;
}
