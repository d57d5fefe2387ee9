/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-cards.c - our own card is sealed; those that come become durable, each once */
#include "exchange-private.h"

#include <string.h>

int exchange_seal_card(Exchange *x, const Card *card)
{
        _cleanup_(secret_freep) char *name = NULL, *rest = NULL;
        int r = card_split(&name, &rest, card);

        if (r == 0)
                r = card_seal(&x->s.parts.bytes[0], &x->s.parts.len[0], name, strlen(name),
                              &x->s.keys.card_keys[0], &x->s.keys.id, 1);
        if (r == 0)
                r = card_seal(&x->s.parts.bytes[1], &x->s.parts.len[1], rest, strlen(rest),
                              &x->s.keys.card_keys[1], &x->s.keys.id, 2);
        return r <= 0 ? r : -E2BIG;
}

static int store_card(Exchange *x, GroupMember *m)
{
        _cleanup_(secret_freep) char *vcard = NULL;
        int r = group_card(x->group, m, &vcard);

        if (r == 0)
                r = daemon_store_card_put(x->settings.store, x->number, &m->id, vcard);
        return MIN(r, 0); /* that this one is refused is shown */
}

static int store_ready_cards(Exchange *x)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < x->group->n; i++)
                if (group_card_ready(x->group, &x->group->members[i]))
                        r = store_card(x, &x->group->members[i]);
        return r;
}

/* All that are there become durable together. */
int exchange_take_cards(Exchange *x)
{
        int r;

        if (!x->s.released || !group_any_card_ready(x->group))
                return 0;
        r = daemon_store_begin(x->settings.store);
        if (r < 0)
                return r;
        r = store_ready_cards(x);
        r = daemon_store_end(x->settings.store, r);
        for (size_t i = 0; r == 0 && i < x->group->n; i++)
                if (group_card_ready(x->group, &x->group->members[i]))
                        group_mark_carded(&x->group->members[i], NULL);
        return r;
}

static int mark_stored_card(void *userdata, const Id *member, const char *vcard)
{
        _cleanup_(card_freep) Card *card = NULL;
        Exchange *x = userdata;
        GroupMember *m = group_find(x->group, member);

        if (m && card_parse(&card, vcard, strlen(vcard), NULL, NULL) == 0)
                group_mark_carded(m, card_name(card));
        return 0;
}

int exchange_recall_cards(Exchange *x)
{
        return daemon_store_card_walk(x->settings.store, x->number, mark_stored_card, x);
}
