/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page-origin.h"

#include <string.h>

#define BLANK " \t"

bool page_origin_of(char ret[static CLOUD_URL_SIZE], const char *url)
{
        char *path;

        if (!cloud_url_normalise(ret, url))
                return false;
        path = strchr(strstr(ret, "://") + strlen("://"), '/');
        if (path)
                *path = '\0';
        return true;
}

bool page_origin_listed(const char *list, const char *origin)
{
        size_t len = strlen(origin);

        for (const char *at = list; *(at += strspn(at, BLANK)); at += strcspn(at, BLANK))
                if (strcspn(at, BLANK) == len && strncmp(at, origin, len) == 0)
                        return len > 0;
        return false;
}

int page_origin_next(char ret[static CLOUD_URL_SIZE], const char **list)
{
        const char *at = *list + strspn(*list, BLANK);
        size_t len = strcspn(at, BLANK);
        char url[CLOUD_URL_SIZE];

        *list = at + len;
        if (len == 0)
                return 0;
        if (len >= sizeof url)
                return -EINVAL;
        memcpy(url, at, len);
        url[len] = '\0';
        return page_origin_of(ret, url) ? 1 : -EINVAL;
}
