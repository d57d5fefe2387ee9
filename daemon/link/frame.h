/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame.h - what goes over a link between a terminal that needs help and the neighbour that
 * gives it
 *
 *   0  1   kind
 *   1  1   detail: REFUSED: why (FrameRefusal); else 0
 *   2  2   number of the request, chosen by who asks; little endian, as all numbers here
 *   4  4   length of the body
 *   8  …   REQUEST: 4 bytes, how long the answer may take (ms), and the sealed request
 *          ANSWER: the sealed response          CANCEL, REFUSED: nothing
 *
 * REQUEST and CANCEL go to the helper, ANSWER and REFUSED come from it. What the protocol's
 * envelopes cannot be (docs/protocol.md, Envelope) is no frame, so that rubbish ends a link
 * before it is stored.
 */
#pragma once

#include "src/protocol/envelope.h"

typedef enum FrameKind {
        FRAME_REQUEST = 1,
        FRAME_ANSWER = 2,
        FRAME_REFUSED = 3,
        FRAME_CANCEL = 4, /* the answer is not wanted any more; it may still come */
} FrameKind;

typedef enum FrameRefusal {
        FRAME_NO_ROUTE = 1,  /* the helper does not reach the cloud either */
        FRAME_BUSY = 2,      /* the helper's bounds, or the cloud's: later */
        FRAME_NOT_TAKEN = 3, /* the cloud cannot open it */
} FrameRefusal;

enum {
        FRAME_HEAD = 8,
        FRAME_WAIT = 4, /* in front of a sealed request */
        FRAME_REQUEST_MAX = FRAME_HEAD + FRAME_WAIT + ENVELOPE_REQUEST_MAX,
        FRAME_ANSWER_MAX = FRAME_HEAD + ENVELOPE_RESPONSE_MAX,
};

typedef struct Frame {
        FrameKind kind;
        FrameRefusal refusal; /* of REFUSED */
        uint16_t number;
        uint32_t wait_ms;      /* of REQUEST */
        const uint8_t *sealed; /* of REQUEST and ANSWER; borrowed */
        size_t len;
} Frame;

/* Reads the frame at the start of len bytes; to_helper: which direction they came from. 1: *ret,
 * which borrows from bytes, takes *ret_used bytes; 0: more bytes are needed; -EBADMSG: no frame
 * starts so. */
int frame_read(Frame *ret, size_t *ret_used, const uint8_t *bytes, size_t len, bool to_helper);

/* Everything but the sealed part, which follows it on the way. Returns its length. */
size_t frame_write_head(uint8_t ret[static FRAME_HEAD + FRAME_WAIT], const Frame *frame);
