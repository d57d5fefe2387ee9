/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "src/protocol/huddle-link.h"
#include "opened.h"

/* A broken link goes where it is told what is wrong with it. */
static const char *opened_link_route(const char *link)
{
        static const char *const routes[] = {
                [HUDDLE_LINK_JOIN] = "join",
                [HUDDLE_LINK_CLOUD] = "welcome",
                [HUDDLE_LINK_RECORD] = "fetch",
        };
        _cleanup_huddle_link_ HuddleLink parts = {};

        return huddle_link_parse(&parts, link) == 0 ? routes[parts.kind] : "join";
}

const char *opened_route(const char *uri)
{
        if (g_str_has_prefix(uri, "file:"))
                return "card";
        return huddle_link_is(uri) ? opened_link_route(uri) : NULL;
}
