/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cloud-list.h - the clouds of the user: the default, an account there, taking one out */
#pragma once

#include "page.h"

#define CLOUD_TYPE_LIST (cloud_list_get_type())
G_DECLARE_FINAL_TYPE(CloudList, cloud_list, CLOUD, LIST, AdwPreferencesGroup)

/* Asks the daemon and shows what it says. The page owns the list, and is told of errors. Signal
 * "fixed" with TRUE: the administrator allows no others. */
void cloud_list_refresh(CloudList *list, HuddlePage *page);
