/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fetch-record.h - fetches the cards of an exchange by record number and record password, for a
 * user that was absent
 *
 * What download.h reads goes into the store. If anything does not fit, nothing is stored.
 */
#pragma once

#include "src/protocol/record.h"
#include "daemon/cloud-link/cloud-outcome.h"
#include "daemon/store/store.h"

typedef struct RecordFetch RecordFetch;

/* Called once, never from within; may free the fetch. On OUTCOME_OK the history has the
 * exchange. */
typedef void (*RecordFetchFunc)(void *userdata, Outcome outcome, const ExchangeSummary *exchange);

typedef struct RecordFetchDeps { /* borrowed; outlive the fetch */
        CloudAccess cloud;
        Clock *clock;
        DaemonStore *store;
        uint32_t uid;
} RecordFetchDeps;

/* func is not called unless this returns 0; else an outcome or -errno. */
int record_fetch_new(RecordFetch **ret, const RecordFetchDeps *deps, const char *number,
                     const RecordPassword *password, RecordFetchFunc func, void *userdata);
RecordFetch *record_fetch_free(RecordFetch *f);
DEFINE_CLEANUP(RecordFetch *, record_fetch_free);
