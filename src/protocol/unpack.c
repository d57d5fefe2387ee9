/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpack.h"

static void *unpack_alloc(void *arena, size_t size)
{
        return arena_take(arena, size);
}

static void unpack_free(void *arena, void *taken)
{
        /* arena_done frees all at once */
}

int unpack_message(ProtobufCMessage **ret, Arena *a, const ProtobufCMessageDescriptor *type,
                   const uint8_t *bytes, size_t len)
{
        ProtobufCAllocator allocator = {unpack_alloc, unpack_free, a};
        ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, len, bytes);

        if (!message)
                return a->out_of_memory ? -ENOMEM : UNPACK_E_MALFORMED;
        *ret = message;
        return 0;
}
