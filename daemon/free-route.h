/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free-route.h - asks the cloud for the route of a code that is drawn: one that no group uses now,
 * and long enough for the number of groups
 *
 * The route is no secret. A cloud that gives a bad one does no more harm than by a bad match.
 */
#pragma once

#include "daemon/cloud-link/cloud-client.h"

enum { FREE_ROUTE_WAIT_MS = 2 * 1000 }; /* a person waits for the code */

typedef struct FreeRoute FreeRoute;

/* route: 4 to 8 digits, borrowed; NULL: none has come in time. Called once, never from within; may
 * free the FreeRoute. */
typedef void (*FreeRouteFunc)(void *userdata, const char *route);

int free_route_new(FreeRoute **ret, Clock *clock, CloudClient *cloud, FreeRouteFunc func,
                   void *userdata);
FreeRoute *free_route_free(FreeRoute *f);
DEFINE_CLEANUP(FreeRoute *, free_route_free);
