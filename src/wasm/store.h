/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store.h - what a guest's browser remembers until its user forgets it, for daemon/store/store.h
 *
 * Values under names: the script keeps them where the browser has storage, and sends nothing before
 * what was kept before is there. After a reload it gives them back, one by one, before anything
 * else is asked. The exchange finds its snapshot and its cards as it does on a terminal.
 */
#pragma once

#include "daemon/store/store.h"

/* What an exchange has no name for. */
#define STORE_CLOUD "cloud"
#define STORE_ACCOUNT "account"

extern DaemonStore *const page_store;

/* NULL: there is none. Borrowed until the next change. */
const uint8_t *page_store_get(const char *name, size_t *ret_len);
int page_store_put(const char *name, const void *bytes, size_t len);
bool page_store_has_exchange(void);
/* Of the exchange that has delivered; level "": none has. */
void page_store_summary(ExchangeSummary *ret);
/* Forgets everything, here and in the browser. */
void page_store_wipe(void);
