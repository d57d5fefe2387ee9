/* SPDX-License-Identifier: GPL-2.0-or-later */
/* book-row.h - an address book of org.huddle.Agent1: whether it is used, what waits, a test */
#pragma once

#include "page.h"

#define BOOK_TYPE_ROW (book_row_get_type())
G_DECLARE_FINAL_TYPE(BookRow, book_row, BOOK, ROW, AdwActionRow)

/* page: borrowed; it makes the calls and tells their errors. */
GtkWidget *book_row_new(HuddlePage *page);
/* Shows a book as ListBooks has it. */
void book_row_show(BookRow *row, GVariant *book);

/* Of a kind of book, for people. Borrowed. */
const char *book_row_title(const char *kind);
