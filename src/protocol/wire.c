/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire.h"

#include "unpack.h"
#include "wire-check.h"

#include <assert.h>
#include <string.h>

/* A decoded message with its arena. The message comes first, so both have the same address. */
typedef struct Unpacked {
        union {
                WireRequest request;
                WireResponse response;
        };
        Arena arena;
} Unpacked;

static Unpacked *wire_unpacked_free(Unpacked *u)
{
        if (u)
                arena_done(&u->arena);
        free(u);
        return NULL;
}
DEFINE_CLEANUP(Unpacked *, wire_unpacked_free);

static int wire_unpack(Unpacked **ret, const ProtobufCMessageDescriptor *type, const uint8_t *bytes,
                       size_t len)
{
        _cleanup_(wire_unpacked_freep) Unpacked *u = malloc(sizeof *u);
        ProtobufCMessage *message;
        int r;

        if (!u)
                return -ENOMEM;
        u->arena = arena_bounded(WIRE_ARENA_MAX);
        r = unpack_message(&message, &u->arena, type, bytes, len);
        if (r != 0)
                return error_or(r, WIRE_E_MALFORMED);
        assert(type->sizeof_message <= offsetof(Unpacked, arena));
        memcpy(u, message, type->sizeof_message);
        *ret = TAKE_PTR(u);
        return 0;
}

int wire_unpack_request(WireRequest **ret, const uint8_t *bytes, size_t len)
{
        _cleanup_(wire_unpacked_freep) Unpacked *u = NULL;
        int r = wire_unpack(&u, &pb_request_descriptor, bytes, len);

        if (r != 0)
                return r;
        if (!wire_request_valid(&u->request))
                return WIRE_E_MALFORMED;
        *ret = &TAKE_PTR(u)->request;
        return 0;
}

int wire_unpack_response(WireResponse **ret, const uint8_t *bytes, size_t len)
{
        _cleanup_(wire_unpacked_freep) Unpacked *u = NULL;
        int r = wire_unpack(&u, &pb_response_descriptor, bytes, len);

        if (r != 0)
                return r;
        if (!wire_response_valid(&u->response))
                return WIRE_E_MALFORMED;
        *ret = &TAKE_PTR(u)->response;
        return 0;
}

WireRequest *wire_request_free(WireRequest *r)
{
        (void)wire_unpacked_free((Unpacked *)r);
        return NULL;
}

WireResponse *wire_response_free(WireResponse *r)
{
        (void)wire_unpacked_free((Unpacked *)r);
        return NULL;
}

static int wire_pack(uint8_t **ret, size_t *ret_len, const ProtobufCMessage *m)
{
        size_t len = protobuf_c_message_get_packed_size(m);
        uint8_t *bytes = malloc(MAX(len, (size_t)1));

        if (!bytes)
                return -ENOMEM;
        *ret_len = protobuf_c_message_pack(m, bytes);
        *ret = bytes;
        return 0;
}

int wire_pack_request(uint8_t **ret, size_t *ret_len, const WireRequest *r)
{
        return wire_pack(ret, ret_len, &r->base);
}

int wire_pack_response(uint8_t **ret, size_t *ret_len, const WireResponse *r)
{
        return wire_pack(ret, ret_len, &r->base);
}

size_t wire_heard_fill(PbSighting *w, PbSighting **list, const Sighting *heard, size_t n)
{
        n = MIN(n, (size_t)SERIAL_HEARD_MAX);
        for (size_t i = 0; i < n; i++) {
                pb_sighting_init(&w[i]);
                w[i].token = wire_bytes(heard[i].token.b, sizeof heard[i].token);
                w[i].transport = (PbTransport)heard[i].transport;
                w[i].rssi_dbm = heard[i].rssi_dbm;
                w[i].first_heard_ms = heard[i].first_heard_ms;
                w[i].last_heard_ms = heard[i].last_heard_ms;
                list[i] = &w[i];
        }
        return n;
}

static void wire_place_fill(WireSerial *w, const Serial *s)
{
        pb_place_init(&w->place);
        if (s->fix.known) {
                w->place.has_fix = true;
                w->place.latitude_e7 = s->fix.latitude_e7;
                w->place.longitude_e7 = s->fix.longitude_e7;
                w->place.accuracy_m = s->fix.accuracy_m;
        }
        w->place.token = wire_bytes(s->token.b, sizeof s->token);
        w->place.heard = w->heard_list;
        w->place.n_heard = wire_heard_fill(w->heard, w->heard_list, s->heard, s->n_heard);
}

void wire_serial_fill(WireSerial *w, const Serial *s)
{
        pb_serial_init(&w->serial);
        wire_place_fill(w, s);
        w->serial.route = (char *)s->route;
        w->serial.place = &w->place;
        w->serial.press_age_ms = s->press_age_ms;
}

size_t wire_heard_read(Sighting ret[static SERIAL_HEARD_MAX], PbSighting **heard, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                ret[i] = (Sighting){.transport = (SightingTransport)heard[i]->transport,
                                    .rssi_dbm = (int8_t)heard[i]->rssi_dbm,
                                    .first_heard_ms = heard[i]->first_heard_ms,
                                    .last_heard_ms = heard[i]->last_heard_ms};
                memcpy(ret[i].token.b, heard[i]->token.data, sizeof ret[i].token);
        }
        return n;
}

void wire_serial_read(Serial *ret, const PbSerial *w)
{
        const PbPlace *p = w->place;

        assert(p && p->n_heard <= SERIAL_HEARD_MAX && strlen(w->route) < ROUTE_SIZE);
        memset(ret, 0, sizeof *ret);
        memcpy(ret->route, w->route, strlen(w->route));
        ret->fix = (Fix){.known = p->has_fix,
                         .latitude_e7 = p->latitude_e7,
                         .longitude_e7 = p->longitude_e7,
                         .accuracy_m = p->accuracy_m};
        memcpy(ret->token.b, p->token.data, sizeof ret->token);
        ret->n_heard = wire_heard_read(ret->heard, p->heard, p->n_heard);
        ret->press_age_ms = w->press_age_ms;
}

void wire_opening_fill(PbOpening *w, const MemberOpening *o)
{
        pb_opening_init(w);
        w->member_id = wire_bytes(o->id.b, sizeof o->id);
        w->box_key = wire_bytes(o->box_key.b, sizeof o->box_key);
        w->sign_key = wire_bytes(o->sign_key.b, sizeof o->sign_key);
        w->hash1 = wire_bytes(o->part_hash[0].b, sizeof o->part_hash[0]);
        w->hash2 = wire_bytes(o->part_hash[1].b, sizeof o->part_hash[1]);
        w->nonce = wire_bytes(o->nonce.b, sizeof o->nonce);
}

static void wire_read32(Bytes32 *ret, ProtobufCBinaryData b)
{
        assert(b.len == sizeof ret->b); /* checked at decode */
        memcpy(ret->b, b.data, sizeof ret->b);
}

void wire_opening_read(MemberOpening *ret, const PbOpening *w)
{
        wire_id_read(&ret->id, w->member_id);
        wire_read32(&ret->box_key, w->box_key);
        wire_read32(&ret->sign_key, w->sign_key);
        wire_read32(&ret->part_hash[0], w->hash1);
        wire_read32(&ret->part_hash[1], w->hash2);
        wire_read32(&ret->nonce, w->nonce);
}
