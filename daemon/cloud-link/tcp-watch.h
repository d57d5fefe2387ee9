/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp-watch.h - what the kernel knows of the connections of one way (tcp(7), TCP_INFO): whether a
 * request that has no answer yet is on a slow way, or on a dead one
 *
 * On a way that is slow, or whose queue is full, a second copy of a request only makes it slower.
 * TCP measures how long the other side takes to confirm what it gets, before any answer has come.
 * As long as it confirms something within a few times that, the way moves. On a dead way it
 * confirms nothing, and on a quick one a few times that is less than anybody waits.
 */
#pragma once

#include "src/base/tcp.h"
#include "src/base/util.h"

enum {
        TCP_WATCH_MAX = 16,
        TCP_WATCH_MOST_MS = 12000, /* so long may even the slowest way be silent */
};

/* Connections that are open, as descriptors; all zero: none. Others own them. */
typedef struct TcpWatch {
        int fds[TCP_WATCH_MAX];
        unsigned n;
} TcpWatch;

/* What its connections tell of a way; all zero: nothing. */
typedef struct TcpWay {
        unsigned n;           /* connections that are established */
        uint32_t patience_ms; /* so long may it be silent before it counts as dead */
        TcpState all;         /* the longest times, but the shortest round trip and silence */
} TcpWay;

/* One connection more. */
void tcp_way_note(TcpWay *w, const TcpState *s);
/* Whether a request that was sent that long ago may still be waited for. */
bool tcp_way_moves(const TcpWay *w, uint64_t age_ms);

/* Of more than TCP_WATCH_MAX the rest are not watched. */
void tcp_watch_add(TcpWatch *w, int fd);
void tcp_watch_drop(TcpWatch *w, int fd);
TcpWay tcp_watch_look(const TcpWatch *w);
bool tcp_watch_is_slow(const TcpWatch *w); /* and not dead */
/* Tells the kernel what it should know of a way that is slow: between its tries the time doubles,
 * and of the answers a few packets come at once. n_bytes of one that have come let more come. */
void tcp_watch_adapt(const TcpWatch *w, bool slow, uint64_t n_bytes);
