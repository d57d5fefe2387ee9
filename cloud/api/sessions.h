/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sessions.h - the recent session keys, so that only the first request of a session costs
 * public-key work */
#pragma once

#include "src/protocol/envelope.h"

typedef struct Sessions Sessions;

/* Keeps at most max sessions; the least recently used one goes first. */
int sessions_new(Sessions **ret, uint32_t max);
Sessions *sessions_free(Sessions *s); /* wipes */
DEFINE_CLEANUP(Sessions *, sessions_free);

/* NULL: not there. Borrowed until the next sessions_add. */
const Session *sessions_find(Sessions *s, const Bytes32 *public_key);
/* Copies. A failing allocation only means that it is not kept. */
void sessions_add(Sessions *s, const Session *session);
/* Forgets and wipes all. */
void sessions_clear(Sessions *s);
