/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-home.h - Start and Join, what is shared, and the last exchanges */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_HOME (huddle_page_home_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageHome, huddle_page_home, HUDDLE, PAGE_HOME, HuddlePage)
