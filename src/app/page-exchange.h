/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-exchange.h - a running exchange: its code and people, then phrase, names, countdown
 *
 * argument: its path. When the cards are there, the result takes this page's place.
 */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_EXCHANGE (huddle_page_exchange_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageExchange, huddle_page_exchange, HUDDLE, PAGE_EXCHANGE, HuddlePage)
