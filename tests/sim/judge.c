/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

#include <assert.h>
#include <stdio.h>

bool judge_card_is_false(const SimPress *at, const SimPress *owner, const char *vcard)
{
        char name[64], phone[64];

        if (!owner || owner == at || owner->meeting != at->meeting)
                return true;
        (void)snprintf(name, sizeof name, "FN:%s\r\n", owner->name);
        (void)snprintf(phone, sizeof phone, "TEL:+1555%06u\r\n", owner->terminal->number);
        return !strstr(vcard, name) || !strstr(vcard, phone);
}

typedef struct Looked {
        const SimPress *at;
        Seen *seen;
} Looked;

static int judge_look_at_card(void *userdata, const Id *member, const char *vcard)
{
        const Looked *l = userdata;
        const SimPress *owner = world_find_press(l->at->terminal->world, member);

        l->seen->cards++;
        l->seen->false_cards += judge_card_is_false(l->at, owner, vcard);
        return 0;
}

static bool judge_blames(const Exchange *x)
{
        const ExchangeMember *members;
        size_t n = x ? exchange_members(x, &members) : 0;

        for (size_t i = 0; i < n; i++)
                if (members[i].progress == MEMBER_REFUSED)
                        return true;
        return false;
}

Seen judge_look(const SimPress *p)
{
        Seen s = {.ended = p->ended, .error = p->error, .blames = judge_blames(p->exchange)};
        Looked looked = {p, &s};
        int r = daemon_store_card_walk(p->terminal->store, p->number, judge_look_at_card, &looked);

        assert(r == 0);
        return s;
}

bool judge_refused(const Seen *s)
{
        return s->ended == EXCHANGE_FAILED &&
               (s->error == EXCHANGE_E_GROUP_REFUSED || s->error == EXCHANGE_E_TOO_LATE);
}

bool judge_ends_well(const Seen *s, LieEnd end, size_t others, unsigned keys, bool strict)
{
        switch (end) {
        case LIE_REFUSED:
                return s->cards == 0 && keys == 0 &&
                       (judge_refused(s) || (!strict && s->ended != EXCHANGE_DELIVERED));
        case LIE_BLAMED:
                return s->cards < others && (judge_refused(s) || s->blames);
        case LIE_USELESS:
                return s->ended == EXCHANGE_DELIVERED && s->cards == others;
        case LIE_SILENCE:
                return s->ended != EXCHANGE_FAILED || s->cards == 0;
        }
        return false;
}
