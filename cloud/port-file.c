/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "port-file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

int port_file_write(const char *path, unsigned port)
{
        char temporary[4096];
        FILE *f;
        bool written;

        if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
                return -ENAMETOOLONG;
        f = fopen(temporary, "we");
        if (!f)
                return -errno;
        written = fprintf(f, "%u\n", port) > 0;
        if (fclose(f) != 0 || !written)
                return -EIO;
        return rename(temporary, path) < 0 ? -errno : 0;
}
