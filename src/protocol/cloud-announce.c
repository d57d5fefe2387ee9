/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-announce.h"
#include "src/base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define VERSION "1"

/* ---- name and digest ---- */

bool cloud_name_valid(const char *name, size_t len)
{
        bool blank = true;
        uint32_t c;

        if (len >= CLOUD_NAME_SIZE || !text_is_utf8(name, len))
                return false;
        for (size_t at = 0; at < len; at += text_char(&c, name + at, len - at)) {
                if (text_unsafe_at(name, len, at) > 0)
                        return false;
                blank = blank && name[at] == ' ';
        }
        return !blank;
}

void cloud_digest_format(char ret[static CLOUD_DIGEST_TEXT_SIZE], const Bytes32 *digest)
{
        (void)sodium_bin2base64(ret, CLOUD_DIGEST_TEXT_SIZE, digest->b, sizeof digest->b,
                                sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool cloud_digest_parse(Bytes32 *ret, const char *text, size_t len)
{
        Bytes32 digest;
        const char *end;
        size_t n;

        if (sodium_base642bin(digest.b, sizeof digest.b, text, len, NULL, &n, &end,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0 ||
            n != sizeof digest.b || end != text + len)
                return false;
        *ret = digest;
        return true;
}

/* ---- writing ---- */

static uint8_t *announce_put(uint8_t *to, const char *key, const char *value)
{
        size_t len = strlen(key) + 1 + strlen(value);

        assert(len <= UINT8_MAX);
        *to = (uint8_t)len;
        return (uint8_t *)stpcpy(stpcpy(stpcpy((char *)to + 1, key), "="), value);
}

_Static_assert((int)CLOUD_ANNOUNCE_SIZE >= (int)sizeof "Xv=" VERSION "Xn=Xd=" + CLOUD_NAME_SIZE +
                                                   CLOUD_DIGEST_TEXT_SIZE,
               "version, name and digest fit");

size_t cloud_announce_write(uint8_t ret[static CLOUD_ANNOUNCE_SIZE], const CloudAnnounce *a)
{
        char digest[CLOUD_DIGEST_TEXT_SIZE];
        uint8_t *to = announce_put(ret, "v", VERSION);

        assert(cloud_name_valid(a->name, strlen(a->name)));
        cloud_digest_format(digest, &a->digest);
        to = announce_put(to, "n", a->name);
        return (size_t)(announce_put(to, "d", digest) - ret);
}

/* ---- reading ---- */

typedef struct AnnounceText {
        const char *text; /* NULL: there is none */
        size_t len;
} AnnounceText;

/* The value of a key. The first counts (RFC 6763, 6.4). False: a string goes past the end. */
static bool announce_find(AnnounceText *ret, const uint8_t *txt, size_t len, char key)
{
        AnnounceText found = {};

        for (size_t at = 0; at < len; at += 1U + txt[at]) {
                const char *text = (const char *)txt + at + 1;

                if (txt[at] > len - at - 1)
                        return false;
                if (!found.text && txt[at] >= 2 && text[0] == key && text[1] == '=')
                        found = (AnnounceText){text + 2, txt[at] - 2U};
        }
        *ret = found;
        return true;
}

bool cloud_announce_read(CloudAnnounce *ret, const uint8_t *txt, size_t len)
{
        AnnounceText version, name, digest;
        CloudAnnounce a = {};

        if (len > CLOUD_ANNOUNCE_MAX || !announce_find(&version, txt, len, 'v') ||
            !announce_find(&name, txt, len, 'n') || !announce_find(&digest, txt, len, 'd'))
                return false;
        if (!version.text || version.len != strlen(VERSION) ||
            memcmp(version.text, VERSION, version.len) != 0)
                return false;
        if (!name.text || !cloud_name_valid(name.text, name.len) || !digest.text ||
            !cloud_digest_parse(&a.digest, digest.text, digest.len))
                return false;
        memcpy(a.name, name.text, name.len);
        *ret = a;
        return true;
}

/* ---- where it is ---- */

static bool announce_reaches4(const struct in_addr *a)
{
        uint32_t host = ntohl(a->s_addr);

        return host >> 24 != 0 && host >> 24 != 127 && !IN_MULTICAST(host) && !IN_BADCLASS(host);
}

static bool announce_reaches6(const struct in6_addr *a)
{
        return !IN6_IS_ADDR_UNSPECIFIED(a) && !IN6_IS_ADDR_LOOPBACK(a) &&
               !IN6_IS_ADDR_MULTICAST(a) && !IN6_IS_ADDR_V4MAPPED(a) && !IN6_IS_ADDR_LINKLOCAL(a);
}

bool cloud_announce_url(char ret[static CLOUD_URL_SIZE], const char *address, unsigned port)
{
        char url[CLOUD_URL_SIZE], text[INET6_ADDRSTRLEN];
        struct in6_addr six;
        struct in_addr four;

        if (port == 0 || port > 65535)
                return false;
        if (inet_pton(AF_INET, address, &four) == 1 && announce_reaches4(&four) &&
            inet_ntop(AF_INET, &four, text, sizeof text))
                (void)snprintf(url, sizeof url, "http://%s:%u", text, port);
        else if (inet_pton(AF_INET6, address, &six) == 1 && announce_reaches6(&six) &&
                 inet_ntop(AF_INET6, &six, text, sizeof text))
                (void)snprintf(url, sizeof url, "http://[%s]:%u", text, port);
        else
                return false;
        return cloud_url_normalise(ret, url);
}
