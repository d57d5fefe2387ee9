/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-record.h - cards for people that were absent. Argument: path of the exchange */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_RECORD (huddle_page_record_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageRecord, huddle_page_record, HUDDLE, PAGE_RECORD, HuddlePage)
