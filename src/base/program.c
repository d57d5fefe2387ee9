/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool program_beside(char ret[static PATH_MAX], const char *name)
{
        ssize_t len = readlink("/proc/self/exe", ret, PATH_MAX - 1);
        char *slash;

        ret[MAX(len, (ssize_t)0)] = '\0';
        slash = strrchr(ret, '/');
        if (!slash || (size_t)(slash + 1 - ret) + strlen(name) >= PATH_MAX)
                return false;
        (void)strcpy(slash + 1, name);
        return access(ret, X_OK) == 0;
}

void program_find(char ret[static PATH_MAX], const char *name, const char *libexecdir)
{
        if (!program_beside(ret, name))
                (void)snprintf(ret, PATH_MAX, "%s/%s", libexecdir, name);
}
