/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-origin.h - origins, "https://cards.example:8443", as browsers name the server of a page */
#pragma once

#include "src/protocol/cloud-url.h"

/* The origin of an address. False: it is none. */
bool page_origin_of(char ret[static CLOUD_URL_SIZE], const char *url);
/* Whether the list, separated by blanks, has it. */
bool page_origin_listed(const char *list, const char *origin);
/* Takes the next of a list to *ret, and leaves *list behind it. 0: there is none. -EINVAL: it is no
 * address. */
int page_origin_next(char ret[static CLOUD_URL_SIZE], const char **list);
