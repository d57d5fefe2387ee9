/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name, address, port and TXT record of a neighbour: byte 0 the length of the name, 1 whether IPv4,
 * 2-3 the port, 4-19 the address, then the name and the TXT record in wire form. */
#include "fuzz.h"

#include "daemon/radio/mdns-records.h"

#include <assert.h>
#include <string.h>

enum { HEAD = 20 };

static void read_name(const uint8_t *data, size_t n)
{
        char name[256], again[MDNS_NAME_SIZE];
        Token token;

        memcpy(name, data, n);
        name[n] = '\0';
        if (!mdns_token_read(&token, name))
                return;
        mdns_token_name(again, &token);
        assert(strcmp(name, again) == 0);
}

static void read_offer(const uint8_t *data, const uint8_t *txt, size_t n_txt)
{
        AvahiAddress address = {.proto = data[1] & 1 ? AVAHI_PROTO_INET : AVAHI_PROTO_INET6};
        AvahiStringList *list = NULL;
        struct sockaddr_storage where;

        memcpy(&address.data, data + 4, 16);
        if (avahi_string_list_parse(txt, n_txt, &list) < 0)
                return;
        if (mdns_offer_read(&where, 2, &address, (uint16_t)(data[2] << 8 | data[3]), list))
                assert(where.ss_family == (data[1] & 1 ? AF_INET : AF_INET6));
        avahi_string_list_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < HEAD || size - HEAD < data[0])
                return 0;
        read_name(data + HEAD, data[0]);
        read_offer(data, data + HEAD + data[0], size - HEAD - data[0]);
        return 0;
}
