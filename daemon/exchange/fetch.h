/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fetch.h - brings the list of a group page by page: the encrypted parts of all other members */
#pragma once

#include "daemon/cloud-link/cloud-client.h"

typedef struct Fetch Fetch;

/* Called for each page; the one with next_cursor 0 is the last. NULL: the cloud gives no list. The
 * fetch may be freed from within. */
typedef void (*FetchFunc)(void *userdata, const PbListPage *page);

int fetch_new(Fetch **ret, CloudClient *cloud, const Id *member, FetchFunc func, void *userdata);
Fetch *fetch_free(Fetch *f);
DEFINE_CLEANUP(Fetch *, fetch_free);
