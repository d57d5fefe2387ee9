/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-profile.h - what a profile shares, seen as others will see it. Argument: its name */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_PROFILE (huddle_page_profile_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageProfile, huddle_page_profile, HUDDLE, PAGE_PROFILE, HuddlePage)
