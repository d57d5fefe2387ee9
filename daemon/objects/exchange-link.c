/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange-link.h"

void exchange_link_write(char ret[static HUDDLE_LINK_SIZE], const Exchange *exchange,
                         const CloudAccess *cloud)
{
        _cleanup_huddle_link_ HuddleLink link = {.kind = HUDDLE_LINK_JOIN, .has_cloud = true};
        char code[CODE_TEXT_MAX];

        *ret = '\0';
        exchange_code(exchange, code);
        if (*code && cloud_url_normalise(link.url, cloud->url) &&
            code_parse(&link.code, code, NULL) == 0) {
                link.identity = cloud->pin->identity;
                huddle_link_format(ret, &link);
        }
        sodium_memzero(code, sizeof code);
}
