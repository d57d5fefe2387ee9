/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link-row.h - a row of a list that takes a huddle: link: typed, pasted, or scanned */
#pragma once

#include <adwaita.h>

#define LINK_TYPE_ROW (link_row_get_type())
/* Signal "link" with the text, which is trimmed and not empty; what it is, the page finds out. The
 * row is empty again then. */
G_DECLARE_FINAL_TYPE(LinkRow, link_row, LINK, ROW, AdwEntryRow)
