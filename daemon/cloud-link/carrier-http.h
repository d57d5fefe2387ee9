/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-http.h - carries sealed envelopes over HTTP: POST {url}/v1/rpc
 *
 * http and https only; no redirects, no cookies, and no proxy except a configured one. Only status
 * 200 with at most ENVELOPE_RESPONSE_MAX bytes is an answer. An answer of another server (a log-in
 * portal, some web server) counts as unreachable.
 */
#pragma once

#include "carrier.h"

#include <systemd/sd-event.h>

typedef struct CarrierHttpSettings { /* borrowed during carrier_http_new */
        /* http://host[:port] or https://…, without the trailing slash */
        const char *url;
        const char *proxy;   /* as curl takes it, NULL = none */
        const char *ca_file; /* PEM, NULL = the system's */
        /* POST to {url}/v1/relayed: the cloud learns that the requests are not ours */
        bool for_neighbours;
} CarrierHttpSettings;

/* -EINVAL: the URL is not http or https, or too long. Cancel every carriage before freeing the
 * carrier. */
int carrier_http_new(Carrier **ret, sd_event *event, const CarrierHttpSettings *settings);

/* Sends to this address from now on; what is on its way stays there. -EINVAL: as above. */
int carrier_http_move(Carrier *c, const char *url);

/* GET {url}/v1/identity, to pin on first use: the answer is the text of a CloudIdentity and a
 * newline. */
int carrier_http_identity(Carrier *c, Carriage **ret, uint32_t timeout_ms, CarrierFunc func,
                          void *userdata);
