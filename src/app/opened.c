/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/protocol/huddle-link.h"
#include "opened.h"

const char *opened_route(const char *uri, char **ret_argument)
{
        _cleanup_huddle_link_ HuddleLink link = {};

        if (g_str_has_prefix(uri, "file:")) {
                *ret_argument = g_strdup(uri);
                return "card";
        }
        if (huddle_link_parse(&link, uri) != 0 || link.kind != HUDDLE_LINK_RECORD)
                return NULL;
        *ret_argument = g_strdup(uri);
        return "fetch";
}
