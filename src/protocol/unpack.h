/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack.h - decodes a message of src/proto/huddle.proto from a stranger's bytes, into an arena */
#pragma once

#include "src/base/arena.h"
#include "src/proto/names.h"

enum { _UNPACK_E_SUCCESS, UNPACK_E_MALFORMED /* or larger than the arena allows */ };

/* *ret lives in the arena. Only the shape is checked, not the bounds of fields. */
int unpack_message(ProtobufCMessage **ret, Arena *a, const ProtobufCMessageDescriptor *type,
                   const uint8_t *bytes, size_t len);
