/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen.h - the socket on which a cloud listens */
#pragma once

#include "src/base/util.h"

/* The one that the service manager hands over, else a new one on a numeric address and port
 * ("127.0.0.1:8470",
 * "[::]:0"). -EINVAL: not such an address. */
int listen_open(int *ret_fd, const char *address);
/* The port it is bound to. */
int listen_port(int fd, unsigned *ret);
