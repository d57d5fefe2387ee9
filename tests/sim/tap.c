/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "src/protocol/envelope.h"
#include "src/protocol/wire.h"

#include <assert.h>

static void tap_meddle(void *userdata, int number, const uint8_t *request, size_t n_request,
                       uint8_t **answer, size_t *n_answer)
{
        const Tap *t = userdata;
        _cleanup_(session_done) Session session = {};
        _cleanup_(wire_request_freep) WireRequest *asked = NULL;
        _cleanup_free_ uint8_t *question = NULL;
        uint8_t nonce[ENVELOPE_NONCE];
        Tapped tapped = {.terminal = (unsigned)number};
        Bytes32 key;
        int r = envelope_session_key(&key, request, n_request);

        if (r == 0)
                r = session_accept(&session, &key, &t->world->keys.identity.box_key,
                                   &t->world->keys.box_private);
        if (r == 0)
                r = envelope_open_request(&question, &tapped.n_question, nonce, &session, request,
                                          n_request);
        if (r == 0)
                r = wire_unpack_request(&asked, question, tapped.n_question);
        if (r == 0)
                r = envelope_open_response(&tapped.plain, &tapped.n_plain, nonce, &session, *answer,
                                           *n_answer);
        assert(r == 0);
        tapped.asked = asked;
        tapped.question = question;
        t->func(t->userdata, &tapped);
        free(*answer);
        r = envelope_seal_response(answer, n_answer, nonce, &session, tapped.plain, tapped.n_plain);
        assert(r == 0);
        free(tapped.plain);
}

void tap_begin(Tap *ret, World *w, TapFunc func, void *userdata)
{
        *ret = (Tap){w, func, userdata};
        net_set_meddler(w->net, tap_meddle, ret);
}

void tap_end(Tap *t)
{
        net_set_meddler(t->world->net, NULL, NULL);
}
