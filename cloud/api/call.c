/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call.h"

#include <assert.h>

Call *call_free(Call *c)
{
        if (!c)
                return NULL;
        (void)wire_request_free(c->request);
        session_done(&c->session);
        sodium_memzero(c->code, sizeof c->code);
        free(c->sealed);
        free(c);
        return NULL;
}

void calls_append(Calls *list, Call *c)
{
        assert(!c->next);
        *(list->last ? &list->last->next : &list->first) = c;
        list->last = c;
}

Call *calls_take(Calls *list)
{
        Call *c = list->first;

        if (c) {
                list->first = c->next;
                if (!list->first)
                        list->last = NULL;
                c->next = NULL;
        }
        return c;
}

int call_answer(Call *c, PbStatus status, WireResponse *body)
{
        WireResponse plain = PB_RESPONSE_INIT, *w = body ? body : &plain;
        _cleanup_free_ uint8_t *packed = NULL;
        uint8_t *sealed;
        size_t len, n_sealed;
        int r;

        assert((unsigned)status < METRICS_STATUSES);
        w->id = wire_bytes(c->id.b, sizeof c->id.b);
        w->status = status;
        w->cloud_time_ms = c->wall_ms;
        r = wire_pack_response(&packed, &len, w);
        if (r == 0)
                r = envelope_seal_response(&sealed, &n_sealed, c->nonce, &c->session, packed, len);
        if (r != 0)
                return r < 0 ? r : -EMSGSIZE;
        free(c->sealed);
        c->sealed = sealed;
        c->n_sealed = n_sealed;
        c->status = status;
        return 0;
}

int call_member(Call *c, ProtobufCBinaryData member_id, MemberRow *ret)
{
        MemberRow m;
        Id id;
        int r;

        wire_id_read(&id, member_id);
        r = store_member_get(c->node->store, &id, &m);
        if (r < 0)
                return r;
        if (r == STORE_E_NOT_FOUND || m.account != c->account.id)
                return PB_STATUS_NO_MEMBER;
        *ret = m;
        return PB_STATUS_OK;
}

int call_group(Call *c, ProtobufCBinaryData member_id, MemberRow *ret_member, GroupRow *ret_group)
{
        int r = call_member(c, member_id, ret_member);

        if (r != PB_STATUS_OK)
                return r;
        r = store_group_get(c->node->store, ret_member->group, ret_group);
        return must(r); /* a member without a group: the store contradicts itself */
}
