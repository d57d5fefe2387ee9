/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-choice.h - the store that the configuration names: the file, or PostgreSQL */
#pragma once

#include "cloud/store/store.h"
#include "settings.h"

typedef enum StoreUse {
        STORE_SERVE,    /* the file is made where there is none */
        STORE_OPERATE,  /* there must be one */
        STORE_COUNTING, /* the same, and nothing is written */
} StoreUse;

/* path: of the file. Negative errno as store_sqlite_open, store_postgres_open. */
int store_choice_open(Store **ret, const CloudSettings *s, const char *path, StoreUse use);
static inline bool store_choice_is_file(const CloudSettings *s)
{
        return !s->postgresql[0];
}
