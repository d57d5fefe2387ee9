/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opened.h - what people open elsewhere, scan or paste: a huddle: link, or a vCard */
#pragma once

#include <glib.h>

/* The route of the window for a link or the URI of a file; its page takes it as its argument. NULL:
 * it is nothing of ours. Opening alone sends and changes nothing: the page shows what it is, and
 * its button does it. */
const char *opened_route(const char *uri);
