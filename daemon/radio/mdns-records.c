/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mdns-records.h"

#include "avahi.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void mdns_token_name(char ret[static MDNS_NAME_SIZE], const Token *token)
{
        (void)sodium_bin2hex(ret, MDNS_NAME_SIZE, token->b, sizeof token->b);
}

void mdns_host_name(char ret[static MDNS_HOST_SIZE], const Token *token)
{
        char name[MDNS_NAME_SIZE];

        mdns_token_name(name, token);
        (void)snprintf(ret, MDNS_HOST_SIZE, "%s." MDNS_DOMAIN, name);
}

void mdns_full_name(char ret[static MDNS_FULL_SIZE], const Token *token)
{
        char name[MDNS_NAME_SIZE];

        mdns_token_name(name, token);
        (void)snprintf(ret, MDNS_FULL_SIZE, "%s." MDNS_SERVICE "." MDNS_DOMAIN, name);
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

uint16_t mdns_srv_read(const Token *token, const uint8_t *data, size_t len)
{
        char name[MDNS_NAME_SIZE];
        uint8_t host[MDNS_HOST_SIZE + 1];
        size_t n;

        mdns_token_name(name, token);
        n = mdns_wire_name(host, (const char *const[]){name, MDNS_DOMAIN}, 2);
        if (len != 6 + n || memcmp(data + 6, host, n) != 0)
                return 0;
        return (uint16_t)(data[4] << 8 | data[5]);
}

bool mdns_txt_read(const uint8_t *data, size_t len)
{
        for (size_t at = 0; at < len; at += 1U + data[at]) {
                const char *text = (const char *)data + at + 1;
                size_t n = data[at];

                if (n > len - at - 1)
                        return false;
                if (n > 0 && (*text == 'v' || *text == 'V') && (n == 1 || text[1] == '='))
                        return n == 3 && text[2] == '1';
        }
        return false;
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

bool mdns_address_read(struct sockaddr_storage *ret, uint32_t interface, uint16_t type,
                       const uint8_t *data, size_t len)
{
        struct sockaddr_storage where = {0};
        struct sockaddr_in *four = (struct sockaddr_in *)&where;
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&where;

        if (type == DNS_A && len == sizeof four->sin_addr) {
                four->sin_family = AF_INET;
                memcpy(&four->sin_addr, data, len);
                if (!mdns_is_neighbour4(four->sin_addr))
                        return false;
        } else if (type == DNS_AAAA && len == sizeof six->sin6_addr) {
                six->sin6_family = AF_INET6;
                memcpy(&six->sin6_addr, data, len);
                if (!mdns_is_neighbour6(&six->sin6_addr))
                        return false;
                if (IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
                        six->sin6_scope_id = interface;
        } else {
                return false;
        }
        *ret = where;
        return true;
}
