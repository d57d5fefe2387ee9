/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-none.c - instead of cloud/store-choice.c: the store of a huddle-cloud that keeps nothing
 *
 * Groups and members are in memory as always; a batch writes nothing and waits for nothing. What is
 * not in the working set (accounts) is in a database in memory. Beside it one sees what the store
 * of the real one costs.
 */
#include "cloud/store-choice.h"
#include "cloud/store/working-set.h"

static int none_begin(Store *s)
{
        return 0;
}

static int none_commit(Store *s)
{
        working_set_kept(set_of(s));
        return 0;
}

static void none_rollback(Store *s)
{
        working_set_undo(set_of(s));
}

static int none_mark(Store *s)
{
        working_set_mark(set_of(s));
        return 0;
}

static int none_undo(Store *s)
{
        working_set_undo_to_mark(set_of(s));
        return 0;
}

int store_choice_open(Store **ret, const CloudSettings *s, const char *path, StoreUse use)
{
        static StoreOps ops;
        int r = store_sqlite_open(ret, ":memory:");

        if (r < 0)
                return r;
        ops = *(*ret)->ops;
        ops.begin = none_begin;
        ops.commit = none_commit;
        ops.rollback = none_rollback;
        ops.mark = none_mark;
        ops.unmark = none_begin;
        ops.undo = none_undo;
        (*ret)->ops = &ops;
        return 0;
}
