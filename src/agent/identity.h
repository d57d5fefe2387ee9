/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity.h - one person or two: what a card and an entry have in common, and what follows from it
 *
 * All rules are in the table of identity.c, which huddle-agent(1) documents. What is not certain is
 * kept apart and shown to the user, who can join it.
 */
#pragma once

#include "src/base/array.h"
#include "src/card/card.h"

/* What a card has in common with an entry: bits. */
typedef enum Evidence {
        EVIDENCE_UID = 1,
        EVIDENCE_EMAIL = 2,
        EVIDENCE_NUMBER = 4,
        EVIDENCE_NAME = 8,  /* the same name */
        EVIDENCE_PART = 16, /* the names agree, and one has more words */
        /* another person's card went to the entry, in this exchange or an earlier one */
        EVIDENCE_TAKEN = 32,
        EVIDENCE_HISTORY = 64, /* this person's earlier card went to it */
        EVIDENCE_USER = 128,   /* the user says so */
        _EVIDENCE_ALL = 255,
} Evidence;

/* Words for these bits, "email,number,name". */
enum { EVIDENCE_TEXT_MAX = 64 };
void evidence_text(char ret[EVIDENCE_TEXT_MAX], unsigned evidence);

typedef enum Verdict {
        VERDICT_NOBODY, /* nothing in common that counts */
        VERDICT_SAME,   /* the card is this entry's */
        /* kept apart, from what is told first to what is told last */
        VERDICT_SEVERAL,    /* it could be either of several entries */
        VERDICT_TAKEN,      /* it could be this one, which is another person's already */
        VERDICT_CLAIMS,     /* it has the UID, an address or a number of an entry of another name */
        VERDICT_NAME,       /* an entry has the same name and nothing else in common */
        VERDICT_UNREADABLE, /* an entry that cannot be read has its name or address */
} Verdict;
Verdict identity_judge(unsigned evidence);
/* Whether a speaks for an entry in every way in which b does, and in more. */
bool evidence_is_better(unsigned a, unsigned b);

/* What identifies an entry or a card. */
typedef ARRAY(char *) Values;
typedef struct Known {
        char *uid;
        char *shown; /* FN as written */
        char *all;   /* of an entry: FN, N and every NICKNAME, as written */
        char *words; /* of FN, from name_words */
        Values emails, numbers;
} Known;

/* On failure *k is filled in part; free it in any case. -ENOMEM. */
int known_read(Known *k, const Card *c);
void known_done(Known *k);

/* The evidence but for EVIDENCE_TAKEN and what the journal knows. -ENOMEM. */
int identity_compare(unsigned *ret, const Known *card, const Known *entry);

/* FN, N and every NICKNAME of a card in one text. New. NULL: out of memory. */
char *identity_names(const Card *c);

/* Identifies the nth person with this UID and name: 32 hexadecimal digits, a UUID of version 8 (RFC
 * 9562) from our own hash. */
enum { PERSON_HEX = 32 };
void person_name(char ret[PERSON_HEX + 1], const char *uid, const char *name, unsigned nth);
