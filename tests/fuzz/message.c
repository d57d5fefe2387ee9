/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include "src/base/endian-bytes.h"

#include <assert.h>
#include <string.h>

/* The D-Bus specification, Marshaling: byte order, type, flags, version; lengths; header fields. */
enum { FIXED = 16, FIELD_PATH = 1, FIELD_MEMBER = 3, FIELD_SIGNATURE = 8, HEADER_MAX = 128 };

typedef struct Header {
        uint8_t bytes[HEADER_MAX];
        size_t n;
} Header;

static void header_align(Header *h)
{
        h->n = (h->n + 7) / 8 * 8;
}

static void header_add(Header *h, uint8_t field, char type, const char *value)
{
        size_t len = strlen(value), prefix = type == 'g' ? 1 : 4;

        header_align(h);
        assert(h->n + 4 + prefix + len + 1 <= sizeof h->bytes);
        memcpy(h->bytes + h->n, (const uint8_t[]){field, 1, (uint8_t)type, 0}, 4);
        le_write(h->bytes + h->n + 4, len, prefix);
        memcpy(h->bytes + h->n + 4 + prefix, value, len + 1);
        h->n += 4 + prefix + len + 1;
}

DBusMessage *fuzz_message(const char *signature, const uint8_t *data, size_t n)
{
        Header h = {{'l', DBUS_MESSAGE_TYPE_METHOD_CALL, 0, DBUS_MAJOR_PROTOCOL_VERSION}, FIXED};
        DBusMessage *m = NULL;
        char *whole;

        header_add(&h, FIELD_PATH, 'o', "/org/bluez/hci0/dev_00_11_22_33_44_55");
        header_add(&h, FIELD_MEMBER, 's', "Member");
        header_add(&h, FIELD_SIGNATURE, 'g', signature);
        le_write(h.bytes + 4, n, 4);
        le_write(h.bytes + 8, 1, 4); /* serial */
        le_write(h.bytes + 12, h.n - FIXED, 4);
        header_align(&h);
        whole = malloc(h.n + n);
        if (!whole)
                return NULL;
        memcpy(whole, h.bytes, h.n);
        memcpy(whole + h.n, data, n);
        m = dbus_message_demarshal(whole, (int)(h.n + n), NULL);
        free(whole);
        return m;
}
