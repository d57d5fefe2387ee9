/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange-link.h"

/* A page at the cloud's own host would tell the cloud the words. */
static void exchange_link_choose_page(HuddleLink *link, const Exchange *exchange, const char *page)
{
        if (!page || !exchange_screen(exchange, &link->screen) || !huddle_link_set_page(link, page))
                return;
        if (link->page[0] && link->code.n_words > 0 && cloud_url_same_host(link->page, link->url))
                (void)huddle_link_set_page(link, "");
        link->has_screen = link->page[0] != '\0';
}

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
                exchange_link_choose_page(&link, exchange, cloud->guest_page);
                huddle_link_format(ret, &link);
        }
        sodium_memzero(code, sizeof code);
}
