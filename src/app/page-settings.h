/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-settings.h - cloud, radios, place, address books, account */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_SETTINGS (huddle_page_settings_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageSettings, huddle_page_settings, HUDDLE, PAGE_SETTINGS, HuddlePage)
