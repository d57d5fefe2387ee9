/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer.h - carries out the journal's steps on one sink, one after the other
 *
 * A step that fails is tried again, at growing intervals up to a minute; other sinks go on
 * meanwhile. We save each step before it starts (journal.h). What an earlier process began, we look
 * at before we do it again.
 */
#pragma once

#include "identity.h"
#include "journal.h"
#include "sink.h"
#include "src/base/clock.h"

#include <systemd/sd-event.h>

typedef struct Writer Writer;

typedef struct WriterEvents {
        /* The writer rests: no steps are left, or it waits after a failure. */
        void (*rests)(void *userdata, Writer *w);
        void *userdata;
} WriterEvents;

/* Takes sink, also on failure. Borrows the other arguments. */
int writer_new(Writer **ret, sd_event *event, Clock *clock, Journal *journal, Sink *sink,
               const WriterEvents *events);
/* What is written into notes from the next step on. */
void writer_set_notes(Writer *w, NoteStyle notes);
Writer *writer_free(Writer *w);
DEFINE_CLEANUP(Writer *, writer_free);

/* Looks for steps. Also ends the wait after a failure. */
void writer_wake(Writer *w);

/* "kind:place", as the journal has it. */
const char *writer_sink(const Writer *w);
const char *writer_kind(const Writer *w);
/* Whether it cannot read its book, so that each card is an entry of its own. */
bool writer_is_blind(const Writer *w);
/* Whether it has nothing to do, or waits after a failure. */
bool writer_is_resting(const Writer *w);
/* Why it waits, for the user to read; else empty. */
const char *writer_trouble(const Writer *w);
