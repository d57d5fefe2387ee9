/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runs.h - the exchanges that this machine runs, and those that have just ended */
#pragma once

#include "exchange-run.h"

#include <sys/queue.h>

typedef struct RunEntry {
        LIST_ENTRY(RunEntry) list;
        ExchangeRun *run;
} RunEntry;

typedef LIST_HEAD(Runs, RunEntry) Runs;

int runs_add(Runs *runs, ExchangeRun *taken);
void run_entry_free(RunEntry *e);

size_t runs_count(const Runs *runs, uint32_t uid);
/* Whether one of this user has not ended, or of anybody. */
bool runs_go_on_for(const Runs *runs, uint32_t uid);
bool runs_go_on(const Runs *runs);
/* Whether a radio of one is on. */
bool runs_have_radio(const Runs *runs);
/* Whether a radio of this kind may work. At rest nobody checks whether a medium is there, which
 * would cost wake-ups: then it may. */
bool runs_show_radio(const Runs *runs, SightingTransport transport);
