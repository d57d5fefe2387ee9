/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-welcome.h - first use: what it does, the account with its consent, then the own card */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_WELCOME (huddle_page_welcome_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageWelcome, huddle_page_welcome, HUDDLE, PAGE_WELCOME, HuddlePage)
