/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mdns-records.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

void mdns_token_name(char ret[static MDNS_NAME_SIZE], const Token *token)
{
        (void)sodium_bin2hex(ret, MDNS_NAME_SIZE, token->b, sizeof token->b);
}

bool mdns_token_read(Token *ret, const char *name)
{
        char again[MDNS_NAME_SIZE];
        Token token;
        size_t len;

        if (sodium_hex2bin(token.b, sizeof token.b, name, strlen(name), NULL, &len, NULL) != 0 ||
            len != sizeof token.b)
                return false;
        mdns_token_name(again, &token);
        if (strcmp(again, name) != 0)
                return false;
        *ret = token;
        return true;
}

size_t mdns_wire_name(uint8_t *ret, const char *const *labels, size_t n)
{
        size_t len = 0;

        for (size_t i = 0; i < n; i++) {
                size_t l = strlen(labels[i]);

                assert(l > 0 && l < 64);
                ret[len++] = (uint8_t)l;
                memcpy(ret + len, labels[i], l);
                len += l;
        }
        ret[len++] = 0;
        return len;
}

/* The first "v=" counts (RFC 6763, 6.4). */
static bool mdns_is_our_version(AvahiStringList *txt)
{
        AvahiStringList *version = avahi_string_list_find(txt, "v");

        return version && version->size == 3 && memcmp(version->text, "v=1", 3) == 0;
}

/* Only unicast addresses, and not our own. */
static bool mdns_is_neighbour4(struct in_addr a)
{
        uint32_t host = ntohl(a.s_addr);

        return host != INADDR_ANY && !IN_MULTICAST(host) && !IN_BADCLASS(host) && host >> 24 != 127;
}

static bool mdns_is_neighbour6(const struct in6_addr *a)
{
        return !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LOOPBACK(a) &&
               !IN6_IS_ADDR_MULTICAST(a) && !IN6_IS_ADDR_V4MAPPED(a);
}

bool mdns_offer_read(struct sockaddr_storage *ret, AvahiIfIndex interface,
                     const AvahiAddress *address, uint16_t port, AvahiStringList *txt)
{
        struct sockaddr_storage where = {0};
        struct sockaddr_in *four = (struct sockaddr_in *)&where;
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&where;

        if (port == 0 || !mdns_is_our_version(txt))
                return false;
        if (address->proto == AVAHI_PROTO_INET) {
                four->sin_family = AF_INET;
                four->sin_port = htons(port);
                four->sin_addr.s_addr = address->data.ipv4.address;
                if (!mdns_is_neighbour4(four->sin_addr))
                        return false;
        } else {
                six->sin6_family = AF_INET6;
                six->sin6_port = htons(port);
                memcpy(&six->sin6_addr, address->data.ipv6.address, sizeof six->sin6_addr);
                if (!mdns_is_neighbour6(&six->sin6_addr))
                        return false;
                if (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
                        six->sin6_scope_id = (uint32_t)interface;
        }
        *ret = where;
        return true;
}
