/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guests.h"

#include <string.h>

enum { MARK_SIZE = 16 };

static const char *const mark_words[] = {
        [MARK_GUEST] = "guest",
        [MARK_WELCOME] = "welcome",
        [MARK_REFUSED] = "refused",
};

static void mark_bytes(uint8_t ret[static MARK_SIZE], GuestMark mark)
{
        Bytes32 d;

        digest_one(&d, "huddle v1 guests", mark_words[mark], strlen(mark_words[mark]));
        memcpy(ret, d.b, MARK_SIZE);
}

void member_keys_mark(MemberKeys *k, GuestMark mark)
{
        if (mark != MARK_NONE)
                mark_bytes(k->nonce.b, mark);
}

GuestMark opening_mark(const MemberOpening *o)
{
        uint8_t bytes[MARK_SIZE];

        for (GuestMark mark = MARK_GUEST; mark <= _MARK_MAX; mark++) {
                mark_bytes(bytes, mark);
                if (memcmp(o->nonce.b, bytes, sizeof bytes) == 0)
                        return mark;
        }
        return MARK_NONE;
}

void guests_count(GuestCount *c, GuestMark mark)
{
        c->guests += mark == MARK_GUEST;
        c->terminals += mark != MARK_GUEST;
        c->welcome += mark == MARK_WELCOME;
        c->refused += mark == MARK_REFUSED;
}

bool guests_take_part(const GuestCount *c, const GuestMark *opener)
{
        if (c->refused > 0)
                return false;
        if (opener && *opener != MARK_GUEST)
                return *opener == MARK_WELCOME;
        return c->welcome > 0 || c->terminals == 0;
}

void screen_token(Token *ret, const Token *own)
{
        Bytes32 d;

        digest_one(&d, "huddle v1 screen", own->b, sizeof own->b);
        memcpy(ret->b, d.b, sizeof ret->b);
}
