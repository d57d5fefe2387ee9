/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * download.h - reads the record of an exchange at its cloud, with record number and password
 *
 * We believe nothing that the password does not vouch for. The escrow that it opens holds the group
 * key and the transcript hash, and roster and openings must give that hash. Cards pass the same
 * checks as in an exchange. If anything does not fit, there is nothing.
 *
 * It knows no store, so the guests' page uses it too.
 */
#pragma once

#include "src/protocol/record.h"
#include "daemon/cloud-link/cloud-outcome.h"
#include "daemon/store/store.h"

typedef struct RecordDownload RecordDownload;

typedef struct RecordContents { /* of the download; vCard 3.0 */
        FetchedCard *cards;
        size_t n_cards;
        size_t members; /* on the roster */
} RecordContents;

/* Called once, never from within; may free the download. result: 0, an Outcome or -errno. contents:
 * borrowed until the download is freed; NULL unless the result is 0. */
typedef void (*RecordDownloadFunc)(void *userdata, int result, const RecordContents *contents);

/* Derives the keys, which takes 60 ms and 64 MiB. Borrows client, pin and clock. func is not called
 * unless this returns 0; else -errno. */
int record_download_new(RecordDownload **ret, CloudClient *client, const CloudPin *pin,
                        Clock *clock, const char *number, const RecordPassword *password,
                        RecordDownloadFunc func, void *userdata);
RecordDownload *record_download_free(RecordDownload *d);
DEFINE_CLEANUP(RecordDownload *, record_download_free);
