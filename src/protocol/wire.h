/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wire.h - packs and unpacks the messages of src/proto/huddle.proto, within bounds
 *
 * wire_unpack_* is the one place where a stranger's bytes become a message. It bounds the memory of
 * a message (an arena of WIRE_ARENA_MAX, nothing else is allocated) and checks every size and range
 * in the comments of the .proto. After it, fields can be used without further checks.
 */
#pragma once

#include "src/proto/names.h"
#include "serial.h"
#include "commit.h"

enum { WIRE_ARENA_MAX = 2 * 1024 * 1024 };

enum { _WIRE_E_SUCCESS, WIRE_E_MALFORMED };

typedef PbRequest WireRequest;
typedef PbResponse WireResponse;

/* The caller owns *ret and frees it with wire_request_free or wire_response_free. */
int wire_unpack_request(WireRequest **ret, const uint8_t *bytes, size_t len);
int wire_unpack_response(WireResponse **ret, const uint8_t *bytes, size_t len);
WireRequest *wire_request_free(WireRequest *r);
WireResponse *wire_response_free(WireResponse *r);
DEFINE_CLEANUP(WireRequest *, wire_request_free);
DEFINE_CLEANUP(WireResponse *, wire_response_free);

/* *ret is new and owned by the caller (free). */
int wire_pack_request(uint8_t **ret, size_t *ret_len, const WireRequest *r);
int wire_pack_response(uint8_t **ret, size_t *ret_len, const WireResponse *r);

/* Between the messages and our own types. A WireSerial holds what the packed message points at. */
typedef struct WireSerial {
        PbSerial serial;
        PbPlace place;
        PbSighting heard[SERIAL_HEARD_MAX];
        PbSighting *heard_list[SERIAL_HEARD_MAX];
} WireSerial;
/* Fills w and list, which points into w, with at most SERIAL_HEARD_MAX sightings; returns their
 * number. Borrows heard. */
size_t wire_heard_fill(PbSighting *w, PbSighting **list, const Sighting *heard, size_t n);
void wire_serial_fill(WireSerial *w, const Serial *s); /* borrows s as long as w is used */
void wire_serial_read(Serial *ret, const PbSerial *w);
size_t wire_heard_read(Sighting ret[static SERIAL_HEARD_MAX], PbSighting **heard, size_t n);
void wire_opening_fill(PbOpening *w, const MemberOpening *o); /* borrows o */
void wire_opening_read(MemberOpening *ret, const PbOpening *w);

static inline void wire_id_read(Id *ret, ProtobufCBinaryData b)
{
        __builtin_memcpy(ret->b, b.data, sizeof ret->b); /* 16 bytes: checked at decode */
}
static inline ProtobufCBinaryData wire_bytes(const void *data, size_t len)
{
        return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)data};
}
