/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-join.h - one entry for the code that somebody says; words are completed, slips caught */
#pragma once

#include "page.h"

/* argument: a code or link to begin with, or "". */
#define HUDDLE_TYPE_PAGE_JOIN (huddle_page_join_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageJoin, huddle_page_join, HUDDLE, PAGE_JOIN, HuddlePage)
