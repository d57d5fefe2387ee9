/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reader.h - keeps from screen readers what is not on the screen */
#pragma once

#include <gtk/gtk.h>

/* Hides widget from screen readers while it is not mapped, and so each child of a stack or revealer
 * below it. GTK does that itself from 4.10 on; before, a reader reads every page of a stack. */
void reader_follow_map(GtkWidget *widget);
