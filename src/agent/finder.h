/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finder.h - looks for a person in the address books in use, and changes nothing there
 *
 * Only the best matches are reported (FindContacts in org.huddle.Agent1.xml has the order). A
 * caller can always ask more precisely, in the end by a contact's own id.
 */
#pragma once

#include "books.h"

enum {
        FINDER_MAX = 16,       /* contacts reported */
        FINDER_WHO_MAX = 1024, /* bytes of the query */
};

typedef struct Finder Finder;

typedef struct Found {
        BookKind kind;
        char *id; /* its id in the book: a UID, or a file name in any bytes */
        char *uid, *name;
        char *email; /* its first address, or empty */
        char *text;  /* the entry as stored; NULL for all but the first contact */
} Found;

typedef struct Finding {
        Found list[FINDER_MAX];
        size_t n;
        bool more;         /* more matched than the list holds */
        bool failed;       /* a book could not be read */
        char trouble[512]; /* which books or entries could not be read and why,
                              for the user; else empty */
} Finding;

/* r: 0 or -errno. found is borrowed. The callback may free the Finder. */
typedef void (*FinderDone)(void *userdata, int r, const Finding *found);

/* The query must be 1 to FINDER_WHO_MAX bytes long. Borrows the other arguments. */
int finder_new(Finder **ret, sd_event *event, const Books *books, const char *who, FinderDone done,
               void *userdata);
Finder *finder_free(Finder *f);
DEFINE_CLEANUP(Finder *, finder_free);
