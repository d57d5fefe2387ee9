/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portraits.h - the pictures of cards, in the avatars of a page
 *
 * A picture in a card is written by a stranger, so the app never decodes it: DrawPicture of
 * org.huddle.Agent1 has a confined helper do it and answers with points. One picture at a time is
 * asked for. Until it is there, and without one, the avatar shows the first letters of the name.
 */
#pragma once

#include "page.h"

typedef struct Portraits Portraits;

/* Belongs to the page, which outlives it. */
Portraits *portraits_new(HuddlePage *page);
void portraits_free(Portraits *p);

/* Shows the picture of this card (UTF-8) in the avatar as soon as it is drawn. A picture that was
 * drawn before on this page is shown at once. */
void portraits_show(Portraits *p, AdwAvatar *avatar, const char *vcard);
/* Its avatars are shown no more: drops what is waiting. What was drawn is kept. */
void portraits_drop_waiting(Portraits *p);
