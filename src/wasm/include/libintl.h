/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libintl.h - the engine says nothing itself: the page has the words */
#pragma once

#define gettext(text) (text)
#define ngettext(one, many, n) ((n) == 1 ? (one) : (many))
