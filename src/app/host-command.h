/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host-command.h - a server on this device: runs "huddle host"
 *
 * A server is a service of the user's systemd, which huddle(1) starts, stops and describes; D-Bus
 * has no part of it, for huddled is not the user's.
 */
#pragma once

#include "page.h"

typedef struct HostState {
        gboolean running, kept;
        /* Only while it runs, else "". What people have typed: not fit for a screen as it is. */
        char *name, *words, *url, *link;
} HostState;

/* state NULL: error says why the command failed. Both are borrowed. */
typedef void (*HostDone)(HuddlePage *page, const HostState *state, const GError *error);

/* Whether the server's own program is installed. */
gboolean host_command_is_possible(void);
/* verb: "start", "stop", "keep" or "status"; the state is that after it. name: of the server to be
 * started; NULL or "": that of the machine. Not done when the page goes first. */
void host_command_run(HuddlePage *page, const char *verb, const char *name, HostDone done);
