/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-host.h - serves the guests' pages: a web server with a fixed list of files
 *
 * It is a process and, as people reach it, a host of its own: the server of a page could read what
 * is typed into it, and a cloud must not. It knows neither keys nor store. Any web server can take
 * its place; docs/operations.md says with which headers.
 */
#pragma once

#include "settings.h"

typedef struct PageHostContext { /* all borrowed */
        const CloudSettings *settings;
        const char *folder;    /* of cloud/pages/bundle */
        const char *port_file; /* NULL: none */
} PageHostContext;

/* Serves until SIGTERM. Negative errno where it cannot begin, after having logged why. */
int page_host(const PageHostContext *context);
