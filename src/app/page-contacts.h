/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-contacts.h - finds a contact in the address books: the user, whose card it becomes, or with
 * the argument CONTACTS_HAND_BACK any, which is handed back to the page before as "KIND ID"
 */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_CONTACTS (huddle_page_contacts_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageContacts, huddle_page_contacts, HUDDLE, PAGE_CONTACTS, HuddlePage)

#define CONTACTS_HAND_BACK "hand-back"
