/* SPDX-License-Identifier: GPL-2.0-or-later */
/* application.h - org.huddle.App: options, window, notifications */
#pragma once

#include <adwaita.h>

#define HUDDLE_TYPE_APPLICATION (huddle_application_get_type())
G_DECLARE_FINAL_TYPE(HuddleApplication, huddle_application, HUDDLE, APPLICATION, AdwApplication)

HuddleApplication *huddle_application_new(void);
