/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name, address, SRV and TXT record of a neighbour: byte 0 the length of the name, 1 whether IPv4,
 * 2 the length of the SRV record, 3 free, 4-19 the address, then the name, the SRV and the TXT
 * record in wire form. */
#include "fuzz.h"

#include "daemon/radio/avahi.h"
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

static void read_address(const uint8_t *data)
{
        struct sockaddr_storage where;
        bool four = data[1] & 1;

        if (mdns_address_read(&where, 2, four ? DNS_A : DNS_AAAA, data + 4, four ? 4 : 16))
                assert(where.ss_family == (four ? AF_INET : AF_INET6));
}

static void read_records(const uint8_t *srv, size_t n_srv, const uint8_t *txt, size_t n_txt)
{
        static const Token token = {{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
        uint16_t port = mdns_srv_read(&token, srv, n_srv);

        if (port > 0) /* that of the record, and the token's host */
                assert(n_srv > 6 && port == (srv[4] << 8 | srv[5]));
        (void)mdns_txt_read(txt, n_txt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *srv;

        if (size < HEAD || size - HEAD < (size_t)data[0] + data[2])
                return 0;
        srv = data + HEAD + data[0];
        read_name(data + HEAD, data[0]);
        read_address(data);
        read_records(srv, data[2], srv + data[2], size - HEAD - data[0] - data[2]);
        return 0;
}
