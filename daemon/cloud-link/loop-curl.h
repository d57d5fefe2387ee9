/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop-curl.h - libcurl's transfers on the event loop
 *
 * Connections stay open for reuse. After LOOP_CURL_IDLE_S without a transfer we close them, so that
 * an idle daemon neither wakes up nor holds a socket.
 */
#pragma once

#include "src/base/util.h"

#include <curl/curl.h>
#include <systemd/sd-event.h>

enum { LOOP_CURL_IDLE_S = 60 };

typedef struct LoopCurl LoopCurl;

/* The transfer is no longer in the loop: the callback may add it again or clean it up, or free the
 * loop. */
typedef void (*LoopCurlDone)(void *userdata, CURL *easy, CURLcode result);

int loop_curl_new(LoopCurl **ret, sd_event *event, LoopCurlDone done);
LoopCurl *loop_curl_free(LoopCurl *l); /* without transfers */
DEFINE_CLEANUP(LoopCurl *, loop_curl_free);

/* Starts a transfer; done is called once with userdata, never from within. Uses CURLOPT_PRIVATE.
 * fresh: over a connection of its own. */
int loop_curl_add(LoopCurl *l, CURL *easy, void *userdata, bool fresh);
/* Transfers that start while so many connections are open wait for one of them; 0: they never
 * do. */
void loop_curl_limit(LoopCurl *l, unsigned connections);
uint64_t loop_curl_now_ms(LoopCurl *l); /* of the loop's clock, which only goes on */
/* Transfers that start from now on use no connection of before. */
void loop_curl_renew(LoopCurl *l);
void loop_curl_remove(LoopCurl *l, CURL *easy); /* done is not called any more */
