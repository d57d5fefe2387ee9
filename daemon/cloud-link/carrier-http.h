/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-http.h - carries sealed envelopes over HTTP: POST {url}/v1/rpc
 *
 * http and https only, no redirects, no cookies, no proxy but a configured one. An answer other
 * than 200 with at most ENVELOPE_RESPONSE_MAX bytes is no answer; what comes from somebody who
 * is no cloud of ours (a portal that wants a log-in first, another web server) counts as
 * unreachable.
 */
#pragma once

#include "carrier.h"

#include <systemd/sd-event.h>

typedef struct CarrierHttpSettings { /* borrowed during carrier_http_new */
        /* http://host[:port] or https://…, without the trailing slash */
        const char *url;
        const char *proxy;   /* as curl takes it, NULL = none */
        const char *ca_file; /* PEM, NULL = the system's */
        /* to {url}/v1/relayed instead: the cloud is told whose they are not */
        bool for_neighbours;
} CarrierHttpSettings;

/* -EINVAL: the URL is not http or https, or too long. Free every carriage before the carrier. */
int carrier_http_new(Carrier **ret, sd_event *event, const CarrierHttpSettings *settings);

/* GET {url}/v1/identity, for a pin on first use: the answer is the text of a CloudIdentity and a
 * newline. */
int carrier_http_identity(Carrier *c, Carriage **ret, uint32_t timeout_ms, CarrierFunc func,
                          void *userdata);
