/* SPDX-License-Identifier: GPL-2.0-or-later */
/* serve.h - one node, from its start to SIGTERM */
#pragma once

#include "keys.h"
#include "settings.h"

typedef struct ServeContext { /* all borrowed */
        const CloudSettings *settings;
        CloudKeys
                *keys; /* replaced by those of the file at SIGHUP, pruned when their time is over */
        const char *keys_path;
        const char *state; /* the directory in which that is */
        const char *store_path;
        const char *consent_text;
        const char *port_file;       /* the port is written there; NULL: nowhere */
        const char *admin_port_file; /* and the admin port there */
} ServeContext;

/* 0 after SIGTERM or SIGINT, negative errno when it could not start or go on; what went wrong is
 * logged. */
int serve(const ServeContext *context);
