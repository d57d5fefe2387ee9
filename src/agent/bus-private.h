/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-private.h - what bus.c, bus-books.c and bus-cards.c share */
#pragma once

#include "bus.h"
#include "bus-reply.h"
#include "bus-values.h"
#include "identity.h"
#include "photo.h"
#include "probe.h"
#include "src/card/card.h"

enum {
        PICTURES_MAX = 32,
        PREPARE_MAX = 16 * 1024 * 1024,
        UNDOS_MAX = 16,
        SAID_MAX = 256,
        TROUBLE_MAX = 256
};

/* A call of Undo, UndoCard, Redo or RedoCard that waits for the writers. */
typedef struct Undo {
        DBusMessage *call;
        uint64_t exchange;
        bool one; /* this card of it alone */
        bool redo;
        Bytes32 card;
} Undo;

/* A call of JoinCard or SplitCard that waits for the writer. */
typedef struct Move {
        DBusMessage *call;
        uint64_t exchange;
        Bytes32 card;
        BookKind kind;
        char *sink; /* the writer's, as the journal has it */
} Move;

/* A call that waits for huddle-photo. */
typedef struct PictureCall {
        DBusMessage *call;
        PhotoWish wish;       /* owns the input, -1: none */
        Card *card;           /* of PrepareCard, else NULL */
        size_t property, nth; /* its picture that comes next */
        char left_out[1024];  /* properties, separated by commas */
} PictureCall;

/* The last we said of an exchange. */
typedef struct Said {
        char path[48];
        Tally tally; /* its path is NULL */
} Said;

struct AgentBus {
        DBusConnection *bus;
        sd_event *event;
        sd_event_source *turn; /* answers the undos that are over */
        Journal *journal;
        Books *books;
        Agent *agent;
        Probe *probe;
        DBusMessage *probe_call;
        EdsSources *sources;
        DBusMessage *sources_call;
        Finder *finder;
        DBusMessage *finder_call;
        Undo undos[UNDOS_MAX];
        size_t n_undos;
        Move moves[UNDOS_MAX];
        size_t n_moves;
        PictureCall pictures[PICTURES_MAX]; /* the first one is with the helper */
        size_t n_pictures;
        Photo *photo;
        Said said[SAID_MAX]; /* newest exchange first */
        size_t n_said;
        bool says;                              /* from now on changes are told */
        char troubles[BOOK_KINDS][TROUBLE_MAX]; /* likewise, of the books */
        Bytes32 books_said;                     /* hash of what ListBooks answered */
};

/* ---- answers: 0, or -ENOMEM with nothing sent ---- */

/* Takes the reply. reply may be NULL: out of memory. */
int bus_answer(AgentBus *b, DBusMessage *reply);
int bus_answer_empty(AgentBus *b, DBusMessage *call);
/* message may be NULL: the error's usual text. */
int bus_refuse(AgentBus *b, DBusMessage *call, AgentError e, const char *message);
/* Logs an errno of our own code and answers Failed. */
int bus_refuse_errno(AgentBus *b, DBusMessage *call, int r);

/* ---- methods: bus-books.c ---- */
/* Appends all books as aa{sv}. False: no memory. */
bool bus_append_books(AgentBus *b, DBusMessageIter *at);
int bus_list_books(AgentBus *b, DBusMessage *m);
int bus_set_book(AgentBus *b, DBusMessage *m);
int bus_get_notes(AgentBus *b, DBusMessage *m);
int bus_set_notes(AgentBus *b, DBusMessage *m);
int bus_list_eds_books(AgentBus *b, DBusMessage *m);
int bus_find_contacts(AgentBus *b, DBusMessage *m);
int bus_test_book(AgentBus *b, DBusMessage *m);

/* ---- methods: bus-cards.c ---- */
int bus_list_cards(AgentBus *b, DBusMessage *m);
int bus_list_exchange_cards(AgentBus *b, DBusMessage *m);
int bus_undo(AgentBus *b, DBusMessage *m);
int bus_undo_card(AgentBus *b, DBusMessage *m);
int bus_redo(AgentBus *b, DBusMessage *m);
int bus_redo_card(AgentBus *b, DBusMessage *m);
/* Reads the hexadecimal digits of a card. */
bool bus_read_card(Bytes32 *ret, const char *hex);
/* Answers the calls that are over. */
int bus_on_turn(sd_event_source *source, void *userdata);

/* ---- methods: bus-moves.c ---- */
int bus_join_card(AgentBus *b, DBusMessage *m);
int bus_split_card(AgentBus *b, DBusMessage *m);
/* Answers the call once nothing is left to wait for. Returns whether it did. */
bool bus_move_end(AgentBus *b, const Move *m);
/* Drops a call. */
void bus_move_done(const Move *m);

/* ---- methods: bus-pictures.c ---- */
int bus_shrink_picture(AgentBus *b, DBusMessage *m);
int bus_draw_picture(AgentBus *b, DBusMessage *m);
int bus_prepare_card(AgentBus *b, DBusMessage *m);
/* Drops the calls that wait. */
void bus_pictures_done(AgentBus *b);

/* ---- signals: bus-signals.c ---- */
/* Compares books and cards with what was said last, and tells what has changed. */
void bus_tell_changes(AgentBus *b);
