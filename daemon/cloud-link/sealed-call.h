/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sealed-call.h - a request for the cloud and its answer: what is in their envelopes, and what kind
 * of request it is */
#pragma once

#include "cloud-client.h"
#include "src/protocol/envelope.h"

/* What a request is sealed from; borrowed. */
typedef struct SealedParts {
        const Session *session;
        const uint8_t *ticket;
        size_t n_ticket;       /* 0: it has none */
        const uint8_t *packed; /* the request without its ticket */
        size_t n_packed;
} SealedParts;

/* What its answer is bound to; borrowed. */
typedef struct SealedFor {
        const Session *session;
        const uint8_t *nonce;
        const Id *id;
} SealedFor;

/* The caller frees ret; ret_nonce is what the answer is bound to. -E2BIG: too large for an
 * envelope. */
int sealed_request(uint8_t **ret, size_t *ret_len, uint8_t ret_nonce[static ENVELOPE_NONCE],
                   const SealedParts *parts);

/* Opens and unpacks. CLOUD_OTHER_KEY: not sealed for this request; CLOUD_UNREACHABLE: nothing
 * usable inside. */
CloudResult sealed_answer_open(WireResponse **ret, const SealedFor *bound, const uint8_t *answer,
                               size_t len);

/* A cloud may let readers of records without an account. */
bool sealed_call_needs_ticket(const WireRequest *request, bool has_account);
/* Its answer takes many packets. */
bool sealed_call_is_large(const WireRequest *request);
