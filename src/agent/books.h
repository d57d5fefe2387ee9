/* SPDX-License-Identifier: GPL-2.0-or-later */
/* books.h - the address books in use, and a writer for each */
#pragma once

#include "choice.h"
#include "writer.h"

#include <dbus/dbus.h>

typedef struct Books Books;

/* Borrowed. */
typedef struct BooksDeps {
        sd_event *event;
        Clock *clock;
        Journal *journal;
        DBusConnection *session; /* NULL: no session bus, so no Evolution Data Server */
        bool has_eds;            /* Evolution Data Server can be started there */
        const char *folder;      /* if not NULL, the only address book */
        WriterEvents events;
} BooksDeps;

int books_new(Books **ret, const BooksDeps *deps);
Books *books_free(Books *b);
DEFINE_CLEANUP(Books *, books_free);

/* Reads the settings again and replaces all writers. */
int books_read(Books *b);

const Choice *books_choice(const Books *b);
/* NULL: this kind is not used. */
Writer *books_writer(const Books *b, BookKind kind);
/* Opens a separate sink for a book, to test or search it. *ret is NULL where there is no such
 * book. */
int books_sink(const Books *b, BookKind kind, Sink **ret);
/* Names all sinks in use. The text changes when the set of sinks does. */
const char *books_sinks(const Books *b);

/* Orders the vCards of an exchange into all books, all of them or on failure none. Skips unreadable
 * ones with a warning. */
int books_want(Books *b, const Meeting *m, const char *const *vcards, size_t n);
void books_wake(Books *b);
