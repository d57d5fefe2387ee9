/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes over a link, cut into frames from either side; what is a frame is written again as it
 * was. */
#include "fuzz.h"

#include "daemon/link/frame.h"

#include <assert.h>
#include <string.h>

static void check_offer(const Frame *frame)
{
        uint8_t bytes[CLOUD_OFFER_MAX];
        CloudOffer offer;
        bool read = cloud_offer_read(&offer, frame->body, frame->len);

        assert(read && cloud_name_valid(offer.name, strlen(offer.name)));
        assert(cloud_offer_write(bytes, &offer) == frame->len);
        assert(memcmp(bytes, frame->body, frame->len) == 0);
}

static void read_all(const uint8_t *data, size_t size, bool to_helper)
{
        uint8_t head[FRAME_HEAD + FRAME_WAIT];
        size_t used, n;
        Frame frame;

        while (frame_read(&frame, &used, data, size, to_helper) > 0) {
                assert(used <= size && frame.len <= used);
                n = frame_write_head(head, &frame);
                assert(n + frame.len == used && memcmp(head, data, n) == 0);
                assert(frame.len == 0 || frame.body == data + n);
                if (frame.kind == FRAME_OFFER)
                        check_offer(&frame);
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
