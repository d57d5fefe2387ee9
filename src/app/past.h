/* SPDX-License-Identifier: GPL-2.0-or-later */
/* past.h - an exchange of the history, as an item of a list model */
#pragma once

#include <gio/gio.h>

#define HUDDLE_TYPE_PAST (huddle_past_get_type())
G_DECLARE_FINAL_TYPE(HuddlePast, huddle_past, HUDDLE, PAST, GObject)

/* exchange: a dictionary of History. Title and line are for people. */
HuddlePast *huddle_past_new(GVariant *exchange, GDateTime *now);
const char *huddle_past_get_path(HuddlePast *past);
const char *huddle_past_get_title(HuddlePast *past);
const char *huddle_past_get_line(HuddlePast *past);

/* Adds a history (aa{sv}) at the end of the store. */
void huddle_past_append(GListStore *store, GVariant *history);
