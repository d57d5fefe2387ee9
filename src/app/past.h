/* SPDX-License-Identifier: GPL-2.0-or-later */
/* past.h - an exchange of the history, as an item of a list model */
#pragma once

#include <gio/gio.h>

#define HUDDLE_TYPE_PAST (huddle_past_get_type())
G_DECLARE_FINAL_TYPE(HuddlePast, huddle_past, HUDDLE, PAST, GObject)

/* exchange: a dictionary of History. The title is for people, and so is the property "line", which
 * says when and how it was, and what was undone. */
HuddlePast *huddle_past_new(GVariant *exchange, GDateTime *now);
const char *huddle_past_get_path(HuddlePast *past);
const char *huddle_past_get_title(HuddlePast *past);

/* How many of its cards were put into address books, and how many of those were taken out. */
void huddle_past_set_undone(HuddlePast *past, guint cards, guint undone);

/* Adds a history (aa{sv}) at the end of the store. */
void huddle_past_append(GListStore *store, GVariant *history);
/* Makes the store this history. What is there stays where nothing has changed, and with it the
 * focus of its row. Says whether something has. */
gboolean huddle_past_show(GListStore *store, GVariant *history);
