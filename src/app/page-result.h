/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-result.h - the cards of an exchange, and what became of each in the address books
 *
 * argument: the path of an exchange that is listed or in the history.
 */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_RESULT (huddle_page_result_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageResult, huddle_page_result, HUDDLE, PAGE_RESULT, HuddlePage)
