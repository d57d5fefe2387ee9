/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-news.h - tells a node that another one has saved something
 *
 * PostgreSQL's NOTIFY, over a connection of its own, so that the loop hears it between batches. It
 * may be lost with the connection: so the node also looks by itself, once in STORE_NEWS_MS.
 *
 * A node that is at work reads what others have saved with its next batch, and a look of its own
 * would keep the others from theirs: so news waits STORE_NEWS_SOON_MS for that.
 */
#pragma once

#include "src/base/clock.h"

#include <systemd/sd-event.h>

enum { STORE_NEWS_MS = 1000, STORE_NEWS_SOON_MS = 5 };

typedef struct StoreNews StoreNews;

/* generation: as the other node saved it; 0: nobody has said anything, it is time to look. */
typedef void (*StoreNewsFunc)(uint64_t generation, void *userdata);

/* Borrows all but conninfo. */
int store_news_new(StoreNews **ret, sd_event *event, Clock *clock, const char *conninfo,
                   StoreNewsFunc func, void *userdata);
StoreNews *store_news_free(StoreNews *n);
DEFINE_CLEANUP(StoreNews *, store_news_free);
