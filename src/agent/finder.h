/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finder.h - looks for somebody in the address books that are used, and changes nothing there
 *
 * Whoever asks can always be more precise: of what fits, only what fits best is found
 * (FindContacts in org.huddle.Agent1.xml has the order), and last of all each contact has an id
 * of its own.
 */
#pragma once

#include "books.h"

enum {
        FINDER_MAX = 16,       /* contacts that are told */
        FINDER_WHO_MAX = 1024, /* bytes of what is looked for */
};

typedef struct Finder Finder;

typedef struct Found {
        BookKind kind;
        char *id; /* what its book knows it by: a UID, or the name of a file in any bytes */
        char *uid, *name;
        char *email; /* the first; empty where there is none */
        char *text;  /* as it is in the book; NULL of all but the first contact */
} Found;

typedef struct Finding {
        Found list[FINDER_MAX];
        size_t n;
        bool more;         /* than the list has */
        char trouble[512]; /* which books could not be read and why, for a person; else empty */
} Finding;

/* r: 0 or -errno. What is found is borrowed. The callback may free the Finder. */
typedef void (*FinderDone)(void *userdata, int r, const Finding *found);

/* who: not empty, at most FINDER_WHO_MAX. Borrows the rest. */
int finder_new(Finder **ret, sd_event *event, const Books *books, const char *who, FinderDone done,
               void *userdata);
Finder *finder_free(Finder *f);
DEFINE_CLEANUP(Finder *, finder_free);
