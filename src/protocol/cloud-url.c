/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, PORT_MAX = 65535, PORT_DIGITS = 5 };

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define LABEL DIGITS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
#define SEGMENT LABEL "._~"

/* ---- the host: each returns its length, 0 if there is none ---- */

static size_t cloud_url_name(const char *text)
{
        size_t at = 0, label;

        for (;;) {
                label = strspn(text + at, LABEL);
                if (label == 0 || label > LABEL_MAX || text[at] == '-' ||
                    text[at + label - 1] == '-')
                        return 0;
                at += label;
                if (text[at] != '.')
                        return at <= HOST_MAX ? at : 0;
                at++;
        }
}

static size_t cloud_url_bracketed(const char *text)
{
        size_t inner = strspn(text + 1, DIGITS "abcdefABCDEF:.");
        char address[INET6_ADDRSTRLEN];
        struct in6_addr parsed;

        if (text[inner + 1] != ']' || inner >= sizeof address)
                return 0;
        memcpy(address, text + 1, inner);
        address[inner] = '\0';
        return inet_pton(AF_INET6, address, &parsed) == 1 ? inner + 2 : 0;
}

/* ---- port and path ---- */

/* Length of ":PORT", 0 where there is none, or -1: not a port. */
static int cloud_url_port(unsigned *ret, const char *text)
{
        size_t digits;

        if (*text != ':')
                return 0;
        digits = strspn(text + 1, DIGITS);
        if (digits == 0 || digits > PORT_DIGITS || sscanf(text + 1, "%5u", ret) != 1 || *ret == 0 ||
            *ret > PORT_MAX)
                return -1;
        return (int)digits + 1;
}

/* Length of the path without a slash at its end, or -1: no path. Nothing may follow it. */
static int cloud_url_path(const char *text)
{
        size_t at = 0, segment;

        while (text[at] == '/') {
                segment = strspn(text + at + 1, SEGMENT);
                if (segment == 0)
                        return text[at + 1] == '\0' ? (int)at : -1;
                if (strspn(text + at + 1, ".") == segment)
                        return -1;
                at += segment + 1;
        }
        return text[at] == '\0' ? (int)at : -1;
}

static void cloud_url_lower(char *text, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (text[i] >= 'A' && text[i] <= 'Z')
                        text[i] = (char)(text[i] - 'A' + 'a');
}

bool cloud_url_normalise(char ret[static CLOUD_URL_SIZE], const char *text)
{
        bool tls = strncasecmp(text, "https://", 8) == 0;
        size_t scheme = tls ? 8 : 7, host;
        unsigned port = tls ? 443 : 80;
        char url[CLOUD_URL_SIZE], shown_port[PORT_DIGITS + 2] = "";
        int n, n_port, path;

        if (strnlen(text, CLOUD_URL_SIZE) == CLOUD_URL_SIZE ||
            (!tls && strncasecmp(text, "http://", 7) != 0))
                return false;
        text += scheme;
        host = *text == '[' ? cloud_url_bracketed(text) : cloud_url_name(text);
        n_port = host > 0 ? cloud_url_port(&port, text + host) : -1;
        path = n_port < 0 ? -1 : cloud_url_path(text + host + n_port);
        if (path < 0)
                return false;
        if (port != (tls ? 443U : 80U))
                (void)snprintf(shown_port, sizeof shown_port, ":%u", port % (PORT_MAX + 1));
        n = snprintf(url, sizeof url, "%s%.*s%s%.*s", tls ? "https://" : "http://", (int)host, text,
                     shown_port, path, text + host + n_port);
        if (n < 0 || (size_t)n >= sizeof url)
                return false;
        cloud_url_lower(url, scheme + host);
        memcpy(ret, url, sizeof url);
        return true;
}

/* The host of a normalised address, without its port. */
static const char *cloud_url_host(const char *url, size_t *ret_len)
{
        const char *host = strchr(url, ':') + strlen("://");

        *ret_len = *host == '[' ? cloud_url_bracketed(host) : strcspn(host, ":/");
        return host;
}

bool cloud_url_same_host(const char *a, const char *b)
{
        size_t len_a, len_b;
        const char *host_a = cloud_url_host(a, &len_a), *host_b = cloud_url_host(b, &len_b);

        return len_a == len_b && memcmp(host_a, host_b, len_a) == 0;
}
