/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fetch.h - downloads the encrypted parts of all other members, page by page */
#pragma once

#include "daemon/cloud-link/cloud-client.h"

typedef struct Fetch Fetch;

/* Called for each page; next_cursor is 0 on the last. NULL: the cloud sends no list. May free the
 * fetch. */
typedef void (*FetchFunc)(void *userdata, const PbListPage *page);

int fetch_new(Fetch **ret, CloudClient *cloud, const Id *member, FetchFunc func, void *userdata);
Fetch *fetch_free(Fetch *f);
DEFINE_CLEANUP(Fetch *, fetch_free);

/* Reads the list, unless that is under way or was done for the same seen: a count of what may have
 * made it worth reading. */
int fetch_again(Fetch *f, uint32_t seen);
