/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lies.h - what a cloud can say otherwise between the close and the cards, one lie each */
#pragma once

#include "liar.h"

#include <string.h>

typedef enum LieEnd {
        LIE_REFUSED, /* the deceived terminal says so and ends; its card key stays at home */
        LIE_BLAMED,  /* a member is shown as refused, and its card is not taken */
        LIE_USELESS, /* the deceived terminal notices nothing: it is still the same exchange */
        /* the cloud serves badly, which no design prevents: somebody gets less, nobody gets
         * wrong */
        LIE_SILENCE,
} LieEnd;

typedef struct LieRow {
        const char *name;
        LieFunc lie;
        LieEnd end;
} LieRow;

typedef struct LieTable {
        const LieRow *rows;
        size_t n;
} LieTable;

extern const LieTable group_lies, card_lies;

/* ---- what lies are made with ---- */

typedef PbWatched Watched;

static inline Watched *watched(const Liar *l) /* NULL: the answer is another */
{
        return l->answer->body_case == PB_RESPONSE_BODY_WATCHED ? l->answer->watched : NULL;
}

static inline PbListPage *page(const Liar *l)
{
        return l->answer->body_case == PB_RESPONSE_BODY_LIST_PAGE ? l->answer->list_page : NULL;
}

static inline bool same_bytes(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
        return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static inline void bend(Liar *l, ProtobufCBinaryData b)
{
        b.data[b.len / 2] ^= 1;
        liar_told(l);
}

static inline void exchange_bytes(ProtobufCBinaryData *a, ProtobufCBinaryData *b)
{
        ProtobufCBinaryData kept = *a;

        *a = *b;
        *b = kept;
}
