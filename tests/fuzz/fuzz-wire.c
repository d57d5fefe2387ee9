/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request or response that was taken must be readable without another look, and packable. Unknown
 * fields go along as they came, even what protobuf-c would not read again: hence no claim about the
 * second reading. */
#include "fuzz.h"

#include "src/protocol/wire.h"

#include <assert.h>
#include <string.h>

static void read_request(const WireRequest *q)
{
        Sighting heard[SERIAL_HEARD_MAX];
        MemberOpening opening;
        Serial serial;

        if (q->body_case == PB_REQUEST_BODY_JOIN) {
                wire_serial_read(&serial, q->join->serial);
                assert(serial.n_heard <= SERIAL_HEARD_MAX &&
                       memchr(serial.route, 0, sizeof serial.route));
        }
        if (q->body_case == PB_REQUEST_BODY_AMEND)
                (void)wire_heard_read(heard, q->amend->heard, q->amend->n_heard);
        if (q->body_case == PB_REQUEST_BODY_OPENING)
                wire_opening_read(&opening, q->opening);
}

static void try_request(const uint8_t *data, size_t size)
{
        _cleanup_(wire_request_freep) WireRequest *q = NULL, *again = NULL;
        _cleanup_free_ uint8_t *packed = NULL;
        size_t len;

        if (wire_unpack_request(&q, data, size) != 0)
                return;
        read_request(q);
        if (wire_pack_request(&packed, &len, q) == 0)
                (void)wire_unpack_request(&again, packed, len);
}

static void try_response(const uint8_t *data, size_t size)
{
        _cleanup_(wire_response_freep) WireResponse *a = NULL, *again = NULL;
        _cleanup_free_ uint8_t *packed = NULL;
        size_t len;

        if (wire_unpack_response(&a, data, size) != 0)
                return;
        if (wire_pack_response(&packed, &len, a) == 0)
                (void)wire_unpack_response(&again, packed, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        try_request(data, size);
        try_response(data, size);
        return 0;
}
