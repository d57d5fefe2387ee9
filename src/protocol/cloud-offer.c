/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-offer.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NOWHERE_DIGITS = 10 };

/* ---- the host of a URL ---- */

typedef struct OfferHost {
        char text[CLOUD_URL_SIZE]; /* without brackets */
        bool numeric;              /* a resolver takes it for an address */
} OfferHost;

/* Names whose last label begins with a digit: "127.1", "2130706433" and "0x7f.1" are addresses,
 * too. */
static bool offer_is_numeric(const char *host)
{
        const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;

        return strchr(host, ':') || isdigit((unsigned char)*last);
}

static OfferHost offer_host(const char *url)
{
        const char *host = strstr(url, "://") + 3;
        bool bracketed = *host == '[';
        OfferHost found = {};

        host += bracketed;
        memcpy(found.text, host, strcspn(host, bracketed ? "]" : ":/"));
        found.numeric = offer_is_numeric(found.text);
        return found;
}

static bool offer_is_localhost(const char *host)
{
        static const char local[] = "localhost";
        size_t len = strlen(host), n = sizeof local - 1;

        return len >= n && strcmp(host + len - n, local) == 0 &&
               (len == n || host[len - n - 1] == '.');
}

/* Whether a neighbour may try it. */
static bool offer_reaches(const OfferHost *host)
{
        char url[CLOUD_URL_SIZE];

        return host->numeric ? cloud_announce_url(url, host->text, 1)
                             : !offer_is_localhost(host->text);
}

/* A name of its own for each cloud, in a domain that never resolves (RFC 6761). */
static void offer_nowhere(char ret[static CLOUD_URL_SIZE], const CloudIdentity *identity)
{
        char digits[NOWHERE_DIGITS + 1];
        Bytes32 digest;

        cloud_digest(&digest, identity);
        (void)sodium_bin2hex(digits, sizeof digits, digest.b, NOWHERE_DIGITS / 2);
        (void)snprintf(ret, CLOUD_URL_SIZE, "http://%s.invalid", digits);
}

/* ---- making, writing, reading ---- */

bool cloud_offer_make(CloudOffer *ret, const CloudIdentity *identity, const char *name,
                      const char *url)
{
        CloudOffer offer = {.identity = *identity};
        OfferHost host;

        if (!cloud_url_normalise(offer.url, url))
                return false;
        host = offer_host(offer.url);
        if (!offer_reaches(&host))
                offer_nowhere(offer.url, identity);
        if (!name)
                host.text[CLOUD_NAME_SIZE - 1] = '\0';
        name = name ? name : host.text;
        if (!cloud_name_valid(name, strlen(name)))
                return false;
        (void)strcpy(offer.name, name);
        *ret = offer;
        return true;
}

size_t cloud_offer_write(uint8_t ret[static CLOUD_OFFER_MAX], const CloudOffer *offer)
{
        size_t name = strlen(offer->name), url = strlen(offer->url);

        assert(cloud_name_valid(offer->name, name) && url < CLOUD_URL_SIZE);
        memcpy(ret, offer->identity.box_key.b, 32);
        memcpy(ret + 32, offer->identity.sign_key.b, 32);
        ret[64] = (uint8_t)name;
        memcpy(ret + CLOUD_OFFER_HEAD, offer->name, name);
        memcpy(ret + CLOUD_OFFER_HEAD + name, offer->url, url);
        return CLOUD_OFFER_HEAD + name + url;
}

/* Only in our spelling: two are compared as texts. */
static bool offer_read_url(char ret[static CLOUD_URL_SIZE], const uint8_t *bytes, size_t len)
{
        char text[CLOUD_URL_SIZE] = "";
        OfferHost host;

        if (len >= sizeof text || memchr(bytes, '\0', len))
                return false;
        memcpy(text, bytes, len);
        if (!cloud_url_normalise(ret, text) || strcmp(ret, text) != 0)
                return false;
        host = offer_host(ret);
        return offer_reaches(&host);
}

bool cloud_offer_read(CloudOffer *ret, const uint8_t *bytes, size_t len)
{
        CloudOffer offer = {};
        size_t name;

        if (len < CLOUD_OFFER_MIN || len > CLOUD_OFFER_MAX)
                return false;
        name = bytes[64];
        if (name > len - CLOUD_OFFER_HEAD ||
            !cloud_name_valid((const char *)bytes + CLOUD_OFFER_HEAD, name) ||
            !offer_read_url(offer.url, bytes + CLOUD_OFFER_HEAD + name,
                            len - CLOUD_OFFER_HEAD - name))
                return false;
        memcpy(offer.identity.box_key.b, bytes, 32);
        memcpy(offer.identity.sign_key.b, bytes + 32, 32);
        memcpy(offer.name, bytes + CLOUD_OFFER_HEAD, name);
        *ret = offer;
        return true;
}
