/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording for "huddle-cloud replay": lines of JSON. What was read is within the bounds of a
 * request on the wire. */
#include "fuzz.h"

#include "cloud/match/replay-read.h"
#include "src/base/util.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        FILE *in = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
        Requests r = {0};
        size_t line = 0;

        if (!in)
                return 0;
        if (requests_read(&r, in, &line) == 0)
                for (size_t i = 0; i < r.n; i++) {
                        const Request *q = &r.list[i];

                        assert(memchr(q->id, '\0', sizeof q->id));
                        assert(memchr(q->route, '\0', sizeof q->route));
                        assert(q->press_ms <= q->at_ms &&
                               q->at_ms - q->press_ms <= SERIAL_AGE_MAX_MS);
                        assert(!q->fix.known || (abs(q->fix.latitude_e7) <= FIX_LATITUDE_MAX_E7 &&
                                                 abs(q->fix.longitude_e7) <= FIX_LONGITUDE_MAX_E7));
                }
        requests_done(&r);
        (void)fclose(in);
        return 0;
}
