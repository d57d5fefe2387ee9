/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-wait.h - huddled is not there (yet): what is waited for, and what can be done */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_WAIT (huddle_page_wait_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageWait, huddle_page_wait, HUDDLE, PAGE_WAIT, HuddlePage)
