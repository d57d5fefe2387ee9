/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runs.h"

int runs_add(Runs *runs, ExchangeRun *taken)
{
        RunEntry *e = calloc(1, sizeof *e);

        if (!e) {
                exchange_run_free(taken);
                return -ENOMEM;
        }
        e->run = taken;
        LIST_INSERT_HEAD(runs, e, list);
        return 0;
}

void run_entry_free(RunEntry *e)
{
        LIST_REMOVE(e, list);
        exchange_run_free(e->run);
        free(e);
}

size_t runs_count(const Runs *runs, uint32_t uid)
{
        const RunEntry *e;
        size_t n = 0;

        LIST_FOREACH (e, runs, list)
                n += exchange_run_uid(e->run) == uid;
        return n;
}

bool runs_go_on_for(const Runs *runs, uint32_t uid)
{
        const RunEntry *e;

        LIST_FOREACH (e, runs, list)
                if (exchange_run_uid(e->run) == uid && !exchange_run_ended(e->run))
                        return true;
        return false;
}

bool runs_go_on(const Runs *runs)
{
        const RunEntry *e;

        LIST_FOREACH (e, runs, list)
                if (!exchange_run_ended(e->run))
                        return true;
        return false;
}

bool runs_have_radio(const Runs *runs)
{
        const RunEntry *e;

        LIST_FOREACH (e, runs, list)
                if (exchange_run_radio(e->run, SIGHTING_MDNS) ||
                    exchange_run_radio(e->run, SIGHTING_BLE))
                        return true;
        return false;
}

bool runs_show_radio(const Runs *runs, SightingTransport transport)
{
        const RunEntry *e;
        bool on = false;

        LIST_FOREACH (e, runs, list) {
                const Radio *r = exchange_run_radio(e->run, transport);

                if (r && radio_ready(r))
                        return true;
                on = on || r;
        }
        return !on;
}
