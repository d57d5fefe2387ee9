/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame.h"

#include "src/base/endian-bytes.h"

#include <assert.h>

static size_t frame_wait_len(FrameKind kind)
{
        return kind == FRAME_REQUEST ? FRAME_WAIT : 0;
}

/* The bounds of the body by kind. false: this kind does not go in this direction. */
static bool frame_body_bounds(size_t *ret_min, size_t *ret_max, uint8_t kind, bool to_helper)
{
        size_t request_min = FRAME_WAIT + ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG;
        size_t answer_min = ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG;

        *ret_min = *ret_max = 0;
        switch (kind) {
        case FRAME_REQUEST:
                *ret_min = request_min;
                *ret_max = FRAME_WAIT + ENVELOPE_REQUEST_MAX;
                return to_helper;
        case FRAME_CANCEL:
        case FRAME_ASK:
                return to_helper;
        case FRAME_ANSWER:
                *ret_min = answer_min;
                *ret_max = ENVELOPE_RESPONSE_MAX;
                return !to_helper;
        case FRAME_REFUSED:
                return !to_helper;
        case FRAME_OFFER:
                *ret_min = CLOUD_OFFER_MIN;
                *ret_max = CLOUD_OFFER_MAX;
                return !to_helper;
        default:
                return false;
        }
}

static bool frame_body_valid(const Frame *frame)
{
        CloudOffer offer;

        switch (frame->kind) {
        case FRAME_REQUEST:
                return envelope_is_request(frame->body, frame->len);
        case FRAME_ANSWER:
                return envelope_is_response(frame->body, frame->len);
        case FRAME_OFFER:
                return cloud_offer_read(&offer, frame->body, frame->len);
        case FRAME_REFUSED:
        case FRAME_CANCEL:
        case FRAME_ASK:
                break;
        }
        return true;
}

static bool frame_detail_valid(uint8_t kind, uint8_t detail)
{
        if (kind == FRAME_REFUSED)
                return detail >= FRAME_NO_ROUTE && detail <= FRAME_NOT_TAKEN;
        return detail == 0;
}

int frame_read(Frame *ret, size_t *ret_used, const uint8_t *bytes, size_t len, bool to_helper)
{
        size_t min, max, body, wait;
        Frame frame;

        if (len > 0 && !frame_body_bounds(&min, &max, bytes[0], to_helper))
                return -EBADMSG;
        if (len < FRAME_HEAD)
                return 0;
        body = (size_t)le_read(bytes + 4, 4);
        if (!frame_detail_valid(bytes[0], bytes[1]) || body < min || body > max)
                return -EBADMSG;
        if (len - FRAME_HEAD < body)
                return 0;
        wait = frame_wait_len(bytes[0]);
        frame = (Frame){
                .kind = bytes[0],
                .refusal = bytes[1],
                .number = (uint16_t)le_read(bytes + 2, 2),
                .wait_ms = wait > 0 ? (uint32_t)le_read(bytes + FRAME_HEAD, FRAME_WAIT) : 0,
                .body = bytes + FRAME_HEAD + wait,
                .len = body - wait,
        };
        if (!frame_body_valid(&frame))
                return -EBADMSG;
        *ret = frame;
        *ret_used = FRAME_HEAD + body;
        return 1;
}

size_t frame_write_head(uint8_t ret[static FRAME_HEAD + FRAME_WAIT], const Frame *frame)
{
        size_t wait = frame_wait_len(frame->kind);

        assert(frame->kind >= FRAME_REQUEST && frame->kind <= FRAME_OFFER);
        ret[0] = (uint8_t)frame->kind;
        ret[1] = (uint8_t)frame->refusal;
        le_write(ret + 2, frame->number, 2);
        le_write(ret + 4, wait + frame->len, 4);
        le_write(ret + FRAME_HEAD, frame->wait_ms, wait);
        return FRAME_HEAD + wait;
}
