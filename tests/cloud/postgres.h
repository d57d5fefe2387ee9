/* SPDX-License-Identifier: GPL-2.0-or-later */
/* postgres.h - a real PostgreSQL server of the test's own, reached over a socket in its folder */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { POSTGRES_CONNINFO = 256 };

typedef struct Postgres {
        char folder[64];
        unsigned port;   /* names the socket */
        pid_t pid;       /* 0: it does not run */
        bool on_network; /* it listens on all addresses, too */
        bool careless;   /* no commit waits for the disk */
} Postgres;

/* The server of a group of tests, and what begins and ends it before and after them. */
extern Postgres postgres;
int postgres_set_up(void **state);
int postgres_set_up_careless(void **state); /* one that may lose what it has, for many worlds */
int postgres_tear_down(void **state);

/* Whether there is a server program; else a test says why it cannot run, and ends with 77. */
bool postgres_is_there(void);
int postgres_skip(void);
/* Each commit waits for the disk. */
void postgres_begin(Postgres *p);
void postgres_end(Postgres *p); /* kills what runs and removes the folder */
/* A standby of one that runs, which then waits with each commit until this one has it. */
void postgres_begin_standby(Postgres *p, const Postgres *primary);
void postgres_promote(const Postgres *p);
void postgres_start(Postgres *p);
/* The same on a disk of its own of so many megabytes; in a mount namespace of the caller's. */
void postgres_begin_on_disk(Postgres *p, unsigned megabytes);
/* One that runs listens on the network as well, and lets everybody in. */
void postgres_go_on_network(Postgres *p);
/* All its processes stand still, or go on. */
void postgres_freeze(const Postgres *p);
void postgres_thaw(const Postgres *p);
/* Sends the signal and waits for the end: SIGKILL, or SIGINT for a server that ends cleanly. */
void postgres_stop(Postgres *p, int signal);

/* How a cloud reaches it, or whichever of the two is the primary (other NULL: the one). */
void postgres_conninfo(const Postgres *p, const Postgres *other,
                       char ret[static POSTGRES_CONNINFO]);
/* The same as lines of a cloud's configuration. */
void postgres_config(const Postgres *p, const Postgres *other, char ret[static POSTGRES_CONNINFO]);
/* Runs statements as the owner; the first value of the last, or -1. */
long postgres_run(const Postgres *p, const char *sql);
/* The same, where it may fail: false. */
bool postgres_try(const Postgres *p, const char *sql);
/* From now on each commit waits for a standby that there is not. */
void postgres_expect_nobody(const Postgres *p);
/* Ends the connections whose commit waits for a standby: it is done, but nobody is told. How
 * many. */
long postgres_end_waiting(const Postgres *p);
/* An empty database again. */
void postgres_clear(const Postgres *p);
