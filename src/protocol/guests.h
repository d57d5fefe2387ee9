/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guests.h - guests, members that want none, and the token on a member's screen
 *
 * A guest takes part once, in a browser. What a member is, and what it says of guests, is its mark:
 * the first 16 bytes of r, which are the first 16 of digest("huddle v1 guests", word). So the
 * commitment covers it, everybody reads it from the opening, and members that know of no marks see
 * an opening like any other.
 */
#pragma once

#include "commit.h"
#include "serial.h"

typedef enum GuestMark {                   /* numbers as stored by terminals and cloud */
                         MARK_NONE = 0,    /* leaves it to the opener; as an opener: no guests */
                         MARK_GUEST = 1,   /* is one */
                         MARK_WELCOME = 2, /* as an opener: guests may come */
                         MARK_REFUSED = 3, /* no guests beside this member: its own wish */
                         _MARK_MAX = MARK_REFUSED,
} GuestMark;

/* Before the commitment is made. NONE leaves r as it was drawn. */
void member_keys_mark(MemberKeys *k, GuestMark mark);
GuestMark opening_mark(const MemberOpening *o);

/* What the members of a group say together. */
typedef struct GuestCount {
        size_t terminals; /* members that are no guests */
        size_t guests, welcome, refused;
} GuestCount;

void guests_count(GuestCount *c, GuestMark mark);
/* Whether guests take part: nobody refuses them, and the opener wants them. Where the opener is a
 * guest, or its mark is not known (it has not opened), it is enough that somebody does, or that
 * there is no terminal. opener: NULL where it is not known. */
bool guests_take_part(const GuestCount *c, const GuestMark *opener);

/* What the screen of a terminal shows, for guests to bring: the first 8 bytes of digest("huddle v1
 * screen", token of the press). Reading it allows nobody to claim to have heard the terminal. */
void screen_token(Token *ret, const Token *own);
