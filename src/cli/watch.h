/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.h - the loop of exchange and monitor: what huddled tells, Ctrl-C, lines typed, time
 * passing */
#pragma once

#include "cli.h"

typedef struct Watch Watch;

/* Any of them may be NULL. Values are borrowed. */
typedef struct WatchHandlers {
        void (*added)(void *userdata, const char *path, json_t *interfaces);
        void (*removed)(void *userdata, const char *path);
        void (*changed)(void *userdata, const char *path, const char *interface,
                        json_t *properties);
        void (*daemon)(void *userdata, bool here); /* huddled went away, or came back */
        void (*interrupted)(void *userdata);       /* Ctrl-C, SIGTERM, SIGHUP */
        /* from the terminal; only where both ends are one */
        void (*line)(void *userdata, const char *line);
        void (*tick)(void *userdata); /* each second; only on a terminal */
} WatchHandlers;

/* From now on signals of huddled are kept for the handlers. Borrows cli and its bus. */
int watch_new(Watch **ret, Cli *cli, const WatchHandlers *handlers, void *userdata);
Watch *watch_free(Watch *w);
DEFINE_CLEANUP(Watch *, watch_free);

/* Turns the loop until watch_stop; returns its code. */
Exit watch_run(Watch *w);
void watch_stop(Watch *w, Exit code);

/* Sends a call, which it takes (NULL: out of memory), without waiting; what goes wrong is
 * complained about. */
void watch_send(Watch *w, DBusMessage *call);
