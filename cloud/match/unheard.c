/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unheard.h"

enum { CLAIMS_MAX = 8 }; /* that are looked at: each costs a walk over what its owner heard */

typedef struct Claims {
        Store *store;
        size_t n;
        bool of_people; /* one at least is of somebody who is heard, and hears others back */
} Claims;

static int unheard_stop(const MemberRow *m, void *userdata)
{
        return 1;
}

static int unheard_note_mutual(const Token *t, void *userdata)
{
        Claims *c = userdata;

        c->of_people = true;
        return 1;
}

static int unheard_look_at_owner(const MemberRow *m, void *userdata)
{
        Claims *c = userdata;

        return store_mutual_walk(c->store, m, unheard_note_mutual, c);
}

static int unheard_look_at_claim(const Sighting *heard, void *userdata)
{
        Claims *c = userdata;
        int r = store_members_by_token(c->store, &heard->token, unheard_look_at_owner, c);

        return r != 0 ? r : ++c->n == CLAIMS_MAX;
}

int unheard(Store *s, const MemberRow *m)
{
        Claims c = {.store = s};
        int r = store_members_hearing(s, &m->token, 1, unheard_stop, NULL);

        if (r != 0)
                return MIN(r, 0);
        r = store_heard_get(s, m->id, unheard_look_at_claim, &c);
        return r < 0 ? r : c.of_people;
}
