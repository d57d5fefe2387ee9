/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sealed-call.h"

#include <string.h>

enum { TICKET_FIELD = 2 << 3 | 2 }; /* Request.ticket of huddle.proto: field 2, length-delimited */

/* Protocol Buffers allow fields in any order: prepends the ticket to the packed request. */
static int sealed_call_join(uint8_t **ret, size_t *ret_len, const SealedParts *parts)
{
        size_t n = parts->n_ticket, head = 0;
        uint8_t *bytes = malloc(3 + n + parts->n_packed);

        if (!bytes)
                return -ENOMEM;
        if (n > 0) {
                bytes[head++] = TICKET_FIELD;
                if (n > 127)
                        bytes[head++] = (uint8_t)(n & 127) | 128;
                bytes[head++] = (uint8_t)(n > 127 ? n >> 7 : n);
                memcpy(bytes + head, parts->ticket, n);
        }
        memcpy(bytes + head + n, parts->packed, parts->n_packed);
        *ret = bytes;
        *ret_len = head + n + parts->n_packed;
        return 0;
}

int sealed_request(uint8_t **ret, size_t *ret_len, uint8_t ret_nonce[static ENVELOPE_NONCE],
                   const SealedParts *parts)
{
        _cleanup_free_ uint8_t *plain = NULL;
        size_t n_plain = 0;
        int r = sealed_call_join(&plain, &n_plain, parts);

        if (r < 0)
                return r;
        r = envelope_seal_request(ret, ret_len, ret_nonce, parts->session, plain, n_plain);
        sodium_memzero(plain, n_plain);
        return r > 0 ? -E2BIG : r;
}

CloudResult sealed_answer_open(WireResponse **ret, const SealedFor *bound, const uint8_t *answer,
                               size_t len)
{
        _cleanup_(wire_response_freep) WireResponse *response = NULL;
        _cleanup_free_ uint8_t *plain = NULL;
        size_t n_plain;

        if (envelope_open_response(&plain, &n_plain, bound->nonce, bound->session, answer, len) !=
            0)
                return CLOUD_OTHER_KEY;
        if (wire_unpack_response(&response, plain, n_plain) != 0 ||
            response->id.len != sizeof bound->id->b ||
            memcmp(response->id.data, bound->id->b, sizeof bound->id->b) != 0)
                return CLOUD_UNREACHABLE;
        *ret = TAKE_PTR(response);
        return CLOUD_OK;
}

bool sealed_call_needs_ticket(const WireRequest *request, bool has_account)
{
        switch (request->body_case) {
        case PB_REQUEST_BODY_OPEN_SESSION:
        case PB_REQUEST_BODY_DESCRIBE:
        case PB_REQUEST_BODY_REGISTER:
        case PB_REQUEST_BODY_REGISTER_GUEST:
                return false;
        case PB_REQUEST_BODY_FETCH_RECORD:
                return has_account;
        default:
                return true;
        }
}

bool sealed_call_is_large(const WireRequest *request)
{
        return request->body_case == PB_REQUEST_BODY_GET_LIST ||
               request->body_case == PB_REQUEST_BODY_FETCH_RECORD;
}
