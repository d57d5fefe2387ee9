/* SPDX-License-Identifier: GPL-2.0-or-later */
/* closing.h - the user's wish to close the window, until the cloud has answered */
#pragma once

#include "exchange.h"

typedef struct Closing Closing;

/* done: see exchange_close; called once, at the latest by closing_free. Not called on failure. */
int closing_new(Closing **ret, Clock *clock, CloudClient *cloud, const Id *member,
                ExchangeDone done, void *userdata);
Closing *closing_free(Closing *c); /* a wish that is pending gets EXCHANGE_R_WRONG_STATE */
DEFINE_CLEANUP(Closing *, closing_free);
/* The window is over, as other news tells: a wish that is pending is fulfilled. NULL is fine. */
void closing_done(Closing *c);
bool closing_is_pending(const Closing *c); /* NULL is fine */
