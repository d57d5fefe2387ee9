/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-http.h - carries sealed envelopes over HTTP: POST {url}/v1/rpc
 *
 * http and https only; no redirects and no cookies. Only status 200 with at most
 * ENVELOPE_RESPONSE_MAX bytes, and no page for people, is an answer. A redirect or a page that came
 * without TLS is the log-in portal of the network; every other answer counts as unreachable.
 *
 * A name that is still looked up when its request is cancelled goes on being looked up, one at a
 * time: the next request has it at once. Otherwise a resolver that is slower than a try, or whose
 * first server is dead, would never come to its end.
 */
#pragma once

#include "carrier.h"

#include <systemd/sd-event.h>

enum { ADDRESS_TEXT_SIZE = 46 }; /* INET6_ADDRSTRLEN */

typedef struct CarrierHttpSettings { /* borrowed during carrier_http_new */
        /* http://host[:port] or https://…, without the trailing slash */
        const char *url;
        /* as curl takes it; NULL: that of the environment (http_proxy, https_proxy, no_proxy);
         * "no": none */
        const char *proxy;
        const char *ca_file; /* PEM, NULL = the system's */
        /* POST to {url}/v1/relayed: the cloud learns that the requests are not ours */
        bool for_neighbours;
        bool pinned; /* connects only to the address of carrier_http_pin */
} CarrierHttpSettings;

/* -EINVAL: the URL is not http or https, or too long. Cancel every carriage before freeing the
 * carrier. */
int carrier_http_new(Carrier **ret, sd_event *event, const CarrierHttpSettings *settings);

/* Sends to this address from now on; what is on its way stays there. -EINVAL: as above. */
int carrier_http_move(Carrier *c, const char *url);

/* Where the next requests connect to, whatever the name in the URL says; certificates are checked
 * against the name all the same. "": not known, and carrier_send returns -EHOSTUNREACH. */
void carrier_http_pin(Carrier *c, const char *address);
/* The address that has answered last, where the URL has a name; else "". */
const char *carrier_http_address(const Carrier *c);

/* Without bytes carrier_send asks for the identity, to pin on first use: GET {url}/v1/identity. The
 * answer is the text of a CloudIdentity and a newline. */
