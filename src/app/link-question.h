/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link-question.h - reads a huddle: link, and asks once where its cloud is new
 *
 * A link may come from anybody. Nothing is sent to a cloud that the user does not have before the
 * user has seen its address and its three words and has agreed (protocol.md, "Links").
 */
#pragma once

#include "page.h"

/* parts: as ReadLink has them; its cloud is one of the user's now. NULL: the user declined, or the
 * error is shown on the page. Both are borrowed. */
typedef void (*LinkAnswer)(HuddlePage *page, const char *link, GVariant *parts);

/* answer is called once, unless the page is gone by then. */
void link_question_ask(HuddlePage *page, const char *link, LinkAnswer answer);

/* The address of the cloud that a link names; "" where it names none. Borrowed. */
const char *link_question_url(GVariant *parts);
