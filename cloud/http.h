/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http.h - the cloud's HTTP side: libmicrohttpd, driven from our own loop
 *
 *   POST /v1/rpc       a sealed request; 200 with the sealed answer, 400 not an envelope,
 *                      413 too long, 421 sealed for another cloud, 503 no answer could be made
 *   POST /v1/relayed   the same, handed on by a neighbour
 *   GET  /v1/identity  the cloud's identity as text, for a terminal that pins it on first use
 *
 * and on the admin port, which is a server of its own and serves nothing else:
 *
 *   GET  /healthz      200 while requests are served, 503 while the disk is full
 *   GET  /metrics      counters in Prometheus' text format
 *
 * libmicrohttpd 0.9.75 with its own epoll thread freezes when a multiple of 128 connections is
 * ready at once; run from outside through its epoll descriptor it does not. A test holds it to
 * that.
 */
#pragma once

#include "cloud/api/api.h"

#include <systemd/sd-event.h>

typedef struct Http Http;

typedef enum HttpPort { HTTP_PUBLIC, HTTP_ADMIN } HttpPort;

typedef struct HttpContext { /* all borrowed, all outlive the Http */
        sd_event *event;
        const CloudSettings *settings;
        Api *api;
        int listen_fd; /* listening, non-blocking; taken by http_new where it succeeds */
        HttpPort port;
} HttpContext;

int http_new(Http **ret, const HttpContext *context);
/* Every request on a public port must have been answered: http_stop. */
Http *http_free(Http *h);
DEFINE_CLEANUP(Http *, http_free);

/* Takes no new connections, answers the waiting requests, and calls done when all answers are out
 * or grace_ms are over. */
int http_stop(Http *h, uint64_t grace_ms, void (*done)(void *userdata), void *userdata);
