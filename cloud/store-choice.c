/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store-choice.h"

int store_choice_open(Store **ret, const CloudSettings *s, const char *path, StoreUse use)
{
        if (!store_choice_is_file(s))
                return use == STORE_COUNTING ? store_postgres_open_counting(ret, s->postgresql)
                                             : store_postgres_open(ret, s->postgresql);
        if (use != STORE_SERVE && access(path, F_OK) < 0)
                return -errno;
        return use == STORE_COUNTING ? store_sqlite_open_reading(ret, path)
                                     : store_sqlite_open(ret, path);
}
