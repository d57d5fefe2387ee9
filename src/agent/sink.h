/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink.h - an address book, behind a table of functions: sink-eds.c, sink-folder.c, sink-hook.c
 *
 * One request at a time; each ends with sink_end, now or later, once. An entry has an id, which
 * the sink alone understands, and a text, a vCard. A request that has failed with -errno may
 * have been carried out all the same: whoever asks again looks first.
 */
#pragma once

#include "src/base/util.h"

typedef struct Sink Sink;

enum {
        _SINK_E_SUCCESS,
        SINK_E_GONE,    /* there is no such entry */
        SINK_E_EXISTS,  /* there is one already */
        SINK_E_CHANGED, /* it is not any more what was read */
};

typedef struct SinkOps {
        const char *kind;
        bool kcontacts; /* it is read by KContacts */
        /* tells nothing: each card is an entry of its own; load, read, replace are NULL */
        bool write_only;
        /* The id that a new entry will have, new; person is 32 hexadecimal digits. NULL: out of
         * memory. */
        char *(*name)(const Sink *s, const char *person);
        /* Tells every entry to each, then ends. */
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

/* What an implementation begins with. */
struct Sink {
        const SinkOps *ops;
        char *place; /* which one of its kind: a folder, a book, a command; owned */
        /* why the last request failed, for a person to read; empty where it did not */
        char trouble[160];

        /* of whoever asks, set before the first request */
        int (*each)(void *userdata, const char *id,
                    /* an entry; -errno ends the loading */
                    const char *text);
        void (*done)(void *userdata, int r, const char *text); /* text: only of read */
        void *userdata;
};

/* For implementations: the present request has ended. text is borrowed. */
void sink_end(Sink *s, int r, const char *text);
/* The same with -errno and why, in any bytes: what is no UTF-8 is replaced. */
void sink_fail(Sink *s, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));

Sink *sink_free(Sink *s);
DEFINE_CLEANUP(Sink *, sink_free);

/* "urn:uuid:…" of 32 hexadecimal digits: the UID of an entry that we make. */
enum { SINK_UID_SIZE = sizeof "urn:uuid:" + 36 };
void sink_uid(char ret[SINK_UID_SIZE], const char *person);
