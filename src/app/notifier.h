/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notifier.h - tells how an exchange ended when no window of ours was in front */
#pragma once

#include "client.h"

#include <gtk/gtk.h>

#define HUDDLE_TYPE_NOTIFIER (huddle_notifier_get_type())
G_DECLARE_FINAL_TYPE(HuddleNotifier, huddle_notifier, HUDDLE, NOTIFIER, GObject)

/* While an exchange runs, the application is held, so that it outlives its window until it can
 * tell. The application outlives the notifier. */
HuddleNotifier *huddle_notifier_new(GtkApplication *application, HuddleClient *client);
