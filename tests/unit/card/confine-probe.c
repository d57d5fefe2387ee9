/* SPDX-License-Identifier: GPL-2.0-or-later */
/* confine-probe CALL - gives up what huddle-photo gives up, then makes that call. Ends with 0 if it
 * lives, with 77 if there is no such filter here. For check-photo. */
#include "src/photo/confine.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        static char *const none[] = {NULL};
        const char *call = argc == 2 ? argv[1] : "";

        if (!confine())
                return 77;
        if (strcmp(call, "open") == 0)
                (void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
        else if (strcmp(call, "socket") == 0)
                (void)socket(AF_INET, SOCK_STREAM, 0);
        else if (strcmp(call, "exec") == 0)
                (void)execve("/bin/true", none, none);
        else if (strcmp(call, "kill") == 0)
                (void)kill(getppid(), 0);
        else if (strcmp(call, "fork") == 0)
                (void)fork();
        else if (strcmp(call, "memory") == 0)
                free(malloc(64 * 1024 * 1024));
        else if (strcmp(call, "write") == 0)
                (void)!write(STDOUT_FILENO, "", 0);
        else
                return 2;
        return 0;
}
