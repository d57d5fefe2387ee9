/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.h - the sockets on which a cloud listens */
#pragma once

#include "src/base/util.h"

/* Whether it is a numeric address and port, such as "127.0.0.1:8470" or "[::]:0". */
bool listen_is_address(const char *text);
/* A new one on such an address; -EINVAL: it is not one. */
int listen_bind(int *ret_fd, const char *address);
#define LISTEN_PUBLIC "public"
#define LISTEN_ADMIN "admin"

/* The one of that name that the service manager hands over (FileDescriptorName=), else as
 * listen_bind. A single one with another name is the public one. */
int listen_open(int *ret_fd, const char *name, const char *address);
/* Whether only this machine reaches it, so that every client comes through a front: it is bound
 * to 127.0.0.0/8, ::1 or no network address at all. */
bool listen_is_local(int fd);
/* The port it is bound to. */
int listen_port(int fd, unsigned *ret);
