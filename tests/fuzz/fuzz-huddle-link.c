/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A link from anybody. What was taken keeps its bounds and reads the same again when it is written
 * in our way. */
#include "fuzz.h"

#include "src/protocol/cloud-words.h"
#include "src/protocol/huddle-link.h"
#include "src/protocol/roster.h"

#include <assert.h>
#include <string.h>

static void check_cloud(const HuddleLink *l)
{
        char url[CLOUD_URL_SIZE], words[CLOUD_WORDS_SIZE];

        assert(l->has_cloud || l->kind == HUDDLE_LINK_RECORD);
        if (!l->has_cloud)
                return;
        assert(cloud_url_normalise(url, l->url) && strcmp(url, l->url) == 0);
        assert(!strpbrk(url, "@?#% \"'<>&"));
        cloud_words(words, &l->identity);
}

static void check_page(const HuddleLink *l)
{
        char url[CLOUD_URL_SIZE];

        if (l->page[0])
                assert(l->has_cloud && cloud_url_normalise(url, l->page) &&
                       strcmp(url, l->page) == 0);
}

static void try_url(const char *text)
{
        char url[CLOUD_URL_SIZE], again[CLOUD_URL_SIZE];

        if (cloud_url_normalise(url, text))
                assert(cloud_url_normalise(again, url) && strcmp(url, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = strndup((const char *)data, size);
        _cleanup_huddle_link_ HuddleLink l = {}, again = {};
        char written[HUDDLE_LINK_SIZE], same[HUDDLE_LINK_SIZE];
        int r;

        if (!text)
                return 0;
        try_url(text);
        r = huddle_link_parse(&l, text);
        assert(r >= 0 && *huddle_link_message(r));
        if (r != 0)
                return 0;
        check_cloud(&l);
        check_page(&l);
        assert(l.kind != HUDDLE_LINK_RECORD || record_number_valid(l.number));
        huddle_link_format(written, &l);
        assert(huddle_link_parse(&again, written) == 0);
        huddle_link_format(same, &again);
        assert(strcmp(written, same) == 0);
        return 0;
}
