/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink.h - an address book, behind a table of functions: sink-eds.c, sink-folder.c, sink-hook.c
 *
 * A sink takes one request at a time. Each ends with one sink_end, now or later. An entry has an
 * id, which only the sink understands, and a text, a vCard. A request that failed with -errno may
 * have been carried out all the same, so look at the entry before a second try.
 */
#pragma once

#include "src/base/util.h"
#include "src/card/card-dialect.h"

typedef struct Sink Sink;

enum {
        _SINK_E_SUCCESS,
        SINK_E_GONE,    /* no such entry */
        SINK_E_EXISTS,  /* the entry exists already */
        SINK_E_CHANGED, /* the entry is not what was read any more */
};

typedef struct SinkOps {
        const char *kind;
        CardDialect dialect; /* of the program that reads it */
        /* it cannot be read: each card is its own entry, and load, read, replace are NULL */
        bool write_only;
        /* The id of a new entry, from 32 hexadecimal digits. New. NULL: out of memory. */
        char *(*name)(const Sink *s, const char *person);
        /* Passes every entry to each, then ends. */
        void (*load)(Sink *s);
        void (*read)(Sink *s, const char *id);                     /* GONE */
        void (*create)(Sink *s, const char *id, const char *text); /* EXISTS */
        /* GONE, CHANGED */
        void (*replace)(Sink *s, const char *id, const char *old, const char *text);
        /* GONE, CHANGED */
        void (*remove)(Sink *s, const char *id, const char *old);
        void (*rest)(Sink *s); /* no more requests for now; may be NULL */
        void (*free)(Sink *s);
} SinkOps;

/* The first member of each implementation. */
struct Sink {
        const SinkOps *ops;
        char *place; /* the folder, book or command; owned */
        /* why the last request failed, for the user to read; else empty */
        char trouble[160];

        /* set by the caller before the first request */
        int (*each)(void *userdata, const char *id,
                    /* an entry; -errno ends the loading */
                    const char *text);
        void (*done)(void *userdata, int r, const char *text); /* text: only of read */
        void *userdata;
};

/* For implementations: ends the present request. text is borrowed. */
void sink_end(Sink *s, int r, const char *text);
/* Ends it with -errno and the reason. Bytes that are not UTF-8 are replaced. */
void sink_fail(Sink *s, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));

Sink *sink_free(Sink *s);
DEFINE_CLEANUP(Sink *, sink_free);

/* The UID of an entry that we make: "urn:uuid:…" of 32 hexadecimal digits. */
enum { SINK_UID_SIZE = sizeof "urn:uuid:" + 36 };
void sink_uid(char ret[SINK_UID_SIZE], const char *person);
