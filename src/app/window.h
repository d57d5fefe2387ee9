/* SPDX-License-Identifier: GPL-2.0-or-later */
/* window.h - the window: which page is in front, and the way back */
#pragma once

#include "client.h"

#include <adwaita.h>

#define HUDDLE_TYPE_WINDOW (huddle_window_get_type())
G_DECLARE_FINAL_TYPE(HuddleWindow, huddle_window, HUDDLE, WINDOW, AdwApplicationWindow)

HuddleWindow *huddle_window_new(GtkApplication *application, HuddleClient *client);

/* Goes to a page of the table in window.c, when the daemon is there; unknown routes go home.
 * argument: what the page's header says, or NULL. */
void huddle_window_go(HuddleWindow *w, const char *route, const char *argument);
