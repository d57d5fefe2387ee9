/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer.h - carries out the steps of the journal on one sink, one after the other
 *
 * What fails is tried again, later each time up to a minute; other sinks go on meanwhile. What
 * can be taken in hand is written down first (journal.h), and what was begun by a process that
 * is no more is looked at before anything is done again.
 */
#pragma once

#include "journal.h"
#include "sink.h"
#include "src/base/clock.h"

#include <systemd/sd-event.h>

typedef struct Writer Writer;

typedef struct WriterEvents {
        /* Something has come to an end: all steps, or for now, with a failure. */
        void (*rests)(void *userdata, Writer *w);
        void *userdata;
} WriterEvents;

/* Takes sink. Borrows the rest. */
int writer_new(Writer **ret, sd_event *event, Clock *clock, Journal *journal, Sink *sink,
               const WriterEvents *events);
Writer *writer_free(Writer *w);
DEFINE_CLEANUP(Writer *, writer_free);

/* There may be steps. Also ends the wait after a failure. */
void writer_wake(Writer *w);

/* "kind:place", as the journal has it. */
const char *writer_sink(const Writer *w);
const char *writer_kind(const Writer *w);
/* Neither at work nor about to be: nothing to do, or waiting after a failure. */
bool writer_is_resting(const Writer *w);
/* Why it waits, for a person to read; empty where it does not. */
const char *writer_trouble(const Writer *w);

/* "The nth person of this UID and name": 32 hexadecimal digits (RFC 9562, version 8: a hash of our
 * own). */
enum { PERSON_HEX = 32 };
void person_name(char ret[PERSON_HEX + 1], const char *uid, const char *name, unsigned nth);
