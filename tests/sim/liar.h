/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * liar.h - a cloud that answers otherwise than its honest core would
 *
 * It holds every key of the cloud: each request is opened and remembered, each answer opened,
 * altered as a lie wants it, and sealed again. Part of the tests alone; the product has no place
 * where it could be put in.
 */
#pragma once

#include "tap.h"

typedef struct Liar Liar;

enum { LIAR_TERMINALS = 16, LIAR_PARTS = 2 * LIAR_TERMINALS };

/* Alters l->answer, which is about to be sealed for l->terminal; calls liar_told when it has
 * altered it. */
typedef void (*LieFunc)(Liar *l);
/* The same with the packed answer. */
typedef void (*BendFunc)(Liar *l, uint8_t *plain, size_t len);

struct Liar {
        World *world;
        Tap tap;
        LieFunc lie;
        BendFunc bend;
        unsigned terminal;
        const WireRequest *asked;
        WireResponse *answer;
        bool told[LIAR_TERMINALS];          /* the deceived terminals */
        unsigned answers;                   /* given so far */
        unsigned card_keys[LIAR_TERMINALS]; /* how many keys of part 2 each terminal has posted */
        unsigned answers_to[LIAR_TERMINALS]
                           [LIAR_TERMINALS]; /* of the proof of words, by sender and receiver */
        /* what a lie remembers of each terminal; freed at the end */
        void *kept[LIAR_TERMINALS];
        /* all requests but uploads and watches, as they were packed */
        uint8_t *heard;
        size_t n_heard;
        struct { /* what was uploaded */
                Id member;
                unsigned part;
                uint8_t *bytes;
                size_t len;
        } parts[LIAR_PARTS];
        size_t n_parts;
        void *scratch[64]; /* lives as long as the answer that is being made */
        size_t n_scratch;
};

void liar_begin(Liar *ret, World *w, LieFunc lie, BendFunc bend);
void liar_end(Liar *l);

static inline void liar_told(Liar *l)
{
        l->told[l->terminal] = true;
}

/* Zeroed memory until the present answer is sealed. */
void *liar_room(Liar *l, size_t size);

/* Tries every 32 bytes that it has ever been told, its own keys and extra (may be NULL) as the key
 * of every part of a card; returns how many it can read. */
size_t liar_reads(const Liar *l, const Key *extra);
