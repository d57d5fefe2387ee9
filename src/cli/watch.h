/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.h - event loop of exchange and monitor: signals of huddled, Ctrl-C, typed lines, ticks */
#pragma once

#include "cli.h"

typedef struct Watch Watch;

/* Any of them may be NULL. Values are borrowed. */
typedef struct WatchHandlers {
        void (*added)(void *userdata, const char *path, json_t *interfaces);
        void (*removed)(void *userdata, const char *path);
        void (*changed)(void *userdata, const char *path, const char *interface,
                        json_t *properties);
        void (*daemon)(void *userdata, bool here);       /* huddled stopped or came back */
        void (*interrupted)(void *userdata);             /* Ctrl-C, SIGTERM, SIGHUP */
        void (*line)(void *userdata, const char *line);  /* see watch_read */
        void (*typed)(void *userdata, const char *text); /* the line so far, with keys */
        void (*refused)(void *userdata); /* an error of watch_send has been printed */
        void (*resized)(void *userdata); /* the terminal is another, or ours again */
        void (*tick)(void *userdata);    /* every second; only on a terminal */
} WatchHandlers;

/* How standard input is read. */
typedef enum WatchInput {
        WATCH_INPUT_NONE,
        WATCH_INPUT_LINES,
        WATCH_INPUT_KEYS, /* key by key; the caller shows them */
        WATCH_INPUT_ECHO, /* key by key; they are shown */
} WatchInput;

/* Collects huddled's signals for the handlers from now on. Borrows cli and its bus. */
int watch_new(Watch **ret, Cli *cli, const WatchHandlers *handlers, void *userdata);
Watch *watch_free(Watch *w);
DEFINE_CLEANUP(Watch *, watch_free);

/* Reads standard input from now on. Negative errno. */
int watch_read(Watch *w, WatchInput how);

/* Runs the loop until watch_stop, and returns its code. */
Exit watch_run(Watch *w);
void watch_stop(Watch *w, Exit code);

/* Sends a call (takes it; NULL: out of memory) without waiting. Complains later if it fails. */
void watch_send(Watch *w, DBusMessage *call);
