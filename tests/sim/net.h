/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net.h - the virtual way between terminals and a cloud in the same process: carriers that lose,
 * delay, double and reorder
 *
 * Where the cloud has several nodes each packet comes to any of them, also to one that is down.
 */
#pragma once

#include "cloud/api/api.h"
#include "daemon/cloud-link/carrier.h"
#include "chance.h"

typedef struct Net Net;

enum { NET_NODES = 3 }; /* at most */

typedef struct NetWeather {
        uint32_t delay_min_ms, delay_max_ms; /* one way; a range reorders */
        uint32_t loss_permille;              /* of requests and of answers */
        uint32_t double_permille;            /* of requests */
        CarrierResult failure;               /* other than ANSWERED: what every request comes to */
} NetWeather;

/* The requests of a carrier: of its own terminal, or of neighbours that it helps. */
typedef enum NetKind { NET_OWN, NET_HELPING } NetKind;

/* What becomes of a request; asked for each. */
typedef enum NetFate { NET_SENT, NET_LOST } NetFate;
typedef NetFate (*NetHook)(void *userdata, int number);

/* Stands between the core of the cloud and the way back: may put another answer (malloc) in the
 * place of the honest one. */
typedef void (*NetMeddler)(void *userdata, int number, const uint8_t *request, size_t n_request,
                           uint8_t **answer, size_t *n_answer);

/* Called as work begins and as it is done: that of a terminal with an answer, or of the cloud with
 * a request. */
enum { NET_CLOUD = -1 };
typedef void (*NetMeter)(void *userdata, int number, bool done);

int net_new(Net **ret, Clock *clock, Chance *chance, NetHook hook, void *userdata);
Net *net_free(Net *n); /* carriers must be gone */
DEFINE_CLEANUP(Net *, net_free);

void net_set_weather(Net *n, const NetWeather *w);
void net_set_meddler(Net *n, NetMeddler func, void *userdata); /* NULL: none */
void net_set_meter(Net *n, NetMeter func, void *userdata);
/* NULL: this node is down; every request that waits there is cut off. Before api_free. */
void net_set_cloud(Net *n, unsigned node, Api *api);

int net_carrier(Net *n, Carrier **ret, int number, NetKind kind);
/* false: what the carriers of this number send finds no way. All have one at first. */
void net_set_route(Net *n, int number, bool there);
bool net_has_route(const Net *n, int number);
/* So much longer takes each way of what this number sends. */
void net_set_slow(Net *n, int number, uint32_t delay_ms);
/* The line of this number has a full queue: so much longer takes each way. What waits there is not
 * given up, and as with TCP it is seen to move for a while after anything has arrived. */
void net_set_queue(Net *n, int number, uint32_t delay_ms);
/* Helps badly: answers for neighbours are lost, bent or replaced by older ones, half a second
 * late. */
void net_set_bad(Net *n, int number, bool bad);
bool net_is_bad(const Net *n, int number);
