/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link-code.h - a server to be shown to others: the QR code of its link, its three words, a button
 * that copies the link */
#pragma once

#include "page.h"

#define LINK_TYPE_CODE (link_code_get_type())
G_DECLARE_FINAL_TYPE(LinkCode, link_code, LINK, CODE, GtkBox)

/* The page owns it. link "": there is none yet, and nothing is shown. */
void link_code_show(LinkCode *code, HuddlePage *page, const char *link, const char *words);
