/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"
#include "bus-tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct Search {
        uint64_t number;
        ExchangeSummary *to;
        bool found;
} Search;

static int compare_summary(void *userdata, const ExchangeSummary *e)
{
        Search *s = userdata;

        if (e->number == s->number) {
                *s->to = *e;
                s->found = true;
        }
        return 0;
}

static bool read_number(const char *path, uint64_t *ret)
{
        static const char parent[] = BUS_ROOT "/exchange/";
        char again[24];

        if (strncmp(path, parent, strlen(parent)) != 0)
                return false;
        path += strlen(parent);
        *ret = strtoull(path, NULL, 10);
        (void)snprintf(again, sizeof again, "%" PRIu64, *ret);
        return strcmp(again, path) == 0; /* one number has one path */
}

int history_find(void *userdata, const char *path, uint32_t uid, BusTransient *ret)
{
        const History *h = userdata;
        _cleanup_free_ ExchangeObject *o = calloc(1, sizeof *o);
        Search search = {0};
        int r;

        if (!o)
                return -ENOMEM;
        if (!read_number(path, &search.number))
                return 1;
        search.to = &o->summary;
        r = daemon_store_history(h->store, uid, compare_summary, &search);
        if (r < 0 || !search.found)
                return r < 0 ? r : 1;
        o->store = h->store;
        o->records = h->records;
        *ret = (BusTransient){
                .interface = &bus_exchange_interface, .data = TAKE_PTR(o), .free = free};
        return 0;
}
