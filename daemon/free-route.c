/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "free-route.h"

#include "src/protocol/code.h"

#include <assert.h>
#include <string.h>

struct FreeRoute {
        CloudCall *call;
        FreeRouteFunc func;
        void *userdata;
};

static bool route_is_valid(const char *route)
{
        size_t len = strlen(route);

        return len >= CODE_ROUTE_MIN && len <= CODE_ROUTE_MAX && strspn(route, "0123456789") == len;
}

static void on_route_drawn(void *userdata, CloudResult result, const WireResponse *response)
{
        FreeRoute *f = userdata;
        bool drawn = result == CLOUD_OK && response->body_case == PB_RESPONSE_BODY_ROUTE_DRAWN &&
                     route_is_valid(response->route_drawn->route);

        f->call = NULL;
        f->func(f->userdata, drawn ? response->route_drawn->route : NULL);
}

int free_route_new(FreeRoute **ret, Clock *clock, CloudClient *cloud, FreeRouteFunc func,
                   void *userdata)
{
        _cleanup_(free_route_freep) FreeRoute *f = calloc(1, sizeof *f);
        PbDrawRoute body = PB_DRAW_ROUTE_INIT;
        WireRequest request = PB_REQUEST_INIT;
        int r;

        assert(func);
        if (!f)
                return -ENOMEM;
        f->func = func;
        f->userdata = userdata;
        request.body_case = PB_REQUEST_BODY_DRAW_ROUTE;
        request.draw_route = &body;
        r = cloud_client_call(cloud, &f->call, &request, clock_now(clock) + FREE_ROUTE_WAIT_MS,
                              FREE_ROUTE_WAIT_MS, on_route_drawn, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

FreeRoute *free_route_free(FreeRoute *f)
{
        if (f)
                cloud_call_cancel(f->call);
        free(f);
        return NULL;
}
