/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.h - what every page is: a header bar, a place for trouble, and the page's own content
 *
 * A page is a subclass in one file page-NAME.c with one template page-NAME.ui and a row in the
 * table of window.c. In the template, children go by type:
 *
 *      <child>                 the content, below the header bar; it scrolls itself where it must
 *      <child type="start">    in the header bar, after the back button
 *      <child type="end">      in the header bar, at its end
 *      <child type="bottom">   always visible below the content, within the thumb's reach
 *
 * A page keeps nothing: it is made when the window goes to it, with an argument (the path of an
 * exchange, a link, "" for none), and destroyed when the window leaves it for good.
 */
#pragma once

#include "client.h"

#include <adwaita.h>

#define HUDDLE_TYPE_PAGE (huddle_page_get_type())
G_DECLARE_DERIVABLE_TYPE(HuddlePage, huddle_page, HUDDLE, PAGE, AdwBin)

struct _HuddlePageClass {
        AdwBinClass parent;
        /* Shows what is now. Called when the page has been made, comes back to the front, and
         * whenever the client says "changed"; only while the daemon is there. May be NULL. */
        void (*refresh)(HuddlePage *page);
        /* Asks what becomes of what was typed, and goes back then. Called instead of going back
         * while the page has something unsaved (huddle_page_set_unsaved). */
        void (*leave)(HuddlePage *page);
        /* Takes the text of a page above this one, as if it had been pasted here: a code or a link
         * of a stranger. NULL: nothing can be pasted here. */
        void (*take)(HuddlePage *page, const char *text);
        /* Repeats what failed: the button "Try Again" of huddle_page_report. NULL: no button. */
        void (*retry)(HuddlePage *page);
};

/* Borrowed; both are set before refresh is called, not yet in a page's init. */
HuddleClient *huddle_page_get_client(HuddlePage *page);
const char *huddle_page_get_argument(HuddlePage *page);
/* Cancelled when the page is destroyed. Every asynchronous call of a page takes it; its callback
 * returns at once on G_IO_ERROR_CANCELLED, for the page is gone then. */
GCancellable *huddle_page_get_cancellable(HuddlePage *page);

/* Goes to another page, or back to it if it is below this one with the same argument. argument may
 * be NULL. The page must not be used after huddle_page_replace, huddle_page_back and
 * huddle_page_hand_back. */
void huddle_page_go(HuddlePage *page, const char *route, const char *argument);
/* The same, and "back" there does not lead here. */
void huddle_page_replace(HuddlePage *page, const char *route, const char *argument);
void huddle_page_back(HuddlePage *page);
/* Goes back, and gives the page there this text to take. */
void huddle_page_hand_back(HuddlePage *page, const char *text);

/* Whether something was typed that leaving would lose. The class has a leave then. */
void huddle_page_set_unsaved(HuddlePage *page, gboolean unsaved);

/* Shows an error above the content, with its one button, until it is closed or the next call. */
void huddle_page_report(HuddlePage *page, const GError *error);
void huddle_page_report_agent(HuddlePage *page, const GError *error);
/* The same by the name of an error, as Exchange1 has it. */
void huddle_page_report_name(HuddlePage *page, const char *name);
void huddle_page_clear_report(HuddlePage *page);
/* Says something that needs no answer and goes by itself; plain text. */
void huddle_page_toast(HuddlePage *page, const char *text);
/* Asks before what cannot be taken back, or before a stranger is trusted. Plain texts; label: of
 * the button that does it. on_answer gets the page, "do" or "cancel", and the dialog, which is
 * returned, borrowed. */
GObject *huddle_page_ask(HuddlePage *page, const char *title, const char *text, const char *label,
                         gboolean destructive, GCallback on_answer);

/* For class_init: takes the template page-NAME.ui. */
void huddle_page_class_use_template(HuddlePageClass *klass, const char *name);
