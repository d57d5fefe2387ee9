/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record-tries.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WHAT_SIZE = 64 };

/* What tries are counted for: the caller, alone and with the number. A number alone has digits
 * only. */
typedef struct Names {
        char caller[WHAT_SIZE / 2], both[WHAT_SIZE];
} Names;

static Names tries_names(const Call *c, const char *number)
{
        Names n;

        if (c->account.id)
                (void)snprintf(n.caller, sizeof n.caller, "account %" PRId64, c->account.id);
        else
                (void)snprintf(n.caller, sizeof n.caller, "nobody");
        (void)snprintf(n.both, sizeof n.both, "%s %s", n.caller, number);
        return n;
}

static int tries_read(Call *c, const char *what, TriesRow *ret)
{
        int r = store_tries_get(c->node->store, what, ret);

        if (r == STORE_E_NOT_FOUND)
                *ret = (TriesRow){0};
        if (r < 0)
                return r;
        if (c->now_ms - MIN(c->now_ms, ret->since_ms) >= RECORD_TRIES_MS)
                ret->recent = 0;
        return 0;
}

static int tries_add(Call *c, const char *what,
                     const uint8_t mark[static sizeof((TriesRow *)0)->last])
{
        TriesRow t;
        int r = tries_read(c, what, &t);

        if (r < 0 || (t.total > 0 && memcmp(t.last, mark, sizeof t.last) == 0))
                return r;
        if (t.recent == 0)
                t.since_ms = c->now_ms;
        t.recent++;
        t.total++;
        memcpy(t.last, mark, sizeof t.last);
        /* no record outlives this, counted from a try while it lives */
        t.forget_ms = c->now_ms + c->node->settings->record_expiry_ms + RECORD_MEMORY_MS;
        r = store_tries_put(c->node->store, what, &t);
        return must(r);
}

int record_locked(Call *c, const char *number, bool *ret)
{
        TriesRow t;
        int r = tries_read(c, number, &t);

        if (r == 0)
                *ret = t.total >= RECORD_TRIES_NUMBER;
        return r;
}

int record_tries_left(Call *c, const char *number)
{
        uint32_t limit = c->account.id ? RECORD_TRIES_READER : RECORD_TRIES_NOBODY;
        Names names = tries_names(c, number);
        TriesRow of_caller, of_both;
        bool locked = false;
        int r = record_locked(c, number, &locked);

        if (r == 0)
                r = tries_read(c, names.caller, &of_caller);
        if (r == 0)
                r = tries_read(c, names.both, &of_both);
        if (r < 0)
                return r;
        if (locked || of_both.recent >= RECORD_TRIES_RECENT || of_both.total >= RECORD_TRIES_TOTAL)
                return PB_STATUS_RECORD_LOCKED;
        return of_caller.recent >= limit ? PB_STATUS_BUSY : PB_STATUS_OK;
}

int record_tries_count(Call *c, const char *number, const uint8_t token[static 32])
{
        Names names = tries_names(c, number);
        Bytes32 mark;
        int r;

        record_token_hash(&mark, number, token);
        r = tries_add(c, number, mark.b);
        if (r == 0)
                r = tries_add(c, names.both, mark.b);
        return r < 0 ? r : tries_add(c, names.caller, mark.b);
}
