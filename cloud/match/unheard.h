/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unheard.h - a member that claims to hear people, and is heard by nobody
 *
 * Its terminal may be set not to publish itself, or it is far away and somebody in the room tells
 * it the tokens. Beside people who hear each other that is no link: at the close such a claim makes
 * a stranger (docs/matching.md). So a party is asked about it, as about one that hears nobody.
 */
#pragma once

#include "cloud/store/store.h"

/* 1: nobody hears m, though it claims to hear somebody who is one of people that hear each other.
 * 0: it is heard, or makes no such claim; or negative errno. Whether it had the time to be heard is
 * the caller's to know. */
int unheard(Store *s, const MemberRow *m);
