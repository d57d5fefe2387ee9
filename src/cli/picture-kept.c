/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "picture.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { KEPT_MAX = 32 * 1024 * 1024 };

/* The path of a file: URI, new. NULL: another machine's file, or out of memory. */
static char *picture_path_of_uri(const char *uri)
{
        const char *at = uri + strlen("file://");
        char *path, *to;

        if (strncasecmp(uri, "file:///", strlen("file:///")) != 0)
                return NULL;
        path = to = malloc(strlen(at) + 1);
        for (; path && *at; at++) {
                unsigned byte;

                if (*at == '%' && isxdigit((unsigned char)at[1]) &&
                    isxdigit((unsigned char)at[2]) && sscanf(at + 1, "%2x", &byte) == 1) {
                        *to++ = (char)byte;
                        at += 2;
                } else
                        *to++ = *at;
        }
        if (path)
                *to = '\0';
        return path;
}

/* Evolution Data Server keeps pictures in files beside its books. */
static bool is_kept_by_eds(const char *path)
{
        return strstr(path, "/evolution/addressbook/") && !strstr(path, "/../");
}

int picture_kept(const char *uri, unsigned char **ret, size_t *ret_len)
{
        _cleanup_free_ char *path = picture_path_of_uri(uri);
        _cleanup_free_ unsigned char *bytes = NULL;
        _cleanup_close_ int fd = -1;
        struct stat st;
        size_t len = 0;
        ssize_t n;

        if (!path || !is_kept_by_eds(path))
                return -EINVAL;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > KEPT_MAX)
                return -EINVAL;
        bytes = malloc((size_t)st.st_size);
        if (!bytes)
                return -ENOMEM;
        while (len < (size_t)st.st_size &&
               (n = read(fd, bytes + len, (size_t)st.st_size - len)) != 0) {
                if (n < 0)
                        return -errno;
                len += (size_t)n;
        }
        *ret = TAKE_PTR(bytes);
        *ret_len = len;
        return 0;
}
