/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transport.h - what a transport tells about a request, and how it gets the answer */
#pragma once

#include "src/base/util.h"

/* Called once for a request that was taken, never from within api_handle. Takes sealed (free); NULL
 * with negative errno: there is no answer. */
typedef void (*ApiReply)(void *userdata, int result, uint8_t *sealed, size_t len);

/* Where a request came from, as far as the transport knows: the first 56 bits of an IPv6 address or
 * all of an IPv4 one, as one limit counts for them. */
typedef struct ApiOrigin {
        uint8_t address[8];
        size_t n_address; /* 0: unknown, or of a front that serves everybody */
} ApiOrigin;

/* The sender of a request: the terminal itself, or a neighbour that only hands it on. */
typedef enum ApiWay { API_DIRECT, API_RELAYED } ApiWay;
