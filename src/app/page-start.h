/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-start.h - an exchange with what the big button does not ask: code, time, profile */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_START (huddle_page_start_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageStart, huddle_page_start, HUDDLE, PAGE_START, HuddlePage)
