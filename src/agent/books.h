/* SPDX-License-Identifier: GPL-2.0-or-later */
/* books.h - the address books in use, each with its writer */
#pragma once

#include "choice.h"
#include "writer.h"

#include <dbus/dbus.h>

typedef struct Books Books;

/* What a Books borrows. */
typedef struct BooksMeans {
        sd_event *event;
        Clock *clock;
        Journal *journal;
        DBusConnection *session; /* or NULL: no Evolution Data Server then */
        bool has_eds;            /* it can be started there */
        const char *folder;      /* the only one to use, or NULL */
        WriterEvents events;
} BooksMeans;

int books_new(Books **ret, const BooksMeans *means);
Books *books_free(Books *b);
DEFINE_CLEANUP(Books *, books_free);

/* Settings have changed: other books, other writers. */
int books_read(Books *b);

const Choice *books_choice(const Books *b);
/* The writer of a kind, or NULL where it is not used. */
Writer *books_writer(const Books *b, BookKind kind);
/* A sink of its own for a book, to try it. NULL in *ret: there is none to try. */
int books_sink(const Books *b, BookKind kind, Sink **ret);
/* All sinks in use, as a text that changes when they do. */
const char *books_sinks(const Books *b);

/* The cards of an exchange, as vCards; what cannot be read is passed over with a warning. All are
 * wanted, or on failure none. */
int books_want(Books *b, const Meeting *m, const char *const *vcards, size_t n);
void books_wake(Books *b);
