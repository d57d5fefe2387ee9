/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-object.h - org.huddle.Exchange1: exchanges, present and past, on D-Bus */
#pragma once

#include "daemon/bus/bus.h"
#include "daemon/exchange/exchange.h"
#include "daemon/record/records.h"

#define EXCHANGE_PARENT BUS_ROOT "/exchange/"
enum { EXCHANGE_PATH_MAX = sizeof EXCHANGE_PARENT + 20 };

typedef struct ExchangeObject ExchangeObject;

typedef struct ExchangeObjectDeps { /* borrowed; outlive the object */
        Bus *bus;
        Clock *clock;
        DaemonStore *store;
        Records *records;
        const char *configured_url; /* of the cloud whose name is "" */
} ExchangeObjectDeps;

/* On the bus, for the user of the exchange. Borrows the exchange, which runs or has just ended,
 * and its cloud. */
int exchange_object_new(ExchangeObject **ret, const ExchangeObjectDeps *deps, Exchange *exchange,
                        const CloudAccess *cloud);
/* On the bus, one of the history. */
int exchange_object_new_past(ExchangeObject **ret, const ExchangeObjectDeps *deps,
                             const ExchangeSummary *exchange);
/* For one call to one of the history. */
int exchange_object_transient(BusTransient *ret, const ExchangeObjectDeps *deps,
                              const ExchangeSummary *exchange);
ExchangeObject *exchange_object_free(ExchangeObject *o);
DEFINE_CLEANUP(ExchangeObject *, exchange_object_free);

/* The exchange or its neighbourhood has changed. */
void exchange_object_changed(ExchangeObject *o);
uint64_t exchange_object_number(const ExchangeObject *o);
const char *exchange_object_path(const ExchangeObject *o);
void exchange_object_write_path(char ret[static EXCHANGE_PATH_MAX], uint64_t number);
/* False: it is no path of an exchange. */
bool exchange_object_read_path(const char *path, uint64_t *ret);
