/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network.h"

#include "daemon/link/network-watch.h"

struct Network {
        NetworkDeps deps;
        NetworkWatch *watch;
};

static void on_network_changed(void *userdata)
{
        const NetworkDeps *d = &((Network *)userdata)->deps;

        clouds_renew(d->clouds);
        if (d->relay)
                relay_renew(d->relay);
        accounts_renew(d->accounts, NULL);
}

int network_new(Network **ret, const NetworkDeps *deps)
{
        _cleanup_(network_freep) Network *n = calloc(1, sizeof *n);
        int r;

        if (!n)
                return -ENOMEM;
        n->deps = *deps;
        r = network_watch_new(&n->watch, deps->event, on_network_changed, n);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(n);
        return 0;
}

Network *network_free(Network *n)
{
        if (!n)
                return NULL;
        network_watch_free(n->watch);
        free(n);
        return NULL;
}
