/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pem.h"

#include <errno.h>
#include <fcntl.h>

enum { PEM_MAX = 256 * 1024 };

int pem_read(const char *path, char **ret)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_free_ char *text = malloc(PEM_MAX + 1);
        ssize_t n;

        if (fd < 0)
                return -errno;
        if (!text)
                return -ENOMEM;
        n = read(fd, text, PEM_MAX);
        if (n <= 0)
                return n < 0 ? -errno : -EINVAL;
        text[n] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}
