/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host-state.h - what a user's own cloud leaves on disk: $XDG_STATE_HOME/huddle/host
 *
 * keys, cloud.db, port and huddle-cloud.conf are of huddle-cloud(8). Ours are: lock, held by the
 * process that hosts; link, to the cloud while it runs; name; before, the user's default cloud
 * before it; kept, where its groups and records stay.
 */
#pragma once

#include "src/protocol/huddle-link.h"

#include <sys/types.h>

/* The path of a file there ("": the folder). New; NULL: no home, or out of memory. */
char *host_path(const char *name);
/* Makes the folder. */
int host_make_folder(void);

/* One line without its end. -ENOENT: there is no such file; -EMSGSIZE: it does not fit. */
int host_read(const char *name, char *ret, size_t size);
/* Replaces the file as a whole. */
int host_write(const char *name, const char *line);
void host_remove(const char *name);
bool host_has(const char *name);

/* Until the descriptor is closed nobody else hosts. -EAGAIN: somebody does. */
int host_lock(int *ret_fd);
/* The process that hosts; 0: none. */
int host_running(pid_t *ret);
/* Waits until nobody hosts. */
int host_wait(void);

/* The last port, if it is free now; else 0. */
unsigned host_port(void);
/* Whether this machine has IPv6 at all. */
bool host_has_ipv6(void);
/* The URL by which neighbours reach a port of this machine; that of 127.0.0.1 without a network. */
void host_url(char ret[static CLOUD_URL_SIZE], unsigned port);
