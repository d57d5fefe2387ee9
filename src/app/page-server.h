/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-server.h - one of the user's servers, by its address: its link, and what it keeps */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_SERVER (huddle_page_server_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageServer, huddle_page_server, HUDDLE, PAGE_SERVER, HuddlePage)
