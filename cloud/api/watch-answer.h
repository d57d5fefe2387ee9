/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch-answer.h - what is new for one member of a group */
#pragma once

#include "call.h"

/* What a watcher says it has seen. */
typedef struct WatchSeen {
        uint64_t revision, next_message, next_card_key;
        uint32_t next_opening;
} WatchSeen;

enum { /* what watch_has_news finds */
       WATCH_NO_NEWS,
       WATCH_MESSAGES, /* and nothing else: others often follow at once */
       WATCH_NEWS,
};

/* One of these, or negative errno. Everything but openings, messages and card keys comes with a new
 * revision. */
int watch_has_news(Store *s, const WatchSeen *seen, const MemberRow *m, const GroupRow *g);

/* Seals the answer of the call. 0 or negative errno. */
int watch_answer(Call *c, const WatchSeen *seen, const MemberRow *m, const GroupRow *g);
