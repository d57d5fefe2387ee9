/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history.h - past exchanges on D-Bus
 *
 * They are rows in the store, and objects only during a call to them. One that was just fetched is
 * listed for a minute, so that programs that wait for cards hear of it.
 */
#pragma once

#include "exchange-object.h"
#include "src/base/clock.h"

enum { HISTORY_LISTED_MS = 60 * 1000 };

typedef struct History History;

/* Registers itself as the finder of the bus. Borrows the clock and what deps has. */
int history_new(History **ret, const ExchangeObjectDeps *deps, Clock *clock);
History *history_free(History *h);
DEFINE_CLEANUP(History *, history_free);

/* The exchange has been fetched. */
void history_fetched(History *h, const ExchangeSummary *exchange);
/* The exchange is deleted: it is listed no longer. */
void history_forget(History *h, uint64_t number);
