/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unpack.h - any message of proto/huddle.proto out of a stranger's bytes, within the bound of an
 * arena */
#pragma once

#include "src/base/arena.h"
#include "src/proto/names.h"

enum { _UNPACK_E_SUCCESS, UNPACK_E_MALFORMED /* or larger than the arena allows */ };

/* *ret lies in the arena and lives as long. Only the shape is checked, no bound of a field. */
int unpack_message(ProtobufCMessage **ret, Arena *a, const ProtobufCMessageDescriptor *type,
                   const uint8_t *bytes, size_t len);
