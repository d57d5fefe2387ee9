/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watcher.h - watches a group at the cloud: one long poll after the other
 *
 * Polls again at once as long as there is news. A cloud that answers everything at once is slowed
 * down to one poll in five seconds. Also counts how long we have waited, for the caller's
 * patience.
 */
#pragma once

#include "member.h"

typedef struct Watcher Watcher;

enum {
        _WATCHER_E_SUCCESS,
        WATCHER_E_FORGOTTEN, /* the cloud does not know this member any more */
        WATCHER_E_REFUSED,
};

typedef struct WatcherDeps {
        Clock *clock;
        CloudClient *cloud;
        const Id *member; /* borrowed */
        /* result: 0, WATCHER_E_… or negative errno. news is NULL unless an answer has come. The
         * watcher polls again when it is told to go on. May free the watcher. */
        void (*func)(void *userdata, int result, const PbWatched *news);
        void *userdata;
} WatcherDeps;

int watcher_new(Watcher **ret, const WatcherDeps *deps);
Watcher *watcher_free(Watcher *w);
DEFINE_CLEANUP(Watcher *, watcher_free);

/* Keeps one poll under way. soon: as in member_watch. */
int watcher_go_on(Watcher *w, const MemberCursors *next, bool soon);

/* How long we have waited while the cloud answered, since the last call of watcher_be_patient. If
 * no answers come the line is down, and that time does not count. */
uint64_t watcher_waited_ms(const Watcher *w);
void watcher_be_patient(Watcher *w);
