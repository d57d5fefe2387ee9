/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sponsor.c - who gives the group key to whom
 *
 * The opener draws it, where it has opened; else the first of the others; and where nothing comes from them,
 * the next in rank a little later. The cloud carries only one key, the first posted: who comes second
 * yields. Who opens late, or whose sponsor went away, gets the key from whoever has it. A party needs no
 * proof: who knows the digits is in.
 */
#include "exchange-private.h"

#include <string.h>

enum { NEXT_RANK_MS = 3 * 1000 };

/* Seals the group key to everybody who has opened and does not show that they have it; one that does not
 * stand yet to everybody, because the cloud's answer tells whose key it carries. */
static int serve(Exchange *x)
{
        for (size_t i = 0; i < x->group->n; i++) {
                GroupMember *m = &x->group->members[i];
                bool wanted =
                        x->s.key_stands ? group_needs_key(x->group, m) : group_may_have_key(x->group, m);
                int r = wanted ? outbox_group_key(x->outbox, &m->opening, &x->s.group_key) : 0;

                if (r < 0)
                        return r;
                m->served = m->served || wanted;
        }
        return 0;
}

uint64_t sponsor_patience_ms(const Exchange *x)
{
        bool drawn = x->s.has_group_key; /* before a restart */

        return drawn ? 0 : NEXT_RANK_MS * group_rank(x->group, false);
}

/* Whoever sees that others have a key waits for theirs. */
int sponsor_draw_key(Exchange *x)
{
        int r = 0;

        if (!x->s.has_group_key && group_has_holders(x->group))
                return 0;
        if (!x->s.has_group_key) {
                key_random(&x->s.group_key);
                x->s.has_group_key = true;
                r = exchange_save(x);
        }
        return r < 0 ? r : serve(x);
}

static bool cloud_carries_ours(const Exchange *x, const WireResponse *response)
{
        uint8_t id[GROUPKEY_ID_SIZE];

        groupkey_id(id, &x->s.group_key);
        return response->body_case == HUDDLE__V1__RESPONSE__BODY_POSTED &&
               response->posted->key_id.len == sizeof id &&
               memcmp(response->posted->key_id.data, id, sizeof id) == 0;
}

/* Somebody else's key was first: that one will reach us. */
static int yield(Exchange *x)
{
        outbox_drop(x->outbox, HUDDLE__V1__MESSAGE_KIND__MESSAGE_GROUP_KEY);
        for (size_t i = 0; i < x->group->n; i++)
                x->group->members[i].served = false;
        key_done(&x->s.group_key);
        x->s.has_group_key = false;
        return exchange_save(x);
}

int sponsor_key_posted(Exchange *x, CloudResult result, const WireResponse *response)
{
        if (x->s.key_stands || !x->s.has_group_key)
                return 0;
        if (result != CLOUD_OK || !cloud_carries_ours(x, response))
                return yield(x);
        x->s.key_stands = true;
        group_set_key(x->group, &x->s.group_key);
        return exchange_save(x);
}

static void on_service(void *userdata)
{
        Exchange *x = userdata;

        x->service = timer_free(x->service);
        exchange_event_done(x, serve(x));
}

/* The first in rank of those who have the key serves at once, each next a little later. */
int sponsor_plan_service(Exchange *x)
{
        bool wanted = false;

        for (size_t i = 0; i < x->group->n; i++)
                wanted = wanted || group_needs_key(x->group, &x->group->members[i]);
        if (!wanted || x->service)
                return 0;
        return clock_restart(exchange_clock(x), &x->service, NEXT_RANK_MS * group_rank(x->group, true),
                             on_service, x);
}
