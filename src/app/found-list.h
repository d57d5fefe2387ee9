/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * found-list.h - clouds that announce themselves on the local network, and are not the user's yet
 *
 * Anybody in the network can announce anything, so each is added after a question that shows its
 * words, and only if it has the keys that it announced. Hidden while there are none.
 */
#pragma once

#include "page.h"

#define FOUND_TYPE_LIST (found_list_get_type())
/* Signal "added" with the URL: the cloud is one of the user's now. */
G_DECLARE_FINAL_TYPE(FoundList, found_list, FOUND, LIST, AdwPreferencesGroup)

/* Looks once, for some seconds; later calls do nothing. The page owns the list. */
void found_list_search(FoundList *list, HuddlePage *page);
