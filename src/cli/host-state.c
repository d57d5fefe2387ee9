/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host-state.h"
#include "src/base/paths.h"
#include "src/protocol/cloud-announce.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* ---- files ---- */

char *host_path(const char *name)
{
        char below[64];

        (void)snprintf(below, sizeof below, "huddle/host%s%s", *name ? "/" : "", name);
        return xdg_path("XDG_STATE_HOME", ".local/state", below);
}

int host_make_folder(void)
{
        _cleanup_free_ char *path = host_path("");

        return path ? make_folder(path) : -ENOENT;
}

int host_read(const char *name, char *ret, size_t size)
{
        _cleanup_free_ char *path = host_path(name);
        FILE *from = path ? fopen(path, "re") : NULL;
        bool whole;

        if (!from)
                return path ? -errno : -ENOENT;
        if (!fgets(ret, (int)size, from))
                *ret = '\0';
        whole = feof(from) || strchr(ret, '\n');
        (void)fclose(from);
        ret[strcspn(ret, "\n")] = '\0';
        return whole ? 0 : -EMSGSIZE;
}

int host_write(const char *name, const char *line)
{
        char temporary_name[48];
        _cleanup_free_ char *path = host_path(name), *temporary = NULL;
        FILE *to;
        bool written;

        (void)snprintf(temporary_name, sizeof temporary_name, "%s.new", name);
        temporary = host_path(temporary_name);
        to = path && temporary ? fopen(temporary, "we") : NULL;
        if (!to)
                return path && temporary ? -errno : -ENOENT;
        written = fprintf(to, "%s\n", line) > 0;
        if (fclose(to) != 0 || !written)
                return -EIO;
        return rename(temporary, path) < 0 ? -errno : 0;
}

void host_remove(const char *name)
{
        _cleanup_free_ char *path = host_path(name);

        if (path)
                (void)unlink(path);
}

bool host_has(const char *name)
{
        _cleanup_free_ char *path = host_path(name);

        return path && access(path, F_OK) == 0;
}

/* ---- the host ---- */

static int host_open_lock(void)
{
        _cleanup_free_ char *path = host_path("lock");
        int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

        return fd < 0 ? (path ? -errno : -ENOENT) : fd;
}

int host_lock(int *ret_fd)
{
        struct flock whole = {.l_type = F_WRLCK};
        _cleanup_close_ int fd = host_open_lock();

        if (fd < 0)
                return fd;
        if (fcntl(fd, F_SETLK, &whole) < 0)
                return errno == EACCES ? -EAGAIN : -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

int host_running(pid_t *ret)
{
        struct flock whole = {.l_type = F_WRLCK};
        _cleanup_close_ int fd = host_open_lock();

        *ret = 0;
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (fcntl(fd, F_GETLK, &whole) < 0)
                return -errno;
        *ret = whole.l_type == F_UNLCK ? 0 : whole.l_pid;
        return 0;
}

int host_wait(void)
{
        struct flock whole = {.l_type = F_WRLCK};
        _cleanup_close_ int fd = host_open_lock();

        if (fd < 0)
                return fd;
        return fcntl(fd, F_SETLKW, &whole) < 0 ? -errno : 0;
}

/* ---- where it is ---- */

bool host_has_ipv6(void)
{
        _cleanup_close_ int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in6 any = {.sin6_family = AF_INET6};

        return fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
}

unsigned host_port(void)
{
        _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in any = {.sin_family = AF_INET};
        char text[16] = "";
        int on = 1;

        (void)host_read("port", text, sizeof text);
        any.sin_port = htons((uint16_t)strtoul(text, NULL, 10));
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        return bind(fd, (struct sockaddr *)&any, sizeof any) == 0 ? ntohs(any.sin_port) : 0;
}

/* Nothing is sent: it only asks the kernel for the way to an address that nobody has (RFC 5737). */
static bool host_address_of_route(struct in_addr *ret)
{
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(9)}, here;
        socklen_t len = sizeof here;

        (void)inet_pton(AF_INET, "192.0.2.1", &there.sin_addr);
        if (connect(fd, (struct sockaddr *)&there, sizeof there) < 0 ||
            getsockname(fd, (struct sockaddr *)&here, &len) < 0)
                return false;
        *ret = here.sin_addr;
        return true;
}

static bool host_address_of_network(struct in_addr *ret)
{
        struct ifaddrs *all = NULL;
        bool found = false;

        (void)getifaddrs(&all); /* on failure there are none */
        for (const struct ifaddrs *a = all; a && !found; a = a->ifa_next) {
                found = a->ifa_addr && a->ifa_addr->sa_family == AF_INET &&
                        (a->ifa_flags & IFF_UP) && (a->ifa_flags & IFF_MULTICAST) &&
                        !(a->ifa_flags & IFF_LOOPBACK);
                if (found)
                        *ret = ((const struct sockaddr_in *)a->ifa_addr)->sin_addr;
        }
        freeifaddrs(all);
        return found;
}

void host_url(char ret[static CLOUD_URL_SIZE], unsigned port)
{
        char text[INET_ADDRSTRLEN] = "127.0.0.1";
        struct in_addr address;

        if (host_address_of_route(&address) || host_address_of_network(&address))
                (void)inet_ntop(AF_INET, &address, text, sizeof text);
        if (!cloud_announce_url(ret, text, port))
                (void)snprintf(ret, CLOUD_URL_SIZE, "http://127.0.0.1:%u", port);
}
