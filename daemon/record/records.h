/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * records.h - what users ask about records, each one thing at a time; and the deposits that
 * nobody asks for
 */
#pragma once

#include "daemon/bus/bus.h"
#include "daemon/press.h"
#include "record.h"

typedef struct Records Records;

typedef struct RecordsSettings { /* borrowed, outlives the records */
        Clock *clock;
        Bus *bus;
        DaemonStore *store;
        /* The line of a user's account: 0, or the outcome why there is none. */
        int (*line)(void *userdata, uint32_t uid, PressLine *ret);
        void *userdata;
} RecordsSettings;

/* What was left to deposit is deposited, and what has expired is erased, now and once an hour. */
int records_new(Records **ret, const RecordsSettings *settings);
/* before the accounts, and before the bus, whose calls it may hold */
Records *records_free(Records *r);
DEFINE_CLEANUP(Records *, records_free);

/* Something of this user is under way. */
bool records_busy(const Records *r, uint32_t uid);
/* Answers the call: with number and password, the times of the fetches, or nothing. */
void records_ask(Records *r, BusCall *call, uint64_t exchange, RecordWish wish);
/* Answers the call with the path of the exchange that the history has then. */
void records_fetch(Records *r, BusCall *call, const char *number, const char *password);
/* The exchange has delivered: deposits what may be fetched of it, if that is ours to do. */
void records_deposit(Records *r, uint32_t uid, uint64_t exchange);
