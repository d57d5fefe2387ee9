/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "test.h"

#include "message-text.h"

static uint8_t *any_bytes(Arena *a, size_t len, size_t first)
{
        uint8_t *b = arena_take(a, MAX(len, (size_t)1));

        assert_non_null(b);
        for (size_t i = 0; i < len; i++)
                b[i] = (uint8_t)(first + i);
        return b;
}

static ProtobufCMessage *new_message(Arena *a, const ProtobufCMessageDescriptor *type)
{
        ProtobufCMessage *m = arena_take(a, type->sizeof_message);

        assert_non_null(m);
        type->message_init(m);
        return m;
}

static size_t element_size(const ProtobufCFieldDescriptor *f)
{
        return f->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

/* Where the value of a field is; makes room for one element of a repeated field, marks a member of
 * a oneof. */
static void *place_of(Arena *a, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
        void *at = (uint8_t *)m + f->offset;

        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
                size_t *n = (size_t *)(void *)((uint8_t *)m + f->quantifier_offset);
                void **list = at;

                if (*n == 0) {
                        *list = arena_take(a, element_size(f));
                        assert_non_null(*list);
                        memset(*list, 0, element_size(f));
                        *n = 1;
                }
                return *list;
        }
        if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
                *(uint32_t *)(void *)((uint8_t *)m + f->quantifier_offset) = f->id;
        return at;
}

static void repeat(Arena *a, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t times)
{
        size_t size = element_size(f);
        uint8_t *first = place_of(a, m, f), *copies = arena_take(a, MAX(times, (size_t)1) * size);

        assert_non_null(copies);
        for (size_t i = 0; i < times; i++)
                memcpy(copies + i * size, first, size);
        *(void **)(void *)((uint8_t *)m + f->offset) = copies;
        *(size_t *)(void *)((uint8_t *)m + f->quantifier_offset) = times;
}

/* Makes the copies of a message different: the first bytes field begins with the number of each. */
static void number_copies(Arena *a, ProtobufCMessage **list, size_t n,
                          const ProtobufCMessageDescriptor *d)
{
        const ProtobufCFieldDescriptor *f = d->fields;
        ProtobufCBinaryData *bytes;

        while (f->type != PROTOBUF_C_TYPE_BYTES)
                f++;
        for (size_t i = 1; i < n; i++) {
                ProtobufCMessage *copy = arena_take(a, d->sizeof_message);

                assert_non_null(copy);
                memcpy(copy, list[0], d->sizeof_message);
                bytes = (ProtobufCBinaryData *)(void *)((uint8_t *)copy + f->offset);
                bytes->data = any_bytes(a, bytes->len, (uint8_t)i);
                list[i] = copy;
        }
}

static void set_text(Arena *a, char **at, const char *value)
{
        size_t len = strcspn(value + 1, "'");
        char *copy = arena_take(a, len + 1);

        assert_non_null(copy);
        memcpy(copy, value + 1, len);
        copy[len] = '\0';
        *at = copy;
}

static void set_number(const ProtobufCFieldDescriptor *f, void *at, const char *value)
{
        if (f->type == PROTOBUF_C_TYPE_UINT64)
                *(uint64_t *)at = strtoull(value, NULL, 10);
        else
                *(uint32_t *)at = (uint32_t)strtoll(value, NULL, 10);
}

static void set(Arena *a, const ProtobufCFieldDescriptor *f, void *at, const char *value)
{
        if (value[0] == '#') {
                char *end;
                size_t len = strtoul(value + 1, &end, 10),
                       first = *end == '@' ? strtoul(end + 1, NULL, 10) : 0;

                *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){len, any_bytes(a, len, first)};
        } else if (value[0] == '\'') {
                set_text(a, at, value);
        } else if (value[0] == '{') {
                *(ProtobufCMessage **)at = new_message(a, f->descriptor);
        } else {
                set_number(f, at, value);
        }
}

static const ProtobufCFieldDescriptor *field(const ProtobufCMessageDescriptor *type,
                                             const char *name, size_t len)
{
        char word[64] = {};
        const ProtobufCFieldDescriptor *f;

        assert_true(len < sizeof word);
        memcpy(word, name, len);
        f = protobuf_c_message_descriptor_get_field_by_name(type, word);
        if (!f)
                fail_msg("no field %s in %s", word, type->name);
        return f;
}

static const char *assign(Arena *a, ProtobufCMessage *m, const char *text)
{
        for (;;) {
                size_t len = strcspn(text, ".=*!");
                const ProtobufCFieldDescriptor *f = field(m->descriptor, text, len);
                ProtobufCMessage **inner;

                text += len + 1;
                if (text[-1] == '*')
                        repeat(a, m, f, strtoul(text, NULL, 10));
                if (text[-1] == '!') {
                        repeat(a, m, f, strtoul(text, NULL, 10));
                        number_copies(a, *(ProtobufCMessage ***)(void *)((uint8_t *)m + f->offset),
                                      strtoul(text, NULL, 10), f->descriptor);
                }
                if (text[-1] == '=')
                        set(a, f, place_of(a, m, f), text);
                if (text[-1] != '.')
                        return text + strcspn(text, " ");
                inner = place_of(a, m, f);
                if (!*inner)
                        *inner = new_message(a, f->descriptor);
                m = *inner;
        }
}

ProtobufCMessage *message_from_text(Arena *a, const ProtobufCMessageDescriptor *type,
                                    const char *text)
{
        ProtobufCMessage *m = new_message(a, type);

        while (*text) {
                text = assign(a, m, text);
                text += strspn(text, " ");
        }
        return m;
}
