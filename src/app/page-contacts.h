/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-contacts.h - finds the user in the address books, to take that contact as the own card */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_CONTACTS (huddle_page_contacts_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageContacts, huddle_page_contacts, HUDDLE, PAGE_CONTACTS, HuddlePage)
