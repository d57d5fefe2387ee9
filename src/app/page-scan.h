/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-scan.h - what the camera sees, until it sees a code or a link; the page before gets that */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_SCAN (huddle_page_scan_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageScan, huddle_page_scan, HUDDLE, PAGE_SCAN, HuddlePage)
