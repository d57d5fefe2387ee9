/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transport.h - what a transport tells about a request, and how it gets the answer */
#pragma once

#include "src/base/util.h"

/* Called once for a request that was taken, never from within api_handle. Takes sealed (free); NULL
 * with negative errno: there is no answer. */
typedef void (*ApiReply)(void *userdata, int result, uint8_t *sealed, size_t len);

/* The sender of a request: the terminal itself, or a neighbour that only hands it on. */
typedef enum ApiWay { API_DIRECT, API_RELAYED } ApiWay;
