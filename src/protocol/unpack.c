/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpack.h"

static void *take_from_arena(void *arena, size_t size)
{
        return arena_take(arena, size);
}

static void leave_to_arena(void *arena, void *taken)
{
        /* arena_done frees all at once */
}

int unpack_message(ProtobufCMessage **ret, Arena *a, const ProtobufCMessageDescriptor *type,
                   const uint8_t *bytes, size_t len)
{
        ProtobufCAllocator allocator = {take_from_arena, leave_to_arena, a};
        ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, len, bytes);

        if (!message)
                return a->out_of_memory ? -ENOMEM : UNPACK_E_MALFORMED;
        *ret = message;
        return 0;
}
