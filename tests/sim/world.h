/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.h - terminals and a cloud in one process: real exchanges, cloud clients and stores, the
 * real core of the cloud; only time, radio and the way between them are virtual
 *
 * The cloud is one node over a store of its own, or several that share PostgreSQL (nodes.h).
 *
 * Whatever is killed keeps what its store had made durable, and nothing else.
 */
#pragma once

#include "daemon/cloud-link/pin-keeper.h"
#include "daemon/exchange/exchange.h"
#include "daemon/radio/radio.h"
#include "daemon/help/relay.h"
#include "medium.h"
#include "net.h"
#include "own-clock.h"

typedef struct World World;

/* One press of one terminal, and what the world notes about it. */
typedef struct SimPress {
        struct Terminal *terminal;
        unsigned meeting; /* the people it is meant for */
        uint64_t number;  /* of the exchange, in the terminal's store */
        Id member;
        char name[24]; /* on its card: nobody else's */
        uint32_t veto_ms;
        Exchange *exchange; /* NULL while the terminal is down, and when it has been put away */
        bool routed;        /* at the press: its terminal needed no help */
        bool gathered;      /* the cloud has accepted the serial */
        bool has_left;
        ExchangeState ended; /* DELIVERED, FAILED or LEFT as last seen; LISTENING: not yet */
        ExchangeError error;
        uint64_t carded_ms; /* when its last card came */
} SimPress;

typedef struct Terminal {
        World *world;
        unsigned number;
        OwnClock clock;
        AccountKey account;
        DaemonStore *store;
        PinKeeper *pin; /* as the store has it: begun again with each start */
        Radio *radio;
        SimPress *on_air;  /* that listens or gathers */
        SimPress *showing; /* whose token is advertised, and that hears: until it rests */
        Carrier *carrier, *through_neighbours; /* a switch, and its other way */
        Carrier *for_neighbours;
        Relay *relay;
        CloudClient *client; /* NULL: killed */
        Timer *death, *birth;
        Timer *rest;    /* its exchange has ended, and it goes on helping for a while */
        GuestMark mark; /* of its next press; a guest has no radio */
        const struct SimPress *reads; /* a guest: whose screen */
} Terminal;

/* A node of the cloud. */
typedef struct SimNode {
        World *world;
        unsigned number;
        OwnClock clock; /* of the only one: the common time */
        Store *store;   /* NULL: closed; a file is closed and opened again with each death */
        Api *api;       /* NULL: killed */
        Timer *death, *birth;
} SimNode;

/* What becomes of a commit; asked for each with a join or a deposit. */
typedef enum CommitFate {
        COMMIT_KEPT,
        COMMIT_UNDONE,  /* the node dies before it */
        COMMIT_UNHEARD, /* it is kept, but the node dies with its answers */
} CommitFate;

/* What stands between several nodes. */
typedef struct SharingOps {
        CommitFate (*fate)(SimNode *n);
        void (*committed)(SimNode *n);
        void (*free)(World *w); /* when the nodes have ended */
} SharingOps;

/* A closed group, noted when its roster is signed. */
typedef struct Closed {
        int64_t group;
        Id *members;
        size_t n;
} Closed;

struct World {
        Clock *clock;
        Chance chance;
        Medium *medium;
        Net *net;
        CloudKeys keys;
        CloudSettings settings;
        const char *path; /* of the cloud's store */
        int (*open_store)(Store **ret, const char *path);
        const StoreOps *store_ops; /* the store's own; its calls note every roster */
        StoreOps noting_ops;
        bool takes; /* a join or a deposit is in the open batch */
        SimNode nodes[NET_NODES];
        size_t n_nodes;
        const SharingOps *sharing_ops; /* NULL: nothing is between them, or there is one */
        void *sharing;
        uint32_t kill_permille; /* of requests: the terminal dies with it */
        bool listens;           /* false: terminals press without waiting for evidence */
        bool indoors;           /* nobody has a fix */
        Terminal *terminals;
        size_t n_terminals;
        SimPress **presses;
        size_t n_presses;
        Closed *closed;
        size_t n_closed, n_committed;
        const char *violation; /* of what must hold at every moment; the first */
};

/* path: of the cloud's store file, or ":memory:"; borrowed. */
int world_new(World **ret, uint64_t seed, size_t n_terminals, const char *path);
/* The cloud has so many nodes over PostgreSQL. conninfo: borrowed. */
int world_new_shared(World **ret, uint64_t seed, size_t n_terminals, const char *conninfo,
                     size_t n_nodes);
World *world_free(World *w);
DEFINE_CLEANUP(World *, world_free);

/* People far from each other are in different places. code: with or without secret words. */
int world_press(World *w, unsigned terminal, unsigned meeting, int place, const char *code,
                uint32_t window_s, uint32_t veto_ms, SimPress **ret);
/* Somebody presses on this terminal with an exchange that is not of the world. The caller fills in
 * the member once there is one. */
SimPress *world_note_press(World *w, unsigned terminal, unsigned meeting);

/* What is on the card of a press. */
enum { WORLD_CARD_MAX = 160 };
void world_card_text(char ret[static WORLD_CARD_MAX], const SimPress *p);
/* How many cards of others it has stored. SIZE_MAX: its store cannot be read. */
size_t world_cards_of(const SimPress *p);

/* Takes its account, and gives it that of a guest. Before anybody presses. */
int terminal_be_guest(Terminal *t);

void terminal_kill(Terminal *t);
int terminal_start(Terminal *t); /* takes up what was unfinished */
void node_kill(SimNode *n);
int node_start(SimNode *n);
/* All nodes. */
void world_kill_cloud(World *w);
int world_start_cloud(World *w);
/* The same after a while. */
void terminal_restart_in(Terminal *t, uint32_t ms);
void node_restart_in(SimNode *n, uint32_t ms);

void world_run(World *w, uint64_t ms);
/* Until nothing is left to happen or max_ms have passed. */
void world_settle(World *w, uint64_t max_ms);

SimPress *world_find_press(World *w, const Id *member);
