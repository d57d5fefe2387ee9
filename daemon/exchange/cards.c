/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cards.h"

#include <assert.h>
#include <string.h>

int cards_seal(DepositParts *ret, const MemberKeys *keys, const Card *card)
{
        _cleanup_(secret_freep) char *name = NULL, *rest = NULL;
        int r = card_split(&name, &rest, card);

        if (r == 0)
                r = card_seal(&ret->bytes[0], &ret->len[0], name, strlen(name), &keys->card_keys[0],
                              &keys->id, 1);
        if (r == 0)
                r = card_seal(&ret->bytes[1], &ret->len[1], rest, strlen(rest), &keys->card_keys[1],
                              &keys->id, 2);
        return r <= 0 ? r : -E2BIG;
}

/* A card that is refused only marks its owner. */
static int cards_store_one(Group *g, DaemonStore *store, uint64_t number, GroupMember *m)
{
        _cleanup_(secret_freep) char *vcard = NULL;
        int r = group_card(g, m, &vcard);

        if (r == 0)
                r = daemon_store_card_put(store, number, &m->id, vcard);
        if (r == 0 && m->mark == MARK_GUEST)
                r = daemon_store_guest_put(store, number, &m->id);
        return MIN(r, 0);
}

static int cards_store_ready(Group *g, DaemonStore *store, uint64_t number)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < g->n; i++)
                if (group_card_ready(g, &g->members[i]))
                        r = cards_store_one(g, store, number, &g->members[i]);
        return r;
}

int cards_take(Group *g, DaemonStore *store, uint64_t number)
{
        int r;

        assert(g->released);
        if (!group_any_card_ready(g))
                return 0;
        r = daemon_store_begin(store);
        if (r < 0)
                return r;
        r = cards_store_ready(g, store, number);
        r = daemon_store_end(store, r);
        for (size_t i = 0; r == 0 && i < g->n; i++)
                if (group_card_ready(g, &g->members[i]))
                        group_mark_carded(&g->members[i], NULL);
        return r;
}

static int cards_mark_stored(void *userdata, const Id *member, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        Group *g = userdata;
        GroupMember *m = group_find(g, member);

        if (m && card_parse(&card, vcard, strlen(vcard), NULL, NULL) == 0)
                group_mark_carded(m, card_name(card));
        return 0;
}

int cards_recall(Group *g, DaemonStore *store, uint64_t number)
{
        return daemon_store_card_walk(store, number, cards_mark_stored, g);
}
