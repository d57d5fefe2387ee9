/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-history.h - the exchanges that brought cards, newest first */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_HISTORY (huddle_page_history_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageHistory, huddle_page_history, HUDDLE, PAGE_HISTORY, HuddlePage)
