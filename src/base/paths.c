/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "paths.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

char *xdg_path(const char *variable, const char *fallback, const char *below)
{
        const char *base = getenv(variable), *home = getenv("HOME");
        char *path = NULL;
        int r;

        if (base && *base == '/')
                r = asprintf(&path, "%s/%s", base, below);
        else
                r = home && *home == '/' ? asprintf(&path, "%s/%s/%s", home, fallback, below) : -1;
        return r < 0 ? NULL : path;
}

char *home_path(const char *path)
{
        const char *home = getenv("HOME");
        char *full = NULL;

        if (strncmp(path, "~/", 2) != 0)
                return strdup(path);
        return home && asprintf(&full, "%s%s", home, path + 1) >= 0 ? full : NULL;
}

int make_folder(const char *path)
{
        _cleanup_free_ char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        for (char *slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
                if (slash)
                        *slash = '\0';
                if (mkdir(copy, 0700) < 0 && errno != EEXIST)
                        return -errno;
                if (!slash)
                        return 0;
                *slash = '/';
        }
}
