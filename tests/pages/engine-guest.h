/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine-guest.h - a guest in the simulated world whose engine is that of the pages
 *
 * Node runs it (serve-engine.js). Whatever the engine asks of its host crosses a pipe and back
 * within one step of the world's clock: requests go the world's way, timers are the world's, and
 * its chance depends on a seed. So a run can be repeated.
 */
#pragma once

#include "tests/sim/judge.h"

#include <sys/types.h>

/* One process, for all guests of one world after another. */
typedef struct EngineNode {
        pid_t pid;
        FILE *to, *from;
} EngineNode;

/* module: the engine's file. Fails by assert. */
void engine_node_start(EngineNode *ret, const char *script, const char *module);
void engine_node_end(EngineNode *n);

typedef struct EngineGuest EngineGuest;

/* Presses on this terminal, whose own way to the cloud it takes: asks for the terms, agrees to
 * them, gets an account, joins. screen: of somebody who is gathering, whose QR code it scans; NULL:
 * it types the code. Borrows all. */
EngineGuest *engine_guest_new(EngineNode *n, World *w, unsigned terminal, const SimPress *screen,
                              const char *code, const char *seed);
/* The world's. The caller fills in its member once there is one. */
SimPress *engine_guest_press(EngineGuest *g);
/* What the page would show. */
Seen engine_guest_look(EngineGuest *g);
/* Before the world. NULL is fine. */
void engine_guest_free(EngineGuest *g);
