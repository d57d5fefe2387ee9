/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-picture.h - a picture of the user's, cut out for the own card; the argument is its URI */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_PICTURE (huddle_page_picture_get_type())
G_DECLARE_FINAL_TYPE(HuddlePagePicture, huddle_page_picture, HUDDLE, PAGE_PICTURE, HuddlePage)
