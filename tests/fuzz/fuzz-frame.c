/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes over a link, cut into frames from either side; what is a frame is written again as it
 * was. */
#include "fuzz.h"

#include "daemon/link/frame.h"

#include <assert.h>
#include <string.h>

static void read_all(const uint8_t *data, size_t size, bool to_helper)
{
        uint8_t head[FRAME_HEAD + FRAME_WAIT];
        size_t used, n;
        Frame frame;

        while (frame_read(&frame, &used, data, size, to_helper) > 0) {
                assert(used <= size && frame.len <= used);
                n = frame_write_head(head, &frame);
                assert(n + frame.len == used && memcmp(head, data, n) == 0);
                assert(frame.len == 0 || frame.sealed == data + n);
                data += used;
                size -= used;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        read_all(data, size, true);
        read_all(data, size, false);
        return 0;
}
