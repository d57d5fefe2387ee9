/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-fetch.h - fetches the cards of an exchange. Argument: the link of a record, or "" */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_FETCH (huddle_page_fetch_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageFetch, huddle_page_fetch, HUDDLE, PAGE_FETCH, HuddlePage)
