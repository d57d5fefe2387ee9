/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame.h - the messages on a link between a terminal that needs help and the neighbour that helps
 *
 *   0  1   kind
 *   1  1   detail: REFUSED: why (FrameRefusal); else 0
 *   2  2   number of the request, chosen by the sender; all numbers are little endian
 *   4  4   length of the body
 *   8  …   REQUEST: 4 bytes, how long the answer may take (ms), and the sealed request
 *          ANSWER: the sealed response          CANCEL, REFUSED, ASK: nothing
 *          OFFER: a cloud (src/protocol/cloud-offer.h)
 *
 * REQUEST, CANCEL and ASK go to the helper, ANSWER, REFUSED and OFFER come from it. A sealed part
 * that cannot be an envelope (docs/protocol.md, Envelope) is no valid frame, nor is an offer that
 * cannot be read. So rubbish ends the link before we store it.
 */
#pragma once

#include "src/protocol/cloud-offer.h"
#include "src/protocol/envelope.h"

typedef enum FrameKind {
        FRAME_REQUEST = 1,
        FRAME_ANSWER = 2,
        FRAME_REFUSED = 3,
        FRAME_CANCEL = 4, /* the sender no longer wants the answer, which may still come */
        FRAME_ASK = 5,    /* which cloud the helper helps to: OFFER or REFUSED answer it */
        FRAME_OFFER = 6,
} FrameKind;

typedef enum FrameRefusal {
        FRAME_NO_ROUTE = 1,  /* the helper does not reach the cloud either, or offers none */
        FRAME_BUSY = 2,      /* the helper's or the cloud's bounds are reached: try later */
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
        uint32_t wait_ms;    /* of REQUEST */
        const uint8_t *body; /* sealed, of REQUEST and ANSWER; of OFFER; borrowed */
        size_t len;
} Frame;

/* Reads the frame at the start of len bytes. to_helper: their direction. 1: *ret borrows from
 * bytes and takes *ret_used of them; 0: the frame is not complete; -EBADMSG: no frame starts
 * like this. */
int frame_read(Frame *ret, size_t *ret_used, const uint8_t *bytes, size_t len, bool to_helper);

/* Writes all but the body, which is sent right after it. Returns the length written. */
size_t frame_write_head(uint8_t ret[static FRAME_HEAD + FRAME_WAIT], const Frame *frame);
