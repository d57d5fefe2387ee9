/* SPDX-License-Identifier: GPL-2.0-or-later */
/* begin.h - begins an exchange and goes to its page; once more, if network or cloud failed it */
#pragma once

#include "page.h"

/* How a beginning ended. error: NULL if the page is about to be replaced by that of the exchange.
 * Not called when the page is gone. */
typedef void (*BeginDone)(HuddlePage *page, const GError *error);

/* code and options are those of StartExchange; options may be floating. */
void begin_exchange(HuddlePage *page, const char *code, GVariant *options, BeginDone done);

/* Whether this app has begun the exchange at this path, and so knows how to do it again. */
gboolean begin_can_repeat(HuddlePage *page, const char *path);
/* Begins it again with the same options. shown: the code that people have read on the screen, which
 * is used where one was drawn; NULL: none was shown. */
void begin_repeat(HuddlePage *page, const char *shown, BeginDone done);
