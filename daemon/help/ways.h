/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ways.h - the neighbours that radios hear, as ways to the cloud: which one to ask next, and the
 * link to each
 *
 * A way stays in the table while its radio hears the neighbour or a link to it is open.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/radio/radio.h"

#include <sys/queue.h>

enum {
        WAYS_AT_A_TIME = 3,       /* requests with one neighbour; less than relay.h allows */
        WAYS_IDLE_MS = 20 * 1000, /* until a link without use is closed */
        WAYS_DEAR_IDLE_MS = 200,  /* the same for a link that costs energy */
        WAYS_REACHING_MAX = 6,    /* neighbours that are being reached at a time */
        /* for a link to one neighbour; then the next one is reached beside it (RFC 8305) */
        WAYS_REACH_MS = 250,
        WAYS_DEAR_REACH_MS = 12 * 1000,
};

typedef struct Ways Ways;

/* One neighbour, as one radio hears it. */
typedef struct Way {
        LIST_ENTRY(Way) list;
        Ways *ways;
        Radio *radio;
        Token token;
        bool present;  /* heard; if false, the way is kept for its link only */
        bool reaching; /* its radio is making a link */
        uint64_t reaching_since_ms;
        Link *link;
        uint16_t next_number;
        unsigned n_under_way;    /* requests it has to answer */
        unsigned n_cancelled;    /* requests that it may still answer */
        unsigned failures, slow; /* in a row */
        uint64_t not_before_ms;  /* do not ask it until then */
        Timer *idle;
} Way;

typedef struct WaysEvents {
        /* A frame came over the way's link. */
        void (*frame)(void *userdata, Way *w, const Frame *frame);
        /* The link is about to be closed, or the attempt to make it failed. The requests under way
         * there have to go elsewhere; n_under_way must be 0 on return. */
        void (*lost)(void *userdata, Way *w);
        /* A request that found no way may find one now. */
        void (*changed)(void *userdata);
} WaysEvents;

struct Ways {
        Clock *clock;
        LIST_HEAD(, Way) list;
        size_t n;
        Way *answering; /* its answer is being delivered; NULL if the way has gone since */
        const WaysEvents *events;
        void *userdata;
};

void ways_init(Ways *ways, Clock *clock, const WaysEvents *events, void *userdata);
void ways_done(Ways *ways);

/* What the radios say; see carrier-relay.h. */
void ways_heard(Ways *ways, Radio *radio, const Token *token);
void ways_gone(Ways *ways, const Radio *radio, const Token *token);
void ways_linked(Ways *ways, const Radio *radio, const Token *token, Link *taken);
void ways_forget(Ways *ways, const Radio *radio);

/* The network is another one: all links end, and all ways may be asked at once. */
void ways_renew(Ways *ways);

/* Whether some way may be asked now or very soon. */
bool ways_ready(const Ways *ways);
/* When the next way that rests may be asked again; UINT64_MAX: none rests. */
uint64_t ways_next_ms(const Ways *ways);
/* The best way that may be asked now and is none of the n in asked; NULL: there is none. Without a
 * link it has to be reached; those that are being reached already are left out. */
Way *ways_choose(const Ways *ways, Way *const *asked, size_t n);
/* When a link to it may be made, beside those under way: now at the earliest; UINT64_MAX: when one
 * of them has been made or has failed. */
uint64_t way_reach_at_ms(const Way *w);
/* Makes one, and tells by ways_linked. */
void way_reach(Way *w);

void way_failed(Way *w);   /* do not ask it for a while */
void way_lied(Way *w);     /* do not ask it for a long while */
void way_was_slow(Way *w); /* prefer others; it stays usable, since the cloud itself may be slow */
void way_hang_up(Way *w);  /* closes its link */
void way_settle(Way *w);   /* frees a way that is neither heard nor linked */
void way_restart_idle(Way *w);
