/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-host.h - a server on this device, for an evening: start, show to others, keep, stop */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_HOST (huddle_page_host_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageHost, huddle_page_host, HUDDLE, PAGE_HOST, HuddlePage)
