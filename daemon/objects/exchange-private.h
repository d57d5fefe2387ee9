/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-private.h - what the files of org.huddle.Exchange1 share: exchange-object.c has its
 * tables, exchange-cards.c handles some of its methods */
#pragma once

#include "exchange-object.h"
#include "peer-object.h"

struct ExchangeObject {
        ExchangeObjectDeps deps;
        Exchange *exchange;       /* NULL: one of the history */
        const CloudAccess *cloud; /* of exchange */
        ExchangeSummary summary;  /* of one of the history; the number always */
        BusObject *object;        /* NULL: exists only during a call */
        PeerObject *peers;
};

/* As ay. False: no memory. */
bool exchange_append_id(DBusMessageIter *to, const Id *id);

/* ---- methods: exchange-cards.c ---- */
void exchange_handle_get_contacts(BusCall *call, void *data);
void exchange_handle_get_cards(BusCall *call, void *data);
void exchange_handle_get_record(BusCall *call, void *data);
void exchange_handle_get_record_link(BusCall *call, void *data);
void exchange_handle_read_record(BusCall *call, void *data);
void exchange_handle_get_fetches(BusCall *call, void *data);
void exchange_handle_revoke_record(BusCall *call, void *data);
